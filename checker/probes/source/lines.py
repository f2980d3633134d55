"""NDJSON: one resource a line. Lines end with LF, or CRLF; nothing else ends a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.model.scan import Locator
from checker.probes.source.blocks import Cut
from checker.probes.source.chunk import Chunk, Part, Unreadable


def split_lines(blocks: Iterable[bytes], *, path: str, start: int, max_bytes: int) -> Iterator[Part]:
    """Each line that is not blank, where it begins. ``start`` is the offset of the first byte.

    A line longer than ``max_bytes`` is passed over without being held in memory.
    """
    held, length, offset = bytearray(), 0, start
    try:
        for block in blocks:
            at = 0
            while True:
                end = block.find(b"\n", at)
                piece = block[at:] if end < 0 else block[at:end]
                length += len(piece)
                if length <= max_bytes:
                    held += piece
                else:
                    held.clear()
                if end < 0:
                    break
                yield from _line(held, length, Locator(path=path, offset=offset), max_bytes)
                held.clear()
                offset, length, at = offset + length + 1, 0, end + 1
    except Cut as cut:
        yield Unreadable(locator=Locator(path=path, offset=offset), reason=cut.reason)
        return
    yield from _line(held, length, Locator(path=path, offset=offset), max_bytes)


def _line(held: bytearray, length: int, locator: Locator, max_bytes: int) -> Iterator[Part]:
    if length > max_bytes:
        yield Unreadable(locator=locator, reason=f"a line longer than {max_bytes} bytes")
    elif held and not held.isspace():
        yield Chunk(locator=locator, data=bytes(held))
