"""Narratives: each rule passes and fails, and the quick look never lets pass what the full reading refuses."""

from __future__ import annotations

import random
from typing import Any

import pytest

from checker.fhir.validation.special import narrative
from checker.fhir.validation.special.narrative import check_div, html_checks
from checker.fhir.validation.special.xhtml_reading import Reading
from tests.fhir.published import needs_core
from tests.fhir.validation.special.trial import run_of

OPEN = '<div xmlns="http://www.w3.org/1999/xhtml">'
GOOD = [
    f"{OPEN}Anna</div>",
    f"\n {OPEN}<p>a &amp; b &#160; &#233; &#xE9;</p></div>\n",
    f"{OPEN}<table><tbody><tr><td nowrap='nowrap'>1</td><th>2</th></tr></tbody></table></div>",
    f'{OPEN}<ul><li>a<ul><li>b</li></ul></li></ul><br/><hr /><img src="#i" alt="x"/><p id="i">c</p></div>',
    f'{OPEN}<a href="http://example.org/?a=1&amp;b=2" name="n">x</a><a href="#n">y</a></div>',
    f'{OPEN}<img src="data:image/png;base64,AAAA" alt="a > b"/></div>',
    f"{OPEN}<!-- a comment --><b><i>x</i></b><p>1 > 0</p></div>",
]
BAD = [
    ("narrative-malformed", f"{OPEN}<p>a</div>"),
    ("narrative-malformed", f"{OPEN}a & b</div>"),
    ("narrative-malformed", f"{OPEN}a &nosuch; b</div>"),
    ("narrative-entity", f"{OPEN}a&nbsp;b</div>"),
    ("narrative-malformed", f"{OPEN}<b><i>x</b></i></div>"),
    ("narrative-malformed", f"{OPEN}a</div>b"),
    ("narrative-malformed", f"{OPEN}a</div><div>b</div>"),
    ("narrative-malformed", f"{OPEN}<p class='a' class='b'>x</p></div>"),
    ("narrative-malformed", f"{OPEN}a\x01b</div>"),
    ("narrative-malformed", f"{OPEN}&#1;</div>"),
    ("narrative-malformed", "no markup"),
    ("narrative-malformed", ""),
    ("narrative-namespace", "<div>a</div>"),
    ("narrative-namespace", '<div xmlns="urn:other">a</div>'),
    ("narrative-namespace", f'{OPEN}<p xmlns="urn:other">a</p></div>'),
    ("narrative-root", '<p xmlns="http://www.w3.org/1999/xhtml">a</p>'),
    ("narrative-element", f"{OPEN}<marquee>a</marquee></div>"),
    ("narrative-active", f"{OPEN}a<script>x()</script></div>"),
    ("narrative-active", f"{OPEN}<p onclick='x()'>a</p></div>"),
    ("narrative-active", f"{OPEN}<a href=' java\tscript:x()'>a</a></div>"),
    ("narrative-active", f"{OPEN}<a href='&#106;avascript:x()'>a</a></div>"),
    ("narrative-attribute", f"{OPEN}<p bgcolor='red'>a</p></div>"),
    ("narrative-url", f"{OPEN}<a href='http://a b'>a</a></div>"),
    ("narrative-url", f"{OPEN}<img src=''/></div>"),
    ("narrative-structure", f"{OPEN}<p><div>a</div></p></div>"),
    ("narrative-structure", f"{OPEN}<ul>text<li>a</li></ul></div>"),
    ("narrative-structure", f"{OPEN}<td>a</td></div>"),
    ("narrative-structure", f"{OPEN}<b><b>a</b></b></div>"),
    ("narrative-structure", f"{OPEN}a<br>b</br></div>"),
    ("narrative-processing-instruction", f"<!DOCTYPE div [<!ENTITY a 'b'>]>{OPEN}&a;</div>"),
    ("narrative-processing-instruction", f"{OPEN}a<?php x ?></div>"),
    ("narrative-processing-instruction", f"<?xml version='1.0'?>{OPEN}a</div>"),
    ("narrative-empty", f"{OPEN} <p>\n</p></div>"),
    ("narrative-id-repeated", f"{OPEN}<p id='a'>x</p><p id='a'>y</p></div>"),
    ("narrative-link-broken", f"{OPEN}<a href='#nowhere'>x</a></div>"),
    ("narrative-white-space", f"{OPEN}<p xml:space='preserve'>x</p></div>"),
    ("narrative-languages-mixed", f"{OPEN}<div xml:lang='en'>x</div>y</div>"),
]


