"""What a supplier commits itself to: updates, principles, codes of practice, the charter, backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from checker.checks.assured import SUBMITTED, Given, is_serious, months_after, section
from checker.checks.register import day
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_CE = "https://www.ncsc.gov.uk/cyberessentials/"
_CLOUD = "https://www.ncsc.gov.uk/collection/cloud/the-cloud-security-principles"
_CODE = "https://www.gov.uk/government/publications/software-security-code-of-practice"
_CHARTER = "https://digital.nhs.uk/cyber-and-data-security/guidance-and-assurance/cyber-security-charter-for-suppliers-to-the-nhs"
PRINCIPLES: Final = (
    *("1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "3.5", "4.1", "4.2", "4.3"),
)
"""Those of the Software Security Code of Practice."""


class DaysParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``days``: a serious update is made within so many."""

    days: int = 14


@check("patching.is-promised-in-time", params=DaysParams, needs=lambda p, settings: [SUBMITTED], source=_CE)
def is_promised_in_time(ev: EvidenceView, p: DaysParams) -> Iterator[Statement]:
    """The policy is to make critical and high updates within 14 days of their release.

    Good: 7 and 14. Bad: 30 for those of high severity.
    """
    found = section(ev, "patching")
    if isinstance(found, Undecided):
        yield found
        return
    for name in ("critical-days", "high-days"):
        said = found.facts.get(name)
        if said is None:
            yield found.undecided(f"the section 'patching' does not name {name}")
            continue
        yield Examined(what=f"{name} of the policy", evidence=found.evidence)
        if float(said) > p.days:
            yield found.finding("Updates may come too late.", f"{p.days} days at most", said, f"patching {name}")


@check("patching.none-is-overdue", params=DaysParams, needs=lambda p, settings: [SUBMITTED], source=_CE)
def none_is_overdue(ev: EvidenceView, p: DaysParams) -> Iterator[Statement]:
    """The register of updates holds no serious one that was late or is due, and no day that cannot be.

    Good: released on 3 March, applied on 9 March. Bad: released five weeks ago, and not applied.
    """
    found = section(ev, "patching")
    if isinstance(found, Undecided):
        yield found
        return
    listed = found.facts.get("register", [])
    if not listed:
        yield found.undecided("the register of updates is empty")
        return
    yield Examined(what="updates of the register", evidence=found.evidence, count=len(listed))
    for one in listed:
        yield from _overdue(found, one, p.days)


def _overdue(found: Given, one: Any, days: int) -> Iterator[Statement]:
    released, applied, serious = day(one["released"]), day(one.get("applied")), is_serious(one)
    if released is None or (applied is None and one.get("applied")):
        yield found.undecided(f"update {one['id']}: a day is named that there is not", Reason.PREREQUISITE)
    elif (applied and applied < released) or max(released, applied or released) > found.on:
        message = "The days of an update cannot be."
        yield found.finding(message, "released, then applied", f"{one['id']}", "patching register")
    elif serious is None:
        yield found.undecided(f"update {one['id']}: neither score nor severity is given", Reason.PREREQUISITE)
    elif serious and (applied or found.on) - released > timedelta(days=days):
        message = "A serious update came too late." if applied else "A serious update is overdue."
        took = ((applied or found.on) - released).days
        yield found.finding(message, f"within {days} days", f"{one['id']}: {took} days", "patching register")


