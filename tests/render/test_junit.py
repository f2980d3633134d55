"""JUnit: the law of exit code and red cases, hostile text, and every trap of the package behind it."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from xml.parsers import expat

import junitparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import CheckerFault
from checker.model.report import Report
from checker.model.terms import Conclusion, FailOn, Obligation, Outcome, Reason
from checker.model.verdict import Finding
from checker.render import junit, junit_file
from checker.render.junit_file import CASE_BYTES, Case, Kind, Suite
from checker.render.visible import one_line
from tests.render import samples
from tests.render.strategies import NASTY, hostile, reports


def counts_by_expat(data: bytes) -> Counter[str]:
    """Elements counted by a strict parser, without any library for JUnit."""
    seen: Counter[str] = Counter()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: seen.update([name])
    parser.Parse(data, True)
    return seen


def counts_by_junitparser(data: bytes) -> dict[str, int]:
    """The counts that an independent reader finds in the cases, not in the attributes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "junit.xml"
        file.write_bytes(data)
        found = junitparser.JUnitXml.fromfile(str(file))
        found.update_statistics()  # type: ignore[no-untyped-call]
        return {
            "tests": found.tests,
            "failures": found.failures,
            "errors": found.errors,
            "skipped": found.skipped,
        }


def cases(data: bytes) -> dict[str, ET.Element]:
    return {case.get("name", "").split(" ")[0]: case for case in ET.fromstring(data).iter("testcase")}


@settings(max_examples=60, deadline=None)
@given(reports())
def test_red_cases_exist_exactly_when_the_exit_code_is_not_zero(report: Report) -> None:
    data = junit.render(report)
    read = counts_by_junitparser(data)
    assert (read["failures"] + read["errors"] == 0) == (report.exit_code == 0)
    seen = counts_by_expat(data)
    assert read == {
        "tests": seen["testcase"],
        "failures": seen["failure"],
        "errors": seen["error"],
        "skipped": seen["skipped"],
    }
    root = ET.fromstring(data)
    for element in (root, root[0]):
        assert {name: int(element.get(name, "-1")) for name in read} == read
    assert seen["testcase"] == len(report.rows) + 1


@settings(max_examples=60, deadline=None)
@given(reports())
def test_only_a_pass_is_bare(report: Report) -> None:
    found = cases(junit.render(report))
    bare = {name for name, case in found.items() if {child.tag for child in case} <= {"system-out"}}
    passed = {row.id for row in report.rows if row.verdict.outcome is Outcome.PASS}
    green = report.exit_code == 0 and report.conclusion is Conclusion.COMPLIANT
    assert bare == passed | ({"conclusion"} if green else set())


@settings(max_examples=60, deadline=None)
@given(reports())
def test_what_the_reader_must_know_first_stands_with_the_conclusion_also_when_it_passes(report: Report) -> None:
    case = cases(junit.render(report))["conclusion"]
    said = "".join(case.itertext())
    for warning in report.warnings:
        assert one_line(warning)[:20] in said or "[truncated" in said


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([2, 4, 5, 130]), hostile, hostile, hostile, hostile)
def test_a_fault_without_a_report_is_one_error(code: int, profile: str, what: str, where: str, after: str) -> None:
    data = junit.fault_junit(profile, code, what, where, after)
    assert counts_by_junitparser(data) == {"tests": 1, "failures": 0, "errors": 1, "skipped": 0}
    assert f"exit code: {code}" in (ET.fromstring(data).findtext(".//error") or "")


def test_a_fault_cannot_end_with_zero() -> None:
    with pytest.raises(CheckerFault, match="exit code 0"):
        junit.fault_junit("p", 0, "what", "where", "next")


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert junit.render(samples.SAMPLES[name]()) == junit.render(samples.SAMPLES[name]())


def test_what_each_row_of_a_broken_report_becomes() -> None:
    found = cases(junit.render(samples.broken()))
    said = {name: (case[0].tag, case[0].get("message")) for name, case in found.items() if len(case)}
    assert said["READ-3"] == ("failure", "fail of a MUST: An unknown id was answered with 200.")
    assert said["READ-4"] == ("error", "inconclusive(network): No answer in 10 s.")
    assert said["READ-5"] == ("error", "error: The check raised ValueError.")
    assert said["WAIVED-1"] == ("skipped", "waived until 2027-03-31 by A Buyer: mended in March [fail]")
    assert said["ATT-1"] == ("skipped", "attested met by An Assessor (assessor) [inconclusive]")
    assert said["NA-1"] == ("skipped", "not-applicable (not claimed): The server does not claim search.")
    assert said["SHOULD-1"][0] == "skipped"
    assert (said["SHOULD-1"][1] or "").startswith("fail of a SHOULD: ")
    assert (said["DRAFT-1"][1] or "").endswith("[shown apart: from a draft standard]")
    assert said["OUT-1"] == ("skipped", "inconclusive(unsafe): 3 exchanges were examined.")
    assert said["conclusion"][0] == "skipped"
    assert set(found) - set(said) == {"READ-1", "STALE-1"}


