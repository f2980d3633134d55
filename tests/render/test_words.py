"""Words, sections and text made visible."""

from __future__ import annotations

import doctest
import subprocess
import sys
import unicodedata
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.model.report import Report
from checker.model.terms import Conclusion, Cover, DutyHolder, FailOn, Obligation, Outcome, Vouching
from checker.render import csv_, html, render, sections, visible, words
from tests.render import samples
from tests.render.strategies import hostile, reports


@pytest.mark.parametrize("module", [visible, csv_, html])
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@settings(max_examples=300, deadline=None)
@given(st.one_of(hostile, st.characters().map(str)))
def test_nothing_hidden_is_left(text: str) -> None:
    said = visible.visible(text)
    joiners = "\u200c\u200d"  # part of ordinary words in some scripts, and harmless
    assert [
        mark for mark in said if unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") and mark not in "\t\n"
    ] == []
    assert [
        mark for mark in said if unicodedata.bidirectional(mark) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI")
    ] == []
    assert all(ord(mark) & 0xFFFE != 0xFFFE for mark in said)
    assert said.encode("utf-8").decode("utf-8") == said
    assert visible.visible(said) == said
    assert joiners not in said or joiners in text


def test_one_line_has_no_end_inside() -> None:
    assert visible.one_line("  a\r\nb\tc\n\nd ") == "a b c d"
    assert visible.one_line("a\rb") == r"a\x0db"


def test_clip_says_that_it_cut() -> None:
    assert visible.clip("x" * 30, 30) == "x" * 30
    assert visible.clip("x" * 31, 30) == "x" * 18 + " [truncated]"


@settings(max_examples=60, deadline=None)
@given(reports())
def test_every_row_is_in_exactly_one_section(report: Report) -> None:
    parts = sections.sections(report)
    assert sorted(row.id for part in parts for row in part) == sorted(row.id for row in report.rows)
    assert all(row.verdict.outcome is Outcome.PASS for row in parts.passed)
    assert {row.id for row in report.rows if row.red} <= {row.id for row in parts.against}
    assert not (report.conclusion is Conclusion.NOT_COMPLIANT and not parts.against)


@settings(max_examples=60, deadline=None)
@given(reports())
def test_the_counts_are_all_the_rows(report: Report) -> None:
    lines = sections.by_obligation(report)
    assert sum(line.numbers[0] for line in lines) == len(report.rows)
    assert all(sum(line.numbers[1:6]) == line.numbers[0] for line in lines)
    inside = sum(row.in_scope and row.verdict.counts for row in report.rows)
    assert sum(line.numbers[0] for line in sections.by_basis(report)) == inside


def test_why_a_row_is_shown_apart() -> None:
    assert words.apart(samples.row("A")) == ""
    assert words.apart(samples.row("A", confirmed=False, counts=False)) == "not confirmed at its source"
    assert words.apart(samples.row("A", draft=True, counts=False)) == "from a draft standard"
    assert words.apart(samples.row("A", duty_holder=DutyHolder.BUYER, counts=False)) == "binds the buyer"
    assert words.apart(samples.row("A", counts=False)) == "does not count"


def test_the_weakest_word_vouches_for_several_recordings() -> None:
    seen = samples.replaced(samples.RECORDING, vouching=Vouching.WITNESSED)
    report = samples.replaced(samples.healthy(), recordings=(seen, samples.RECORDING))
    assert words.vouching(report) == "self-declared"
    assert words.vouching(samples.replaced(report, recordings=(seen,))) == "witnessed"
    assert words.vouching(samples.replaced(report, recordings=())) == "no recording"


def test_what_an_exit_code_means() -> None:
    assert words.exit_meaning(samples.healthy()) == "compliant within the scope"
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.FAIL, red=True, obligation=Obligation.SHOULD))
    strict = samples.report(rows, Conclusion.COMPLIANT, 1, fail_on=FailOn.SHOULD)
    assert words.exit_meaning(strict).startswith("a SHOULD failed")
    assert words.exit_meaning(samples.replaced(strict, exit_code=9)) == "not a code that this version knows"


def test_what_is_compliant_thanks_to_covers_says_so() -> None:
    assert words.conclusion(samples.healthy()) == "compliant with 1 waiver and 1 attestation"
    waived = tuple(samples.row(f"W-{n}", Outcome.FAIL, cover=Cover.WAIVER) for n in range(2))
    two = samples.report((samples.row("A"), *waived), Conclusion.COMPLIANT, 0)
    assert words.conclusion(two) == "compliant with 2 waivers"
    assert words.conclusion(samples.report((samples.row("A"),), Conclusion.COMPLIANT, 0)) == "compliant"
    assert words.conclusion(samples.broken()) == "not compliant"


@pytest.mark.parametrize("name", ["console", "html", "junit"])
def test_covers_stand_in_the_conclusion_of_each_format_for_people(name: str) -> None:
    assert b"compliant with 1 waiver and 1 attestation" in render(samples.healthy(), name).lower()


def test_notes_with_a_detail_say_it() -> None:
    assert words.waiver(samples.replaced(samples.WAIVER, detail="too late")).endswith("(too late)")
    assert words.attestation(samples.replaced(samples.ATTESTATION, detail="no key")).endswith("(no key)")


def test_many_like_findings_and_their_examples_are_counted() -> None:
    finding = samples.replaced(samples.FINDING, count=12, examples=("Patient/1", "Patient/2"))
    said = dict(words.facts(samples.row("A", Outcome.FAIL), finding))
    assert said["alike"] == "12"
    assert said["examples"] == "Patient/1; Patient/2"


def test_the_first_thing_to_say_is_never_nothing() -> None:
    silent = samples.replaced(samples.FINDING, message="")
    assert words.why(samples.row("A", Outcome.FAIL, findings=(silent,))) == "What A asks for is done."
    assert words.why(samples.row("A", Outcome.ERROR, why=(" ",))) == "What A asks for is done."


def test_importing_the_package_loads_no_format() -> None:
    code = "import sys, checker.render; print(sorted({'rich', 'jinja2', 'junit_xml', 'msgspec'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
