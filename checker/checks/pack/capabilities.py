"""Capabilities that are claimed, each with acceptance tests, and stages of maturity that somebody validated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given, months_after, same_name, same_version
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SECTION = of_section("maturity")
_TESTS = ("acceptance-evidence", "capability", "test", "result", "version", "on?")
_PASSED = frozenset({"pass", "passed", "accepted", "ok"})
_FAILED = frozenset({"fail", "failed", "rejected", "error"})


@check(
    "maturity.capabilities-are-proven",
    needs=lambda p, settings: [WHOLE, _SECTION, of_table(*_TESTS)],
    source="https://digital.nhs.uk/services/digital-capabilities-framework",
)
def capabilities_are_proven(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each capability that is claimed has passed acceptance tests of the version that is offered, and none failed.

    Tests are lines of a table of kind ``acceptance-evidence`` (CSV: ``capability,test,result,version,on``). A test that
    failed once and passed on a later day counts as passed.

    Good: three tests of ``results-review``, all passed with 4.2.0. Bad: a claim without a line; tests of 4.1.0 alone.
    """
    found = part(ev, "maturity", "capabilities")
    product = root(ev, "product")
    tests = table(ev, *_TESTS)
    if isinstance(found, Undecided) or isinstance(product, Undecided) or isinstance(tests, Undecided):
        yield from (one for one in (found, product, tests) if isinstance(one, Undecided))
        return
    claimed = [one for one in found.facts if one.get("claimed") == "yes"]
    if not claimed:
        yield found.undecided("no capability is claimed")
        return
    evidence = (*found.evidence, *tests.evidence)
    for one in claimed:
        lines = [line for line in tests.facts if line["capability"] == one["id"]]
        yield Examined(what=f"tests of {one['id']}", evidence=evidence, count=max(len(lines), 1))
        yield from _proven(tests, one["id"], lines, str(product.facts["version"]))


def _proven(tests: Given, name: str, lines: list[Any], version: str) -> Iterator[Statement]:
    place = f"acceptance-evidence, {name}"
    ours = [line for line in lines if same_version(line["version"], version)]
    if not ours:
        message = "A capability is claimed, and no acceptance test of this version shows it."
        yield tests.finding(message, f"tests of {version}", _versions(lines), place)
        return
    if ahead := [line["line"] for line in ours if (day(line.get("on")) or tests.on) > tests.on]:
        message = "An acceptance test is dated in the future."
        yield tests.finding(message, f"by {tests.on}", f"line {', '.join(ahead[:3])}", place, len(ahead))
    latest = [line for test in sorted({line["test"] for line in ours}) for line in _newest(ours, test)]
    words = {line["result"].casefold() for line in latest}
    if unknown := words - _PASSED - _FAILED:
        message = f"a result of {name} is neither passed nor failed: {sorted(unknown)[0][:20]!r}"
        yield tests.undecided(message, Reason.PREREQUISITE)
    if failed := sorted({line["test"] for line in latest if line["result"].casefold() in _FAILED}):
        message = "A capability is claimed, and an acceptance test of it failed."
        yield tests.finding(message, "all passed", ", ".join(failed[:3]), place, len(failed))


def _newest(lines: list[Any], test: str) -> list[Any]:
    """The lines of a test on its newest day; all of them where one has no day, since then none is known to be newer."""
    ours = [(day(line.get("on")), line) for line in lines if line["test"] == test]
    days = [on for on, _ in ours if on is not None]
    return [line for on, line in ours if len(days) < len(ours) or on == max(days)]


def _versions(lines: list[Any]) -> str:
    return "tests of " + ", ".join(sorted({line["version"] for line in lines})[:3]) if lines else "no test"


class StageParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``validated_from``: the stage from which somebody else must have validated it; ``months``: so long it holds."""

    validated_from: int = 6
    months: int = 36
    highest: int = 7


@check(
    "maturity.stages-are-validated",
    params=StageParams,
    needs=lambda p, settings: [WHOLE, _SECTION],
    source="https://www.himss.org/maturity-models/emram/",
)
def stages_are_validated(ev: EvidenceView, p: StageParams) -> Iterator[Statement]:
    """A stage of EMRAM or another model has its day; 6 and 7 were validated by somebody else, and capabilities fit.

    The validator of stage 6 or 7 is neither the supplier nor the site. A validation holds for 36 months. Each
    capability that the stage is said to ask for is claimed among the capabilities.

    Good: EMRAM 6, HIMSS Analytics, 14 March 2025. Bad: EMRAM 6 by the trust itself.
    """
    found = part(ev, "maturity", "stages")
    supplier = root(ev, "supplier")
    if isinstance(found, Undecided) or isinstance(supplier, Undecided):
        yield from (one for one in (found, supplier) if isinstance(one, Undecided))
        return
    held = part(ev, "maturity", "capabilities")
    claimed = {one["id"] for one in held.facts if one.get("claimed") == "yes"} if isinstance(held, Given) else None
    if not found.facts:
        yield found.undecided("no stage is given")
    for one in found.facts:
        yield from _stage(found, one, supplier.facts, p)
        asked = [name for name in one.get("capabilities", []) if name not in (claimed or ())]
        if asked and claimed is None:
            yield found.undecided("the section 'maturity' has no capabilities to hold the stage against")
        elif asked:
            message = "A stage is claimed without a capability that it asks for."
            place = f"section maturity, {one['model']}"
            yield found.finding(message, "all of them claimed", ", ".join(asked[:3]), place)


def _stage(found: Given, one: Any, supplier: Any, p: StageParams) -> Iterator[Statement]:
    place, stage, on = f"section maturity, {one['model']}", int(one["stage"]), day(one.get("on"))
    if on is None:
        yield found.undecided(f"{one['model']}: the day of the stage is not given")
        return
    yield Examined(what=f"{one['model']} {stage} of {on}", evidence=found.evidence)
    if stage > p.highest:
        yield found.finding("There is no such stage.", f"0 to {p.highest}", str(stage), place)
    if on > found.on:
        yield found.finding("A stage is dated in the future.", f"by {found.on}", f"{on}", place)
    if stage < p.validated_from:
        return
    by = one.get("validator", "")
    own = [name for name in (supplier["name"], supplier["legal-entity"], one.get("site", "")) if same_name(by, name)]
    if not by or own:
        message = "A high stage was not validated by somebody else."
        yield found.finding(message, "a validator of its own", "the claimant" if own else "none", place)
    if months_after(on, p.months) < found.on:
        yield found.finding("The validation of a stage is over.", f"within {p.months} months", f"{on}", place)
