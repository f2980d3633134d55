"""Does a price model cover the whole life of the product?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import of_section
from checker.checks.pack.price_model import years_of
from checker.checks.pack.said import by_key
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


class LifeParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``categories``: all parts of the life. ``each_year``: those that every year has a line for."""

    categories: tuple[str, ...] = (
        *("acquire", "implement", "integrate", "train", "run"),
        *("maintain", "upgrade", "consumables", "energy", "exit"),
    )
    each_year: tuple[str, ...] = ("run", "maintain", "upgrade", "consumables", "energy")


@check(
    "cost.covers-the-whole-life",
    params=LifeParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="https://www.gov.uk/government/publications/value-based-procurement-for-medical-technology",
)
@few_of_a_kind
def covers_the_whole_life(ev: EvidenceView, p: LifeParams) -> Iterator[Statement]:
    """Every part of the product's life has a line, those that recur one in each year, and what costs nothing says why.

    The parts are ``categories``; of ``each_year`` every year of the term has a line. A line of zero counts where it has
    a ``zero-reason``.

    Good: energy at 0.00, "runs in the supplier's data centre". Bad: no line for leaving.
    """
    found = by_key(ev, "pricing", "term", "lines")
    if isinstance(found, Undecided):
        yield found
        return
    lines = found.facts["lines"]
    if not lines:
        yield found.undecided("the price model has no line")
        return
    for category in p.categories:
        there = {int(one["year"]) for one in lines if one["category"] == category}
        wanted = set(years_of(found.facts["term"])) if category in p.each_year else set()
        place = f"pricing lines, category {category}"
        if not there:
            yield found.finding("A part of the whole life has no line.", "a line, at 0.00 if need be", "none", place)
        elif missing := sorted(wanted - there):
            said = ", ".join(map(str, missing[:5]))
            yield found.finding("Years have no line of what recurs.", "each year of the term", f"not in {said}", place)
    for one in lines:
        if decimal(one["total"]) == 0 and not one.get("zero-reason"):
            place = f"pricing lines {one['id']}"
            yield found.finding("It costs nothing, and why is not said.", "a zero-reason", "none", place)
    yield Examined(what="parts of the whole life", evidence=found.evidence, count=len(p.categories))
