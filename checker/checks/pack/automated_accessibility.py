"""Does what axe found on the pages of a product stand in its accessibility statement?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.given import WHOLE, file, of_file, of_section, part
from checker.checks.pack.wcag import counts, of_tags
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

RESULTS = "axe-results"
SECTION = "accessibility"
NEEDS = (WHOLE, of_section(SECTION), of_file(RESULTS, RESULTS))


class Automated(Params, frozen=True, kw_only=True):
    """What counts among the results of axe."""

    impacts: tuple[str, ...] = ("serious", "critical")
    """Impacts that the statement must tell of."""
    tags: tuple[str, ...] = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
    """Rules of each of these must have run."""
    most_months: int = 24
    """Older results are for a person to look at."""


def results(ev: EvidenceView) -> Given | Undecided:
    """The pages that axe looked at, or why there are none."""
    found = file(ev, RESULTS, RESULTS)
    if isinstance(found, Undecided):
        return found
    if why := found.facts.get("unread") or (found.facts.get("not_read") or [""])[0]:
        return found.undecided(f"the results of axe were not read: {why}", Reason.PREREQUISITE)
    return found._replace(facts=found.facts["pages"])


def same_page(one: str, other: str) -> bool:
    """Are two addresses of one page? Fragment and a last stroke aside.

    >>> same_page("https://a.example/x/", "https://a.example/x#top"), same_page("https://a.example/", "https://b.example/")
    (True, False)
    """
    plain = [address.partition("#")[0].rstrip("/") for address in (one, other)]
    return plain[0] == plain[1]


def is_listed(violation: Mapping[str, Any], page: str, lists: list[Any]) -> bool:
    """Does the statement tell of it, by rule or by criterion, for this page or for all?"""
    named = of_tags(violation["tags"])
    return any(
        (one.get("rule") == violation["id"] or one.get("criterion") in named)
        and (not one.get("pages") or page in one["pages"])
        for one in lists
    )


@check(
    "accessibility.violations-are-listed",
    params=Automated,
    needs=lambda p, settings: list(NEEDS),
    source="https://www.w3.org/TR/WCAG22/",
)
def violations_are_listed(ev: EvidenceView, p: Automated) -> Iterator[Statement]:
    """Every page that the section names was looked at by axe, and every serious or critical violation is listed.

    Only rules of WCAG A and AA count, not advice and not AAA. A violation is listed where ``statement.lists`` names its
    rule, or a criterion of it, for that page or for all. axe covers part of WCAG: this is no proof of conformance.

    Good: no violation, or ``{rule: color-contrast, due: 2027-01-31}`` in the list. Bad: a critical one in no list.
    """
    pages, found = part(ev, SECTION, "pages"), results(ev)
    for one in (pages, found):
        if isinstance(one, Undecided):
            yield one
            return
    assert not isinstance(pages, Undecided)  # noqa: S101 - left above
    assert not isinstance(found, Undecided)  # noqa: S101
    statement = part(ev, SECTION, "statement")
    if isinstance(statement, Undecided) and statement.reason is not Reason.NO_DATA:
        yield statement
        return
    lists = [] if isinstance(statement, Undecided) else statement.facts.get("lists", [])
    if not pages.facts:
        yield pages.undecided("no page is named that was tested")
    for page in pages.facts:
        seen = [one for one in found.facts if same_page(one["url"], page["url"])]
        if not seen:
            yield found.undecided(f"there is no result of axe for the page {page['id']!r}")
        for one in seen:
            yield from _of_page(found, page["id"], one, lists, p)


def _of_page(found: Given, page: str, seen: dict[str, Any], lists: list[Any], p: Automated) -> Iterator[Statement]:
    what = f"the page {page!r}" + (f" in {seen['scheme']} colours" if seen["scheme"] else "")
    if missing := [tag for tag in p.tags if tag not in seen["tags"]]:
        message = f"{what} was looked at without the rules {', '.join(missing)}"
        yield found.undecided(message, Reason.PREREQUISITE)
        return
    if not seen["passes"] and not seen["violations"]:
        yield found.undecided(f"axe found nothing to look at on {what}")
        return
    made = day(seen["at"][:10])
    if made is None or made > found.on:
        yield found.undecided(f"the results for {what} have no time, or one that is to come", Reason.PREREQUISITE)
        return
    if months_after(made, p.most_months) < found.on:
        message = f"the results for {what} are of {made}: whether they hold for what is offered, a person has to tell"
        yield found.undecided(message, Reason.HUMAN)
        return
    wrong = False
    for violation in seen["violations"]:
        if not counts(violation["tags"]) or is_listed(violation, page, lists):
            continue
        if not violation["impact"]:
            yield found.undecided(f"the impact of {violation['id']} on {what} is not told", Reason.PREREQUISITE)
            wrong = True
        elif violation["impact"] in p.impacts:
            wrong = True
            message = f"axe finds a {violation['impact']} violation that the accessibility statement does not name."
            yield found.finding(
                message,
                "none, or an entry of statement.lists with its rule or criterion",
                f"{violation['id']} ({', '.join(sorted(of_tags(violation['tags']))) or 'no criterion'})",
                f"{RESULTS} page {page} rule {violation['id']}",
                max(violation["nodes"], 1),
            )
    if not wrong:
        yield Examined(what=what, evidence=found.evidence)
