"""The DTAC form as a table: what each question comes to follows from the rows of the report."""

from __future__ import annotations

import csv
import io

import pytest

from checker.model.dtac import Decided, DtacNote, DtacQuestion
from checker.model.report import Report
from checker.model.terms import Conclusion, Outcome, Reason
from checker.model.verdict import Finding
from checker.render import render
from checker.render.dtac_csv import MET, NOT_DECIDED, NOT_MET, PASSED_OVER, PERSON
from tests.render import samples


def question(code: str, *rows: str, **given: object) -> DtacQuestion:
    said = {"decided": Decided.MACHINE, "criterion": True, "asked": True, "answer": "Provided", "told": True, **given}
    return DtacQuestion(code=code, topic=f"topic of {code}", rows=rows, **said)  # type: ignore[arg-type]


def finding(place: str) -> Finding:
    return Finding(message="Nothing shows it.", expected="an artefact", actual="none", place=place)


def formed(*questions: DtacQuestion) -> Report:
    rows = (
        samples.row("GOOD-01"),
        samples.row("BAD-01", Outcome.FAIL, red=True, findings=(finding("pack.yaml"),)),
        samples.row("OPEN-01", Outcome.INCONCLUSIVE, red=True, reason=Reason.NO_DATA, why=("no data",)),
        samples.row("NA-01", Outcome.NOT_APPLICABLE, why=("no device",)),
        samples.row("DT-FORM-02", Outcome.FAIL, red=True, findings=(finding("section dtac answers C3.1"),)),
        samples.row("DT-FORM-01", Outcome.FAIL, red=True, findings=(finding("section dtac form-version"),)),
    )
    made = samples.report(rows, Conclusion.NOT_COMPLIANT, 1)
    return samples.replaced(made, dtac=DtacNote(version="2.0", questions=questions))


def table(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(report, "dtac-csv").decode())))


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (question("C1.2", "GOOD-01"), MET),
        (question("C1.2", "GOOD-01", "NA-01"), MET),
        (question("C1.2", "NA-01"), NOT_DECIDED),
        (question("C1.2", "GOOD-01", "BAD-01"), NOT_MET),
        (question("C1.2", "GOOD-01", "OPEN-01"), NOT_DECIDED),
        (question("C1.2", "OPEN-01", "BAD-01"), NOT_MET),
        (question("C1.2", "GOOD-01", "GONE-01"), NOT_DECIDED),
        (question("C1.2", "GOOD-01", decided=Decided.PARTLY), PERSON),
        (question("C1.2", "GONE-01", decided=Decided.PARTLY), NOT_DECIDED),
        (question("C1.2", "GONE-01", decided=Decided.PERSON), PERSON),
        (question("C1.2", "BAD-01", decided=Decided.PERSON), NOT_MET),
        (question("C1.2", "GOOD-01", answer=""), NOT_DECIDED),
        (question("C1.2", "GOOD-01", told=False), NOT_DECIDED),
        (question("C1.2", "BAD-01", asked=False, answer=""), PASSED_OVER),
        (question("C1.2", "GOOD-01", "DT-FORM-02"), MET),
        (question("C3.1", "GOOD-01", "DT-FORM-02"), NOT_MET),
        (question("C3.1.1", "GOOD-01", "DT-FORM-02"), MET),
        (question("C1.2", "GOOD-01", "DT-FORM-01"), NOT_MET),
        (question("C1.2"), NOT_DECIDED),
    ],
)
def test_what_a_question_comes_to(given: DtacQuestion, verdict: str) -> None:
    (row,) = table(formed(given))
    assert row["verdict"] == verdict


def test_it_keeps_the_order_and_guards_formulas() -> None:
    asked = (
        question("C3.1", "GOOD-01", answer="=1+1", evidence=("a", "b")),
        question("A1", "GOOD-01", criterion=False),
    )
    first, second = table(formed(*asked))
    assert [first["code"], second["code"]] == ["C3.1", "A1"]
    assert first["answer"] == "'=1+1"
    assert first["evidence"] == "a b"
    assert [first["weight"], second["weight"]] == ["criterion", "not assessed"]


def test_without_a_form_it_is_its_header() -> None:
    assert render(samples.healthy(), "dtac-csv").count(b"\r\n") == 1


def test_an_old_report_without_a_form_is_read() -> None:
    old = samples.healthy().to_json().replace(b'"dtac":null,', b"")
    assert b'"dtac"' not in old
    assert Report.from_json(old).dtac is None
