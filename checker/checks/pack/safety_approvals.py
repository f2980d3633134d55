"""Who is responsible for clinical safety, who approved what and when, and who took part in the analysis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from checker.checks.assured import Given, same_version
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.hazards import LOG_NEED, SOURCE, files, fold, in_force, log, officers, together
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_NEEDS = (WHOLE, of_section("safety"))
_PLACE = "section safety"


@check("safety.log-is-approved", needs=lambda p, settings: (*_NEEDS, LOG_NEED), source=SOURCE)
def log_is_approved(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each version of the hazard log is approved by a clinical safety officer, and not before its last change.

    ``hazard-log`` of the section ``safety`` lists the versions. Where the log has a column ``changed``, the newest day
    in it is the last change of the version in the pack, too.

    Good: changed and approved on one day. Bad: a hazard changed after the approval; approved by nobody.
    """
    found, known = part(ev, "safety", "hazard-log"), officers(ev)
    if isinstance(found, Undecided) or isinstance(known, Undecided):
        yield from (one for one in (found, known) if isinstance(one, Undecided))
        return
    versions = found.facts.get("versions", [])
    if not versions:
        yield found.undecided("no version of the hazard log is listed")
        return
    yield Examined(what="versions of the hazard log", evidence=found.evidence, count=len(versions))
    for number, one in enumerate(versions):
        at = f"{_PLACE} /hazard-log/versions/{number}"
        yield from _approved(found, one, day(one.get("changed-on")), known.facts, f"version {one['version'][:40]}", at)
    current = found.facts.get("version", "")
    mine = [one for one in versions if same_version(one["version"], current)]
    if len(mine) != 1:
        message = "The version of the hazard log that is in the pack is not among those that are listed, once."
        yield found.finding(message, current[:60] or "a version", f"{len(mine)} times", f"{_PLACE} /hazard-log/version")
        return
    lines = log(ev)
    if isinstance(lines, Undecided):
        yield lines
        return
    yield from _changed_later(together(lines, found), day(mine[0].get("approved-on")))
    untold = [one["version"] for one in versions if not one.get("changed-on")]
    if any(row.get("changed") for row in lines.facts):
        untold = [one for one in untold if not same_version(one, current)]
    if untold:
        yield found.undecided(f"when version {untold[0][:40]} of the hazard log was last changed is not said")


def _changed_later(lines: Given, approved: date | None) -> Iterator[Statement]:
    written = [(row, row["changed"]) for row in lines.facts if row.get("changed")]
    if not written or approved is None:
        return
    yield Examined(what="days of change in the log", evidence=lines.evidence, count=len(written))
    late = [(row, on) for row, text in written if (on := day(text)) is not None and on > approved]
    if unread := [row for row, text in written if day(text) is None]:
        message = f"the column 'changed' of {len(unread)} hazards holds no day: write YYYY-MM-DD"
        yield lines.undecided(message, Reason.PREREQUISITE)
    if late:
        row, on = max(late, key=lambda pair: pair[1])
        message = "A hazard was changed after the version of the log was approved."
        at = f"hazard-log line {row['line']}, {row['id'][:60]}"
        yield lines.finding(message, f"by {approved}", f"{on}", at, len(late))


def _approved(
    found: Given, one: dict[str, Any], changed: date | None, known: dict[str, Any], what: str, at: str
) -> Iterator[Finding]:
    on, by = day(one.get("approved-on")), one.get("approved-by", "")
    if on is None or not by:
        yield found.finding("A document is not approved.", f"{what}: a day and an officer", "not both", at)
        return
    if by not in known:
        message = "A document is approved by someone who is no clinical safety officer of the pack."
        yield found.finding(message, "the id of an officer", by[:60], at)
    else:
        start, end = day(known[by].get("from")), day(known[by].get("until"))
        if (start and on < start) or (end and on > end):
            message = "A document is approved by an officer who was not in the role on that day."
            yield found.finding(message, f"from {start or 'the start'} until {end or 'now'}", f"{what}: {on}", at)
    if on > found.on:
        yield found.finding("An approval lies in the future.", f"by {found.on}", f"{what}: {on}", at)
    if changed is not None and on < changed:
        message = "A document was approved before its last change."
        yield found.finding(message, f"on {changed} or after", f"{what}: {on}", at)