def test_a_failure_says_what_to_know_and_do_with_the_message_first() -> None:
    failure = cases(junit.render(samples.broken()))["READ-3"][0]
    body = (failure.text or "").split("\n")
    assert failure.get("type") == "MUST"
    assert body[0] == failure.get("message")
    starts = ["expected: 404", "actual: 200", "place: status", "evidence: ev-7", "clause: fhir-r4", "fix: Answer 404."]
    places = [next(n for n, line in enumerate(body) if line.startswith(start)) for start in starts]
    assert places == sorted(places)
    assert 'repeat (sh): curl -H "Authorization: Bearer $TOKEN" \\' in body


def test_names_are_stable_and_the_suite_says_what_it_rests_on() -> None:
    root = ET.fromstring(junit.render(samples.broken()))
    suite = root[0]
    assert (root.get("name"), suite.get("name")) == ("buyer@2", "buyer@2")
    assert suite.get("timestamp") == "2026-11-21T12:00:00"
    assert {case.get("classname") for case in suite.iter("testcase")} == {
        "nhs.buyer.read",
        "nhs.buyer.general",
        "checker.run",
    }
    said = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert said["profile digest"] == "e" * 64
    assert said["conclusion"] == "not compliant"
    assert said["exit code"] == "1"
    assert said["scope"] == "full@S1"
    assert said["who vouches"] == "self-declared"
    assert said["input waivers.toml"] == "d" * 64
    assert "A Buyer" in (said["waiver of WAIVED-1"] or "")
    assert junit.render(samples.broken()).startswith(b'<?xml version="1.0" encoding="UTF-8"?>')


def test_a_moment_without_a_zone_does_not_take_the_runners_zone() -> None:
    naive = samples.replaced(samples.healthy(), as_of=samples.AS_OF.replace(tzinfo=None))
    assert b'timestamp="2026-11-21T12:00:00"' in junit.render(naive)


def test_an_interrupted_run_is_red_though_no_row_is() -> None:
    conclusion = cases(junit.render(samples.interrupted()))["conclusion"]
    assert conclusion[0].tag == "error"
    assert "exit code 130: interrupted" in (conclusion[0].text or "")


def test_a_run_that_may_fail_is_not_shown_as_a_pass() -> None:
    rows = (samples.row("A-1", Outcome.FAIL),)
    data = junit.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 0, fail_on=FailOn.NEVER))
    found = cases(data)
    assert found["A-1"][0].get("message", "").endswith("[a MUST does not count under --fail-on never]")
    assert found["conclusion"][0].tag == "skipped"
    assert counts_by_junitparser(data)["failures"] == 0


def test_a_failed_recommendation_is_red_when_asked_for() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.FAIL, red=True, obligation=Obligation.SHOULD))
    data = junit.render(samples.report(rows, Conclusion.COMPLIANT, 1, fail_on=FailOn.SHOULD))
    assert cases(data)["A-2"][0].get("type") == "SHOULD"


def test_red_rows_with_exit_code_zero_are_a_fault() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.FAIL, red=True, obligation=Obligation.SHOULD))
    with pytest.raises(CheckerFault, match="exit code is 0"):
        junit.render(samples.report(rows, Conclusion.COMPLIANT, 0))


def test_text_outside_xml_becomes_visible() -> None:
    finding = Finding(message="".join(NASTY), expected="\x1b[31m", actual="\ud800 \ufffe", place="]]>")
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=(finding,)),)
    failure = cases(junit.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 1)))["A-1"][0]
    assert r"\x1b[2J" in failure.get("message", "")
    assert r"\u202egnp.exe" in failure.get("message", "")
    assert "\n" not in failure.get("message", "")
    assert r"expected: \x1b[31m" in (failure.text or "")
    assert r"actual: \ud800 \ufffe" in (failure.text or "")
    assert "place: ]]>" in (failure.text or "")


