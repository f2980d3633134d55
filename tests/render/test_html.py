"""HTML: balanced, without script or request, accessible in structure, and every value escaped."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from jinja2 import UndefinedError

from checker import resources
from checker.model.report import Report
from checker.model.requirement import Clause
from checker.model.terms import Conclusion, FailOn, Outcome
from checker.model.verdict import Finding
from checker.render import html
from tests.render import samples
from tests.render.strategies import NASTY, reports

VOID = {"meta", "br", "hr", "img", "input", "link"}
LOADS = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "style"}


class Walk(HTMLParser):
    """Walks a page; raises on a tag that closes what is not open."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def walk(report: Report) -> Walk:
    return Walk(html.render(report).decode("utf-8"))


def words_of(report: Report) -> str:
    """What is read, with a space between neighbouring elements."""
    return " ".join(Walk(re.sub(r"(</d[td]>)", r"\1 ", html.render(report).decode("utf-8"))).text.split())


def demand_harmless(page: Walk) -> None:
    assert page.open == []
    assert not set(page.tags) & {"script", "iframe", "img", "link", "object", "embed", "form", "base", "svg"}
    for tag, name, value in page.attributes:
        assert name not in LOADS
        assert not name.startswith("on")
        if name == "href":
            assert tag == "a"
            assert value.startswith(("#", "http://", "https://"))


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_page_is_balanced_harmless_and_structured(name: str) -> None:
    page = walk(samples.SAMPLES[name]())
    demand_harmless(page)
    assert page.tags["h1"] == page.tags["main"] == page.tags["title"] == 1
    assert page.tags["table"] == page.tags["caption"]
    scopes = [value for tag, name, value in page.attributes if (tag, name) == ("th", "scope")]
    assert len(scopes) == page.tags["th"]
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = [value.lstrip("#") for _, name, value in page.attributes if name == "href" and value.startswith("#")]
    used += [value for _, name, value in page.attributes if name == "aria-labelledby"]
    assert set(used) <= set(ids)
    assert ("html", "lang", "en-GB") in page.attributes
    assert ("a", "class", "skip") in page.attributes


def test_the_policy_forbids_everything_but_our_style() -> None:
    said = walk(samples.healthy()).attributes
    policy = next(value for tag, name, value in said if (tag, name) == ("meta", "content"))
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@settings(max_examples=40, deadline=None)
@given(reports())
def test_any_report_makes_a_harmless_page_with_every_row(report: Report) -> None:
    page = walk(report)
    demand_harmless(page)
    said = page.text
    for row in report.rows:
        assert row.id in said
    assert f"Conclusion: {report.conclusion}" in said
    assert page.tags["tr"] >= len(report.rows)


def test_hostile_text_is_text() -> None:
    said = "".join(text for text in NASTY if "\n" not in text) + '" onload="x'
    finding = Finding(message=said, expected=said, actual=said, fix=said, reproduce={"sh": said})
    clause = Clause(standard=said, section=said, url="javascript:alert(1)")
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=(finding,), summary=said, clause=clause),)
    report = samples.report(rows, Conclusion.NOT_COMPLIANT, 1, headline=said, warnings=(said,))
    page = walk(report)
    demand_harmless(page)
    assert "<script>alert(1)</script>" in page.text
    assert r"\u202egnp.exe" in page.text
    raw = html.render(report)
    assert b"<script" not in raw
    assert not set(raw.decode()) & set("\x00\x07\x1b\x85\x9b\u202e\ufffe")


def test_a_page_says_all_that_a_reader_must_know() -> None:
    said = words_of(samples.broken())
    for part in (
        "Conclusion: not compliant",
        "self-declared: the supplier collected it",
        "Exit code 1: not compliant (--fail-on must)",
        "buyer@2 modified",
        "expected 404 or 410 with an OperationOutcome",
        "actual 200 and an empty Bundle",
        "fix Answer 404.",
        "A client must be able to tell absence from failure.",
        'curl -H "Authorization: Bearer $TOKEN"',
        "✗ fail of a MUST",
        "≈ fail (waived)",
        "waiver W-1 covers: until 2027-03-31 by A Buyer: mended in March",
        "attestation covers: met, by An Assessor (assessor)",
        "shown apart: from a draft standard",
        "Outside the scope full@S1: 2 of 11 requirements.",
        "READ-9 exclude: not bought",
        "a" * 64,
        "d" * 64,
        "e" * 64,
        "Not an NHS product.",
    ):
        assert part in said


def test_the_conclusion_comes_before_the_counts_and_warnings_before_both() -> None:
    said = walk(samples.inconclusive()).text
    places = [
        said.index(part) for part in ("38 of 40 answers", "Conclusion: inconclusive", "Counts", "Every requirement")
    ]
    assert places == sorted(places)


def test_what_stands_against_compliance_is_shown_although_nothing_fails_the_run() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.FAIL))
    said = walk(samples.report(rows, Conclusion.NOT_COMPLIANT, 0, fail_on=FailOn.NEVER)).text
    assert "Against compliance or the exit code (1)" in said
    assert "the conclusion is still: not compliant" in said


def test_nobody_vouches_for_no_recording() -> None:
    said = walk(samples.replaced(samples.inconclusive(), recordings=())).text
    assert "by nobody: no recording was judged" in said


def test_a_report_without_rows_has_whole_tables() -> None:
    page = walk(samples.report((), Conclusion.INCONCLUSIVE, 3))
    demand_harmless(page)
    assert page.tags["table"] == 3


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        html._environment().from_string("{{ report.conclusoin }}").render(report=samples.healthy())


def test_the_style_asks_for_nothing_from_outside() -> None:
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|@font-face|https?:|</", style)
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_colour_can_be_read_on_page_and_panel() -> None:
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    themes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", theme))
        for ground in ("page", "panel"):
            for name in set(colours) - {"page", "panel", "line"}:
                light, dark = sorted((_luminance(colours[name]), _luminance(colours[ground])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)
