"""CSV: one row per requirement, CRLF, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings

from checker.model.report import Report
from checker.render import csv_
from tests.render import samples
from tests.render.strategies import hostile, reports


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


def test_every_requirement_has_its_row_in_order() -> None:
    report = samples.broken()
    found = table(csv_.render(report))
    assert [row["id"] for row in found] == [row.id for row in report.rows]
    assert [row["outcome"] for row in found] == [row.verdict.outcome for row in report.rows]


def test_what_a_row_says() -> None:
    found = {row["id"]: row for row in table(csv_.render(samples.broken()))}
    failed = found["READ-3"]
    assert failed["first finding"] == samples.FINDING.message
    assert failed["findings"] == "1"
    assert failed["fix"] == "Answer 404."
    assert failed["evidence"] == "ev-7 ev-8"
    assert failed["counts against exit code"] == "yes"
    assert failed["clause url"] == samples.CLAUSE.url
    assert failed["duty-holder"] == "supplier"
    assert found["READ-4"]["reason"] == "network"
    assert found["WAIVED-1"]["outcome"] == "fail"
    assert found["WAIVED-1"]["cover"] == "waiver"
    assert found["WAIVED-1"]["waiver"].startswith("waiver W-1 covers: until 2027-03-31 by A Buyer")
    assert found["ATT-1"]["attestation"] == "attestation covers: met, by An Assessor (assessor)"
    assert found["NA-1"]["not claimed"] == "yes"
    assert found["OUT-1"]["in scope"] == "no"
    assert found["DRAFT-1"]["counts"] == "no"
    assert {row["who vouches"] for row in found.values()} == {"self-declared"}
    assert {row["conclusion"] for row in found.values()} == {"not compliant"}
    assert {row["profile"] for row in found.values()} == {"buyer@2 modified"}


def test_every_row_carries_what_the_reader_must_know_first() -> None:
    notice = "DEMONSTRATION: it says nothing about any supplier's system."
    for warnings, said in (((), ""), ((notice,), notice), ((notice, "more", "=1"), f"{notice} (and 2 more)")):
        found = table(csv_.render(samples.replaced(samples.healthy(), warnings=warnings)))
        assert {row["first warning"] for row in found} == {said}


def test_plain_utf8_and_crlf() -> None:
    data = csv_.render(samples.healthy())
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == len(samples.healthy().rows) + 1


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\nx", " =1", "\u00a0=1", "＝1", "\x0b=1"]
)
def test_a_formula_is_disarmed(text: str) -> None:
    assert csv_.cell(text).startswith(("'", "\\x"))


def test_ordinary_text_stays() -> None:
    assert csv_.cell("a = b") == "a = b"
    assert csv_.cell("") == ""


@settings(max_examples=200, deadline=None)
@given(hostile)
def test_no_cell_starts_a_formula(text: str) -> None:
    assert not csv_.cell(text).lstrip().startswith(("=", "+", "-", "@"))
    assert "\n" not in csv_.cell(text)


@settings(max_examples=40, deadline=None)
@given(reports())
def test_any_report_reads_back(report: Report) -> None:
    found = table(csv_.render(report))
    assert [(row["id"], row["outcome"], row["cover"]) for row in found] == [
        (row.id, row.verdict.outcome, row.verdict.cover) for row in report.rows
    ]
    assert all(set(row) == set(csv_.COLUMNS) for row in found)