def test_a_long_case_is_cut_and_says_so() -> None:
    finding = Finding(message="<&\"'é" * 5000, expected="x" * 9000, actual="y")
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=(finding,) * 9, summary="s" * 900),)
    data = junit.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    case = cases(data)["A-1"]
    assert len(ET.tostring(case, encoding="utf-8")) < CASE_BYTES + 400
    assert (case[0].text or "").endswith("[truncated: the JSON report has the whole text]")
    assert case[0].get("message", "").endswith("[truncated]")


def test_every_finding_of_a_row_is_in_the_body() -> None:
    found = tuple(Finding(message=f"wrong {n}", expected="", actual="") for n in range(3))
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=found),)
    body = cases(junit.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 1)))["A-1"][0].text or ""
    assert "finding 2 of 3: wrong 1" in body
    assert "finding 3 of 3: wrong 2" in body
    assert body.count("actual: (empty)") == 3


def test_an_empty_finding_message_does_not_turn_into_a_pass() -> None:
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=(Finding(message="", expected="", actual=""),)),)
    data = junit.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    assert counts_by_junitparser(data)["failures"] == 1


@pytest.mark.parametrize("kind", [Kind.FAILURE, Kind.ERROR, Kind.SKIPPED])
@pytest.mark.parametrize(("message", "body"), [("", ""), ("said", ""), ("", "said"), (" ", "\n")])
def test_an_outcome_without_text_is_refused(kind: Kind, message: str, body: str) -> None:
    case = Case(classname="a.b", name="c", kind=kind, message=message, body=body)
    with pytest.raises(CheckerFault, match="would show as a pass"):
        junit.write(Suite(name="s", cases=(case,)))


def test_two_cases_of_one_name_are_refused() -> None:
    case = Case(classname="a.b", name="c", kind=Kind.PASS)
    with pytest.raises(CheckerFault, match="keep only the first"):
        junit.write(Suite(name="s", cases=(case, case)))


def test_a_case_without_a_name_is_refused() -> None:
    with pytest.raises(CheckerFault, match="has no name"):
        junit.write(Suite(name="s", cases=(Case(classname="a.b", name="\n", kind=Kind.PASS),)))


FAILED = Case(classname="a", name="n", kind=Kind.FAILURE, type="MUST", message="m", body="b")
GOOD = (
    b'<testsuites tests="1" failures="1" errors="0" skipped="0"><testsuite tests="1" failures="1" errors="0"'
    b' skipped="0"><testcase classname="a" name="n"><failure message="m">b</failure></testcase></testsuite>'
    b"</testsuites>"
)


def test_reading_back_accepts_what_was_meant() -> None:
    junit_file.demand_reads_back(GOOD, (FAILED,))
    assert counts_by_expat(GOOD)["failure"] == 1


@pytest.mark.parametrize(
    "damaged",
    [
        GOOD.replace(b'<failure message="m">b</failure>', b""),
        GOOD.replace(b"<failure ", b"<error ").replace(b"</failure>", b"</error>"),
        GOOD.replace(b">b<", b"><"),
        GOOD.replace(b'name="n"', b'name="other"'),
        GOOD.replace(b'failures="1"', b'failures="0"', 1),
        GOOD[:20] + GOOD[20:].replace(b'failures="1"', b'failures="0"').replace(b'failures="0"', b'failures="1"', 1),
        GOOD.replace(b'tests="1"', b'tests="2"'),
        GOOD.replace(b'skipped="0"', b'skipped="1"'),
        GOOD.replace(b"</testcase>", b"<skipped/></testcase>"),
        GOOD.replace(b'skipped="0"', b"", 1),
    ],
)
def test_reading_back_refuses_any_difference(damaged: bytes) -> None:
    assert damaged != GOOD
    with pytest.raises(CheckerFault):
        junit_file.demand_reads_back(damaged, (FAILED,))


def test_reasons_stand_in_front_of_what_is_skipped() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.INCONCLUSIVE, reason=Reason.NO_DATA, in_scope=False))
    found = cases(junit.render(samples.report(rows, Conclusion.COMPLIANT, 0)))
    assert found["A-2"][0].get("message", "").startswith("inconclusive(no-data): ")


@pytest.mark.parametrize("name", ["broken", "inconclusive", "interrupted"])
def test_a_mapping_that_loses_the_red_is_a_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(classname="a", name="n", kind=Kind.SKIPPED, message="m", body="b")
    monkeypatch.setattr(junit, "suite_of", lambda report: Suite(name="s", cases=(case,)))
    with pytest.raises(CheckerFault, match="would show 0 failures and errors"):
        junit.render(samples.SAMPLES[name]())
