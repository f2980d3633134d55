"""HTML: balanced, without script or request, accessible in structure, and every value escaped."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from jinja2 import UndefinedError

from checker import resources
from checker.model.report import Report
from checker.model.requirement import Clause
from checker.model.terms import Conclusion, FailOn, Outcome, Reason
from checker.model.verdict import Finding
from checker.render import chart, html, words
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
        self.headings: list[int] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[f"svg {tag}" if "svg" in self.open else tag] += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
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
    assert not set(page.tags) & {"script", "iframe", "img", "link", "object", "embed", "form", "base", "image"}
    drawn = {tag.removeprefix("svg ") for tag in page.tags if tag.startswith("svg ")}
    assert drawn <= {"title", "desc", "g", "rect", "text"}
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
    used += [one for _, name, value in page.attributes if name == "aria-labelledby" for one in value.split()]
    assert set(used) <= set(ids)
    assert ("html", "lang", "en-GB") in page.attributes
    assert ("a", "class", "skip") in page.attributes
    assert page.headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(page.headings))
    assert page.tags["nav"] == page.tags["header"] == page.tags["footer"] == 1
    assert page.attributes.count(("svg", "role", "img")) == page.tags["svg"] > 2
    assert page.tags["svg desc"] == page.tags["svg"]


def test_the_contents_name_every_part_of_the_page() -> None:
    page = html.render(samples.broken()).decode("utf-8")
    contents = page[page.index("<nav") : page.index("</nav>")]
    linked = re.findall(r'href="#([a-z]+)"', contents)
    after = page[page.index("</nav>") :]
    assert linked == re.findall(r'<h2 id="([a-z]+)"', after)


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
        "What was seen 200 and an empty Bundle",
        "How to mend it Answer 404.",
        "Why it matters for patients A client must be able to tell absence from failure.",
        "Why it could not be decided No answer in 10 s.",
        "What to do next Make the server reachable from here",
        "Not decided, because the server could not be reached (1).",
        "A MUST fails, so the system does not meet this profile: READ-3.",
        "2 MUSTs could not be decided besides: READ-4, READ-5.",
        "full@S1: what a check or a person decides, with well-formed requests that only read",
        "in PowerShell: Invoke-WebRequest https://fhir.example/Patient/x",
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
    assert page.tags["table"] == 4


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        html._environment().from_string("{{ report.conclusoin }}").render(report=samples.healthy())


def test_the_style_asks_for_nothing_from_outside() -> None:
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|@font-face|https?:|</", style)
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_the_style_is_small_and_knows_every_way_of_looking() -> None:
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    assert len(style.encode()) <= 16_000
    for media in ("prefers-color-scheme: dark", "forced-colors: active", "max-width", "print"):
        assert media in style
    paper = style[style.index("@media print") :]
    assert "sticky" not in paper
    assert "attr(href)" in paper


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_on_coloured_ground_can_be_read() -> None:
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    grounds = dict(re.findall(r"^\.on-([a-z]+) rect \{ fill: (#[0-9a-f]{6}); \}", style, re.MULTILINE))
    assert set(grounds) == {mark.colour for mark in chart.ORDER}
    dark = set(re.findall(r"\.on-([a-z]+) text", style))
    for name, ground in grounds.items():
        assert _contrast("#212b32" if name in dark else "#ffffff", ground) >= 4.5, name
    blocks = re.findall(
        r"^\.conclusion\.[a-z-]+ \{ background: (#[0-9a-f]{6});( color: (#[0-9a-f]{6});)? \}", style, re.M
    )
    assert len(blocks) == 3
    for ground, _, ink in blocks:
        assert _contrast(ink or "#ffffff", ground) >= 4.5, ground


def test_every_text_colour_can_be_read_on_page_and_panel() -> None:
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    themes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", theme))
        for ground in ("page", "panel"):
            for name in set(colours) - {"page", "panel", "line"}:
                assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def test_the_same_report_gives_the_same_page() -> None:
    assert html.render(samples.broken()) == html.render(samples.broken())


def test_a_warning_that_begins_with_a_word_in_capitals_stands_out() -> None:
    warning = "DEMONSTRATION: the reference supplier was judged."
    raw = html.render(samples.replaced(samples.healthy(), warnings=(warning,))).decode("utf-8")
    assert '<li class="lead"><strong>DEMONSTRATION</strong> the reference supplier was judged.</li>' in raw
    assert raw.index("DEMONSTRATION") < raw.index("Conclusion: compliant")


def test_picture_and_table_say_the_same() -> None:
    page = html.render(samples.broken()).decode("utf-8")
    for row in samples.broken().rows:
        state = words.state(row)
        title = re.search(rf"<g class=\"on-[a-z]+( away)?\"><title>{row.id} {re.escape(state)}(, not counted)?:", page)
        assert title, row.id
        number = [one.id for one in samples.broken().rows].index(row.id) + 1
        assert re.search(rf'<a href="#row-{number}">{row.id}</a> {re.escape(state)}', page), row.id
        assert bool(title.group(1)) == bool(title.group(2)) == (not (row.in_scope and row.verdict.counts))


def test_what_fails_is_shown_before_what_is_open() -> None:
    rows = (
        samples.row("OPEN-1", Outcome.INCONCLUSIVE, red=True, reason=Reason.TIMEOUT),
        samples.row("FAIL-1", Outcome.FAIL, red=True),
    )
    page = html.render(samples.report(rows, Conclusion.NOT_COMPLIANT, 1)).decode("utf-8")
    assert page.index('<h3 id="against-1">FAIL-1') < page.index('<h3 id="against-2">OPEN-1')
    assert '<a href="#against-1">FAIL-1</a>' in page


def test_findings_that_are_mended_alike_say_so_once() -> None:
    found = tuple(samples.replaced(samples.FINDING, message=f"Wrong {n}.") for n in range(3))
    other = samples.replaced(samples.FINDING, message="Wrong too.", fix="Mend it otherwise.", reproduce={})
    rows = (samples.row("A-1", Outcome.FAIL, red=True, findings=(*found, other)),)
    said = words_of(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    assert said.count("How to mend it Answer 404.") == 1
    assert said.count("How to mend it Mend it otherwise.") == 1
    assert said.count("Invoke-WebRequest") == 1
    assert [f"Wrong {n}." in said for n in range(3)] == [True] * 3
