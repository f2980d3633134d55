"""What is wrong with an evidence pack before anybody judges it: by file and JSON pointer, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from checker.errors import UsageFault
from checker.model.need import Need
from checker.model.pack import KIND, SECTION, TO_DO, OfTable
from checker.model.registry import Registry
from checker.model.requirement import Settings
from checker.model.supplier import Limits
from checker.probes.pack.inventory import pack_facts
from checker.probes.pack.look import problem_of, remark_on
from checker.probes.pack.paths import why_not_a_file
from checker.probes.pack.root import ROOT, Root, read
from checker.probes.pack.schemas import SECTIONS, cited, held_against
from checker.probes.pack.section import Section
from checker.probes.plain_yaml import Refused, parsed

_MOST_BYTES = 4 * 1024 * 1024


class Fault(NamedTuple):
    """One thing wrong: in which file, at which JSON pointer ("" for all of it), and what."""

    file: str
    place: str
    what: str
    sort: str = "fault"
    """``fault``, ``to do``, or ``remark`` for what is no fault."""


def lint(folder: Path, tables: frozenset[str]) -> list[Fault]:
    """All that is wrong with the pack in a folder. ``tables``: the kinds of artefacts that are read as CSV.

    Raises ``UsageFault`` for what is no pack at all.
    """
    must_be_a_pack(folder)
    root = read(folder)
    found = [*_against_schema(ROOT, root.said, root.faults)]
    facts = pack_facts(KIND, folder, Limits())
    found += _of_files(facts, root)
    known = {one["id"] for one in root.content["artefacts"]} if "artefacts" in root.content else None
    for one in root.named:
        if why_not_a_file(folder, one.path):
            continue
        path = folder / one.path
        if one.what.startswith("section "):
            found += _of_section(path, one.path, one.kind.removeprefix(SECTION), known)
            continue
        if why := problem_of(path, is_table=one.kind in tables):
            found.append(Fault(one.path, "", why))
        elif remark := remark_on(path):
            found.append(Fault(one.path, "", remark, "remark"))
    return found


def tables_of(registry: Registry) -> frozenset[str]:
    """The kinds of artefacts that some check reads as a table."""
    kinds: set[str] = set()
    for spec in (registry.checks[name] for name in registry.checks):
        try:
            needs = spec.needs(spec.params_type(), Settings())
        except (TypeError, ValueError):
            continue  # its parameters have no defaults: a profile sets them
        kinds |= {need.params.kind for need in needs if isinstance(need, Need) and isinstance(need.params, OfTable)}
    return frozenset(kinds)


def must_be_a_pack(folder: Path) -> None:
    """Raises ``UsageFault`` unless a folder with a root file is there."""
    if not folder.is_dir():
        what = "An evidence pack is a folder, and this is a file." if folder.exists() else "There is no such folder."
        raise UsageFault(what, where=str(folder), next_step="Give the folder; 'checker pack init FOLDER' makes one.")
    if not (folder / ROOT).exists() and not (folder / ROOT).is_symlink():
        raise UsageFault(
            f"The folder has no {ROOT}, so it is no evidence pack.",
            where=str(folder),
            next_step=f"Make one with 'checker pack init {folder}'.",
        )


def _against_schema(file: str, said: Any, faults: tuple[str, ...]) -> Iterator[Fault]:
    """Faults of a schema, but at a place that is still to be filled in, which is told as that."""
    open_places = [*_to_do(said, "")]
    for fault in faults:
        place, colon, what = fault.removeprefix(f"{file} ").partition(": ")
        if not colon or not place.startswith("/"):
            yield Fault(file, "", fault.removeprefix(f"{file}: "))
        elif place not in open_places:
            yield Fault(file, place, what)
    for place in open_places:
        yield Fault(file, place, "still to be filled in", "to do")


def _to_do(node: Any, place: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, one in node.items():
            if name == TO_DO:
                yield f"{place}/{name}"
            else:
                yield from _to_do(one, f"{place}/{name}")
    elif isinstance(node, list):
        for number, one in enumerate(node):
            yield from _to_do(one, f"{place}/{number}")
    elif isinstance(node, str) and TO_DO in node:
        yield place


def _of_files(facts: dict[str, Any], root: Root) -> Iterator[Fault]:
    """What is wrong with the files that the root names, with links, and with files that it does not name.

    Where a part of the root that names files does not fit, that is told, and not what follows from it.
    """
    for one in facts["named"]:
        place = _place(one["what"], root)
        if one["problem"]:
            yield Fault(ROOT, f"{place}/path", f"{one['path'][:80]}: {one['problem']}")
        elif not one["declared"]:
            yield Fault(ROOT, place, f"{one['path']} has no sha256: run 'checker pack hash'")
        elif one["declared"] != one["found"]:
            yield Fault(ROOT, f"{place}/sha256", f"{one['path']} was changed since: run 'checker pack hash'")
    for link in facts["links"]:
        yield Fault(link, "", "a symbolic link: put the file itself in its place")
    named = {one["path"] for one in facts["named"]}
    for one in facts["files"]:
        if one["path"] not in named and {"sections", "artefacts"} <= root.content.keys():
            yield Fault(one["path"], "", f"{ROOT} does not name this file")
    if facts["unlisted"]:
        yield Fault(".", "", f"not all of the folder could be looked at: {facts['unlisted']}")


def _place(what: str, root: Root) -> str:
    sort, _, name = what.partition(" ")
    if sort == "section":
        return f"/sections/{name}"
    ids = [one["id"] for one in root.content.get("artefacts", [])]
    return f"/artefacts/{ids.index(name)}"


def _of_section(path: Path, file: str, name: str, known: set[str] | None) -> Iterator[Fault]:
    if name not in SECTIONS:
        return
    try:
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        yield Fault(file, "", f"it cannot be read: {error.strerror or type(error).__name__}")
        return
    reader = Section(name)
    reader.feed(text)
    reader.end()
    facts = reader.facts()
    try:
        said = parsed(text) if len(text) <= _MOST_BYTES else {}
        faults = held_against(name, said).faults if said else tuple(facts["faults"])
    except Refused:
        said, faults = {}, tuple(facts["faults"])
    yield from _against_schema(file, said, faults)
    for one in cited(name, facts["content"]):
        if known is not None and one["id"] not in known:
            yield Fault(file, one["place"], f"{ROOT} has no artefact {one['id']!r}")
