"""Who was thought of, who was asked, and who gets to the end: equality, user research, uptake by group."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from checker.checks.pack.confusion import NOT_STATED
from checker.checks.pack.figures import agree
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table
from checker.checks.pack.said import after, incomplete, not_held, shown
from checker.checks.register import day
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

CHARACTERISTICS: Final = (
    *("age", "disability", "gender-reassignment", "marriage-and-civil-partnership", "pregnancy-and-maternity"),
    *("race", "religion-or-belief", "sex", "sexual-orientation"),
)
"""Equality Act 2010, section 4."""
_UPTAKE = ("by", "group", "started", "completed")


@check(
    "inclusion.equality-was-assessed",
    needs=lambda p, settings: [WHOLE, of_section("inclusion")],
    source="https://www.legislation.gov.uk/ukpga/2010/15/section/149",
)
def equality_was_assessed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """There is an equality and health inequality impact assessment: dated, approved, of all nine characteristics.

    It was done before go-live, names groups at risk of being left out, its next review is ahead, and it is in the pack.
    Whether due regard was had is for people. Marriage and civil partnership counts for a part of the duty alone; it is
    looked for all the same.

    Good: done in June, nine characteristics, review next June. Bad: without disability; done after go-live.
    """
    found, product = part(ev, "inclusion", "equality"), root(ev, "product")
    if isinstance(found, Undecided):
        yield found
        return
    one, place = found.facts, "section inclusion equality"
    yield Examined(what="the equality impact assessment", evidence=found.evidence)
    wanted = ("done", "file", "approved-by", "inclusion-groups", "review")
    yield from incomplete(found, "The impact assessment is not described.", one, place, *wanted)
    if missing := [name for name in CHARACTERISTICS if name not in one.get("characteristics", [])]:
        message = "The impact assessment leaves characteristics out."
        yield found.finding(message, ", ".join(missing), "missing", place, len(missing))
    if one.get("file") and not_held(ev, [one["file"]]):
        yield found.finding("The impact assessment is not in the pack.", "an artefact", "none", place)
    yield from after(found, one, "done", place)
    done, review = day(one.get("done")), day(one.get("review"))
    go_live = None if isinstance(product, Undecided) else day(product.facts.get("go-live"))
    if go_live is None:
        yield found.undecided("the root of the pack does not say when it goes live")
    elif done and done > go_live:
        yield found.finding("The assessment came after go-live.", f"by {go_live}", str(done), place)
    if review and review < found.on:
        yield found.finding("The review is overdue.", f"from {found.on} on", str(review), place)


class UptakeParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``groupings``: by what uptake is looked at."""

    groupings: tuple[str, ...] = ("age", "ethnicity", "deprivation")


@check(
    "inclusion.uptake-by-group",
    params=UptakeParams,
    needs=lambda p, settings: [of_section("inclusion"), of_table("uptake", *_UPTAKE)],
    source="docs/policy.md#who-gets-to-the-end-is-counted-by-group",
)
def uptake_by_group(ev: EvidenceView, p: UptakeParams) -> Iterator[Statement]:
    """Who starts and who completes is counted by group, of the same people each time, and the figures recompute.

    *uptake*: by, group, started, completed. Each grouping of ``groupings`` adds up to the same numbers (a group *not
    stated* completes it).

    Good: 3,920 of 4,480 completed, 87.5 %. Bad: no figures by deprivation; one grouping of fewer people.
    """
    found = table(ev, "uptake", *_UPTAKE)
    if isinstance(found, Undecided):
        yield found
        return
    totals: dict[str, tuple[int, int]] = {}
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    yield Examined(what="groups by uptake", evidence=found.evidence, count=max(len(found.facts), 1))
    for row in found.facts:
        place = f"uptake line {row['line']}"
        pair = [row["started"], row["completed"]]
        if not all(one.isdecimal() and len(one) < 10 for one in pair) or int(pair[1]) > int(pair[0]):
            message = "A line counts no people, or more who completed than started."
            yield found.finding(message, "completed of started", shown(" and ".join(pair), 40), place)
            continue
        started, completed = map(int, pair)
        by = row["by"].casefold()
        sums = totals.get(by, (0, 0))
        totals[by] = (sums[0] + started, sums[1] + completed)
        group = counts.get((by, row["group"].casefold()), (0, 0))
        counts[by, row["group"].casefold()] = (group[0] + started, group[1] + completed)
    for name in p.groupings:
        if {group for by, group in counts if by == name} <= NOT_STATED:
            yield found.finding("Uptake was not looked at by group.", name, "none", f"uptake {name}")
    if totals and not any(started for started, _ in totals.values()):
        yield found.finding("Uptake is counted, and nobody started.", "one or more", "0", "uptake")
    if len(set(totals.values())) > 1:
        said = "; ".join(f"{name} {one[1]} of {one[0]}" for name, one in sorted(totals.items()))
        yield found.finding("The groupings are not of the same people.", "the same sums", shown(said, 200), "uptake")
    stated = part(ev, "inclusion", "uptake")
    if isinstance(stated, Undecided):
        yield stated
        return
    for number, one in enumerate(stated.facts):
        place, pair_of = f"section inclusion uptake/{number}", counts.get((one["by"], one["group"].casefold()))
        if pair_of is None or not pair_of[0]:
            yield stated.finding("A figure is stated for a group without counts.", "counts", "none", place)
        elif not agree(one["completion"], true := Decimal(100) * pair_of[1] / pair_of[0]):
            message = "The stated completion does not follow from the counts."
            yield stated.finding(message, f"{true:.2f} %", one["completion"], place)


@check(
    "inclusion.research-reached-people",
    needs=lambda p, settings: [of_section("inclusion")],
    source="https://service-manual.nhs.uk/user-research/inclusive-research",
)
def research_reached_people(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Research with users says how and with how many, and included people with low digital confidence and access needs.

    Good: 24 people, 9 of them not confident, 7 with access needs. Bad: nobody of either; 9 of 8.
    """
    found = part(ev, "inclusion", "research")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'inclusion' lists no research")
        return
    yield Examined(what="rounds of research", evidence=found.evidence, count=len(found.facts))
    reached = {"low-confidence": 0, "access-needs": 0}
    for one in found.facts:
        place = f"section inclusion research {one['id']}"
        wanted = ("on", "method", "n", "low-confidence", "access-needs", "finding", "change")
        yield from incomplete(found, "A round of research is not described.", one, place, *wanted)
        yield from after(found, one, "on", place)
        for name in reached:
            number = int(one.get(name, "0"))
            reached[name] += number
            if one.get("n") and number > int(one["n"]):
                message = "More people of a kind took part than took part."
                yield found.finding(message, f"at most {one['n']}", str(number), f"{place} {name}")
    for name, number in reached.items():
        if not number:
            words = name.replace("-", " ").replace("low confidence", "low digital confidence")
            message = f"Research reached nobody with {words}."
            yield found.finding(message, "one or more", "0", "section inclusion research")
