"""What the buyer spends on technology: a share that recomputes, beside its minimum and its ideal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from checker.checks.pack.figures import agree, decimal, places, rounded
from checker.checks.pack.given import of_section, part
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_KEYS = ("definition", "year", "income", "technology", "capital", "revenue", "actual", "minimum", "ideal")
_SHARES = (0, 100)


@check(
    "spend.minimum-and-ideal",
    needs=lambda p, settings: [of_section("maturity")],
    source="docs/policy.md#spend-on-technology-has-a-minimum-and-an-ideal",
)
def minimum_and_ideal(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The spend on technology as a share of income recomputes, beside a minimum and an ideal share of the same kind.

    Definition and year are said. Capital and revenue add up to the whole. The actual share is compared at the places
    that it is written with.

    Good: 15.3 of 510 million is 3.00 %, minimum 3.50, ideal 5.00; 6.1 capital and 9.2 revenue. Bad: the same with 3.1;
    an ideal below the minimum.
    """
    found = part(ev, "maturity", "spend")
    if isinstance(found, Undecided):
        yield found
        return
    said = found.facts
    if missing := [key for key in _KEYS if key not in said]:
        yield found.undecided(f"the spend on technology lacks {', '.join(missing)}")
        return
    place = "section maturity, spend"
    money = {key: decimal(said[key]) for key in ("income", "technology", "capital", "revenue")}
    share = {key: decimal(said[key]) for key in ("actual", "minimum", "ideal")}
    if money["income"] <= 0 or min(money.values()) < 0:
        yield found.finding("An amount cannot be.", "income above 0, and none below", "another", place)
        return
    what = f"share of {said['year']}: {share['actual']} %, {_word(share['actual'], share['minimum'], share['ideal'])}"
    yield Examined(what=what, evidence=found.evidence)
    actual = money["technology"] / money["income"] * 100
    if not agree(said["actual"], actual):
        message = "The actual share is not that of the amounts."
        expected = f"{rounded(actual, max(places(said['actual']), 2))} %"
        yield found.finding(message, expected, f"{said['actual']} %", place)
    if money["capital"] + money["revenue"] != money["technology"]:
        message = "Capital and revenue do not add up to the whole."
        yield found.finding(message, said["technology"], f"{money['capital'] + money['revenue']}", place)
    if not _SHARES[0] <= share["minimum"] <= share["ideal"] <= _SHARES[1]:
        message = "The minimum and the ideal share do not follow each other."
        yield found.finding(message, "minimum <= ideal", f"{share['minimum']} and {share['ideal']}", place)


def _word(actual: Decimal, minimum: Decimal, ideal: Decimal) -> str:
    said = (f"minimum {minimum} {'met' if actual >= minimum else 'not met'}", f"ideal {ideal}")
    return f"{said[0]}, {said[1]} {'met' if actual >= ideal else 'not met'}"
