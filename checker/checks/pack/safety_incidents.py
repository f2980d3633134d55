"""Incidents and defects that touch safety: each is linked to a hazard, looked after, and told in time."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, of_table, part, table
from checker.checks.pack.hazards import LOG_NEED, bounded, files, fold, in_force, key, listed, log, says_no, together
from checker.checks.pack.hazards import SOURCE as DCB0129
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

INCIDENTS = "safety-incidents"
DEFECTS = "defects"
_INCIDENT_COLUMNS = (
    *("id", "reported?", "serious?", "hazard?", "reason?", "status?", "owner?", "device-event?", "aware?"),
    "told-regulator?",
)
_DEFECT_COLUMNS = ("id", "labels", "status")
_INCIDENT_NEED = of_table(INCIDENTS, *_INCIDENT_COLUMNS)
_DEFECT_NEED = of_table(DEFECTS, *_DEFECT_COLUMNS)
CLOSED = ("closed", "done", "resolved", "fixed", "complete", "completed", "cancelled", "rejected", "duplicate")
_NO_EVENT = ("", "no", "none", "n/a")


class IncidentParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most_days``: a serious incident that is open for longer is one for a person to look at; ``closed``: words."""

    most_days: int = 90
    closed: tuple[str, ...] = CLOSED


@check(
    "safety.incidents-are-followed",
    params=IncidentParams,
    needs=lambda p, settings: (_INCIDENT_NEED, LOG_NEED),
    source=DCB0129,
)
def incidents_are_followed(ev: EvidenceView, p: IncidentParams) -> Iterator[Statement]:
    """There is a log of safety incidents; each is linked to a hazard of the log or says why not; serious ones have an
    owner while they are open. Whether a long time is still timely is for a person.

    File: kind ``safety-incidents``, CSV. One without a line says that none was reported.

    Good: SI-4, hazard HAZ-07, closed. Bad: an incident without a hazard and without a reason.
    """
    found, hazards = table(ev, INCIDENTS, *_INCIDENT_COLUMNS), log(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="log of safety incidents", evidence=found.evidence, count=max(len(found.facts), 1))
    if isinstance(hazards, Undecided):
        yield hazards
        return
    known = {key(one["id"]) for one in hazards.facts}
    given = together(found, hazards)
    findings: list[Finding] = []
    old: list[str] = []
    for row in found.facts:
        findings += _of_incident(given, row, known)
        is_open = fold(row.get("status", "")) not in {fold(one) for one in p.closed}
        if not says_no(row.get("serious", "")) and is_open:
            if not row.get("owner"):
                message = "A serious incident is open, and nobody owns it."
                findings.append(given.finding(message, "an owner", "none", _place(row)))
            since = day(row.get("reported", "")[:10])
            if since is None or (found.on - since).days > p.most_days:
                old.append(row["id"][:60])
    yield from bounded(findings)
    if found.facts and "serious" not in found.facts[0]:
        yield found.undecided("the log of incidents has no column 'serious'", Reason.PREREQUISITE)
    if unread := [row for row in found.facts if row.get("reported") and day(row["reported"][:10]) is None]:
        message = f"the column 'reported' of {len(unread)} incidents holds no day: write YYYY-MM-DD"
        yield found.undecided(message, Reason.PREREQUISITE)
    if old:
        message = f"serious incidents open for more than {p.most_days} days, or since nobody knows when: {old[0]}"
        yield found.undecided(f"{message}; {len(old)} in all. Is that timely?", Reason.HUMAN)


def _of_incident(given: Given, row: dict[str, str], known: set[str]) -> Iterator[Finding]:
    hazards = listed(row.get("hazard", ""))
    if not hazards and not row.get("reason"):
        message = "An incident is linked to no hazard, and says no reason."
        yield given.finding(message, "a hazard or a reason", "neither", _place(row))
    for name in hazards:
        if key(name) not in known:
            message = "An incident is linked to a hazard that the log does not have."
            yield given.finding(message, "a hazard of the log", name[:60], _place(row))
    reported = day(row.get("reported", "")[:10])
    if reported is None and "/" in row.get("reported", ""):
        return  # a day in another form: it is left open
    if reported is None or reported > given.on:
        message = "It is not said when an incident was reported, or it lies in the future."
        yield given.finding(message, f"a day by {given.on}", row.get("reported", "")[:40] or "none", _place(row))


def _place(row: dict[str, str]) -> str:
    return f"{INCIDENTS} line {row['line']}, {row['id'][:60]}"


class ClockParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``days``: for each sort of event in ``device-event`` so many days from knowing to telling the regulator."""

    days: dict[str, int] = {}


@check(
    "device.incidents-are-told-in-time",
    params=ClockParams,
    needs=lambda p, settings: (WHOLE, of_section("device"), _INCIDENT_NEED),
    source="https://www.legislation.gov.uk/uksi/2024/1368/contents/made",
)
def incidents_are_told_in_time(ev: EvidenceView, p: ClockParams) -> Iterator[Statement]:
    """There is a process for serious incidents with a device, and each in the log was told to the regulator in time.

    Columns of ``safety-incidents``: ``device-event`` (one of the sorts, or no), ``aware``, ``told-regulator``. Days are
    calendar days; the last day counts. The process is ``vigilance`` of the section ``device``.

    Good: known on the 1st, told on the 16th, where 15 days are given. Bad: told on the 17th; not told at all.
    """
    process, found, pack = part(ev, "device", "vigilance"), table(ev, INCIDENTS, *_INCIDENT_COLUMNS), files(ev)
    if isinstance(process, Undecided) or isinstance(found, Undecided) or isinstance(pack, Undecided):
        yield from (one for one in (process, found, pack) if isinstance(one, Undecided))
        return
    yield Examined(what="process for serious incidents", evidence=process.evidence)
    if why := in_force(pack, process.facts.get("process", "")):
        message = "The process for serious incidents is not in the pack."
        yield process.finding(message, "an artefact of the pack", why, "section device /vigilance/process")
    if found.facts and "device-event" not in found.facts[0]:
        message = "the log of incidents has no column 'device-event'"
        yield found.undecided(message, Reason.PREREQUISITE)
        return
    events = [row for row in found.facts if fold(row["device-event"]) not in _NO_EVENT]
    yield Examined(what="incidents with a device", evidence=found.evidence, count=max(len(events), 1))
    days = {fold(name): limit for name, limit in p.days.items()}
    for row in events:
        yield from _told(found, row, days)


def _told(found: Given, row: dict[str, str], days: dict[str, int]) -> Iterator[Statement]:
    limit = days.get(fold(row["device-event"]))
    aware, told = day(row.get("aware", "")[:10]), day(row.get("told-regulator", "")[:10])
    if limit is None:
        message = f"{_place(row)}: {row['device-event'][:60]!r} is no sort of event: {', '.join(days)}"
        yield found.undecided(message, Reason.PREREQUISITE)
    elif aware is None:
        message = "It is not said when a serious incident with a device was known."
        yield found.finding(message, "a day", row.get("aware", "")[:40] or "none", _place(row))
    elif aware > found.on:
        message = "A serious incident with a device was known on a day that is still to come."
        yield found.finding(message, f"by {found.on}", f"{aware}", _place(row))
    elif told is None and (found.on - aware).days > limit:
        message = "A serious incident with a device was not told to the regulator in time."
        yield found.finding(message, f"within {limit} days of {aware}", "not told", _place(row))
    elif told is not None and (told - aware).days > limit:
        message = "A serious incident with a device was not told to the regulator in time."
        yield found.finding(message, f"within {limit} days of {aware}", f"{told}", _place(row))
    elif told is not None and (told < aware or told > found.on):
        message = "A serious incident was told before it was known, or on a day that is still to come."
        yield found.finding(message, f"from {aware} to {found.on}", f"{told}", _place(row))


class DefectParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``labels``: words of which one marks a defect that touches safety; ``closed``: words for its status."""

    labels: tuple[str, ...] = ("safety", "patient-safety", "clinical-safety", "clinical-risk", "hazard")
    closed: tuple[str, ...] = (*CLOSED, "wont fix", "won't fix", "released", "verified")


@check(
    "safety.open-defects-are-listed",
    params=DefectParams,
    needs=lambda p, settings: (WHOLE, of_section("safety"), _DEFECT_NEED, LOG_NEED),
    source=DCB0129,
)
def open_defects_are_listed(ev: EvidenceView, p: DefectParams) -> Iterator[Statement]:
    """Every open defect with a label of safety is listed, with the hazard that it bears on and a workaround.

    File: kind ``defects``, a CSV export with ``id``, ``labels`` and ``status``. List: ``open-defects`` of the section
    ``safety``, of which each entry has both, whatever its labels; one that the export has as closed is left aside. An
    entry that the export does not have shows that the export is not whole: then the row stays open.

    Good: RR-1187 open with ``patient-safety``, listed with HAZ-04 and what users do. Bad: the same, not listed.
    """
    found, said, hazards = table(ev, DEFECTS, *_DEFECT_COLUMNS), part(ev, "safety", "open-defects"), log(ev)
    if isinstance(found, Undecided) or isinstance(said, Undecided) or isinstance(hazards, Undecided):
        yield from (one for one in (found, said, hazards) if isinstance(one, Undecided))
        return
    given = together(found, said)
    labels, closed = {fold(one) for one in p.labels}, {fold(one) for one in p.closed}
    known = {key(one["id"]) for one in hazards.facts}
    stated = {key(one["defect"]) for one in said.facts}
    if not found.facts:
        yield found.undecided("the export of defects has no line, so that none was looked at")
        return
    yield Examined(what="defects of the export", evidence=given.evidence, count=len(found.facts))
    findings: list[Finding] = []
    exported = {key(row["id"]) for row in found.facts}
    open_ones = {key(row["id"]) for row in found.facts if fold(row["status"]) not in closed}
    for row in found.facts:
        said_labels = listed(row["labels"])
        if len(said_labels) == 1:
            said_labels += row["labels"].split()  # some exports put blanks between labels
        touches = any(fold(one) in labels for one in said_labels)
        if not touches or fold(row["status"]) in closed:
            continue
        if key(row["id"]) not in stated:
            message, at = "An open defect that touches safety is not listed.", f"{DEFECTS} line {row['line']}"
            findings.append(given.finding(message, "an entry in open-defects", "none", f"{at}, {row['id'][:60]}"))
    for one in said.facts:
        name = key(one["defect"])
        if name in open_ones or name not in exported:
            findings += _linked(given, one, known)
    yield from bounded(findings)
    if missing := sorted(stated - exported):
        message = f"the export of defects does not have {missing[0][:60]}, which is listed as open: it is not whole"
        yield found.undecided(message, Reason.PREREQUISITE)


def _linked(given: Given, one: dict[str, str], hazards: set[str]) -> Iterator[Finding]:
    at = f"section safety /open-defects, {one['defect'][:60]}"
    if key(one.get("hazard", "")) not in hazards:
        message = "An open defect that touches safety is linked to no hazard of the log."
        yield given.finding(message, "a hazard", one.get("hazard", "")[:60] or "none", at)
    if not one.get("workaround", "").strip():
        message = "Of an open defect that touches safety no workaround is told."
        yield given.finding(message, "what users do meanwhile", "nothing", at)
