"""The kinds of parts: who divides a file, and who reads a part of it."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.supplier import Limits
from checker.probes.source.blocks import head_of
from checker.probes.source.chunk import Chunk
from checker.probes.source.numbers import Numbers
from checker.probes.source.parquet import Parquet
from checker.probes.source.part import Account, Kind, Listed, Part
from checker.probes.source.ranges import Ranges
from checker.probes.source.separated import Rows
from checker.probes.source.whole import Whole
from checker.probes.source.zipped import Zipped

KINDS: tuple[Kind, ...] = (Numbers(), Zipped(), Parquet(), Rows(), Ranges(), Whole())
"""In the order in which they are offered a file: the last takes any."""

_BY_ID = {kind.id: kind for kind in KINDS}


def parts_of(listed: Listed, stride: int, limits: Limits) -> Iterator[Part]:
    """The parts of a file, in its order, of about ``stride`` bytes where it can be divided."""
    # Only what may be divided need be looked at for long.
    head = head_of(listed.blocks()) if listed.size_bytes > stride else head_of(listed.blocks(), 4)
    for kind in KINDS:
        parts = kind.divide(listed, head, stride, limits)
        if parts is not None:
            yield from parts
            return


def read_part(part: Part, limits: Limits, account: Account) -> Iterator[Chunk]:
    """The chunks of a part. What could not be read, and what else is met, goes into the account."""
    for piece in _BY_ID[part.kind].read(part, limits, account):
        if isinstance(piece, Chunk):
            yield piece
        else:
            account.unreadable.add(piece)
    if part.listed.name not in account.broken and part.listed.has_changed():
        account.changed.add(part.listed.name)
