"""Has somebody decided, for each release, whether it changes clinical risk?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from checker.checks.assured import Given, same_version
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table
from checker.checks.pack.hazards import SOURCE, bounded, officers, together
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

RELEASES = "release-history"
_COLUMNS = ("version", "released")


@check(
    "safety.releases-are-decided",
    needs=lambda p, settings: (WHOLE, of_section("safety"), of_table(RELEASES, *_COLUMNS)),
    source=SOURCE,
)
def releases_are_decided(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every release since the earliest safety case report that is listed has a decision on clinical risk, made by then.

    File: kind ``release-history``, a CSV export with ``version`` and ``released``. A release of which a report speaks
    that was issued by then is decided by that report. Where risk changed, a report was issued for it. The version that
    is offered has one or the other, whether it is released yet or not.

    Good: 4.1.1, risk unchanged, decided the day before. Bad: a patch of which nobody decided; changed risk and no
    report.
    """
    found, case = table(ev, RELEASES, *_COLUMNS), part(ev, "safety", "safety-case")
    product, known = root(ev, "product"), officers(ev)
    if (
        isinstance(found, Undecided)
        or isinstance(case, Undecided)
        or isinstance(product, Undecided)
        or isinstance(known, Undecided)
    ):
        yield from (one for one in (found, case, product, known) if isinstance(one, Undecided))
        return
    earlier, said = part(ev, "safety", "earlier-cases"), part(ev, "safety", "decisions")
    for one in (earlier, said):
        if isinstance(one, Undecided) and one.reason is Reason.PREREQUISITE:
            yield one
            return
    cases = [case.facts, *([] if isinstance(earlier, Undecided) else earlier.facts)]
    decisions = [] if isinstance(said, Undecided) else said.facts
    days = [on for one in cases if (on := day(one.get("issued-on"))) is not None]
    if not days:
        yield case.undecided("no safety case report says when it was issued", Reason.PREREQUISITE)
        return
    given, start = together(found, case), min(days)
    dated = [(row, day(row["released"][:10])) for row in found.facts]
    since = [(row, on) for row, on in dated if on is not None and start <= on <= found.on]
    yield Examined(what=f"releases since {start}", evidence=given.evidence, count=max(len(since), 1))
    if unread := [row for row, on in dated if on is None]:
        yield found.undecided(f"{len(unread)} releases have no day: write YYYY-MM-DD", Reason.PREREQUISITE)
    yield from bounded(
        one
        for row, on in since
        for one in _decided(given, row["version"], on, cases, decisions, known.facts, f"{RELEASES} line {row['line']}")
    )
    offered = product.facts["version"]
    if not any(same_version(row["version"], offered) for row, _ in since):
        yield from _decided(given, offered, found.on, cases, decisions, known.facts, "the version that is offered")


def _decided(
    given: Given,
    version: str,
    on: date,
    cases: list[dict[str, Any]],
    decisions: list[dict[str, Any]],
    known: dict[str, Any],
    at: str,
) -> Iterator[Finding]:
    if _reported(version, on, cases):
        return
    mine = [one for one in decisions if same_version(one["release"], version)]
    if len(mine) != 1:
        message = "Of a release it is not decided, once, whether it changes clinical risk."
        yield given.finding(message, "one decision, or a safety case report", f"{version[:40]}: {len(mine)}", at)
        return
    one, when = mine[0], day(mine[0].get("decided-on"))
    if when is None or when > on or one.get("decided-by") not in known:
        message = "A decision on a release was made too late, or by nobody who may."
        actual = f"{version[:40]}: {when or 'no day'}, {one.get('decided-by', 'nobody')}"
        yield given.finding(message, f"an officer of the pack, by {on}", actual, at)
    if one.get("risk") != "unchanged":
        message = "A release changes clinical risk, and no safety case report was issued for it."
        yield given.finding(message, f"a report on {version[:40]}, issued by {on}", "none", at)


def _reported(version: str, on: date, cases: list[dict[str, Any]]) -> bool:
    for one in cases:
        issued = day(one.get("issued-on"))
        if issued is not None and issued <= on and same_version(one.get("product-version", ""), version):
            return True
    return False
