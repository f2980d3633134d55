"""Keyed pairs brought together without holding them all in memory: sorted runs on disk, merged."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

_JOB_BYTES = 2
_HASH_BYTES = 16
_KEY_BYTES = _JOB_BYTES + _HASH_BYTES
_LENGTH_BYTES = 4
_MAX_RUNS = 64
"""Runs beyond this are merged into one first: systems limit how many files may be open."""


class Pairs:
    """Pairs of several jobs. Keys are kept as keyed hashes only, so no personal data is kept.

    A context manager: what was spilled is deleted at the end. Groups come in the same order
    and with the same values wherever the limit ``spill_after`` lies.
    """

    def __init__(self, *, salt: bytes, spill_after: int, spill_dir: Path | None) -> None:
        if not salt:
            raise ValueError("keys are hashed under a secret: the salt must not be empty")
        self._salt = hashlib.blake2b(salt, digest_size=32).digest()
        self._spill_after = max(1, spill_after)
        self._parent = spill_dir
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._held: list[bytes] = []
        self._runs: list[Path] = []
        self._numbers = itertools.count()

    def __enter__(self) -> Pairs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, job: int, key: bytes, value: bytes) -> None:
        """Take one pair of a job in."""
        hashed = hashlib.blake2b(key, digest_size=_HASH_BYTES, key=self._salt).digest()
        self._held.append(job.to_bytes(_JOB_BYTES, "big") + hashed + value)
        if len(self._held) > self._spill_after:
            self._spill()

    def groups(self) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Each job's groups: the job and the values of one key, sorted. A group is gone once the next is taken."""
        self._held.sort()
        records = heapq.merge(*(_read(run) for run in self._runs), self._held)
        for key, group in itertools.groupby(records, key=lambda record: record[:_KEY_BYTES]):
            yield int.from_bytes(key[:_JOB_BYTES], "big"), (record[_KEY_BYTES:] for record in group)

    def _spill(self) -> None:
        self._held.sort()
        self._runs.append(self._write(self._held))
        self._held = []
        if len(self._runs) >= _MAX_RUNS:
            merged = self._write(heapq.merge(*(_read(run) for run in self._runs)))
            for run in self._runs:
                run.unlink()
            self._runs = [merged]

    def _write(self, records: Iterable[bytes]) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="scan-", dir=self._parent)
        path = Path(self._folder.name) / f"{next(self._numbers):06d}.run"
        with path.open("wb") as handle:
            for record in records:
                handle.write(len(record).to_bytes(_LENGTH_BYTES, "big"))
                handle.write(record)
        return path


def _read(run: Path) -> Iterator[bytes]:
    with run.open("rb") as handle:
        while length := handle.read(_LENGTH_BYTES):
            yield handle.read(int.from_bytes(length, "big"))
