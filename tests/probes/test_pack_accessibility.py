"""Readers of accessibility: results of axe, pages and statements, also from files that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.probes.pack.accessibility_statement import AccessibilityStatement
from checker.probes.pack.axe import AxeResults
from checker.probes.pack.web_page import WebPage


def facts(reader: Any, data: bytes) -> dict[str, Any]:
    for start in range(0, len(data), 65_536):
        reader.feed(data[start : start + 65_536])
    reader.end()
    found: dict[str, Any] = reader.facts()
    return found


def page(**given: Any) -> dict[str, Any]:
    rule = {"id": "label", "impact": "critical", "tags": ["wcag2a", "wcag412"], "nodes": [{"html": "<b>secret</b>"}]}
    return {
        "url": "https://a.example/",
        "violations": [rule],
        "passes": [],
        "incomplete": [],
        "inapplicable": [],
        **given,
    }


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"tool": {}, "pages": [one]}])
def test_results_of_axe_are_read_in_three_forms_without_markup(wrap: Any) -> None:
    found = facts(AxeResults(), json.dumps(wrap(page())).encode())
    assert found["unread"] == ""
    (one,) = found["pages"]
    assert one["violations"] == [{"id": "label", "impact": "critical", "tags": ["wcag2a", "wcag412"], "nodes": 1}]
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"url": 1}',
        b'{"pages": 7}',
        b"PK\x03\x04",
        json.dumps(page(violations=None)).encode(),
        json.dumps(page(passes=[{"id": ""}])).encode(),
        json.dumps([page()] * 501).encode(),
        b'{"url": "x", "violations": [], "passes": [' + b"9" * 5000 + b"]}",
    ],
)
def test_what_is_no_result_of_axe_is_said(data: bytes) -> None:
    found = facts(AxeResults(), data)
    assert found["pages"] == []
    assert found["unread"]


def html(body: str, head: str = "<title>t</title>") -> bytes:
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{body}</main></body></html>'.encode()


@pytest.mark.parametrize(
    ("body", "key", "count"),
    [
        ("<img src=a>", "images_count", 1),
        ("<img src=a alt>", "images_count", 0),
        ("<img src=a role=presentation><img aria-hidden=true>", "images_count", 0),
        ("<noscript><img src=a></noscript><template><input></template>", "images_count", 0),
        ("<input type=image src=a>", "images_count", 1),
        ("<input>", "fields_count", 1),
        ("<input type=submit><input type=HIDDEN>", "fields_count", 0),
        ("<label>a <select></select></label><textarea title=b></textarea>", "fields_count", 0),
        ("<input id=x><label for=x>a</label>", "fields_count", 0),
        ("<input id=x><label for=y>a</label>", "fields_count", 1),
        ("<p tabindex=0></p><p tabindex=-1></p><p tabindex=x></p>", "tabindex_count", 0),
        ("<p tabindex=1></p><p tabindex='+2'></p>", "tabindex_count", 1),
        ("<div role=main></div>", "mains", 2),
        ("<main hidden></main>", "mains", 1),
        ("<svg><title>x</title></svg>", "mains", 1),
    ],
)
def test_what_a_parser_sees(body: str, key: str, count: int) -> None:
    found = facts(WebPage(), html(body))
    assert found["unread"] == ""
    assert found[key] == count


def test_the_title_of_a_drawing_is_none_of_the_page() -> None:
    assert facts(WebPage(), html("<svg><title>x</title></svg>", head=""))["title"] == ""
    assert facts(WebPage(), html("", head="<title> x </title>"))["title"] == "given"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain text",
        b"%PDF-1.7",
        b"\x00\x01",
        b"<" * 200_000,
        b"<!" * 100_000,
        b"</",
        b"<!--" * 50_000,
    ],
)
def test_what_is_no_page_is_said_and_harms_nobody(data: bytes) -> None:
    assert facts(WebPage(), data)["unread"]
    facts(AccessibilityStatement(), data)


def test_a_tag_that_hardly_ends_is_read_in_time() -> None:
    data = b"<a b='" * 50_000 + b">"
    assert facts(WebPage(), data)["unread"] == ""
    facts(AccessibilityStatement(), b"<p>" + data)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("This website is partially compliant with WCAG, due to the non-compliances below.", ["partially-compliant"]),
        ("This app is fully conformant.", ["fully-compliant"]),
        ("This website is not compliant with the guidelines.", ["not-compliant"]),
        (
            "Some content is not compliant. The website is partially compliant.",
            ["partially-compliant", "not-compliant"],
        ),
        ("We try hard.", []),
    ],
)
def test_the_status_that_a_statement_names(text: str, status: list[str]) -> None:
    assert facts(AccessibilityStatement(), f"# Statement\n\n{text}\n".encode())["status"] == status


def test_a_statement_keeps_no_address() -> None:
    data = (
        b"<html><body><h2>Contact</h2><p>Write to ann.other@trust.example</p><script>enforcement</script></body></html>"
    )
    found = facts(AccessibilityStatement(), data)
    assert found["headings"] == ["Contact"]
    assert found["says"] == ["contact"]
    assert "trust" not in json.dumps(found)


@pytest.mark.parametrize("data", [b"%PDF-1.4", b"PK\x03\x04", b"\xff\xfe\x00x", b"  ", b""])
def test_what_is_no_statement_is_said(data: bytes) -> None:
    assert facts(AccessibilityStatement(), data)["unread"]
