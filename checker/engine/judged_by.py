"""What a collection and a judgement are judged by: packages that were given, and answers about codes.

The recording seals the name, version and digest of each package. Who judges it later is held to them: by the same
packages, given again, or, where they are not at hand, by the states that were sealed, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import Judging, judging_by
from checker.engine.case import Case
from checker.engine.scans.work import Surroundings
from checker.errors import IntegrityFault, RecordingFault, UsageFault
from checker.model.definitions import PackageSeal
from checker.model.evidence import TERMINOLOGY_ANSWER, Evidence
from checker.model.registry import Registry
from checker.model.terminology import TerminologyAnswer
from checker.model.value import digest

if TYPE_CHECKING:
    from checker.fhir.definitions.package import Package
    from checker.fhir.definitions.resolve import PackageSource


class Given(NamedTuple):
    """The definitions of a run, and what was wrong with the packages on the way, in words."""

    held: Held
    problems: tuple[str, ...] = ()


def given(
    packages: Sequence[str], caches: Sequence[str] = (), kept: str = "", servers: PackageSource | None = None
) -> Given:
    """The packages by file, folder or ``NAME@VERSION``, with what they depend on. Raises ``PackageFault``.

    See :func:`checker.engine.validation.packages.load`; without any it is what ships with the checker.
    """
    if not packages:
        return Given(Held())
    from checker.engine.validation.packages import load

    loaded = load(packages, caches, kept, servers)
    told = tuple(f"{one.definition}: {one.message}" for one in loaded.problems if one.severity == "error")
    return Given(Held(loaded.packages), told)


def answers_of(evidence: Iterable[Evidence]) -> tuple[TerminologyAnswer, ...]:
    """What terminology servers answered, in the order of the evidence."""
    payloads = (item.read() for item in evidence if item.kind == TERMINOLOGY_ANSWER)
    return tuple(one for one in payloads if isinstance(one, TerminologyAnswer))


def with_evidence(held: Held, answers: Sequence[TerminologyAnswer]) -> Judging:
    """Judging by these definitions and these answers."""
    if not answers or held.missing:
        return Judging(held)
    from checker.fhir.terminology.served import with_answers

    return Judging(held, with_answers(held.terminology, answers))


def surroundings_of(registry: Registry, held: Held, answers: Sequence[TerminologyAnswer]) -> Surroundings:
    """What scans of a collection need around them in another process: the same definitions and answers as here."""
    within = partial(_judging_elsewhere, held.packages, tuple(answers)) if held.packages or answers else None
    return Surroundings(modules=registry.modules, within=within, identity=digest([held.seals, list(answers)]))


def _judging_elsewhere(
    packages: Sequence[Package], answers: Sequence[TerminologyAnswer]
) -> AbstractContextManager[None]:
    return judging_by(with_evidence(Held(packages), answers))


def check_resumable(sealed: tuple[PackageSeal, ...], now: Held) -> None:
    """A resume is judged by what the collection was begun with. Raises ``UsageFault``."""
    if sealed != now.seals:
        raise UsageFault(
            "The packages are not those that this collection was begun with.",
            where=f"{_told(sealed)} then, {_told(now.seals)} now",
            next_step="Give the same --package, or collect again into another recording.",
        )


def judging_of(case: Case, given: Given) -> Judging:
    """What a case is judged by.

    Where the recording was collected for packages, they decide; those given now must be the same. Raises
    ``IntegrityFault`` when they are not, ``RecordingFault`` when two recordings were collected for different ones.
    """
    sealed = {recording.manifest.definitions for recording in case.recordings}
    if len(sealed) > 1:
        one, other = sorted(map(_told, sealed))[:2]
        raise RecordingFault(
            f"The recordings were collected for different definitions: {one}; and {other}.",
            next_step="Judge them one by one.",
        )
    (wanted,) = sealed
    held = given.held
    if wanted and not held.seals:
        held = Held(sealed=wanted)
    elif wanted and _given(wanted) != _given(held.seals):
        raise IntegrityFault(
            "The packages given are not those that the recording was collected for.",
            where=f"sealed: {_told(wanted)}; given: {_told(held.seals)}",
            next_step="Give the packages that the recording names, unchanged.",
        )
    return with_evidence(held, answers_of(case.evidence.values()))


def notes_of(case: Case, judging: Judging) -> tuple[str, ...]:
    """What a reader must hear of the definitions and of the terminology server."""
    found = []
    if judging.held.seals and not case.recordings[0].manifest.definitions:
        found.append(
            f"Judged by {_told(judging.held.seals)}, given for this judgement: the recording was collected without."
        )
    return (*found, *terminology_notes(answers_of(case.evidence.values())))


def terminology_notes(answers: Iterable[TerminologyAnswer]) -> tuple[str, ...]:
    """What terminology servers did not do, in words."""
    said = (
        f"The terminology server {one.server} did not answer all that it was asked; what it did not answer is not "
        f"verified. {one.problem}"
        for one in answers
        if one.problem
    )
    return tuple(dict.fromkeys(said))


def digests_of(judging: Judging) -> dict[str, str]:
    """The digests of the packages that a judgement rests on, for the report."""
    return {f"package {one.label}": one.sha256 for one in _given(judging.held.seals)}


def _given(seals: Iterable[PackageSeal]) -> tuple[PackageSeal, ...]:
    return tuple(one for one in seals if one.sha256)


def _told(seals: Iterable[PackageSeal]) -> str:
    return ", ".join(one.mark for one in _given(seals)) or "what ships with the checker"
