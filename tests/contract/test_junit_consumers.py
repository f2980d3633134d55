"""Our JUnit through the eyes of the build servers: red exactly when the exit code is not 0, and told why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from checker.model.report import Report
from checker.model.terms import Conclusion, FailOn, Obligation, Outcome, Reason
from checker.model.verdict import Finding
from checker.render import junit, junit_file
from checker.render.junit_file import CASE_BYTES
from tests.contract.junit_readers import GITLAB_FILE_BYTES, READERS, Reader, Shown
from tests.render import samples
from tests.render.strategies import NASTY, reports

each_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def failing() -> Report:
    """Two MUSTs fail; one of them in two places."""
    finding = samples.replaced(samples.FINDING, message="Another is answered with 500.", actual="500")
    rows = (
        samples.row("FHIR-READ-004", Outcome.FAIL, red=True),
        samples.row("FHIR-READ-005", Outcome.FAIL, red=True, findings=(samples.FINDING, finding)),
        samples.row("FHIR-READ-006"),
    )
    return samples.report(rows, Conclusion.NOT_COMPLIANT, 1)


def error() -> Report:
    """The checker itself failed."""
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.ERROR, red=True, why=("The check raised KeyError.",)))
    return samples.report(rows, Conclusion.INCONCLUSIVE, 4)


def tolerated() -> Report:
    """A MUST fails, and the exit code was moved."""
    rows = (samples.row("A-1", Outcome.FAIL),)
    return samples.report(rows, Conclusion.NOT_COMPLIANT, 0, fail_on=FailOn.NEVER)


def strict() -> Report:
    """Only a recommendation fails, and it is counted."""
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.FAIL, red=True, obligation=Obligation.SHOULD))
    return samples.report(rows, Conclusion.COMPLIANT, 1, fail_on=FailOn.SHOULD)


def hostile() -> Report:
    """Control characters, markup and very long text wherever a supplier or a profile can write."""
    said = "".join(NASTY) + "\x1b[31m" + "L" * 20_000
    finding = Finding(message=said, expected=said, actual=said, fix=said, place=said, reproduce={"sh": said})
    rows = (
        samples.row("A-1", Outcome.FAIL, red=True, findings=(finding,) * 4, summary=said, source=said + ":7"),
        samples.row("A-2", Outcome.INCONCLUSIVE, red=True, reason=Reason.NETWORK, why=(said, said)),
    )
    return samples.report(rows, Conclusion.NOT_COMPLIANT, 1, headline=said, warnings=(said,))


REPORTS: dict[str, Callable[[], Report]] = {
    **samples.SAMPLES,
    **{one.__name__: one for one in (failing, error, tolerated, strict, hostile)},
}


def by_id(shown: list[Shown]) -> dict[str, Shown]:
    """What is shown, by the id that begins each name."""
    return {one.name.split(" ")[0]: one for one in shown}


@each_reader
@pytest.mark.parametrize("name", REPORTS)
def test_red_exactly_when_the_exit_code_is_not_zero(name: str, read: Reader) -> None:
    report = REPORTS[name]()
    shown = read(junit.render(report))
    assert any(one.red for one in shown) == (report.exit_code != 0)
    red = {row.id for row in report.rows if row.red}
    assert {one for one, what in by_id(shown).items() if what.red} - {"conclusion"} == red


@each_reader
@pytest.mark.parametrize("name", REPORTS)
def test_no_requirement_is_dropped_or_shown_as_a_pass_that_is_none(name: str, read: Reader) -> None:
    report = REPORTS[name]()
    shown = by_id(read(junit.render(report)))
    assert set(shown) == {row.id for row in report.rows} | {"conclusion"}
    for row in report.rows:
        one = shown[row.id]
        green = not one.red and not one.skipped
        assert green == (row.verdict.outcome is Outcome.PASS)


@settings(max_examples=30, deadline=None)
@given(reports())
def test_any_report_is_read_alike_by_all(report: Report) -> None:
    data = junit.render(report)
    for read in READERS.values():
        shown = read(data)
        assert len(shown) == len(report.rows) + 1
        assert any(one.red for one in shown) == (report.exit_code != 0)


@each_reader
def test_what_fails_says_what_was_expected_and_seen_and_how_to_mend_it(read: Reader) -> None:
    shown = by_id(read(junit.render(failing())))
    for name in ("FHIR-READ-004", "FHIR-READ-005"):
        one = shown[name]
        seen = f"{one.name}\n{one.headline}\n{one.details}"
        for part in (
            name,
            "An unknown id was answered with 200.",
            "expected: 404 or 410 with an OperationOutcome",
            "actual: 200 and an empty Bundle",
            "fix: Answer 404.",
            "evidence: ev-7",
            samples.CLAUSE.url,
            "repeat (sh): curl",
        ):
            assert part in seen, part
    assert "Another is answered with 500." in shown["FHIR-READ-005"].details


@each_reader
def test_the_first_line_is_the_whole_message(read: Reader) -> None:
    # GitLab shows the text and not the message; others show the message or the first two lines.
    for one in by_id(read(junit.render(samples.broken()))).values():
        if one.red:
            first = one.details.split("\n")[0]
            assert first
            assert one.headline in ("", first)


@each_reader
def test_what_is_open_says_why_and_what_to_do(read: Reader) -> None:
    one = by_id(read(junit.render(samples.broken())))["READ-4"]
    assert "inconclusive(network): No answer in 10 s." in one.details
    assert "fix: Make the server reachable from here" in one.details


@each_reader
@pytest.mark.parametrize("code", [2, 4, 5, 130])
def test_a_command_without_a_report_is_red(code: int, read: Reader) -> None:
    said = "".join(NASTY)
    (one,) = read(junit.fault_junit("baseline", code, f"It broke. {said}", said, "Mend it."))
    assert one.red
    assert "It broke." in one.details
    assert f"exit code: {code}" in one.details


@each_reader
def test_names_stay_the_same_from_run_to_run(read: Reader) -> None:
    # History is kept by class and name: neither may hold a time, a digest or a verdict.
    def names(report: Report) -> set[tuple[str, str]]:
        return {(one.group, one.name) for one in read(junit.render(report))}

    before, after = samples.row("A-1", Outcome.FAIL, red=True), samples.row("A-1")
    later = samples.replaced(samples.report((after,), Conclusion.COMPLIANT, 0), as_of=samples.AS_OF.replace(year=2027))
    assert names(samples.report((before,), Conclusion.NOT_COMPLIANT, 1)) == names(later)


@pytest.mark.parametrize("name", ["mikepenz", "enricomi"])
def test_annotations_land_where_the_requirement_is_written(name: str) -> None:
    row = samples.row("A-1", Outcome.FAIL, red=True, source="profiles/fhir-r4-rest/profile.yaml:17")
    shown = by_id(READERS[name](junit.render(samples.report((row,), Conclusion.NOT_COMPLIANT, 1))))
    assert (shown["A-1"].file, shown["A-1"].line) == ("profiles/fhir-r4-rest/profile.yaml", 17)
    assert shown["conclusion"].file == ""


@pytest.mark.parametrize(
    "source", ["", "profile.yaml", "profile.yaml:", "profile.yaml:x", ":3", "p:٣", "p:" + "9" * 40]
)
def test_without_a_line_no_place_is_claimed(source: str) -> None:
    row = samples.row("A-1", Outcome.FAIL, red=True, source=source)
    data = junit.render(samples.report((row,), Conclusion.NOT_COMPLIANT, 1))
    assert by_id(READERS["mikepenz"](data))["A-1"].file == ""
    assert b"line=" not in data


def test_hostile_text_costs_no_space() -> None:
    data = junit.render(hostile())
    assert len(data) < 2 * CASE_BYTES + 20_000
    assert r"\x1b[31m" in data.decode("utf-8") or r"\x1b[2J" in data.decode("utf-8")


def test_very_many_long_failures_stay_below_the_limit_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert junit_file.FILE_BYTES * 1.2 < GITLAB_FILE_BYTES
    monkeypatch.setattr(junit_file, "FILE_BYTES", 100_000)
    finding = Finding(message="<wrong>", expected="x" * 9000, actual="&" * 3000)
    rows = tuple(samples.row(f"A-{n}", Outcome.FAIL, red=True, findings=(finding,)) for n in range(50))
    data = junit.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    assert 70_000 < len(data) < 120_000
    shown = READERS["gitlab"](data)
    assert sum(one.red for one in shown) == 50


# The readers themselves: each must see the traps that it is here for.


def test_the_readers_would_notice_what_they_are_here_for() -> None:
    def file(cases: str) -> bytes:
        return f'<testsuites><testsuite name="s">{cases}</testsuite></testsuites>'.encode()

    passed, wrong = '<testcase classname="a" name="n" time="0">', "<error>x</error>"
    twice = f"{passed}</testcase>{passed}{wrong}</testcase>"
    assert not any(one.red for one in READERS["gitlab"](file(twice)))
    both = '<testcase classname="a" name="n" time="0"><failure>x</failure><skipped/></testcase>'
    assert [READERS[name](file(both))[0].red for name in ("mikepenz", "jenkins")] == [False, False]
    with pytest.raises(AssertionError):
        READERS["gitlab"](file('<testcase classname="a" name="n"><error type="yaml">x</error></testcase>'))
    with pytest.raises(AssertionError):
        READERS["jenkins"](file('<testcase classname="a" name="n" time="0"><error>&#x1b;</error></testcase>'))
