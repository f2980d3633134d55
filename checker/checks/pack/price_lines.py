"""The lines of the price schedule, as other sections refer to them: by tag and by standard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import of_section, part
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView

PRICING = of_section("pricing")
_FIGURES = ("unit-price", "total")


def price_lines(ev: EvidenceView) -> Given | Undecided:
    """The lines of the section ``pricing``, or why there are none."""
    found = part(ev, "pricing", "lines")
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided("the price schedule has no line")
    return found


def tagged(lines: Iterable[Any], *tags: str) -> list[Any]:
    """The lines with one of the tags."""
    return [one for one in lines if set(tags) & set(one.get("tags", []))]


def paid_by_the_buyer(lines: Iterable[Any]) -> list[Any]:
    """The lines that the buyer pays, and that cost something.

    >>> paid_by_the_buyer([{"total": "0.00"}, {"total": "9.00", "bearer": "supplier"}, {"total": "9.00"}])
    [{'total': '9.00'}]
    """
    ours = [one for one in lines if one.get("bearer", "buyer") == "buyer"]
    return [one for one in ours if any(decimal(one[key]) > 0 for key in _FIGURES if key in one)]
