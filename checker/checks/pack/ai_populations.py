"""On whom a model was trained and tested, and how that compares with those for whom it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from checker.checks.assured import Given
from checker.checks.pack.ai_matrices import NEEDS, Measured, measured, none_that_classifies
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import part
from checker.checks.pack.said import Part, grouped, incomplete, shown
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_HUNDRED = Decimal(100)


@check(
    "ai.populations-compare",
    needs=lambda p, settings: NEEDS,
    source="https://www.nice.org.uk/corporate/ecd7/chapter/section-c-evidence-standards-tables",
)
def populations_compare(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Training and test data are described and compared with those for whom a function is meant; the test is fair.

    The test data are of other sites, or begin after the last day of the training data and of what the model was trained
    with; the training data end by that day. The number tested is that of the counts. Shares of a grouping do not
    exceed a hundred in a hundred.

    Good: three hospitals trained, two others tested. Bad: the same hospital in both; a test set of 4,100 and counts
    of 4,000.
    """
    found = measured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    said = part(ev, "ai", "populations")
    if isinstance(said, Undecided):
        yield said
        return
    if (why := none_that_classifies(found)) is not None:
        yield why
        return
    models = part(ev, "ai", "models")
    if isinstance(models, Undecided) and models.reason is Reason.PREREQUISITE:
        yield models
        return
    cutoffs = {} if isinstance(models, Undecided) else _cutoffs(models)
    entries = grouped(said.facts, "function")
    for one in found.functions:
        place = f"section ai populations {one.id}"
        if one.id not in entries:
            yield said.finding("A function says nothing of its populations.", "an entry", "none", place)
        ends = [cutoffs[name] for name in one.function.get("models", ()) if name in cutoffs]
        for population in entries.get(one.id, []):
            yield Examined(what=f"populations of {one.id}", evidence=found.given.evidence)
            yield from _described(said, population, place)
            yield from _independent(said, population, max(ends, default=None), place)
            yield from _counted(found.given, one, population, place)


def _cutoffs(models: Given) -> dict[str, date]:
    days = {one["id"]: day(one.get("trained-until")) for one in models.facts}
    return {name: when for name, when in days.items() if when is not None}


def _described(found: Given, one: Part, place: str) -> Iterator[Finding]:
    message = "A population is not described."
    for name, wanted in (
        ("training", ("described", "n", "from", "to", "sites")),
        ("test", ("described", "n", "from", "to", "sites")),
        ("intended", ("described",)),
    ):
        yield from incomplete(found, message, one.get(name, {}), f"{place} {name}", *wanted)
        for by, total in _shares(one.get(name, {})).items():
            if total > _HUNDRED:
                yield found.finding(
                    "Shares add up to more than all.", "at most 100", str(total), f"{place} {name} {by}"
                )
    what = "The populations are not compared, or it is not said how the test data differ."
    yield from incomplete(found, what, one, place, "comparison", "independent-by")


def _shares(population: Part) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for one in population.get("groups", ()):
        totals[one["by"]] = totals.get(one["by"], Decimal(0)) + decimal(one["share"])
    return totals


def _independent(found: Given, one: Part, cutoff: date | None, place: str) -> Iterator[Finding]:
    training, test = one.get("training", {}), one.get("test", {})
    how = one.get("independent-by", "")
    if "site" in how and (both := sorted(set(training.get("sites", ())) & set(test.get("sites", ())))):
        message = "A site is in the training data and in the test data."
        yield found.finding(message, "other sites", shown(", ".join(both)), place, len(both))
    learnt, tested = day(training.get("to")), day(test.get("from"))
    if learnt and cutoff and learnt > cutoff:
        message = "The training data go on after the day up to which the model is said to have been trained."
        yield found.finding(message, f"by {cutoff}", str(learnt), f"{place} training")
    last = max((when for when in (learnt, cutoff) if when), default=None)
    if "time" in how and tested and last and tested <= last:
        yield found.finding("The test data begin before the training ends.", f"after {last}", str(tested), place)
    for name, population in (("training", training), ("test", test)):
        start, end = day(population.get("from")), day(population.get("to"))
        if start and end and start > end:
            yield found.finding("The data end before they begin.", f"from {start} on", str(end), f"{place} {name}")


def _counted(found: Given, one: Measured, population: Part, place: str) -> Iterator[Statement]:
    whole, said = one.whole(), population.get("test", {}).get("n")
    if whole is None:
        yield found.undecided(f"there is no one line for everybody of {one.id} to hold the test data against")
    elif said and int(said) != whole.n:
        message = "The test data are of another number of people than the counts."
        yield found.finding(message, str(whole.n), said, f"{place} test n")
