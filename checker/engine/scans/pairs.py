"""Keyed pairs brought together without holding them all in memory: sorted runs on disk, merged."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from checker.engine.scans.runs import (
    HASH_BYTES,
    JOB_BYTES,
    Group,
    RunFile,
    Segment,
    bucket_ends,
    merged_groups,
    write_run,
)

_MAX_HELD_BYTES = 48 << 20
_OVERHEAD_BYTES = 64
"""What a value takes in memory beside its bytes."""
_GROUP_BYTES = 256
"""What a key takes in memory, with the list of its values."""


class Pairs:
    """Pairs of several jobs. Keys are kept as keyed hashes only, so no personal data is kept.

    A context manager: what was spilled is deleted at the end, unless ``keep_in`` names the folder for the runs. Groups
    come with the same values wherever the limit ``spill_after`` lies.
    """

    def __init__(
        self,
        *,
        salt: bytes,
        spill_after: int,
        spill_dir: Path | None = None,
        keep_in: Path | None = None,
        called: str = "run",
    ) -> None:
        if not salt:
            raise ValueError("keys are hashed under a secret: the salt must not be empty")
        # A whole block of the hash, so that it is worked through once for all keys.
        self._keyed = hashlib.sha256(hashlib.blake2b(salt, digest_size=64).digest())
        self._spill_after = max(1, spill_after)
        self._parent = spill_dir
        self._kept = keep_in
        self._called = called
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._held: dict[int, dict[bytes, list[bytes]]] = {}
        self._left_pairs, self._left_bytes = self._spill_after, _MAX_HELD_BYTES
        self._runs: list[RunFile] = []

    def __enter__(self) -> Pairs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, job: int, key: bytes, value: bytes) -> None:
        """Take one pair of a job in."""
        self.extend(job, ((key, value),))

    def extend(self, job: int, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Take pairs of a job in. What they raise leaves those in that came before."""
        held = self._held.get(job)
        if held is None:
            held = self._held[job] = {}
        size = count = 0
        for key, value in pairs:
            values = held.get(key)
            if values is None:
                held[key] = [value]
                size += len(key) + len(value) + _GROUP_BYTES
            else:
                values.append(value)
                size += len(value) + _OVERHEAD_BYTES
            count += 1
            if count >= self._left_pairs or size >= self._left_bytes:
                self._spill()
                held = self._held[job] = {}
                size = count = 0
        self._left_pairs -= count
        self._left_bytes -= size

    def small_groups(self) -> Iterator[tuple[int, list[list[bytes]]]]:
        """Each job with all of its groups, the values of each sorted: where nothing had to be spilled."""
        for job, held in self._held.items():
            for values in held.values():
                values.sort()
            if held:
                yield job, list(held.values())

    @property
    def has_spilled(self) -> bool:
        """Are there pairs on disk?"""
        return bool(self._runs)

    def groups(self) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Each job's groups: the job and the values of one key, sorted. A group is gone once the next is taken."""
        if not self._runs:
            for job, several in self.small_groups():
                for values in several:
                    yield job, iter(values)
            return
        folder = self._place()
        segments = []
        for run in self.runs():
            segments.append(Segment(name=run.name, begin=0, end=bucket_ends(folder / run.name)[-1]))
        yield from merged_groups(folder, segments)

    def runs(self) -> tuple[RunFile, ...]:
        """All pairs as runs on disk."""
        if any(self._held.values()):
            self._spill()
        return tuple(self._runs)

    def _spill(self) -> None:
        path = self._place() / f"{self._called}-{len(self._runs):04d}.run"
        self._runs.append(write_run(path, self._sorted()))
        self._held, self._left_pairs, self._left_bytes = {}, self._spill_after, _MAX_HELD_BYTES

    def _sorted(self) -> list[tuple[int, list[Group]]]:
        """The groups by their hashed keys, bucket by bucket. Jobs that have a key in common share its hash."""
        hashes: dict[bytes, bytes] = {}
        buckets: dict[int, list[Group]] = {}
        copy = self._keyed.copy
        for job, held in self._held.items():
            number = job.to_bytes(JOB_BYTES, "big")
            for key, values in held.items():
                hashed = hashes.get(key)
                if hashed is None:
                    made = copy()
                    made.update(key)
                    hashed = hashes[key] = made.digest()[:HASH_BYTES]
                if len(values) > 1:
                    values.sort()
                bucket = hashed[0] << 2 | hashed[1] >> 6
                several = buckets.get(bucket)
                if several is None:
                    several = buckets[bucket] = []
                several.append((hashed + number, values))
        for several in buckets.values():
            several.sort()
        return sorted(buckets.items())

    def _place(self) -> Path:
        if self._kept is not None:
            return self._kept
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="scan-", dir=self._parent)
        return Path(self._folder.name)
