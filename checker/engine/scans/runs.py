"""Sorted runs of keyed pairs on disk: written once, read by ranges of keys.

A run is a file of frames, each some groups (a key and its values, sorted) as MessagePack behind their length. No frame
goes over the end of a bucket of keys, and behind the frames stands where each bucket ends. So any range of buckets can
be read from any number of runs without looking at the rest. A large group is divided over frames.
"""

from __future__ import annotations

import heapq
import itertools
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

import msgspec

from checker.model.value import Value

BUCKETS = 1024
"""By the first ten bits of a key, which is a keyed hash: about as many pairs in each, unless one key has very many."""
HASH_BYTES = 16
JOB_BYTES = 2
_KEY_AROUND_BYTES = HASH_BYTES + JOB_BYTES + 4
_LENGTH = struct.Struct(">I")
_ENTRY = struct.Struct(">HQ")
_READ_BYTES = 1 << 18
_WRITE_BYTES = 1 << 18
_MERGED_AT_ONCE_BYTES = 16 << 20
"""For the buffers of all runs that are merged at a time."""
_FRAME_BYTES = 1 << 14
"""About as much is in a frame at most, so that little is held where many runs are merged."""

Group = tuple[bytes, list[bytes]]
"""A hashed key with the number of its job, and its values."""
_DECODER = msgspec.msgpack.Decoder(list[Group])
_ENCODER = msgspec.msgpack.Encoder()


class RunFile(Value, frozen=True, kw_only=True):
    """A run by the name of its file. ``crc32`` is over the whole file."""

    name: str
    pairs: int
    size_bytes: int
    crc32: int

    def is_sound(self, folder: Path) -> bool:
        """Is it there, as it was written?"""
        try:
            with (folder / self.name).open("rb") as handle:
                crc32 = size = 0
                while block := handle.read(_READ_BYTES):
                    crc32, size = zlib.crc32(block, crc32), size + len(block)
        except OSError:
            return False
        return (size, crc32) == (self.size_bytes, self.crc32)


class Segment(Value, frozen=True, kw_only=True):
    """A stretch of a run: whole records from ``begin`` to ``end``."""

    name: str
    begin: int
    end: int


def write_run(path: Path, buckets: Iterable[tuple[int, list[Group]]]) -> RunFile:
    """Write groups, of which there is at least one: the buckets in order, each sorted by key. Raises ``OSError``."""
    held = bytearray()
    ends: dict[int, int] = {}
    pairs = size = crc32 = 0
    with path.open("wb") as handle:
        for bucket, several in buckets:
            pairs += sum([len(values) for _, values in several])
            encoded = _ENCODER.encode(several)
            if len(encoded) <= 2 * _FRAME_BYTES:  # as nearly all are
                held += _LENGTH.pack(len(encoded))
                held += encoded
            else:
                for frame in _frames(several):
                    encoded = _ENCODER.encode(frame)
                    held += _LENGTH.pack(len(encoded))
                    held += encoded
            ends[bucket] = size + len(held)
            if len(held) >= _WRITE_BYTES:
                handle.write(held)
                crc32, size = zlib.crc32(held, crc32), size + len(held)
                held.clear()
        for bucket, end in ends.items():
            held += _ENTRY.pack(bucket, end)
        held += _LENGTH.pack(len(ends))
        handle.write(held)
    return RunFile(name=path.name, pairs=pairs, size_bytes=size + len(held), crc32=zlib.crc32(held, crc32))


def _frames(groups: Iterable[Group]) -> Iterator[list[Group]]:
    """The groups in frames of a limited size."""
    frame: list[Group] = []
    size = 0
    for group in groups:
        key, values = group
        if len(values) == 1:  # as nearly all are
            frame.append(group)
            size += len(values[0]) + _KEY_AROUND_BYTES
        else:
            begin = 0
            for at, value in enumerate(values):
                if size > _FRAME_BYTES and at > begin:
                    frame.append((key, values[begin:at]))
                    yield frame
                    frame, size, begin = [], 0, at
                size += len(value)
            frame.append((key, values[begin:]))
            size += _KEY_AROUND_BYTES
        if size > _FRAME_BYTES:
            yield frame
            frame, size = [], 0
    if frame:
        yield frame


