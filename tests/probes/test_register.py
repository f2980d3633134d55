"""The register as it is read: text alone, strict, held against a schema for each section, without contacts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from checker.probes.register import GIVEN, SECTIONS, Register, schema_bytes

EXPORTS = Path(__file__).resolve().parents[2] / "fixtures" / "exports"
WHOLE = (EXPORTS / "data-protection" / "register.yaml").read_bytes()


def facts(*texts: bytes) -> dict[str, Any]:
    reader = Register()
    for text in texts:
        for start in range(0, len(text), 1000):
            reader.feed(text[start : start + 1000])
        reader.end()
    return reader.facts()


def test_the_example_has_every_section_but_the_score_and_no_fault() -> None:
    found = facts(WHOLE)
    assert found["faults"] == []
    assert sorted(found["sections"]) == sorted(set(SECTIONS) - {"data-quality"})
    assert found["assessed_on"] == "2026-11-22"
    assert facts((EXPORTS / "data-quality" / "register.yaml").read_bytes())["sections"] == {
        "data-quality": {"score": "100.0"}
    }


def test_contacts_are_not_kept() -> None:
    (activity,) = facts(WHOLE)["sections"]["ropa"]
    assert (activity["contact"], activity["dpo"]) == (GIVEN, GIVEN)
    assert b"privacy@" not in json.dumps(facts(WHOLE)).encode()


def test_nothing_is_guessed() -> None:
    found = facts(b"locations: {claim: as listed, countries: [NO]}\nbreaches: {ico-hours: 072}\n")
    assert found["sections"]["locations"]["countries"] == ["NO"]
    assert found["sections"]["breaches"] == {"ico-hours": "072"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: &x [1]\nb: *x\n", "an alias (*name) is not allowed"),
        (b"holds: []\nholds: []\n", "the key 'holds' stands twice, again at line 2"),
        (b"\xff\xfe", "the file is not UTF-8"),
        (b"- a\n", "the file is not a mapping of sections"),
        (b"", "the file is not a mapping of sections"),
        (b"a: [\n", "not valid YAML at line 2"),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"a: " + b"[" * 30 + b"]" * 30, "nested too deeply"),
        (b"? [a]\n: b\n", "a key at line 1 is not text"),
        (b"surprise: 1\n", "/surprise: unknown section"),
        (b"holds: {}\n", "/holds: text, list or mapping in place of another"),
        (
            b"registration: {number: ZA1, entity: X, expires: soon}\n",
            "/registration/expires: not of the form that is asked for",
        ),
        (b"breaches: {surprise: 1}\n", "/breaches: a key that there is not"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(text: bytes, said: str) -> None:
    assert facts(text)["faults"] == [said]
    assert facts(text)["sections"] == {}


def test_a_register_is_one_file_of_a_reasonable_size() -> None:
    assert facts(b"holds: []", b"holds: []")["faults"] == ["a register is one file, and there are 2"]
    assert "longer than" in facts(b"#" * (4 * 1024 * 1024 + 1))["faults"][0]


def test_one_bad_section_leaves_the_others() -> None:
    found = facts(WHOLE.replace(b"claim: as listed", b"claim: somewhere"))
    assert found["faults"] == ["/locations/claim: not one of the words that may stand here"]
    assert len(found["sections"]) == len(SECTIONS) - 2


def objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [one for item in node for one in objects(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if isinstance(node.get("properties"), dict) and "type" in node else []
    return own + [one for item in node.values() for one in objects(item)]


@pytest.mark.parametrize("name", SECTIONS)
def test_each_schema_is_published_closed_and_all_text(name: str) -> None:
    found = json.loads(schema_bytes(name))
    Draft202012Validator.check_schema(found)
    assert found["title"] == f"Register: {name}"
    assert found["description"]
    assert all(one["additionalProperties"] is False for one in objects(found))
    assert '"integer"' not in json.dumps(found)
    assert '"number"' not in json.dumps([one.get("type") for one in objects(found)])


def test_an_ordinary_reader_sees_the_same_words() -> None:
    ordinary = yaml.load(WHOLE, Loader=yaml.BaseLoader)
    assert ordinary["dataflows"][0]["paths"] == facts(WHOLE)["sections"]["dataflows"][0]["paths"]
