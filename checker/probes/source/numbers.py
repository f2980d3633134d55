"""Lists of NHS numbers, one a line, as the service that checks for national data opt-outs takes and returns them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.model.supplier import Limits
from checker.probes.source.blocks import head_of
from checker.probes.source.chunk import Chunk, Piece
from checker.probes.source.lines import split_lines
from checker.probes.source.part import Account, Listed, Part
from checker.probes.source.text import BOM

_LINE = re.compile(rb"[0-9]{10}[ \t]*+,?[ \t]*+\r?(?:\n|\Z)")
_HEAD_BYTES = 64
_TOLD = re.compile(rb"[0-9A-Za-z -]{1,40}")


class Numbers:
    """Files whose first line is ten digits: each line is shown as a row with the column ``number``."""

    id = "numbers"

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part] | None:
        """The file as it is."""
        if not head.removeprefix(BOM)[:1].isdigit():
            return None
        if not _LINE.match(head_of(listed.blocks(), _HEAD_BYTES).removeprefix(BOM)):
            return None
        return iter((Part(listed=listed, kind=self.id, weight_bytes=listed.size_bytes),))

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """A row for each line, at its own offset; what is no number is a row with what it says."""
        account.texts += 1
        blocks = account.blocks(part.listed)
        for piece in split_lines(blocks, path=part.listed.name, start=0, max_bytes=limits.max_resource_bytes):
            if not isinstance(piece, Chunk):
                yield piece
                continue
            cell = piece.data.removeprefix(BOM).partition(b",")[0].strip()
            told = cell if _TOLD.fullmatch(cell) else b""
            yield Chunk(locator=piece.locator, data=b'{"resourceType":"Row","number":"%s"}' % told)
