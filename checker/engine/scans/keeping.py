"""What finished units came to, kept on disk so that a run that was killed goes on from them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from checker import __version__
from checker.engine.scans.job import ScanJob
from checker.engine.scans.partial import Partial
from checker.engine.scans.unit import Unit
from checker.model.supplier import Limits
from checker.model.value import canonical

_FORMAT = 2
_DIGEST_BYTES = 32


class Keeping:
    """A folder of partials and of the runs that belong to them, below ``folder``.

    A partial is taken up again only for the same parts of the same files, the same scans with the same parameters, by
    the same version of the checker and under the same salt, and only if it and its runs are as they were written.
    """

    def __init__(
        self, folder: Path, jobs: Sequence[ScanJob], *, side: str, salt: bytes, limits: Limits, surroundings: str = ""
    ) -> None:
        about = [
            _FORMAT,
            __version__,
            side,
            surroundings,
            limits.max_resource_bytes,
            hashlib.blake2b(salt, digest_size=16, person=b"kept partials").hexdigest(),
            [[job.scan.id, job.scan.version, job.params] for job in jobs],
        ]
        self._context = hashlib.sha256(canonical(about)).digest()
        self.folder = folder / self._context.hex()[:16]

    def get(self, unit: Unit) -> Partial | None:
        """What the unit came to in an earlier run, or None."""
        try:
            data = self._path(unit).read_bytes()
        except OSError:
            return None
        body = data[_DIGEST_BYTES:]
        if self._sealed(unit, body) != data[:_DIGEST_BYTES]:
            return None
        try:
            found = Partial.decoded(body)
        except msgspec.MsgspecError:
            return None
        return found if all(run.is_sound(self.folder) for run in found.runs) else None

    def put(self, unit: Unit, encoded: bytes) -> None:
        """Keep it. Raises ``OSError``. What is seen there is whole: it is put in place in one go."""
        path = self._path(unit)
        beside = path.with_suffix(".new")
        beside.write_bytes(self._sealed(unit, encoded) + encoded)
        os.replace(beside, path)

    def clear_others(self, runs: Iterable[str]) -> None:
        """Remove all runs but these: what was under way when the run before was killed."""
        wanted = set(runs)
        for path in self.folder.glob("*.run"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def _path(self, unit: Unit) -> Path:
        return self.folder / f"{self._name(unit)}.partial"

    def _name(self, unit: Unit) -> str:
        return hashlib.sha256(self._context + unit.key.encode()).hexdigest()[:40]

    def _sealed(self, unit: Unit, body: bytes) -> bytes:
        return hashlib.sha256(self._context + unit.key.encode() + b"\0" + body).digest()
