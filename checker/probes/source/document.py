"""One JSON document: a resource, or a Bundle of any size, whose entries are split out.

Only brackets and strings are looked at here. What is left of the document when its entries are
taken out, and every entry, is parsed later, so that nothing malformed goes by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator

import msgspec

from checker.model.scan import Locator
from checker.probes.source.blocks import Cut
from checker.probes.source.brackets import OPENING, Brackets
from checker.probes.source.chunk import Chunk, Piece, Unreadable

ENTRY_PREFIX = "/resource"
_SPACE = b" \t\r\n"
_ENTRY_LIST = re.compile(rb'(?<!\\)"entry"[ \t\r\n]*:[ \t\r\n]*\[\Z')
_TYPE = re.compile(rb'(?<!\\)"resourceType"[ \t\r\n]*:[ \t\r\n]*"([A-Za-z]+)"')
_TAIL_BYTES = 256


class _Capture:
    """Bytes collected from several blocks, up to a limit."""

    def __init__(self, offset: int, max_bytes: int) -> None:
        self.offset = offset
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._size = 0

    def add(self, text: bytes) -> None:
        self._size += len(text)
        if self.too_long:
            self._held.clear()
        else:
            self._held += text

    @property
    def too_long(self) -> bool:
        return self._size > self._max_bytes

    def tail(self) -> bytes:
        return bytes(self._held[-_TAIL_BYTES:])

    def data(self) -> bytes:
        return bytes(self._held)


class DocumentSplitter:
    """Splits one document. ``outer_type`` reads its type beforehand, for when it stands last."""

    def __init__(self, *, path: str, start: int, max_bytes: int, outer_type: Callable[[], str]) -> None:
        self._path = path
        self._base = start
        self._max_bytes = max_bytes
        self._outer_type = outer_type
        self._brackets = Brackets()
        self._depth = 0
        self._outer: _Capture | None = None
        self._entry: _Capture | None = None
        self._between: _Capture | None = None
        """Text between two entries; None outside the entry list."""
        self._first = True
        self._over = False
        self._done = False

    def split(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """The entries, where each begins, and what remains of the document, where it begins."""
        try:
            for block in blocks:
                yield from self._after(block, 0) if self._over else self._block(block)
                self._base += len(block)
                if self._done:
                    return
        except Cut as cut:
            yield self._lost(cut.reason)
            return
        if self._over:
            return
        if self._outer is None:
            yield self._unreadable(self._base, "the file is empty")
        elif self._depth == 0:
            yield self._captured(self._outer, "")  # no bracket at all: parsing it names the problem
        else:
            yield self._lost("the JSON text ends too early")

    def _block(self, block: bytes) -> Iterator[Piece]:
        mark = 0
        if self._outer is None:
            mark = len(block) - len(block.lstrip(_SPACE))
            if mark == len(block):
                return
            self._outer = _Capture(self._base + mark, self._max_bytes)
        for at in self._brackets.find(block):
            if block[at] in OPENING:
                self._depth += 1
                if self._depth <= 3:
                    mark = yield from self._opened(block, mark, at)
            else:
                self._depth -= 1
                if self._depth <= 2:
                    mark = yield from self._closed(block, mark, at)
            self._brackets.skim = self._depth >= (2 if self._between is None else 3)
            if self._over:
                yield from self._after(block, mark)
                return
        self._take(block[mark:])

    def _opened(self, block: bytes, mark: int, at: int) -> Generator[Piece, None, int]:
        """After an opening bracket: the new mark up to which the block is dealt with."""
        if self._depth == 2:
            self._take(block[mark : at + 1])
            if self._entries_begin():
                self._between, self._first = _Capture(self._base + at + 1, _TAIL_BYTES), True
            return at + 1
        if self._depth == 3 and self._between is not None:
            self._take(block[mark:at])
            yield from self._separator(b"" if self._first else b",")
            self._entry, self._first = _Capture(self._base + at, self._max_bytes), False
            return at
        return mark

    def _closed(self, block: bytes, mark: int, at: int) -> Generator[Piece, None, int]:
        """After a closing bracket: the new mark."""
        if self._depth == 2 and self._entry is not None:
            self._take(block[mark : at + 1])
            yield self._captured(self._entry, ENTRY_PREFIX)
            self._entry, self._between = None, _Capture(self._base + at + 1, _TAIL_BYTES)
            return at + 1
        if self._depth == 1 and self._between is not None:
            self._take(block[mark:at])
            yield from self._separator(b"")
            self._between = None
            return at
        if self._depth <= 0 and self._outer is not None:
            self._take(block[mark : at + 1])
            yield self._captured(self._outer, "")
            self._over = True
            return at + 1
        return mark

    def _take(self, text: bytes) -> None:
        sink = self._entry or self._between or self._outer
        if sink is not None:
            sink.add(text)

    def _entries_begin(self) -> bool:
        """Is the list that was just opened the entry list of a Bundle?"""
        if self._outer is None or self._outer.too_long or not _ENTRY_LIST.search(self._outer.tail()):
            return False
        try:
            before = msgspec.json.decode(self._outer.data() + b"]}")
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return False
        found = before.get("resourceType") if isinstance(before, dict) else None
        return (found or self._outer_type()) == "Bundle"

    def _separator(self, expected: bytes) -> Iterator[Piece]:
        between = self._between
        if between is not None and (between.too_long or between.data().strip(_SPACE) != expected):
            yield self._unreadable(between.offset, "the entry list holds something that is not an entry")

    def _captured(self, capture: _Capture, prefix: str) -> Piece:
        if capture.too_long:
            return self._unreadable(capture.offset, f"a resource larger than {self._max_bytes} bytes")
        locator = Locator(path=self._path, offset=capture.offset)
        return Chunk(locator=locator, data=capture.data(), pointer_prefix=prefix)

    def _after(self, block: bytes, mark: int) -> Iterator[Piece]:
        rest = block[mark:].lstrip(_SPACE)
        if rest:
            self._done = True
            yield self._unreadable(self._base + len(block) - len(rest), "text after the end of the JSON value")

    def _lost(self, reason: str) -> Unreadable:
        """The innermost thing that was open when the text ended."""
        if self._entry is not None:
            return self._unreadable(self._entry.offset, reason)
        if self._between is not None or self._outer is None or self._over:
            return self._unreadable(self._base, reason)
        return self._unreadable(self._outer.offset, reason)

    def _unreadable(self, offset: int, reason: str) -> Unreadable:
        return Unreadable(locator=Locator(path=self._path, offset=offset), reason=reason)


def outer_type(blocks: Iterable[bytes], max_bytes: int) -> str:
    """``resourceType`` of a document, wherever it stands in it; "" if there is none.

    Reads to the end at worst, and keeps nothing but the text at the outermost level.
    """
    brackets, depth, outer = Brackets(), 0, _Capture(0, max_bytes)
    try:
        for block in blocks:
            mark = 0
            for at in brackets.find(block):
                if block[at] in OPENING:
                    depth += 1
                    if depth == 2:
                        outer.add(block[mark:at] + b"0")
                else:
                    depth -= 1
                    if depth == 1:
                        mark = at + 1
            if depth <= 1:
                outer.add(block[mark:])
            if found := _TYPE.search(outer.data()):
                return found.group(1).decode()
    except Cut:
        pass  # the reading proper meets the same cut, and reports it
    return ""
