"""Service credits: bands without gap or overlap, and an example that comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from checker.checks.pack.figures import decimal, rounded
from checker.checks.pack.given import WHOLE, part
from checker.checks.pack.promises import OF_SERVICE, SERVICE, services
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_ZERO = Decimal(0)


@check(
    "service.credits-are-contiguous",
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#credits-have-no-gap",
)
def credits_are_contiguous(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Bands of service credits begin at the target, meet one another, end at 0, grow, and are capped.

    The lower end of a band belongs to it, the upper one does not: 99.0 to 99.5 and 99.5 to 99.9 meet. A band without a
    credit is a gap, and a service has one entry of credits; that each service has one is not asked. A worked example
    comes out to the penny: charge × credit of its band, at most the cap; nothing at or above the target.

    Good: 99.5 to 99.9 gives 5, 99.0 to 99.5 gives 10, below 99.0 gives 20; at most 20. Bad: 99.0 to 99.4 and 99.5 to
    99.9; a lower availability with a smaller credit.
    """
    found, promised = part(ev, SERVICE, "credits"), services(ev)
    if isinstance(found, Undecided) or isinstance(promised, Undecided):
        yield promised if isinstance(promised, Undecided) else found  # type: ignore[misc]
        return
    if not found.facts:
        yield found.undecided("no service credits are listed")
    for name, times in Counter(one["service"] for one in found.facts).items():
        if times > 1:
            message = "The service credits of one service stand more than once."
            yield found.finding(message, "one entry", f"{times} entries", f"service credits of {name}")
    targets = {one["id"]: one.get("target") for one in promised.facts}
    for one in found.facts:
        place, target = f"service credits of {one['service']}", targets.get(one["service"])
        if target is None:
            yield found.undecided(f"{place}: no such service with a target", Reason.PREREQUISITE)
            continue
        faults = [*_in_bands(one, decimal(target)), *_in_example(one, decimal(target))]
        for expected, actual in faults:
            message = "Service credits do not follow from availability."
            yield found.finding(message, expected, actual, place)
        if not faults:
            yield Examined(what=f"the service credits of {one['service']}", evidence=found.evidence)


def _in_bands(one: Mapping[str, Any], target: Decimal) -> Iterator[tuple[str, str]]:
    given = one.get("bands", [])
    if not given:
        yield "bands of availability", "none"
        return
    bands = sorted(
        ((decimal(band["below"]), decimal(band["from"]), decimal(band["credit"])) for band in given), reverse=True
    )
    if bands[0][0] != target:
        yield f"a first band that ends at the target, {target}", f"it ends at {bands[0][0]}"
    if bands[-1][1] != _ZERO:
        yield "a last band from 0", f"it begins at {bands[-1][1]}"
    for below, start, credit in bands:
        if start >= below:
            yield "bands that begin below their end", f"from {start} to below {below}"
        if credit == _ZERO:
            yield f"a credit for an availability below {below}", "0 per cent"
    for (_, start, credit), (next_below, _, next_credit) in pairwise(bands):
        if start != next_below:
            yield f"bands that meet at {start}", f"{'a gap' if next_below < start else 'an overlap'} from {next_below}"
        if next_credit <= credit:
            yield f"more than {credit} per cent below {start}", f"{next_credit} per cent"
    if "cap" not in one:
        yield "a cap", "none"
    elif decimal(one["cap"]) < max(credit for _, _, credit in bands):
        yield f"no credit above the cap, {one['cap']}", f"{max(credit for _, _, credit in bands)} per cent"


def _in_example(one: Mapping[str, Any], target: Decimal) -> Iterator[tuple[str, str]]:
    example = one.get("example")
    if example is None:
        yield "a worked example", "none"
        return
    available = decimal(example["availability"])
    rates = [
        decimal(band["credit"])
        for band in one.get("bands", [])
        if decimal(band["from"]) <= available < decimal(band["below"])
    ]
    rate = _ZERO if available >= target else min([*rates[:1], decimal(one.get("cap", "100"))]) if rates else None
    if rate is None:
        yield f"a band for {available} per cent, the example", "none"
        return
    credit = rounded(decimal(example["charge"]) * rate / 100)
    if credit != decimal(example["credit"]):
        yield f"{credit}: {rate} per cent of {example['charge']}", f"{example['credit']} in the example"
