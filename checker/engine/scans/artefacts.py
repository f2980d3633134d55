"""Scans over the artefacts of one kind: one pass over all of them for all jobs."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.engine.scans.job import EXPORT, ScanJob
from checker.engine.scans.keeping import Keeping
from checker.engine.scans.partial import Counted, Met, Partial
from checker.engine.scans.unit import Unit, stride_for, units_of
from checker.engine.scans.work import Engine, Progress, Silent, Single, Surroundings, Work
from checker.errors import OutputFault
from checker.model.evidence import ScanState, SourceFile
from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.table import Table
from checker.model.value import plain
from checker.probes.source import Skipped, Unreadable
from checker.probes.source.part import CHANGED, unreadable
from checker.probes.source.survey import Survey, survey, why_nothing


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
    artefacts: Sequence[tuple[str, Path | str]],
    jobs: Sequence[ScanJob],
    *,
    over: str = EXPORT,
    salt: bytes,
    limits: Limits,
    spill_dir: Path | None = None,
    keep: bool = False,
    engine: Engine | None = None,
    progress: Progress | None = None,
    surroundings: Surroundings | None = None,
    stride: int | None = None,
    tables: Mapping[str, tuple[Table, ...]] | None = None,
    exports: Collection[str] | None = None,
) -> ArtefactScan:
    """All artefacts, each an id and where it is: a path, or as text the URL of a store. Paths told begin with the id.

    What the pass keeps meanwhile is in ``spill_dir``; with ``keep`` it stays there, and a later call goes on from it.
    ``tables``: what the mappings of each artefact say of its columns. ``exports``: which artefacts are exports, beside
    whose records attachments may lie; without it all are when the pass is ``over`` exports.

    The engine does not show in the result, nor does ``stride``, about how many bytes a part of a file has. Raises
    ``OutputFault`` when what is kept cannot be written.
    """
    known = exports if exports is not None else [name for name, _ in artefacts if over == EXPORT]
    surveys = {
        name: survey(name, path, f"{name}/", (tables or {}).get(name, ()), attachments=name in known)
        for name, path in artefacts
    }
    stride = stride or stride_for(sum(file.size_bytes for found in surveys.values() for file in found.files))
    surroundings = surroundings or Surroundings()
    units: list[Unit] = [unit for found in surveys.values() for unit in units_of(found.files, stride, limits)]
    try:
        with _place(spill_dir, keep=keep) as folder:
            work = Work(
                jobs=tuple(jobs),
                side=EXPORT,
                salt=salt,
                limits=limits,
                units=tuple(units),
                keeping=Keeping(
                    Path(folder), jobs, side=EXPORT, salt=salt, limits=limits, surroundings=surroundings.identity
                ),
                progress=progress or Silent(),
                surroundings=surroundings,
            )
            total = (engine or Single()).totals(work)
    except OSError as error:
        raise OutputFault(
            f"What scans keep meanwhile cannot be written or read: {error.strerror or error}.",
            where=str(spill_dir or tempfile.gettempdir()),
            next_step="Free the disk, then go on with 'checker collect --resume'.",
        ) from error
    return _told(list(surveys.items()), jobs, total, over)


def _place(spill_dir: Path | None, *, keep: bool) -> AbstractContextManager[Path | str]:
    if keep and spill_dir is not None:
        return nullcontext(spill_dir)
    return tempfile.TemporaryDirectory(prefix="scan-", dir=spill_dir)


def _told(surveys: Sequence[tuple[str, Survey]], jobs: Sequence[ScanJob], total: Partial, over: str) -> ArtefactScan:
    """What the pass came to, with what the survey met."""
    skipped = {one.path for one in total.skipped}
    files = [file for file in total.files if file.path not in skipped and file.path not in total.changed]
    lost = [unreadable(name, CHANGED) for name in total.changed]
    lost += [unreadable(name, why) for name, why in total.undigested if name not in {*total.broken, *skipped}]
    problems: list[str] = []
    found = total.unreadable
    for name, listed in surveys:
        found += Counted.of(listed.account.unreadable)
        problem = listed.problem or _why_nothing(name, listed, total, files, lost)
        if problem:
            told = Unreadable(locator=Locator(path=f"{name}/", offset=0), reason=problem)
            problems.append(str(told))
            if not _unreadable_in(name, listed, total, lost):
                found += Counted(count=1, examples=(str(told),))
    for one in lost:
        found += Counted(count=1, examples=(str(one),))
    common: dict[str, Any] = {
        "over": over,
        "artefact": ",".join(name for name, _ in surveys),
        "files": tuple(files),
        "resources": total.resources,
        "unreadable": found.count,
        "unreadable_examples": found.examples,
    }
    return ArtefactScan(
        states=tuple(
            None if error else _payload(job, state, common)
            for job, state, error in zip(jobs, total.states, total.errors, strict=True)
        ),
        errors=total.errors,
        problems=tuple(problems),
        skipped=tuple(
            sorted(
                (*total.skipped, *(one for _, listed in surveys for one in listed.account.skipped)),
                key=lambda one: (one.path, one.reason),
            )
        ),
        noted=total.noted.count,
        noted_examples=total.noted.examples,
    )


def _why_nothing(
    name: str, listed: Survey, total: Partial, files: Sequence[SourceFile], lost: Sequence[Unreadable]
) -> str:
    met = total.met.get(name, Met())
    return why_nothing(
        met.texts,
        sum(file.path.startswith(f"{name}/") for file in files),
        _unreadable_in(name, listed, total, lost),
        met.skipped + len(listed.account.skipped),
    )


def _unreadable_in(name: str, listed: Survey, total: Partial, lost: Sequence[Unreadable]) -> int:
    here = sum(one.locator.path.startswith(f"{name}/") for one in lost)
    return listed.account.unreadable.count + total.met.get(name, Met()).unreadable + here


def _payload(job: ScanJob, state: Any, common: dict[str, Any]) -> ScanState:
    return ScanState(scan=job.scan.id, version=job.scan.version, params=plain(job.params), state=state, **common)
