"""The supplier's register of standards: what applies is in it, with a plan that comes in time, and money follows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.applicability import rules
from checker.checks.pack.given import WHOLE, of_section, part, root
from checker.checks.pack.price_lines import PRICING, paid_by_the_buyer, price_lines
from checker.checks.register import day
from checker.model.registry import check, condition
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView
from checker.standards_register import resolve

SECTION = of_section("standards")
CONFORMS = "conforms"
_OPEN_PLANS = frozenset({"partly", "planned", "not-met"})


def registered(ev: EvidenceView) -> Given | Undecided:
    """The rows of the register, or why there are none."""
    found = part(ev, "standards", "register")
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided("the register of standards has no row")
    return found


def means(row: Any) -> str:
    """The id of the standard that a row means; its reference where the tool does not know it."""
    known = resolve(row["reference"])
    return known.id if known else str(row["reference"])


@check(
    "standards.applicable-ones-are-listed",
    needs=lambda p, settings: [WHOLE, SECTION],
    source="docs/policy.md#a-register-lists-every-information-standard-that-applies",
)
def applicable_ones_are_listed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every information standard that applies to this sort of product is in the register, with version and status.

    Which apply follows from what the root says of the product, by rules that are data beside the profile
    (``applicability.yaml``). A standard is found by its reference, however it is spelt. One that is said not to apply
    needs a reason, and one that is said to be met names its evidence.

    Good: an electronic record with a row for DCB0129, version 4.2, ``conforms``, evidence. Bad: no row for SNOMED CT.
    """
    found, product = registered(ev), root(ev, "product")
    if isinstance(found, Undecided) or isinstance(product, Undecided):
        yield from (one for one in (found, product) if isinstance(one, Undecided))
        return
    rows: dict[str, list[Any]] = {}
    for row in found.facts:
        rows.setdefault(means(row), []).append(row)
    applied = [(rule.standard, rule.applies(product.facts)) for rule in rules()]
    both = found._replace(evidence=(*found.evidence, *product.evidence))
    for name, applies in applied:
        if applies is None:
            yield product.undecided(f"whether {name} applies is not said: the root lacks facts of the product")
        elif applies:
            yield Examined(what=f"{name} applies", evidence=both.evidence)
            yield from _listed(both, name, rows.get(name, []))
    if not any(applies for _, applies in applied):
        yield both.undecided("no rule says of a standard that it applies to this sort of product")


def _listed(found: Given, name: str, rows: list[Any]) -> Iterator[Statement]:
    if not rows:
        message = "An information standard applies, and the register does not have it."
        yield found.finding(message, name, "no row", "section standards, register")
    for row in rows:
        place = f"section standards, register {row['id']}"
        status = row.get("status")
        missing = [key for key in ("version", "status") if key not in row]
        if status == "not-applicable" and not row.get("reason"):
            yield found.finding("A standard is said not to apply, without a reason.", "a reason", "none", place)
        elif missing and status != "not-applicable":
            message = "A row of the register does not say enough."
            yield found.finding(message, "version and status", f"without {', '.join(missing)}", place)
        elif status == CONFORMS and not row.get("evidence"):
            yield found.finding("A standard is said to be met, without evidence.", "evidence", "none", place)


