"""The walk over a whole artefact in one process, part after part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checker.model.evidence import SourceFile
from checker.model.supplier import Limits
from checker.model.table import Table
from checker.probes.source.chunk import Chunk, Skipped, Unreadables
from checker.probes.source.digest import digest_of
from checker.probes.source.kinds import parts_of, read_part
from checker.probes.source.part import CHANGED, Account, unreadable
from checker.probes.source.survey import survey, why_nothing

STRIDE_BYTES = 8 << 20


def walk_source(
    path: Path, limits: Limits, *, prefix: str = "", stride: int = STRIDE_BYTES, tables: tuple[Table, ...] = ()
) -> Source:
    """The artefact at ``path``, to be iterated once. ``prefix`` goes before every path told."""
    return Source(path, limits, prefix=prefix, stride=stride, tables=tables)


class Source:
    """An artefact as a stream of chunks. What it found besides is complete once it is read.

    ``files``: digests of what was read. ``problem``: why there is nothing at all, in a few words, or "".
    """

    def __init__(self, path: Path, limits: Limits, *, prefix: str, stride: int, tables: tuple[Table, ...] = ()) -> None:
        self._tables = tables
        self._path = path
        self._limits = limits
        self._prefix = prefix
        self._stride = stride
        self._account = Account()
        self.files: list[SourceFile] = []
        self.problem = ""

    @property
    def unreadable(self) -> Unreadables:
        """Places that could not be read."""
        return self._account.unreadable

    @property
    def noted(self) -> Unreadables:
        """What is wrong in form, but was read."""
        return self._account.noted

    @property
    def skipped(self) -> list[Skipped]:
        """Files left out on purpose, by their paths."""
        return sorted(self._account.skipped, key=lambda skipped: skipped.path)

    def __iter__(self) -> Iterator[Chunk]:
        """The chunks, file by file in the order of their paths."""
        found = survey("", self._path, self._prefix, self._tables)
        self._account = found.account
        for listed in found.files:
            for part in parts_of(listed, self._stride, self._limits):
                yield from read_part(part, self._limits, self._account)
            if not any(skipped.path == listed.name for skipped in self._account.skipped[-1:]):
                self._digest(digest_of(listed), listed.name)
        for name in sorted(self._account.changed):
            self.unreadable.add(unreadable(name, CHANGED))
        self.problem = found.problem or why_nothing(
            self._account.texts, len(self.files), self.unreadable.count, len(self._account.skipped)
        )

    def _digest(self, made: SourceFile | str | None, name: str) -> None:
        if made is None:
            self._account.changed.add(name)
        elif isinstance(made, SourceFile):
            self.files.append(made)
        elif name not in self._account.broken:
            self.unreadable.add(unreadable(name, made))
