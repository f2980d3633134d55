"""NDJSON: one resource a line. Lines end with LF, or CRLF; nothing else ends a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.model.scan import Locator
from checker.probes.source.blocks import Cut
from checker.probes.source.chunk import Chunk, Piece, Unreadable


def split_lines(
    blocks: Iterable[bytes], *, path: str, start: int, max_bytes: int, stop: int | None = None
) -> Iterator[Piece]:
    """Each line that is not blank, where it begins. ``start`` is the offset of the first byte.

    Lines that begin at ``stop`` or behind it are left to others. A line longer than ``max_bytes`` is passed over
    without being held in memory.
    """
    held, length, offset = bytearray(), 0, start
    try:
        for block in blocks:
            *whole, rest = block.split(b"\n")
            for line in whole:
                if length:  # it began in a block before
                    length += len(line)
                    if length <= max_bytes:
                        held += line
                        line = bytes(held)
                    held.clear()
                else:
                    length = len(line)
                if length > max_bytes:
                    yield Unreadable(locator=Locator(path=path, offset=offset), reason=_too_long(max_bytes))
                elif line and not line.isspace():
                    yield Chunk(locator=Locator(path=path, offset=offset), data=line)
                offset, length = offset + length + 1, 0
                if stop is not None and offset >= stop:
                    return
            length += len(rest)
            if length <= max_bytes:
                held += rest
            else:
                held.clear()
    except Cut as cut:
        yield Unreadable(locator=Locator(path=path, offset=offset), reason=cut.reason)
        return
    if length > max_bytes:
        yield Unreadable(locator=Locator(path=path, offset=offset), reason=_too_long(max_bytes))
    elif held and not held.isspace():
        yield Chunk(locator=Locator(path=path, offset=offset), data=bytes(held))


def _too_long(max_bytes: int) -> str:
    return f"a line longer than {max_bytes} bytes"
