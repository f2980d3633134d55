"""Test reports and documents of an evidence pack, as their readers take them, hostile ones too."""

from __future__ import annotations

from typing import Any

import pytest

from checker.probes.pack.document import Document
from checker.probes.pack.junit import JUnitReport


def report(text: str | bytes, size: int = 1 << 20) -> dict[str, Any]:
    """The facts of a report that comes in pieces of a size."""
    reader, data = JUnitReport(), text.encode() if isinstance(text, str) else text
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    reader.end()
    return reader.facts()


def document(text: str | bytes) -> dict[str, Any]:
    """The facts of a document."""
    reader = Document()
    reader.feed(text.encode() if isinstance(text, str) else text)
    reader.end()
    return reader.facts()


CASES = """<testsuite name="s"><properties><property name="version" value="4.2.0"/></properties>
<testcase classname="a.B" name="passes"/><testcase name="fails"><failure/><skipped/></testcase>
<testcase name="errs"><error message="x"/></testcase><testcase name="waits"><skipped/></testcase>
<testcase name="never" status="notrun"/><testcase name="known">
<properties><property name="id" value="ST-1"/></properties></testcase></testsuite>"""


def test_states_ids_and_properties() -> None:
    found = report(CASES)
    assert found["unread"] == ""
    assert {one["name"]: one["state"] for one in found["cases"]} == {
        "passes": "passed",
        "fails": "failed",
        "errs": "error",
        "waits": "skipped",
        "never": "skipped",
        "known": "passed",
    }
    assert found["cases"][-1]["id"] == "ST-1"
    assert found["properties"] == [{"name": "version", "value": "4.2.0"}]


def test_pieces_of_any_size_make_the_same() -> None:
    assert report(CASES, 1) == report(CASES, 7) == report(CASES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE t [<!ENTITY a "b">]><testsuite>&a;</testsuite>', "document type"),
        ('<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite/>', "document type"),
        ("<html/>", "no test report"),
        ("<testsuite><testcase>", "not well-formed"),
        ("", "not well-formed"),
        (b"\x00\xff\xfe", "not well-formed"),
        (b"PK\x03\x04", "not well-formed"),
        ("<testsuite>" * 60, "nested too deeply"),
        ("<testsuite>&undefined;</testsuite>", "not well-formed"),
        ('<?xml version="1.0" encoding="no-such"?><testsuite/>', "not well-formed"),
    ],
)
def test_what_is_no_report_says_why_and_holds_no_case(text: str | bytes, said: str) -> None:
    for size in (1, 1 << 20):
        found = report(text, size)
        assert said in found["unread"]
        assert found["cases"] == []


def test_two_files_are_no_report() -> None:
    reader = JUnitReport()
    for _ in range(2):
        reader.feed(CASES.encode())
        reader.end()
    assert "there are 2" in reader.facts()["unread"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"PK\x03\x04...", "office"),
        (b"\xd0\xcf\x11\xe0...", "office"),
        (b"\xff\xd8\xff", "other"),
        ("a\x00b", "other"),
        ("# A\n", "text"),
        ("<!DOCTYPE html><p>x", "html"),
    ],
)
def test_the_form_of_a_document(text: str | bytes, form: str) -> None:
    assert document(text)["form"] == form


def test_headings_of_each_style() -> None:
    found = document("# One #\n\nTwo\n===\n\n2.1 Three\n\ntext of 3 lines\n")
    assert found["headings"] == ["One", "Two", "Three"]
    html = "<html><body><h1>One</h1><h2 id=a>Two <b>and</b></h2><p>HAZ-04<script>x</script></body>"
    assert document(html)["headings"] == ["One", "Two and"]
    assert "haz-04" in document(html)["references"]


def test_references_are_words_with_a_digit() -> None:
    found = document("See HAZ-04, (HAZ-5.) and 05099990000010; not HAZARD.")["references"]
    assert found == ["05099990000010", "haz-04", "haz-5"]
