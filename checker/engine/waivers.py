"""Waivers: known deviations that somebody answers for, until a date.

A waiver covers a requirement whatever its outcome that is not a pass, except ``error``: that is
the checker's own fault, and nobody can answer for it. It changes no outcome. One that has no
effect is noted with the reason, so that nothing is waived by a file that nobody reads.

Times are UTC. ``granted: 2026-11-01`` begins with that day; ``expires: 2026-11-30`` holds to the
end of that day; with a time of day, to that instant, which is included. The length that a
profile limits is counted between the two as written: 2026-01-01 to 2027-01-01 is 365 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from checker.catalogue import strict_yaml
from checker.catalogue.document import Document, step
from checker.catalogue.schema import validate
from checker.engine.trust import TrustedKey, read_bytes, read_signature, verify
from checker.errors import UsageFault
from checker.model.requirement import Profile
from checker.model.supplier import Supplier
from checker.model.terms import Cover, Outcome, Waivable
from checker.model.value import Value
from checker.model.verdict import Verdict, WaiverNote

_EFFECT_ORDER = (
    "covers",
    "stale",
    "expired",
    "not-yet",
    "too-long",
    "no-hazard",
    "not-trusted",
    "not-waivable",
    "other-scope",
)
"""When several waivers name one requirement, the note is of the one that comes first here."""


class Waiver(Value, frozen=True, kw_only=True):
    """One waiver as written, and who signed its file."""

    id: str
    requirement: str
    scope: dict[str, str]
    """Any of supplier, product, version, environment; all that are given must match."""
    owner: str
    role: str = "supplier"
    reason: str
    granted: str
    expires: str
    hazards: tuple[str, ...] = ()
    """Ids of hazards of the supplier's hazard log under which the deviation is kept."""
    signer: str = ""
    """Name of the trusted buyer whose key signed the file; "" if none did."""

    def __hash__(self) -> int:
        """By id and requirement."""
        return hash((self.id, self.requirement))

    @property
    def by_buyer(self) -> bool:
        """Is it a buyer's waiver? A file signed by a trusted buyer holds nothing else."""
        return self.role == "buyer" or bool(self.signer)


class WaiverResult(NamedTuple):
    """Verdicts with their waivers noted, and ids of waivers that name no requirement."""

    verdicts: tuple[Verdict, ...]
    unknown: tuple[str, ...]


def load_waivers(path: Path, keys: tuple[TrustedKey, ...] = ()) -> tuple[Waiver, ...]:
    """The waivers of a YAML file. A signature beside it (``.sig``) makes it a buyer's file."""
    content = read_bytes(path, "The file of waivers")
    document = strict_yaml.parse(content, path.as_posix(), fault=UsageFault)
    validate(document, "waivers", fault=UsageFault)
    signer = verify(content, read_signature(path), keys, "buyer") or ""
    waivers = tuple(msgspec.convert({**entry, "signer": signer}, type=Waiver) for entry in document.data["waivers"])
    _check(document, waivers)
    return waivers


def apply_waivers(
    verdicts: Iterable[Verdict],
    waivers: Iterable[Waiver],
    profile: Profile,
    supplier: Supplier,
    as_of: datetime,
    hazards: frozenset[str] | None = None,
) -> WaiverResult:
    """Note on each verdict the waiver that names it, and cover what it covers. Pure.

    Attestations come first: what a person has settled needs no waiver. ``hazards``: what ``hazards_in_force`` gives.
    """
    judged = _Judged(profile, supplier, as_of, hazards)
    ordered = sorted(waivers, key=lambda one: (one.id, one.requirement))
    by_requirement: dict[str, list[Waiver]] = {}
    for waiver in ordered:
        by_requirement.setdefault(waiver.requirement, []).append(waiver)
    done = tuple(_noted(verdict, by_requirement.get(verdict.requirement, []), judged) for verdict in verdicts)
    known = {row.id for row in profile.requirements}
    return WaiverResult(done, tuple(waiver.id for waiver in ordered if waiver.requirement not in known))


class _Judged(NamedTuple):
    """By what, of whom and when is judged, and the hazards that are known."""

    profile: Profile
    supplier: Supplier
    as_of: datetime
    hazards: frozenset[str] | None


def _noted(verdict: Verdict, waivers: list[Waiver], judged: _Judged) -> Verdict:
    notes = [_note(verdict, waiver, judged) for waiver in waivers]
    if not notes:
        return verdict
    best = min(notes, key=lambda note: (_EFFECT_ORDER.index(note.effect), note.id))
    cover = Cover.WAIVER if best.effect == "covers" else verdict.cover
    return msgspec.structs.replace(verdict, cover=cover, waiver=best)


def _note(verdict: Verdict, waiver: Waiver, judged: _Judged) -> WaiverNote:
    effect, detail = _effect(verdict, waiver, judged)
    return WaiverNote(
        id=waiver.id,
        owner=waiver.owner,
        reason=waiver.reason,
        expires=waiver.expires,
        effect=effect,
        detail=detail,
        hazards=waiver.hazards,
    )


