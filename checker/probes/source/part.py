"""A part of an artefact: what one worker reads at a time, wherever the worker is."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from typing import IO, Protocol

from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.table import Table
from checker.model.value import Value, digest
from checker.probes.source.blocks import BLOCK_BYTES, Cut, why_not_read
from checker.probes.source.chunk import Piece, Skipped, Unreadable, Unreadables
from checker.probes.source.storage import open_file, state_of

CHANGED = "the file changed while it was read"


class Listed(Value, frozen=True, kw_only=True):
    """A file of an artefact as it was when the artefact was listed.

    ``name`` is how it is told, with the artefact's prefix; ``file`` where it lies. ``tables``: what the mappings of
    the artefact say of columns. ``attachments``: may there be files that hold no records beside those that do?
    """

    artefact: str
    name: str
    file: str
    size_bytes: int
    mtime_ns: int
    tables: tuple[Table, ...] = ()
    attachments: bool = False

    def open(self) -> IO[bytes]:
        """To be read from anywhere in it. Raises ``OSError``."""
        return open_file(self.file)

    def blocks(self) -> Iterator[bytes]:
        """Its bytes. Raises :class:`Cut`."""
        try:
            with self.open() as handle:
                while block := handle.read(BLOCK_BYTES):
                    yield block
        except OSError as error:
            raise Cut(why_not_read(error)) from error

    def has_changed(self) -> bool:
        """Is it another file now, by its size and time, or gone?"""
        try:
            return state_of(self.file) != (self.size_bytes, self.mtime_ns)
        except OSError:
            return True

    @property
    def identity(self) -> list[object]:
        """What tells this file, as it is, from any other of its artefact."""
        spelled = hashlib.sha256(os.fsencode(os.path.basename(self.file))).hexdigest()
        told = [digest(self.tables)] if self.tables else []
        return [self.artefact, self.name, spelled, self.size_bytes, self.mtime_ns, *told]


class Part(Value, frozen=True, kw_only=True):
    """A part of one file: a small value that travels. All the parts of a file are the file.

    ``kind`` names who reads it. What ``offset`` and ``length`` count is the kind's own: bytes of the text for lines,
    members for an archive; ``length`` -1 is up to the end. ``allowance`` is how much text may still come out of the
    archive from there, -1 where that is only known as it is read. ``weight_bytes`` is about how much work it is.
    """

    listed: Listed
    kind: str
    offset: int = 0
    length: int = -1
    allowance: int = -1
    weight_bytes: int

    @property
    def identity(self) -> list[object]:
        """What tells this part from any other."""
        return [*self.listed.identity, self.kind, self.offset, self.length, self.allowance]


class Account:
    """What the reading of parts met besides chunks. ``passed`` is told of bytes that were dealt with.

    ``texts``: how many texts were begun. ``broken``: files that could not be read to where their text ends.
    ``changed``: files that were not what was listed.
    """

    def __init__(self, passed: Callable[[int], None] = lambda count: None) -> None:
        self.passed = passed
        self.texts = 0
        self.unreadable = Unreadables()
        self.noted = Unreadables()
        self.skipped: list[Skipped] = []
        self.broken: set[str] = set()
        self.changed: set[str] = set()

    def note(self, locator: Locator, reason: str) -> None:
        """Something is wrong in form, but was read."""
        self.noted.add(Unreadable(locator=locator, reason=reason))

    def skip(self, name: str, reason: str, *, harmless: bool) -> None:
        """A file is left out on purpose. Unless that is harmless, it may hold records that nobody looked at."""
        self.skipped.append(Skipped(path=name, reason=reason))
        if not harmless:
            self.unreadable.add(unreadable(name, reason))

    def blocks(self, listed: Listed) -> Iterator[bytes]:
        """The bytes of the file, told of as they pass. Raises :class:`Cut`, which is remembered."""
        return self.blocks_of(listed, 0, None)

    def blocks_of(self, listed: Listed, start: int, stop: int | None, beyond: int = 1 << 16) -> Iterator[bytes]:
        """The same from ``start``: up to ``stop`` in whole blocks, and further in small ones."""
        try:
            with listed.open() as handle:
                handle.seek(start)
                at = start
                while True:
                    here = stop is None or at < stop
                    want = min(BLOCK_BYTES, BLOCK_BYTES if stop is None else stop - at) if here else beyond
                    block = handle.read(want)
                    if not block:
                        return
                    if here:
                        self.passed(len(block))
                    at += len(block)
                    yield block
        except OSError as error:
            self.broken.add(listed.name)
            raise Cut(why_not_read(error)) from error


def from_a_line(part: Part, stop: int, account: Account) -> tuple[int, Iterator[bytes]]:
    """Where the first line begins of a range that is not the first (``stop`` if none does), and the bytes from there.

    Raises :class:`Cut`.
    """
    at = part.offset - 1  # a line begins at the offset if the byte before it ends one
    blocks = account.blocks_of(part.listed, at, stop)
    for block in blocks:
        end = block.find(b"\n")
        if end >= 0:
            return at + end + 1, itertools.chain([block[end + 1 :]], blocks)
        at += len(block)
        if at >= stop:
            break
    return stop, iter(())


class Kind(Protocol):
    """A way to divide files and to read their parts. Stateless; known by its ``id`` wherever a part travels."""

    id: str

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part] | None:
        """The parts of a file that begins with ``head`` (up to a mebibyte), of about ``stride`` bytes each.

        None when the file is not for this kind. Whatever the stride, the parts hold the same.
        """

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """The pieces of a part. What it meets besides goes into the account; nothing unreadable raises."""


def unreadable(name: str, reason: str) -> Unreadable:
    """A whole file or member that could not be read."""
    return Unreadable(locator=Locator(path=name, offset=0), reason=reason)