def bucket_ends(path: Path) -> array[int]:
    """Where each bucket of a run ends: ``BUCKETS`` offsets. Raises ``OSError``."""
    with path.open("rb") as handle:
        handle.seek(-_LENGTH.size, 2)
        (count,) = _LENGTH.unpack(handle.read(_LENGTH.size))
        handle.seek(-_LENGTH.size - count * _ENTRY.size, 2)
        entries = handle.read(count * _ENTRY.size)
    ends = array("I", [0]) * BUCKETS  # a run is far smaller than 4 GiB
    filled = last = 0
    for bucket, end in _ENTRY.iter_unpack(entries):
        for number in range(filled, bucket):
            ends[number] = last
        ends[bucket], last, filled = end, end, bucket + 1
    for number in range(filled, BUCKETS):
        ends[number] = last
    return ends


class Stretch(Value, frozen=True, kw_only=True):
    """All records of some buckets, wherever they lie."""

    segments: tuple[Segment, ...]
    size_bytes: int


def stretches(folder: Path, names: Sequence[str], size_bytes: int) -> Iterator[Stretch]:
    """All the records of the runs in stretches of about that size: a group of equal keys is never divided.

    A bucket that is larger than that is a stretch by itself.
    """
    indexes = [(name, bucket_ends(folder / name)) for name in sorted(names)]
    totals = [0] * BUCKETS
    for _, ends in indexes:
        before = 0
        for bucket, end in enumerate(ends):
            totals[bucket] += end - before
            before = end
    first = held = 0
    for bucket, total in enumerate(totals):
        if held and held + total > size_bytes:
            yield _stretch(indexes, first, bucket, held)
            first, held = bucket, 0
        held += total
    if held:
        yield _stretch(indexes, first, BUCKETS, held)


def _stretch(indexes: list[tuple[str, array[int]]], first: int, stop: int, size_bytes: int) -> Stretch:
    found = ((name, ends[first - 1] if first else 0, ends[stop - 1]) for name, ends in indexes)
    segments = tuple(Segment(name=name, begin=begin, end=end) for name, begin, end in found if begin < end)
    return Stretch(segments=segments, size_bytes=size_bytes)


def small_groups(folder: Path, segments: Sequence[Segment]) -> Iterator[tuple[int, list[list[bytes]]]]:
    """Each job with all of its groups in the segments, the values of each sorted. All is held in memory."""
    known: dict[bytes, list[bytes]] = {}
    for segment in segments:
        for frame in _read(folder, segment, _READ_BYTES):
            for key, values in frame:
                before = known.get(key)
                if before is None:
                    known[key] = values
                else:
                    before += values
    jobs: dict[bytes, list[list[bytes]]] = {}
    for key, values in known.items():
        if len(values) > 1:
            values.sort()
        job = key[HASH_BYTES:]
        if job in jobs:
            jobs[job].append(values)
        else:
            jobs[job] = [values]
    for job, groups in jobs.items():
        yield int.from_bytes(job, "big"), groups


def merged_groups(folder: Path, segments: Sequence[Segment]) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Each group of the segments: the number of its job and its values, sorted; gone once the next is taken.

    They are merged as they are read, so that however many there are, little is held.
    """
    at_once = max(1 << 12, min(_READ_BYTES, _MERGED_AT_ONCE_BYTES // max(1, len(segments))))
    pairs = heapq.merge(*(_pairs(folder, segment, at_once) for segment in segments))
    for key, several in itertools.groupby(pairs, key=itemgetter(0)):
        yield int.from_bytes(key[HASH_BYTES:], "big"), (value for _, value in several)


def _pairs(folder: Path, segment: Segment, at_once: int) -> Iterator[tuple[bytes, bytes]]:
    for frame in _read(folder, segment, at_once):
        for key, values in frame:
            for value in values:
                yield key, value


def _read(folder: Path, segment: Segment, at_once: int) -> Iterator[list[Group]]:
    """Frames of one segment; no file stays open between blocks, however many are merged."""
    rest, at = b"", segment.begin
    while at < segment.end:
        with (folder / segment.name).open("rb") as handle:
            handle.seek(at)
            block = handle.read(min(at_once, segment.end - at))
        if not block:
            raise OSError(f"the run {segment.name} ends too early")
        at += len(block)
        data = rest + block
        position, size = 0, len(data)
        while position + _LENGTH.size <= size:
            begin = position + _LENGTH.size
            end = begin + _LENGTH.unpack_from(data, position)[0]
            if end > size:
                break
            yield _DECODER.decode(data[begin:end])
            position = end
        rest = data[position:]