def _effect(verdict: Verdict, waiver: Waiver, judged: _Judged) -> tuple[str, str]:
    """What the waiver does to this verdict, and why. The first reason against it is named."""
    profile, supplier, as_of, _ = judged
    for name, wanted in sorted(waiver.scope.items()):
        if getattr(supplier, name if name != "supplier" else "name") != wanted:
            return "other-scope", f"it is for {name} {wanted!r}"
    against = _not_allowed(verdict, waiver, profile)
    if against is not None:
        return against
    limit = profile.settings.max_waiver_days
    if moment(waiver.expires) - moment(waiver.granted) > timedelta(days=limit):
        return "too-long", f"the profile allows {limit} days"
    if as_of < moment(waiver.granted):
        return "not-yet", f"granted from {waiver.granted}"
    if as_of > last_moment(waiver.expires):
        return "expired", f"expired {waiver.expires}"
    if verdict.outcome is Outcome.PASS:
        return "stale", "the requirement passes now: remove the waiver"
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        return "stale", "the requirement does not apply now: remove the waiver"
    word = verdict.attestation
    if word is not None and (word.role, word.effect) == ("assessor", "not-met") and not waiver.by_buyer:
        return "not-waivable", "an assessor states that it is not met: only a buyer may waive that"
    if verdict.cover is Cover.ATTESTATION:
        return "stale", "an attestation covers the requirement: remove the waiver"
    return _of_hazards(verdict, waiver, judged) or ("covers", "")


def _of_hazards(verdict: Verdict, waiver: Waiver, judged: _Judged) -> tuple[str, str] | None:
    """Is the deviation kept under hazards that the supplier knows of, where it says so or the profile asks for it?

    A hazard that is named and is in no hazard log is a promise that nobody keeps. Where no log was read, the names
    cannot be compared: that is said, and stands against the waiver only where the profile asks for hazards.
    """
    row, wanted = judged.profile.by_id(verdict.requirement), judged.profile.settings.waivers_name_hazards
    needed = row is not None and not set(wanted).isdisjoint(row.tags)
    if not waiver.hazards:
        return ("no-hazard", "the profile asks for the hazards under which the deviation is kept") if needed else None
    if judged.hazards is None:
        told = "no hazard log was read that holds its hazards"
        return ("no-hazard", told) if needed else ("covers", f"{told}: they were not compared")
    lost = [name for name in waiver.hazards if name.strip().casefold() not in judged.hazards]
    return ("no-hazard", f"the hazard log has no hazard {', '.join(lost)} that still is one") if lost else None


def _not_allowed(verdict: Verdict, waiver: Waiver, profile: Profile) -> tuple[str, str] | None:
    """May this waiver speak for this requirement at all?"""
    row = profile.by_id(verdict.requirement)
    waivable = row.waivable if row else Waivable.NEVER
    if waiver.by_buyer and not waiver.signer:
        return "not-trusted", "a buyer's waiver needs the signature of a trusted buyer's key beside its file"
    if waivable is Waivable.NEVER:
        return "not-waivable", "the profile never lets it be waived"
    if waivable is Waivable.BUYER and not waiver.by_buyer:
        return "not-waivable", "the profile lets only a buyer waive it"
    if verdict.outcome is Outcome.ERROR:
        return "not-waivable", "an error is the checker's own fault, which no waiver covers"
    return None


def moment(text: str) -> datetime:
    """The instant of a written date (its begin, UTC) or time with zone. Raises ``ValueError``."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC)


def last_moment(text: str) -> datetime:
    """The last instant that a written end includes: the end of the day for a bare date."""
    found = moment(text)
    return found + timedelta(days=1) - timedelta(microseconds=1) if "T" not in text else found


def check_span(document: Document, pointer: str, first: str, last: str, names: tuple[str, str]) -> None:
    """Raise ``UsageFault`` unless both are real dates, the first not after the last."""
    for name, text in zip(names, (first, last), strict=True):
        try:
            moment(text)
        except ValueError:
            where = document.where(step(pointer, name))
            raise UsageFault(f"{text!r} is no date", where=where, next_step="Write it like 2026-11-30.") from None
    if moment(first) > last_moment(last):
        where = document.where(step(pointer, names[1]))
        raise UsageFault(f"it ends ({last}) before it begins ({first})", where=where, next_step="Mend the dates.")


def _check(document: Document, waivers: tuple[Waiver, ...]) -> None:
    """Real dates in order, and every id only once."""
    seen: dict[str, int] = {}
    for index, waiver in enumerate(waivers):
        pointer = step("/waivers", index)
        check_span(document, pointer, waiver.granted, waiver.expires, ("granted", "expires"))
        if waiver.id in seen:
            line = document.line(step("/waivers", seen[waiver.id]))
            where = document.where(step(pointer, "id"))
            what = f"the waiver id {waiver.id!r} stands twice"
            raise UsageFault(what, where=where, next_step=f"Rename one; the other is on line {line}.")
        seen[waiver.id] = index
