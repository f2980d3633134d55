"""Units of work: small values that say what one worker does next, wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TypeVar

import msgspec

from checker.engine.scans.runs import Segment
from checker.model.supplier import Limits
from checker.model.value import digest
from checker.probes.source.kinds import parts_of
from checker.probes.source.part import Listed, Part

T = TypeVar("T")

LEAST_STRIDE_BYTES = 4 << 20
_MOST_UNITS = 1024
_MOST_TOGETHER = 2000
"""Of very small files, so many go together at most."""


class ScanUnit(msgspec.Struct, frozen=True, tag="scan", dict=True):
    """Read these parts of one artefact, and show what is in them to all scans."""

    parts: tuple[Part, ...]

    @property
    def weight_bytes(self) -> int:
        """About how much work it is."""
        return sum(part.weight_bytes for part in self.parts)

    @cached_property
    def key(self) -> str:
        """What tells it from any other unit of work over any files, as text."""
        return digest(["scan", *(part.identity for part in self.parts)])


class DigestUnit(msgspec.Struct, frozen=True, tag="digest", dict=True):
    """Read whole files for their digests."""

    files: tuple[Listed, ...]

    weight_bytes = 0

    @cached_property
    def key(self) -> str:
        """As in :class:`ScanUnit`."""
        return digest(["digest", *(listed.identity for listed in self.files)])


class ReduceUnit(msgspec.Struct, frozen=True, tag="reduce", dict=True):
    """Bring the pairs of these segments together and reduce each group."""

    segments: tuple[Segment, ...]
    in_memory: bool

    weight_bytes = 0

    @cached_property
    def key(self) -> str:
        """Unique among those of one run."""
        return digest(["reduce", self.segments])


Unit = ScanUnit | DigestUnit | ReduceUnit


def stride_for(total_bytes: int) -> int:
    """How large parts are: so that no export has many more than a thousand."""
    return max(LEAST_STRIDE_BYTES, -(-total_bytes // _MOST_UNITS))


def units_of(files: Iterable[Listed], stride: int, limits: Limits) -> Iterator[Unit]:
    """All units of an artefact: first the digests, the largest file first, since they cannot be divided."""
    listed = list(files)
    by_size = sorted(listed, key=lambda file: (-file.size_bytes, file.name))
    for several in _batches(by_size, lambda file: file.size_bytes, stride):
        yield DigestUnit(files=tuple(several))
    parts = (part for one in listed for part in parts_of(one, stride, limits))
    for batch in _batches(parts, lambda part: part.weight_bytes, stride):
        yield ScanUnit(parts=tuple(batch))


def _batches(items: Iterable[T], weight_of: Callable[[T], int], size_bytes: int) -> Iterator[list[T]]:
    held: list[T] = []
    weight = 0
    for item in items:
        if held and (weight + weight_of(item) > size_bytes or len(held) >= _MOST_TOGETHER):
            yield held
            held, weight = [], 0
        held.append(item)
        weight += weight_of(item)
    if held:
        yield held
