"""Files made to exhaust a reader: each of them is answered in time that grows with its size and no faster."""

from __future__ import annotations

import time
from typing import Any

import pytest

from checker.fhir.forms.json_form import read_json
from checker.fhir.forms.xml_form import read_xml
from checker.fhir.validation.run import Options
from tests.fhir.forms.bench import form
from tests.fhir.published import core, needs_core

MANY = 30_000
NS = 'xmlns="http://hl7.org/fhir"'

JSON_TEXTS = {
    "escaped marks in a text that never ends": b"[" * 101 + b'"' + b'\\"' * MANY * 5,
    "brackets within a text": b'{"a": "' + b"[{" * MANY * 5 + b'"}',
    "a number of a million digits": b'{"a": ' + b"9" * 1_000_000 + b"}",
    "a fraction of a million digits": b'{"a": 0.' + b"9" * 1_000_000 + b"}",
    "one key over and over": b'{"a": 1' + b', "a": 1' * MANY + b"}",
    "half characters": b'{"a": [' + b", ".join([b'"\\ud800"'] * 20_000) + b"]}",
    "exponents": b'{"a": [' + b", ".join([b"1e99999999"] * 20_000) + b"]}",
    "lines": b"\n" * MANY * 5 + b"}",
}


@pytest.mark.parametrize("name", JSON_TEXTS)
def test_json_text(name: str) -> None:
    start = time.process_time()
    parsed = read_json(JSON_TEXTS[name])
    parsed.locate(("a", 7))
    assert time.process_time() - start < 5
    assert len(parsed.issues) <= 1_000


MODELS: dict[str, Any] = {
    "unknown names": {"resourceType": "Patient", **{f"nam{at}": 1 for at in range(5_000)}},
    "nulls": {"resourceType": "Patient", "name": [None] * MANY},
    "a long url of dots": {"resourceType": "Patient", "implicitRules": "http://" + "a." * 400_000},
    "tags that do not close": {"resourceType": "Patient", "language": "x<a " * 200_000},
    "a very long date": {"resourceType": "Patient", "birthDate": "2026-01-01T" + "1" * 1_000_000 + "+"},
    "a very long oid": {"resourceType": "Patient", "implicitRules": "urn:oid:1" + ".1" * 400_000 + "."},
}


@needs_core
@pytest.mark.parametrize("name", MODELS)
def test_models(name: str) -> None:
    start = time.process_time()
    issues = form(MODELS[name], Options(example_urls=False))
    assert time.process_time() - start < 5
    assert len(issues) <= Options().max_issues


@needs_core
@pytest.mark.parametrize(
    "body", ["<x/>" * MANY, "<active/>" * MANY, "t<active value='true'/>" * MANY, "<?a b?>" * MANY], ids=lambda v: v[:8]
)
def test_xml_text(body: str) -> None:
    start = time.process_time()
    parsed = read_xml(f"<Patient {NS}>{body}</Patient>".encode(), core())
    assert time.process_time() - start < 5
    assert len(parsed.issues) == 1_000
