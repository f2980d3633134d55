"""The console: no escape byte without colour, nothing hidden, nothing lost, and nothing that can raise."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.model.report import Report
from checker.model.terms import Conclusion, FailOn, Outcome
from checker.model.verdict import Finding
from checker.render import console
from tests.render import samples
from tests.render.strategies import NASTY, reports


def plain(report: Report) -> str:
    return console.render(report).decode("utf-8")


def hostile_report() -> Report:
    said = "".join(NASTY)
    finding = Finding(message=said, expected=said, actual=said, place=said, fix=said, reproduce={"sh": said})
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=(finding,), summary=said),)
    return samples.report(rows, Conclusion.NOT_COMPLIANT, 1, headline=said, warnings=(said,))


def test_the_first_line_says_who_vouches_then_warnings_then_the_conclusion() -> None:
    lines = plain(samples.inconclusive()).splitlines()
    assert lines[0] == "checker 0.1.0 | self-declared | Example Health Record 4.2"
    assert lines[1] == "WARNING: 38 of 40 answers were 401: this says nothing about FHIR."
    assert lines[3].startswith("INCONCLUSIVE: ")


def test_the_parts_come_in_order() -> None:
    said = plain(samples.broken())
    parts = [
        "NOT COMPLIANT: ",
        "buyer@2 modified",
        "scope:       full@S1",
        "vouched for: self-declared",
        "By obligation",
        "By basis",
        "Against compliance or the exit code (3)",
        "Failed recommendations (1)",
        "Covered, not passed (2)",
        "Other rows that did not pass (3)",
        "Waivers and attestations",
        "Every requirement (11)",
        "What this does not speak of",
        "Exit code 1: not compliant",
        "Not an NHS product.",
    ]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)


def test_a_red_row_says_what_to_know_mend_and_repeat() -> None:
    said = plain(samples.broken())
    block = said[said.index("READ-3") : said.index("READ-4")]
    for part in (samples.FINDING.message, samples.FINDING.expected, samples.FINDING.actual, "status", "ev-7"):
        assert part in block
    assert "Answer 404." in block
    assert '      curl -H "Authorization: Bearer $TOKEN" \\\n        https://fhir.example/Patient/x\n' in block


def test_a_log_has_one_line_for_each_requirement() -> None:
    report = samples.replaced(
        samples.healthy(), rows=tuple(samples.replaced(row, summary="word " * 90) for row in samples.healthy().rows)
    )
    said = plain(report)
    lines = said[said.index("Every requirement") :].splitlines()[1 : len(report.rows) + 1]
    assert [row.id in line and line.count("word") == 90 for row, line in zip(report.rows, lines, strict=True)] == [
        True
    ] * len(report.rows)


def test_covered_rows_are_never_marked_as_passed() -> None:
    lines = [line for line in plain(samples.healthy()).splitlines() if "WAIVED-1 What" in line or "ATT-1 What" in line]
    assert len(lines) == 4
    assert all(line.startswith("≈ ") for line in lines)
    assert any("fail (waived)" in line for line in lines)


@pytest.mark.parametrize("tty", [True, False])
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_without_colour_there_is_no_escape_byte(name: str, tty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    coloured = console.render(samples.SAMPLES[name](), colour=True, tty=tty)
    bare = console.render(samples.SAMPLES[name](), colour=False, tty=tty)
    assert b"\x1b" not in bare
    assert b"\x1b[" in coloured


def test_colour_changes_no_word() -> None:
    coloured = console.render(samples.broken(), colour=True, tty=True)
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", coloured) == console.render(samples.broken(), colour=False, tty=True)


def test_the_environment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = console.render(samples.broken(), colour=True, tty=True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "dumb")
    assert console.render(samples.broken(), colour=True, tty=True) == before


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("tty", [True, False])
def test_hostile_text_steers_nothing(colour: bool, tty: bool) -> None:
    said = console.render(hostile_report(), colour=colour, tty=tty, width=2000).decode("utf-8")
    bare = re.sub(r"\x1b\[[0-9;]*m", "", said) if colour else said
    assert not set(bare) & set("\x00\x07\x1b\x85\x9b\r\u202e\u2028\ufffe")
    assert r"\x1b[2J" in bare
    assert r"\u202egnp.exe" in bare
    assert "[bold red]x[/]" in bare


@settings(max_examples=40, deadline=None)
@given(reports(), st.booleans(), st.sampled_from(["cp1252", "ascii", "utf-8", "cp437"]), st.integers(1, 200))
def test_nothing_raises_and_every_row_is_told(report: Report, tty: bool, encoding: str, width: int) -> None:
    data = console.render(report, tty=tty, unicode=False, encoding=encoding, width=width)
    said = data.decode(encoding)
    assert f"Exit code {report.exit_code}" in " ".join(said.split())
    told = {row.id for row in report.rows if row.verdict.outcome is not Outcome.PASS or not tty}
    assert [name for name in told if name not in said.replace("\n", "")] == []


def test_ascii_symbols_and_text_for_a_stream_that_has_no_more() -> None:
    said = console.text(hostile_report(), unicode=False)
    assert said.isascii()
    assert "x fail MUST" in said
    assert console.text(samples.healthy(), unicode=False, encoding="cp1252").encode("cp1252")


@pytest.mark.parametrize("unicode", [True, False])
def test_a_terminal_gets_tables_within_its_width(unicode: bool) -> None:
    said = console.text(samples.broken(), tty=True, width=90, unicode=unicode)
    assert [line for line in said.splitlines() if len(line) > 90] == []
    assert "inconclusive" in said
    assert "Every requirement" not in said


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 89, 90, 100])
def test_no_number_is_cut_at_any_width(unicode: bool, width: int) -> None:
    said = console.text(samples.broken(), tty=True, width=width, unicode=unicode)
    must = next(line for line in said.splitlines() if line.strip().startswith("MUST"))
    found = said[said.index(must) :].split("SHOULD")[0]
    assert re.findall(r"\d", found) == list("8222112")
    assert "…" not in said
    assert "u2026" not in said


def test_the_environment_of_failure_is_named_when_nothing_fails_the_run() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.FAIL))
    said = plain(samples.report(rows, Conclusion.NOT_COMPLIANT, 0, fail_on=FailOn.NEVER))
    assert "Against compliance or the exit code (1)" in said
    assert "Exit code 0: --fail-on never asked for it; the conclusion is still: not compliant" in said


def test_no_recording_and_obstacles_are_said() -> None:
    partial = plain(samples.interrupted())
    assert "WARNING: interrupted; this report is partial." in partial
    assert "PARTIAL" in partial
    assert "cannot conclude compliant: the recording is partial" in partial
    empty = samples.replaced(samples.inconclusive(), recordings=())
    assert plain(empty).splitlines()[0].startswith("checker 0.1.0 | no recording | ")
    assert "vouched for: by nobody" in plain(empty)


def test_unused_waivers_are_said() -> None:
    assert "waiver W-9 names no requirement of this profile" in plain(samples.healthy())
