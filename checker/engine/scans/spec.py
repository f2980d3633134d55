"""Jobs that travel: by the id of the scan and plain parameters, looked up where they arrive."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import cast

import msgspec

from checker.engine.scans.job import ScanJob
from checker.engine.scans.work import Work
from checker.model.registry import Registry, read_params
from checker.model.supplier import Limits
from checker.model.value import canonical


class BenchSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What another process needs to make a :class:`Bench` of its own. Picklable.

    ``jobs``: id of each scan, with its parameters as JSON. ``spill_after``: pairs that one worker may hold.
    """

    modules: tuple[str, ...]
    jobs: tuple[tuple[str, bytes], ...]
    side: str
    salt: bytes
    limits: Limits
    spill_after: int
    within: bytes = b""
    """Pickled, so that equal ones are seen to be equal wherever they arrive."""

    @staticmethod
    def of(work: Work, workers: int) -> BenchSpec:
        """For one of so many workers."""
        return BenchSpec(
            modules=work.surroundings.modules,
            jobs=tuple((job.scan.id, canonical(job.params)) for job in work.jobs),
            side=work.side,
            salt=work.salt,
            limits=work.limits,
            spill_after=max(1, work.limits.spill_after_pairs // workers),
            within=b"" if work.surroundings.within is None else pickle.dumps(work.surroundings.within),
        )

    def context(self) -> AbstractContextManager[object]:
        """What the scans are to run in."""
        if not self.within:
            return nullcontext()
        return cast(AbstractContextManager[object], pickle.loads(self.within)())  # noqa: S301 - made by this very run

    def scan_jobs(self) -> tuple[ScanJob, ...]:
        """The jobs, by the registry of this process. Raises ``KeyError`` for a scan that is not known here."""
        return jobs_of(Registry.of_modules([import_module(name) for name in self.modules]), self.jobs)


def jobs_of(registry: Registry, named: Sequence[tuple[str, bytes]]) -> tuple[ScanJob, ...]:
    """The jobs by a registry."""
    made = []
    for name, params in named:
        scan = registry.scans[name]
        made.append(ScanJob(scan=scan, params=read_params(scan.params_type, msgspec.json.decode(params))))
    return tuple(made)