@check("cloud-principles.are-answered", needs=lambda p, settings: [SUBMITTED], source=_CLOUD)
def cloud_principles(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """There is a statement against each of the fourteen cloud security principles. Whether it is true, people judge.

    Good: fourteen statements. Bad: principle 9 blank.
    """
    found = section(ev, "cloud-principles")
    if isinstance(found, Undecided):
        yield found
        return
    yield from _each(found, found.facts, [str(number) for number in range(1, 15)], "cloud-principles")


def _each(found: Given, said: Any, wanted: list[str], place: str) -> Iterator[Statement]:
    yield Examined(what=f"statements of {place}", evidence=found.evidence, count=len(wanted))
    if blank := [name for name in wanted if not said.get(name, "").strip()]:
        yield found.finding("Principles have no statement.", "one for each", ", ".join(blank), place, len(blank))


@check("software-security-code.is-assessed", needs=lambda p, settings: [SUBMITTED], source=_CODE)
def code_is_assessed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The self-assessment speaks of all principles of the Software Security Code of Practice, and has an owner.

    Good: fourteen statements and a senior owner. Bad: nothing on 3.3.
    """
    found = section(ev, "software-security-code")
    if isinstance(found, Undecided):
        yield found
        return
    yield from _each(found, found.facts["principles"], list(PRINCIPLES), "software-security-code")
    if not found.facts.get("owner"):
        message = "The self-assessment has no owner."
        yield found.finding(message, "a senior owner", "none", "software-security-code owner")


class CharterParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``statement``: its number, 1 to 8."""

    statement: int


@check("charter.is-evidenced", params=CharterParams, needs=lambda p, settings: [SUBMITTED], source=_CHARTER)
def charter_is_evidenced(ev: EvidenceView, p: CharterParams) -> Iterator[Statement]:
    """The charter is signed, and for one of its eight statements it is said where the evidence is.

    Good: a day, and "Restore report 2026-05, section 3". Bad: no day, or no evidence.
    """
    found = section(ev, "charter")
    if isinstance(found, Undecided):
        yield found
        return
    signed, number = day(found.facts.get("signed")), str(p.statement)
    yield Examined(what=f"statement {number} of the charter", evidence=found.evidence)
    if signed is None or signed > found.on:
        yield found.finding(
            "The charter is not signed.", "the day", found.facts.get("signed", "none"), "charter signed"
        )
    if not found.facts["statements"].get(number, "").strip():
        message = "A statement of the charter has no evidence."
        yield found.finding(message, "where the evidence is", "blank", f"charter statements {number}")


class NoticeParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: customers hear so long before that support ends."""

    months: int = 12


@check("end-of-support.is-announced", params=NoticeParams, needs=lambda p, settings: [SUBMITTED], source=_CODE)
def end_is_announced(ev: EvidenceView, p: NoticeParams) -> Iterator[Statement]:
    """Customers hear of the end of support at least 12 months before. Good: 18. Bad: 6."""
    found = section(ev, "end-of-support-notice")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="the notice before the end of support", evidence=found.evidence)
    if float(found.facts["months"]) < p.months:
        message = "The notice is too short."
        yield found.finding(message, f"{p.months} months", found.facts["months"], "end-of-support-notice months")


class RestoreParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: a test of restoring is at most so old."""

    months: int = 12


@check("backup.is-restored", params=RestoreParams, needs=lambda p, settings: [SUBMITTED], source=_CHARTER)
def backup_is_restored(ev: EvidenceView, p: RestoreParams) -> Iterator[Statement]:
    """Backups cannot be changed, and restoring them was tested within 12 months, in the time that is promised.

    ``restored-in-hours`` is held against ``rto-hours``, ``lost-hours`` against ``rpo-hours``.

    Good: restored in May in 3 hours of 4. Bad: never tested.
    """
    found = section(ev, "backup")
    if isinstance(found, Undecided):
        yield found
        return
    said = found.facts
    tested = day(said.get("restore-tested"))
    yield Examined(what="backups and the test of restoring them", evidence=found.evidence)
    if said.get("immutable") != "yes":
        yield found.finding("Backups can be changed.", "yes", said.get("immutable", "not said"), "backup immutable")
    if tested is None or tested > found.on or months_after(tested, p.months) < found.on:
        message = "Restoring was not tested in time."
        yield found.finding(message, f"within {p.months} months", f"{tested or 'never'}", "backup restore-tested")
    for target, actual in (("rto-hours", "restored-in-hours"), ("rpo-hours", "lost-hours")):
        if target not in said or actual not in said:
            yield found.undecided(f"the section 'backup' does not name {target} and {actual}")
        elif float(said[actual]) > float(said[target]):
            yield found.finding("A promise was not kept.", f"{said[target]} hours", said[actual], f"backup {actual}")


@condition("assurance.uses-ai", needs=lambda p, settings: [SUBMITTED], claim=True)
def uses_ai(ev: EvidenceView, p: NoParams) -> bool | None:
    """Does the supplier say that the product uses artificial intelligence (section ``ai``)?"""
    found = section(ev, "ai")
    return None if isinstance(found, Undecided) else bool(found.facts["used"] == "yes")
