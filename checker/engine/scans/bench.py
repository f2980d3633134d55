"""The workbench: what one worker needs to do any unit of work, and the one function that does it.

It is the same in this process, in a pool of processes and on a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from checker.engine.scans.driver import Driver
from checker.engine.scans.garbage import few_collections
from checker.engine.scans.job import ScanJob, ScanOutcome
from checker.engine.scans.pairs import Pairs
from checker.engine.scans.partial import Counted, Met, Partial
from checker.engine.scans.runs import merged_groups, small_groups
from checker.engine.scans.unit import DigestUnit, ReduceUnit, ScanUnit, Unit
from checker.model.evidence import SourceFile
from checker.model.supplier import Limits
from checker.probes.source.digest import digest_of
from checker.probes.source.kinds import read_part
from checker.probes.source.part import Account


class Bench:
    """Does units of work. ``folder`` is where the runs of keyed pairs are, for all workers alike.

    ``mark`` goes into the names of the runs that are written here, so that two workers never write to one file.
    ``passed`` is told of bytes as they are read.
    """

    def __init__(
        self,
        jobs: Sequence[ScanJob],
        *,
        side: str,
        salt: bytes,
        limits: Limits,
        folder: Path,
        spill_after: int,
        mark: str = "",
        passed: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._jobs = tuple(jobs)
        self._side = side
        self._salt = salt
        self._limits = limits
        self._folder = folder
        self._spill_after = spill_after
        self._mark = mark
        self._passed = passed

    def do(self, unit: Unit) -> Partial:
        """What the unit came to. Raises ``OSError`` where runs cannot be written or read."""
        if isinstance(unit, DigestUnit):
            return self._digest(unit)
        with few_collections():
            return self._scan(unit) if isinstance(unit, ScanUnit) else self._reduce(unit)

    def _scan(self, unit: ScanUnit) -> Partial:
        told = 0

        def passed(count: int) -> None:
            nonlocal told
            told += count
            self._passed(count)

        account = Account(passed)
        with self._pairs(f"{unit.key}{self._mark}") as pairs:
            driver = Driver(self._jobs, pairs, side=self._side)
            for part in unit.parts:
                for chunk in read_part(part, self._limits, account):
                    driver.take_chunk(chunk)
            driver.show()
            runs = pairs.runs()
        self._passed(unit.weight_bytes - told)
        met = Met(texts=account.texts, unreadable=account.unreadable.count, skipped=len(account.skipped))
        account.unreadable.absorb(driver.unreadable)
        return Partial(
            **_outcomes(driver.outcomes()),
            resources=driver.resources,
            unreadable=Counted.of(account.unreadable),
            noted=Counted.of(account.noted),
            met={unit.parts[0].listed.artefact: met},
            skipped=tuple(account.skipped),
            broken=tuple(sorted(account.broken)),
            changed=tuple(sorted(account.changed)),
            runs=runs,
        )

    def _digest(self, unit: DigestUnit) -> Partial:
        found = [(listed.name, digest_of(listed)) for listed in unit.files]
        return Partial(
            files=tuple(made for _, made in found if isinstance(made, SourceFile)),
            undigested=tuple((name, made) for name, made in found if isinstance(made, str)),
            changed=tuple(sorted(name for name, made in found if made is None)),
        )

    def _reduce(self, unit: ReduceUnit) -> Partial:
        with self._pairs("") as nothing:
            driver = Driver(self._jobs, nothing, side=self._side)
            if unit.in_memory:
                driver.reduce_small(small_groups(self._folder, unit.segments))
            else:
                driver.reduce(merged_groups(self._folder, unit.segments))
        return Partial(**_outcomes(driver.outcomes()))

    def _pairs(self, called: str) -> Pairs:
        return Pairs(salt=self._salt, spill_after=self._spill_after, keep_in=self._folder, called=called)


def _outcomes(outcomes: tuple[ScanOutcome, ...]) -> dict[str, Any]:
    return {
        "states": tuple(outcome.state for outcome in outcomes),
        "errors": tuple(outcome.error for outcome in outcomes),
    }