@check(
    "standards.spend-is-mapped",
    needs=lambda p, settings: [WHOLE, SECTION, PRICING],
    source="docs/policy.md#every-line-of-spend-names-a-standard-or-says-why-not",
)
def spend_is_mapped(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every price line that the buyer pays names rows of the register of standards, or says why none applies.

    A line at zero, and one that the supplier bears, is no spend.

    Good: ``standards: [fhir-r4]``; ``no-standard: Travel of trainers``. Bad: neither; a row that the register has not.
    """
    found, lines = registered(ev), price_lines(ev)
    if isinstance(found, Undecided) or isinstance(lines, Undecided):
        yield from (one for one in (found, lines) if isinstance(one, Undecided))
        return
    known = {row["id"] for row in found.facts}
    spend = paid_by_the_buyer(lines.facts)
    both = found._replace(evidence=(*found.evidence, *lines.evidence))
    if not spend:
        yield both.undecided("no price line is paid by the buyer")
        return
    yield Examined(what="price lines that the buyer pays", evidence=both.evidence, count=len(spend))
    for line in spend:
        place, named = f"section pricing, line {line['id']}", line.get("standards", [])
        if unknown := [name for name in named if name not in known]:
            message = "A price line names a standard that the register does not have."
            yield both.finding(message, "rows of the register", ", ".join(unknown[:3]), place)
        elif not named and not line.get("no-standard", "").strip():
            message = "A price line names no standard, and does not say why."
            yield both.finding(message, "a standard, or a reason", "neither", place)


@condition("standards.some-are-still-due", needs=lambda p, settings: [WHOLE, SECTION], claim=True)
def some_are_still_due(ev: EvidenceView, p: NoParams) -> bool | None:
    """Does the register have a standard that is to be met by a day that is still to come, or is past and not met?"""
    found = registered(ev)
    return None if isinstance(found, Undecided) else any("due" in row for row in found.facts)


@check(
    "standards.plans-come-in-time",
    needs=lambda p, settings: [SECTION],
    source="docs/policy.md#what-is-not-yet-met-is-planned-in-time",
)
def plans_come_in_time(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Where a standard has a day by which it must be met, the plan is for that day or before.

    A standard that is met, or does not apply, needs no plan. One whose day is past and that is not met is a finding,
    whatever its plan.

    Good: due on 31 March 2027, planned for 31 March 2027. Bad: planned for 1 April 2027; no plan.
    """
    found = registered(ev)
    if isinstance(found, Undecided):
        yield found
        return
    due_rows = [(row, due) for row in found.facts if (due := day(row.get("due")))]
    if not due_rows:
        yield found.undecided("no row of the register has a day by which it must be met")
    for row, due in due_rows:
        place, planned = f"section standards, register {row['id']}", day(row.get("planned"))
        yield Examined(what=f"{row['reference'][:60]}, due {due}", evidence=found.evidence)
        if "status" not in row:
            yield found.undecided(f"{place}: whether it is met is not said")
            continue
        if row["status"] not in _OPEN_PLANS:
            continue
        if due < found.on:
            yield found.finding("A standard is not met, and its day is past.", f"met by {due}", row["status"], place)
        elif planned is None:
            yield found.finding("A standard has a day, and no plan.", f"a plan by {due}", "none", place)
        elif planned > due:
            message = "The plan to meet a standard is later than its day."
            yield found.finding(message, f"by {due}", f"{planned}", place)


@check(
    "standards.are-open",
    needs=lambda p, settings: [SECTION],
    source="https://www.gov.uk/government/publications/open-standards-principles",
)
def are_open(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each standard of the register is open, or the register says why one that is not open is used.

    Good: ``open: "yes"``; ``open: "no"`` with ``why-not-open``. Bad: ``open: "no"`` alone.
    """
    found = registered(ev)
    if isinstance(found, Undecided):
        yield found
        return
    for row in found.facts:
        place = f"section standards, register {row['id']}"
        if "open" not in row:
            yield found.undecided(f"{place}: whether it is open is not said")
        else:
            yield Examined(what=f"openness of {row['reference'][:60]}", evidence=found.evidence)
        if row.get("open") == "no" and not row.get("why-not-open", "").strip():
            message = "A standard that is not open is used, without a reason."
            yield found.finding(message, "an open one, or a reason", "neither", place)


class ResearchParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: so old may the newest round be. ``participants``: at least so many took part in a round."""

    months: int = 24
    participants: int = 5


@check(
    "standards.user-needs-are-shown",
    params=ResearchParams,
    needs=lambda p, settings: [SECTION],
    source="https://service-manual.nhs.uk/standards-and-technology/service-standard",
)
def user_needs_are_shown(ev: EvidenceView, p: ResearchParams) -> Iterator[Statement]:
    """There were rounds of research with users, each with its number of people, what was found and what was changed.

    The newest round is not older than 24 months; each had at least 5 people.

    Good: eight people in May, what they could not find, and what was changed. Bad: a round without a change; with 2.
    """
    found = part(ev, "standards", "user-needs")
    if isinstance(found, Undecided):
        yield found
        return
    ends = [ended for one in found.facts if (ended := day(one.get("on")))]
    if not found.facts:
        yield found.undecided("no round of research with users is given")
        return
    for one in found.facts:
        place = f"section standards, user-needs {one['id']}"
        if missing := [key for key in ("on", "participants", "finding", "change") if not one.get(key)]:
            yield found.finding("A round of research does not say enough.", "all of it", ", ".join(missing), place)
            continue
        yield Examined(what=f"round {one['id']} with {one['participants']} people", evidence=found.evidence)
        if int(one["participants"]) < p.participants:
            message = "A round of research had few people."
            yield found.finding(message, f"{p.participants} or more", one["participants"], place)
        if (day(one["on"]) or found.on) > found.on:
            yield found.finding("A round of research is in the future.", f"by {found.on}", one["on"], place)
    if ends and months_after(max(ends), p.months) < found.on:
        message = "The newest research with users is old."
        yield found.finding(message, f"within {p.months} months", f"{max(ends)}", "section standards, user-needs")