@pytest.mark.parametrize("text", GOOD)
def test_clean_narratives_have_no_findings(text: str) -> None:
    assert check_div(text) == ()
    assert Reading(text).findings == []
    assert html_checks(text)


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_each_fault_is_found(rule: str, text: str) -> None:
    assert rule in {one.rule.id for one in check_div(text)}


def test_fhirpath_html_checks_looks_at_errors_only() -> None:
    assert not html_checks(f"{OPEN}<script/></div>")
    assert html_checks(f"{OPEN}<p id='a'>x</p><p id='a'>y</p></div>")


def test_the_quick_look_never_lets_pass_what_the_full_reading_refuses() -> None:
    pieces = [
        "<",
        ">",
        "/",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<ul>",
        "</li>",
        "&",
        "&amp;",
        '"',
        "'",
        "]]>",
        "<!--",
        "-->",
    ]
    pieces += [" id='a'", ' id="a"', " xmlns='x'", "<br/>", "<td>", "x", " ", "\x02", "</div>", "<div>", " href='#a'"]
    chance = random.Random(20260101)
    passed = 0
    for _ in range(6000):
        text = chance.choice(GOOD)
        for _ in range(chance.randint(1, 2)):
            at = chance.randint(0, len(text))
            cut = at + chance.choice((0, 0, 1, 4))
            text = text[:at] + chance.choice(pieces) + text[cut:]
        found, slow = check_div(text), Reading(text).findings
        assert bool(found) == bool(slow), text
        passed += not slow
    assert 100 < passed < 5900


def test_deep_and_large_narratives_are_read_in_bounded_time() -> None:
    deep = OPEN + "<span>" * 5000 + "x" + "</span>" * 5000 + "</div>"
    assert {one.rule.id for one in check_div(deep)} == {"narrative-malformed"}
    many = OPEN + "".join(f"<p class='c{number}'>x</p>" for number in range(30_000)) + "</div>"
    assert check_div(many) == ()


def patient(div: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "text": {"status": "generated", "div": div}, **more}


def rules(resource: dict[str, Any], *supporting: dict[str, Any]) -> list[str]:
    run = run_of(resource, *supporting)
    narrative.check(run, run.tree.root.children("text")[0])
    return [issue.rule for issue, _ in run.issues]


@needs_core
def test_the_language_of_resource_and_narrative_agree() -> None:
    stated = '<div xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">a</div>'
    assert rules(patient(stated, language="en")) == []
    assert rules(patient(stated, language="cy")) == ["narrative-language"] * 2
    assert rules(patient(GOOD[0], language="en")) == ["narrative-language"]
    sections = f"{OPEN}<div xml:lang='en' lang='en'>a</div></div>"
    assert rules(patient(sections, language="en")) == []
    assert rules(patient(sections, language="cy")) == ["narrative-language"]


@needs_core
def test_a_link_may_lead_to_an_element_of_the_resource() -> None:
    link = f"{OPEN}<a href='#n1'>x</a></div>"
    assert rules(patient(link, name=[{"id": "n1", "text": "Anna"}])) == []
    assert rules(patient(link, name=[{"id": "n2", "text": "Anna"}])) == ["narrative-link-broken"]


@needs_core
def test_sources_and_languages_are_asked_for_by_structure_definitions() -> None:
    def asked(control: str, code: str, inside: str) -> list[str]:
        url = f"http://hl7.org/fhir/StructureDefinition/narrative-{control}-control"
        element = {"id": "Patient.text", "path": "Patient.text", "extension": [{"url": url, "valueCode": code}]}
        definition = {
            "resourceType": "StructureDefinition",
            "url": "urn:example:asking",
            "differential": {"element": [element]},
        }
        return rules(patient(f"{OPEN}{inside}</div>", meta={"profile": ["urn:example:asking"]}), definition)

    assert asked("source", "error", "<p class='generated x'>a</p>") == []
    assert asked("source", "error", "loose<p>a</p>") == ["narrative-source-missing"] * 2
    assert asked("language", "_no", "a") == []
    assert asked("language", "_no", "<div xml:lang='en'>a</div>") == ["narrative-sections"]
    assert asked("language", "_yes", "a") == ["narrative-sections"]
    assert asked("language", "de", "<div xml:lang='de'>a</div>") == []
