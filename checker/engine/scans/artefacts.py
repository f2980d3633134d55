"""Scans over the artefacts of one kind: one pass over all of them for all jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.engine.scans.driver import Driver
from checker.engine.scans.job import EXPORT, ScanJob
from checker.model.evidence import ScanState, SourceFile
from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.value import plain
from checker.probes.source import Skipped, Unreadable, Unreadables, walk_source


@dataclass(frozen=True, kw_only=True)
class ArtefactScan:
    """What one pass gave. ``states`` and ``errors`` are in the order of the jobs.

    A job has a state or an error, never both. ``problems``: artefacts in which there was
    nothing to read; each is also counted as unreadable in every state.
    """

    states: tuple[ScanState | None, ...]
    errors: tuple[str, ...]
    problems: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    noted: int
    noted_examples: tuple[str, ...]


def scan_artefacts(
    artefacts: Sequence[tuple[str, Path]],
    jobs: Sequence[ScanJob],
    *,
    over: str = EXPORT,
    salt: bytes,
    limits: Limits,
    spill_dir: Path | None = None,
) -> ArtefactScan:
    """All artefacts, each an id and where it is, in the order given. Paths told begin with the id."""
    files: list[SourceFile] = []
    skipped: list[Skipped] = []
    problems: list[str] = []
    noted = Unreadables()
    with Driver(jobs, side=EXPORT, salt=salt, limits=limits, spill_dir=spill_dir) as driver:
        for artefact, path in artefacts:
            source = walk_source(path, limits, prefix=f"{artefact}/")
            for chunk in source:
                driver.take_chunk(chunk)
            if source.problem:
                problem = Unreadable(locator=Locator(path=f"{artefact}/", offset=0), reason=source.problem)
                problems.append(str(problem))
                if not source.unreadable.count:
                    driver.unreadable.add(problem)
            driver.unreadable.absorb(source.unreadable)
            noted.absorb(source.noted)
            files += source.files
            skipped += source.skipped
        run = driver.run()
    common: dict[str, Any] = {
        "over": over,
        "artefact": ",".join(artefact for artefact, _ in artefacts),
        "files": tuple(sorted(files, key=lambda file: file.path)),
        "resources": run.resources,
        "unreadable": run.unreadable,
        "unreadable_examples": run.unreadable_examples,
    }
    return ArtefactScan(
        states=tuple(
            None if outcome.error else _payload(job, outcome.state, common)
            for job, outcome in zip(jobs, run.outcomes, strict=True)
        ),
        errors=tuple(outcome.error for outcome in run.outcomes),
        problems=tuple(problems),
        skipped=tuple(skipped),
        noted=noted.count,
        noted_examples=noted.examples,
    )


def _payload(job: ScanJob, state: Any, common: dict[str, Any]) -> ScanState:
    return ScanState(scan=job.scan.id, version=job.scan.version, params=plain(job.params), state=state, **common)
