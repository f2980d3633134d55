"""Mapping files: YAML that says what the columns of CSV and Parquet files mean.

One is named for an artefact, or lies beside its file as ``NAME.mapping.yaml``; every one that lies in the folder of an
artefact is read. Read strictly, against ``reports/schemas/mapping.schema.json`` and the types of FHIR R4, before
anything is collected.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from checker.catalogue.document import Document, step
from checker.catalogue.schema import validate
from checker.catalogue.strict_yaml import parse
from checker.errors import UsageFault
from checker.model.supplier import ArtefactRef
from checker.model.table import Column, Fixed, PathError, Step, Table, steps_of

ENDINGS = (".mapping.yaml", ".mapping.yml")


class MappingFault(UsageFault):
    """A mapping file that cannot be used."""


def with_tables(artefact: ArtefactRef, root: Path, named: str = "") -> ArtefactRef:
    """The artefact with what its mappings say. ``named``: a mapping file that was named for it.

    Raises :class:`MappingFault`, also where the artefact holds Parquet and that cannot be read here.
    """
    found: list[Table] = []
    if named:
        found += load_mapping(root / named)
    if artefact.location and "://" not in artefact.location:
        top = root / artefact.location
        for path in _beside(top):
            if not (named and path == root / named):
                found += _of_its_file(path, load_mapping(path))
        _check_parquet(top)
    return msgspec.structs.replace(artefact, tables=tuple(found))


def load_mapping(path: Path) -> tuple[Table, ...]:
    """The tables of a mapping file. Raises :class:`MappingFault`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        what = f"the mapping cannot be read: {error.strerror or error}"
        raise MappingFault(what, where=path.as_posix(), next_step="Correct its path.") from None
    return read_mapping(content, path.as_posix())


def read_mapping(content: bytes, source: str) -> tuple[Table, ...]:
    """The tables of a mapping. ``source`` is what messages call the file. Raises :class:`MappingFault`."""
    document = parse(content, source, typed_under=frozenset({"fixed"}), fault=MappingFault)
    validate(document, "mapping", fault=MappingFault)
    return tuple(
        _table(document, step("/tables", number), table) for number, table in enumerate(document.data["tables"])
    )


def _of_its_file(path: Path, tables: tuple[Table, ...]) -> list[Table]:
    """A mapping beside a file is for that file unless it says for which it is."""
    ending = next(one for one in ENDINGS if path.name.endswith(one))
    name = path.name.removesuffix(ending)
    own = tuple(f"{name}{last}" for last in ("", ".csv", ".tsv", ".txt", ".parquet"))
    return [table if table.files else msgspec.structs.replace(table, files=own) for table in tables]


def _beside(top: Path) -> Iterator[Path]:
    """The mapping files of an artefact, sorted by their paths."""
    if top.is_file():
        stem = top.name.removesuffix(".gz")
        names = {f"{name}{ending}" for name in (top.name, stem, stem.rpartition(".")[0]) for ending in ENDINGS}
        yield from (path for path in (top.with_name(name) for name in sorted(names)) if path.is_file())
    else:
        yield from sorted(path for path in _files(top) if path.name.endswith(ENDINGS))


def _files(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            yield Path(folder, name)


def _check_parquet(top: Path) -> None:
    parquet = next((path for path in ([top] if top.is_file() else _files(top)) if path.suffix == ".parquet"), None)
    if parquet is None:
        return
    from checker.probes.source.parquet import is_available

    if not is_available():
        raise MappingFault(
            "Parquet is read with pyarrow, which is not installed.",
            where=parquet.as_posix(),
            next_step="Run: pip install 'nhs-standards-checker[parquet]'",
        )


def _table(document: Document, place: str, given: dict[str, Any]) -> Table:
    resource = given.get("resource", "")
    if ("columns" in given) == ("json-column" in given):
        what = "a table has either 'columns' or a 'json-column'"
        raise MappingFault(what, where=document.where(place), next_step="Keep one of them.")
    columns = tuple(
        _column(document, step(f"{place}/columns", name), name, resource, one or {})
        for name, one in given.get("columns", {}).items()
    )
    fixed = tuple(Fixed(path=path, value=value) for path, value in given.get("fixed", {}).items())
    for one in fixed:
        _check_path(document, step(f"{place}/fixed", one.path), one.path, resource)
    delimiter = given.get("delimiter", ",")
    return Table(
        files=tuple(given.get("files", ())),
        resource=resource,
        delimiter="\t" if delimiter == "tab" else delimiter,
        encoding=given.get("encoding", "utf-8"),
        json_column=given.get("json-column", ""),
        columns=columns,
        fixed=fixed,
    )


def _column(document: Document, place: str, name: str, resource: str, given: dict[str, Any]) -> Column:
    path = given.get("path", "")
    if path:
        _check_path(document, step(place, "path"), path, resource)
    roles = (*([given["role"]] if "role" in given else []), *given.get("roles", ()))
    return Column(
        name=name,
        path=path,
        roles=tuple(dict.fromkeys(roles)),
        form=given.get("form", "text"),
        dates=given.get("dates", ""),
        values=tuple(given.get("values", {}).items()),
        optional=given.get("optional", False),
    )


def _check_path(document: Document, place: str, path: str, resource: str) -> None:
    """A path must lead to an element that the resource has."""
    where = document.where(place)
    if not resource:
        raise MappingFault(
            f"the path {path!r} leads nowhere, since the table has no 'resource'",
            where=where,
            next_step="Add 'resource: Patient' (or another type) to the table, or take the path out.",
        )
    try:
        steps = steps_of(path, resource)
    except PathError as error:
        next_step = "Write it like Patient.identifier[nhs].value or Patient.extension('https://…').valueString."
        raise MappingFault(
            f"the path {path!r} cannot be understood: {error}", where=where, next_step=next_step
        ) from None
    if problem := _misfit(steps, resource):
        raise MappingFault(f"the path {path!r} does not fit {resource}: {problem}", where=where, next_step=_ADVICE)


_ADVICE = "See the elements of the resource at http://hl7.org/fhir/R4/resourcelist.html."


def _misfit(steps: tuple[Step, ...], resource: str) -> str:
    """What is wrong with a path by the definitions of FHIR R4, in words; "" when nothing is."""
    from checker.fhir.definitions.store import Definitions, embedded

    types = Definitions((), embedded(uk_core=False))
    structure = types.type(resource)
    if structure is None or structure.kind != "resource":
        return f"FHIR R4 has no resource {resource}"
    shape = structure.root
    for number, one in enumerate(steps):
        found = shape.keys.get(one.name)
        if found is None:
            return f"there is no element {one.name!r}"
        element, kind = found
        if element.is_list and not one.item:
            return f"{one.name!r} is a list: write {one.name}[0] or {one.name}[any-name]"
        if one.item and not element.is_list:
            return f"{one.name!r} is no list: take the brackets out"
        last = number == len(steps) - 1
        primitive = kind.code[:1].islower() and kind.code != "xhtml"
        if last and not primitive:
            return f"{one.name!r} is no value but a {kind.code}: go on to one of its elements"
        if not last:
            inner = None if element.children else types.type(kind.code)
            if primitive or (inner is None and not element.children):
                return f"{one.name!r} has no elements"
            shape = element if element.children else inner.root if inner is not None else shape
    return ""
