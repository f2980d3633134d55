"""A report that claims more than its rows carry is refused, in every format."""

from __future__ import annotations

from typing import Any

import pytest

from checker.errors import CheckerFault, UsageFault
from checker.model.report import Report
from checker.model.terms import Conclusion, Cover, FailOn, Outcome
from checker.render import FORMATS, render
from checker.render.coherence import demand_coherent
from tests.render import samples

PASSING = samples.row("A-1")
FAILING = samples.row("A-2", Outcome.FAIL)


def green(*rows: Any, **changes: Any) -> Report:
    return samples.report(rows, Conclusion.COMPLIANT, 0, **changes)


INCOHERENT = {
    "has more than one row": green(PASSING, PASSING),
    "carries the verdict on": green(samples.replaced(PASSING, id="OTHER")),
    "nothing was examined": green(samples.row("A-1", examined=0)),
    "has findings, but did not fail": green(samples.row("A-1", findings=(samples.FINDING,))),
    "is met or covered": samples.report(
        (samples.row("A-1", Outcome.FAIL, red=True, cover=Cover.WAIVER, waiver=samples.WAIVER),),
        Conclusion.NOT_COMPLIANT,
        1,
    ),
    "was interrupted, but": green(PASSING, interrupted=True),
    "a row counts against the exit code, but": green(PASSING, samples.row("A-2", Outcome.ERROR, red=True)),
    "it is inconclusive, but": samples.report((PASSING,), Conclusion.INCONCLUSIVE, 0),
    "it is not compliant, but": samples.report((PASSING, FAILING), Conclusion.NOT_COMPLIANT, 0),
    "interrupted or is partial": samples.report((PASSING,), Conclusion.COMPLIANT, 130, interrupted=True),
    "is partial, but": samples.replaced(green(PASSING), tally=samples.tally((PASSING,), ("a subset",))),
    "no MUST in scope passes": green(samples.row("A-1", in_scope=False)),
    "no MUST in scope passes,": green(),
    "neither met nor covered": green(PASSING, FAILING),
    "not those that its tally counts": samples.replaced(green(PASSING), tally=samples.tally((PASSING, PASSING))),
    "is shown outside the scope": green(PASSING, samples.replaced(FAILING, in_scope=False)),
    "is shown in the scope": green(PASSING, samples.replaced(samples.row("A-2", in_scope=False), in_scope=True)),
    "is covered by no waiver": green(PASSING, samples.row("A-2", Outcome.FAIL, cover=Cover.WAIVER)),
    "A-2 is neither": green(PASSING, samples.row("A-2", Outcome.INCONCLUSIVE), fail_on=FailOn.NEVER),
}


@pytest.mark.parametrize("said", INCOHERENT)
def test_a_contradiction_is_named(said: str) -> None:
    with pytest.raises(CheckerFault, match=said):
        demand_coherent(INCOHERENT[said])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("said", INCOHERENT)
def test_no_format_shows_it(name: str, said: str) -> None:
    with pytest.raises(CheckerFault, match="contradicts itself"):
        render(INCOHERENT[said], name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_sample_renders_in_every_format_to_the_same_bytes(name: str, sample: str) -> None:
    first = render(samples.SAMPLES[sample](), name)
    assert first == render(Report.from_json(samples.SAMPLES[sample]().to_json()), name)
    assert first.endswith(b"\n") or (name == "shopping-list" and not first)


def test_an_unknown_format_names_those_that_exist() -> None:
    with pytest.raises(UsageFault) as caught:
        render(samples.healthy(), "pdf")
    assert (
        caught.value.next_step == "Use one of: console, csv, dtac-csv, html, json, junit, quality-csv, shopping-list."
    )


def test_options_reach_the_format() -> None:
    assert b"\x1b[" in render(samples.broken(), "console", colour=True)
