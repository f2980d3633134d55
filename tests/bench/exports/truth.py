"""The truth about an export: every place at which a fault or a decoy was put, written as it goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

import msgspec

from tests.bench.exports.files import Place
from tests.bench.exports.household import Mark
from tests.bench.exports.kinds import Kind

NAME = "truth.json"
FORMAT = 1


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place of one occurrence of a fault or decoy."""

    name: str
    occurrence: int = 0
    """From 0, for each kind."""
    decoy: bool = False
    breaks: tuple[str, ...]
    """Requirements: broken by a fault; not broken by a decoy, whose checks must be quiet here."""
    may: bool = False
    """It only follows from another row of the occurrence; a check may say so or not."""
    path: str
    line: int = 0
    offset: int = 0
    """In bytes of the text before compression; of the beginning of the resource."""
    type: str = ""
    id: str = ""
    pointer: str = ""
    other: Place | None = None
    """The Patient with whom the fault is shared."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    format: int
    options: dict[str, Any]
    resources: int
    patients: int
    rows: tuple[Row, ...]


def read(path: Path) -> Truth:
    """The truth of an export. Raises ``msgspec.ValidationError`` for a file that is none."""
    return msgspec.json.decode(path.read_bytes(), type=Truth)


class TruthWriter:
    """Writes rows, one a line, without holding them."""

    def __init__(self, path: Path, options: dict[str, Any], *, resources: int, patients: int) -> None:
        self.rows = 0
        self._stream: TextIO = path.open("w", encoding="utf-8", newline="\n")
        head = {"format": FORMAT, "options": options, "resources": resources, "patients": patients}
        self._stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [')

    def mark(self, kind: Kind, turn: int, mark: Mark, place: Place, other: Place | None) -> None:
        """A place in a resource."""
        self.add(
            Row(
                name=kind.name,
                occurrence=turn,
                decoy=kind.decoy,
                breaks=mark.breaks,
                may=mark.may,
                path=place.path,
                line=place.line,
                offset=place.offset,
                type=mark.resource["resourceType"],
                id=mark.resource["id"],
                pointer=mark.pointer,
                other=other if mark.with_previous else None,
            )
        )

    def add(self, row: Row) -> None:
        """Any row."""
        self._stream.write((",\n" if self.rows else "\n") + msgspec.json.encode(row).decode())
        self.rows += 1

    def close(self) -> None:
        """No more rows."""
        self._stream.write("\n]}\n")
        self._stream.close()
