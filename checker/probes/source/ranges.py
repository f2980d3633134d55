"""Plain NDJSON by ranges of bytes: a line belongs to the range in which it begins."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.probes.source.blocks import GZIP_MAGIC, Cut
from checker.probes.source.chunk import Piece, Unreadable
from checker.probes.source.lines import split_lines
from checker.probes.source.part import Account, Listed, Part, from_a_line
from checker.probes.source.text import BOM, UTF_16, is_lines, note_bom
from checker.probes.source.whole import is_manifest


class Ranges:
    """Files of plain lines that are longer than one stride."""

    id = "lines"

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part] | None:
        """Ranges of ``stride`` bytes; they need not begin where a line does."""
        if listed.size_bytes <= stride or is_manifest(listed.name) or head.startswith((GZIP_MAGIC, *UTF_16)):
            return None
        if not is_lines(listed.name, head.removeprefix(BOM)):
            return None
        return self._ranges(listed, stride)

    def _ranges(self, listed: Listed, stride: int) -> Iterator[Part]:
        for offset in range(0, listed.size_bytes, stride):
            length = min(stride, listed.size_bytes - offset)
            yield Part(listed=listed, kind=self.id, offset=offset, length=length, weight_bytes=length)

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """The lines that begin in the range; the last may go on behind its end."""
        account.texts += 1
        name, stop = part.listed.name, part.offset + part.length
        try:
            start, blocks = self._begun(part, stop, account)
        except Cut as cut:
            yield Unreadable(locator=Locator(path=name, offset=part.offset), reason=cut.reason)
            return
        if start < stop or part.offset == 0:  # behind a byte order mark begins a line that no other range has
            yield from split_lines(blocks, path=name, start=start, max_bytes=limits.max_resource_bytes, stop=stop)

    def _begun(self, part: Part, stop: int, account: Account) -> tuple[int, Iterator[bytes]]:
        """Where the first line of the range begins (``stop`` if none does), and the bytes from there."""
        if part.offset:
            return from_a_line(part, stop, account)
        blocks = account.blocks_of(part.listed, 0, stop)
        first = next(blocks, b"")
        while len(first) < len(BOM) and (more := next(blocks, b"")):
            first += more
        start = len(BOM) if first.startswith(BOM) else 0
        if start:
            note_bom(part.listed.name, account.note)
        return start, itertools.chain([first[start:]], blocks)
