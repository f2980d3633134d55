"""Tables: what the columns of a CSV or Parquet file mean, as a mapping file says it.

Values only: who reads mapping files is ``engine/mapping_file.py``, who reads tables ``probes/source``. A supplier
carries its tables, so that a scan can ask for the columns of a role when it is bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from checker.model.value import Value, canonical

Role = Literal["direct", "quasi", "sensitive", "safe", "free-text", "pseudonym", "date", "geography"]
"""What a column is to a person's anonymity: ``direct`` names somebody by itself, ``quasi`` together with others,
``sensitive`` must not be learnt about anybody, ``safe`` tells nothing, ``free-text`` may tell anything, ``pseudonym``
stands for somebody; ``date`` and ``geography`` say how precise a column must not be."""
ROLES: tuple[str, ...] = get_args(Role)

ROW = "Row"
"""The ``resourceType`` of a row, or of what is left of one, that is no FHIR resource."""
ENDINGS = (".csv", ".tsv", ".txt", ".parquet")
"""Files that a table without file names speaks of, each but the last also with .gz."""

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9]*)(?:\[([A-Za-z0-9_-]+)\]|\('([^']+)'\))?")
_EXTENSIONS = ("extension", "modifierExtension")


class Step(Value, frozen=True, kw_only=True):
    """One step of a path. ``item``: which item of a list, by number or by any name; "" where there is no list."""

    name: str
    item: str = ""
    url: str = ""
    """Of an extension."""


class PathError(ValueError):
    """A path that cannot be understood. The message says why."""


def steps_of(path: str, resource: str = "") -> tuple[Step, ...]:
    """The steps of a path such as ``Patient.identifier[nhs].value`` or ``extension('url').valueString``.

    It may begin with the resource type. Raises :class:`PathError`.
    """
    found: list[Step] = []
    at = 0
    while True:
        match = _STEP.match(path, at)
        if match is None:
            raise PathError(f"an element name is expected at character {at + 1}")
        name, item, url = match.group(1), match.group(2) or "", match.group(3) or ""
        if url and name not in _EXTENSIONS:
            raise PathError(f"only an extension has a URL, not {name!r}")
        if name in _EXTENSIONS and not url:
            raise PathError(f"which one is said by its URL: {name}('https://…')")
        found.append(Step(name=name, item=item or url, url=url))
        at = match.end()
        if at == len(path):
            break
        if path[at] != ".":
            raise PathError(f"a dot is expected at character {at + 1}")
        at += 1
    if resource and found[0] == Step(name=resource):
        del found[0]
    if not found or found[0].name == "resourceType":
        raise PathError("it leads to no element")
    return tuple(found)


class Column(Value, frozen=True, kw_only=True):
    """One column.

    ``path``: the element of the resource that it fills; "" keeps it in a :data:`ROW`. ``form``: what JSON form a value
    takes that is written as such (anything else stays the text it is). ``dates``: how dates are written, ``values``
    what each value means; what does not fit stays as it is. ``optional``: a file may lack it.
    """

    name: str
    path: str = ""
    roles: tuple[Role, ...] = ()
    form: Literal["text", "number", "boolean"] = "text"
    dates: Literal["", "DD/MM/YYYY", "DD-MM-YYYY", "YYYYMMDD"] = ""
    values: tuple[tuple[str, str], ...] = ()
    optional: bool = False


class Fixed(Value, frozen=True, kw_only=True):
    """A value that every resource gets at a path, where a column has put something beside it."""

    path: str
    value: Any

    def __hash__(self) -> int:
        """By the canonical bytes, since the value is open."""
        return hash(canonical(self))


class Table(Value, frozen=True, kw_only=True):
    """What the columns of some files mean. ``files``: patterns of their names; () for all tables of the artefact.

    ``resource``: the type that a row becomes; "" keeps rows as they are. ``json_column``: the column that holds whole
    resources as JSON text (Parquet); then there are no others.
    """

    files: tuple[str, ...] = ()
    resource: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    json_column: str = ""
    columns: tuple[Column, ...] = ()
    fixed: tuple[Fixed, ...] = ()

    def speaks_of(self, name: str) -> bool:
        """Is it for a file of that name?"""
        plain = name.removesuffix(".gz")
        base = plain.rpartition("/")[2]
        if not self.files:
            return base.lower().endswith(ENDINGS)
        names = (base, plain, f"/{plain}", name.rpartition("/")[2])
        return any(fnmatchcase(one, pattern) for pattern in self.files for one in names) or any(
            fnmatchcase(plain, f"*/{pattern}") for pattern in self.files
        )

    def columns_of(self, role: Role) -> tuple[Column, ...]:
        """The columns of a role, in the order of the mapping."""
        return tuple(column for column in self.columns if role in column.roles)


def table_for(name: str, tables: Iterable[Table]) -> Table | None:
    """The first table that speaks of a file of that name."""
    return next((table for table in tables if table.speaks_of(name)), None)