@check("safety.case-and-log-belong-together", needs=lambda p, settings: _NEEDS, source=SOURCE)
def case_and_log_belong_together(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The safety case report names the version of the hazard log in the pack, which was issued by then; both approved.

    Good: report 7 names log 9, and log 9 is in the pack. Bad: the report names log 8.
    """
    case, listed, known = part(ev, "safety", "safety-case"), part(ev, "safety", "hazard-log"), officers(ev)
    if isinstance(case, Undecided) or isinstance(listed, Undecided) or isinstance(known, Undecided):
        yield from (one for one in (case, listed, known) if isinstance(one, Undecided))
        return
    at = f"{_PLACE} /safety-case"
    named, current = case.facts.get("hazard-log-version", ""), listed.facts.get("version", "")
    yield Examined(what="safety case report and hazard log", evidence=case.evidence)
    if not named or not same_version(named, current):
        message = "The safety case report names another version of the hazard log than the one in the pack."
        yield case.finding(message, current[:60] or "a version", named[:60] or "none", f"{at}/hazard-log-version")
    issued = day(case.facts.get("issued-on"))
    if issued is None:
        yield case.finding("It is not said when the safety case report was issued.", "a day", "none", f"{at}/issued-on")
    yield from _approved(case, case.facts, None, known.facts, "safety case report", at)
    mine = [one for one in listed.facts.get("versions", []) if same_version(one["version"], current)]
    if not mine:
        yield case.undecided("of the version of the hazard log in the pack it is not said who approved it, and when")
    for one in mine:
        yield from _approved(case, one, None, known.facts, f"hazard log {current[:40]}", f"{_PLACE} /hazard-log")
        log_issued = day(one.get("issued-on"))
        if log_issued and issued and log_issued > issued:
            message = "The hazard log was issued after the safety case report that it belongs to."
            yield case.finding(message, f"by {issued}", f"{log_issued}", f"{_PLACE} /hazard-log/versions")


class OfficerParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``forms``: for each regulator the form of its numbers, a regular expression over letters and digits.

    ``about_the_product``: kinds of files that are tables on the product, and show nothing of a person.
    """

    forms: dict[str, str] = {}
    about_the_product: tuple[str, ...] = (
        *("hazard-log", "hazard-controls", "safety-tests", "safety-incidents"),
        *("defects", "release-history", "sbom"),
    )


@check("safety.officer-is-registered", params=OfficerParams, needs=lambda p, settings: _NEEDS, source=SOURCE)
def officer_is_registered(ev: EvidenceView, p: OfficerParams) -> Iterator[Statement]:
    """A clinical safety officer is named, with profession, registration in force and files that show competence.

    The number is held against the form that is known for the regulator; where none is known a person decides whether it
    registers clinicians. Nobody is looked up. A course run by the NHS is not asked for. Whether a file shows competence
    is for people to read; a table on the product shows none.

    Good: a nurse with a number of the NMC's form. Bad: no number; a registration that has run out.
    """
    found, pack = part(ev, "safety", "officers"), files(ev)
    if isinstance(found, Undecided) or isinstance(pack, Undecided):
        yield from (one for one in (found, pack) if isinstance(one, Undecided))
        return
    now = [(number, one) for number, one in enumerate(found.facts) if _in_the_role(one, found.on)]
    yield Examined(what="clinical safety officers", evidence=found.evidence, count=max(len(now), 1))
    if not now:
        message = "No clinical safety officer is in the role."
        yield found.finding(message, "an officer", "none", f"{_PLACE} /officers")
    for number, one in now:
        yield from _registered(found, one, f"{_PLACE} /officers/{number}", p.forms)
        yield from _competent(found, pack, one, f"{_PLACE} /officers/{number}/competence", p.about_the_product)


def _in_the_role(one: dict[str, Any], on: date) -> bool:
    start, end = day(one.get("from")), day(one.get("until"))
    return (start is None or start <= on) and (end is None or end >= on)


def _registered(found: Given, one: dict[str, Any], at: str, forms: dict[str, str]) -> Iterator[Statement]:
    for name in ("name", "profession", "regulator", "registration"):
        if not one.get(name, "").strip():
            yield found.finding("Of a clinical safety officer something is not said.", name, "nothing", f"{at}/{name}")
    ends = day(one.get("expires"))
    if ends is not None and ends < found.on:
        message = "The registration of a clinical safety officer has run out."
        yield found.finding(message, f"{found.on} or after", f"{ends}", f"{at}/expires")
    elif ends is None:
        yield found.undecided(f"{at} does not say until when the registration holds")
    number = re.sub(r"[\s-]", "", one.get("registration", "")).upper()
    regulator = one.get("regulator", "").strip()
    form = forms.get(regulator.casefold())
    if form is None and regulator:
        message = f"{at}: whether {regulator[:60]} registers clinicians is for a person to say"
        yield found.undecided(message, Reason.HUMAN)
    elif form is not None and number and not re.fullmatch(form, number, re.ASCII):
        message = "The number of a registration has not the form that its regulator gives."
        yield found.finding(message, f"{regulator[:40]}: {form}", f"{len(number)} characters", f"{at}/registration")


def _competent(found: Given, pack: Given, one: dict[str, Any], at: str, tables: tuple[str, ...]) -> Iterator[Finding]:
    shown = one.get("competence", [])
    if not shown:
        message = "Nothing shows the competence of a clinical safety officer in risk management."
        yield found.finding(message, "a file", "none", at)
    kinds = {entry["id"]: entry["kind"] for entry in pack.facts["content"].get("artefacts", [])}
    for name in shown:
        if why := in_force(pack, name):
            message = "A file that shows competence is not in the pack as declared."
            yield found.finding(message, "an artefact of the pack", f"{name[:60]}: {why}", at)
        elif kinds[name] in tables:
            message = "A file that is to show competence is a table on the product."
            yield found.finding(message, "a file on training or experience", kinds[name], at)


class SessionParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``professions``: how many different ones a session must have."""

    professions: int = 2


@check("safety.analysis-is-multidisciplinary", params=SessionParams, needs=lambda p, settings: _NEEDS, source=SOURCE)
def analysis_is_multidisciplinary(ev: EvidenceView, p: SessionParams) -> Iterator[Statement]:
    """In each session of the analysis two or more professions took part, and a clinical safety officer.

    Good: a nurse who is the officer, a pharmacist and an engineer. Bad: the officer alone.
    """
    found, known = part(ev, "safety", "analyses"), officers(ev)
    if isinstance(found, Undecided) or isinstance(known, Undecided):
        yield from (one for one in (found, known) if isinstance(one, Undecided))
        return
    if not found.facts:
        yield found.undecided("no session of the analysis is listed")
        return
    yield Examined(what="sessions of the analysis", evidence=found.evidence, count=len(found.facts))
    for number, one in enumerate(found.facts):
        at, people = f"{_PLACE} /analyses/{number}", one.get("participants", [])
        professions = {fold(person["profession"]) for person in people}
        if len(professions) < p.professions:
            message = "A session of the analysis was not multidisciplinary."
            yield found.finding(message, f"{p.professions} professions or more", str(len(professions)), at)
        if not any(person.get("officer") in known.facts for person in people):
            message = "No clinical safety officer took part in a session of the analysis."
            yield found.finding(message, "an officer of the pack", "none", at)
        held = day(one.get("held-on"))
        if held is not None and held > found.on:
            yield found.finding("A session lies in the future.", f"by {found.on}", f"{held}", at)
