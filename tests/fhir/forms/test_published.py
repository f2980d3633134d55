"""The form of what others published: examples in both formats, official cases, and resources with one fault each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest

from checker.fhir.forms.json_form import read_json
from checker.fhir.forms.parsed import Parsed
from checker.fhir.forms.xml_form import read_xml
from checker.fhir.validation.issue import Issue
from tests.fhir.forms.bench import form, form_run
from tests.fhir.published import SHARED, core, needs_core

EXAMPLES = SHARED / "ukcore-examples"
CASES = SHARED / "validator-cases"
MUTANTS = SHARED / "mutants"

pytestmark = [
    needs_core,
    pytest.mark.skipif(not (EXAMPLES.is_dir() and CASES.is_dir() and MUTANTS.is_dir()), reason="no shared data"),
]

OUT_OF_ORDER = {
    "Extension-UKCore-CodingSCT-IllicitDrugs-Example": "Observation.text",
    "UKCore-Observation-Lab-Albumin-Example": "Observation.meta",
    "UKCore-Questionnaire-EOLPlan-Example": "Questionnaire.item[0].item[0].item[0].extension[0]",
}
"""UK Core's XML examples with an element out of order, as published."""


def comparable(value: Any, key: str = "") -> Any:
    """A model in which narratives are canonical XML and numbers show their digits."""
    if isinstance(value, dict):
        return {name: comparable(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if key == "div":
        return canonicalize(value)
    return value if isinstance(value, str | bool) else repr(value)


@pytest.mark.parametrize("half", [0, 1])
def test_xml_and_json_of_an_example_are_the_same_model(half: int) -> None:
    files = sorted((EXAMPLES / "xml").glob("*.xml"))
    assert files
    for file in files[half::2]:
        from_xml = read_xml(file.read_bytes(), core())
        from_json = read_json((EXAMPLES / "json" / f"{file.stem}.json").read_bytes())
        assert from_json.issues == ()
        out_of_order = [OUT_OF_ORDER[file.stem]] if file.stem in OUT_OF_ORDER else []
        assert [(issue.rule, issue.path) for issue in from_xml.issues] == [("xml-order", path) for path in out_of_order]
        assert comparable(from_xml.resource) == comparable(from_json.resource), file.stem


def test_the_examples_have_no_fault_of_form_but_one() -> None:
    found = {}
    for file in sorted((EXAMPLES / "json").glob("*.json")):
        parsed = read_json(file.read_bytes())
        assert parsed.resource is not None
        wrong = [issue.path for issue in form(parsed.resource) if issue.is_error]
        if wrong:
            found[file.stem] = wrong
    # Known as published: one extension with two values.
    assert found == {"Extension-UKCore-ConditionEpisode-Example": ["Condition.extension[0].value"]}


def said(parsed: Parsed) -> list[Issue]:
    issues = list(parsed.issues)
    return issues + form(parsed.resource) if parsed.resource is not None else issues


FORM_MUTANTS = {"json-type", "unknown-element", "primitive-format", "json-form", "json-text", "choice-type"}


def test_each_mutant_with_a_fault_of_form_is_caught_at_its_place() -> None:
    manifest = json.loads((MUTANTS / "manifest.json").read_bytes())
    mutants = manifest["mutants"] if isinstance(manifest, dict) else manifest
    seen = 0
    for mutant in mutants:
        several = mutant["rule"] == "max-1 occurrence[x]"
        if mutant["category"] not in FORM_MUTANTS and not several:
            continue
        seen += 1
        parsed = read_json((MUTANTS / mutant["file"]).read_bytes())
        errors = [issue.path for issue in said(parsed) if issue.is_error]
        assert len(errors) == 1, mutant["id"]
        assert errors[0].startswith(mutant["location"]), mutant["id"]
        if parsed.resource is not None and mutant["pointer"]:
            for _, where in form_run(parsed.resource).issues:
                assert parsed.locate(where) is not None
    assert seen >= 13


OURS = (
    *(
        "not a valid Base64",
        "Invalid Resource id",
        "Array cannot be empty",
        "longer than permitted maximum length of 1",
    ),
    *("Text should not be present", "Undefined attribute", "Undefined element", "was referenced, but not declared"),
    *("Unrecognized property", "Error parsing JSON", "Canonical URLs must be absolute", "must have a timezone"),
)
"""Words of the recorded outcomes whose rules are rules of form."""


def test_the_official_cases_agree_on_form() -> None:
    manifest = json.loads((CASES / "manifest.json").read_bytes())
    agreed = 0
    for case in manifest["cases"]:
        data = Path(CASES / "files" / case["file"]).read_bytes()
        parsed = read_json(data) if case["format"] == "json" else read_xml(data, core())
        errors = [issue for issue in said(parsed) if issue.is_error]
        for check in case["checks"]:
            wanted = [
                outcome
                for outcome in check["expected"]
                if outcome["severity"] in ("error", "fatal") and any(words in outcome["message"] for words in OURS)
            ]
            if not check["invalid"]:
                assert errors == [], case["file"]
            if wanted and check["kind"] == "base":
                assert errors, case["file"]
                agreed += 1
    assert agreed >= 14


def test_the_official_examples_have_relative_canonicals_and_a_uuid_in_capitals_and_no_other_error() -> None:
    found: dict[str, int] = {}
    for file in sorted((SHARED / "exports" / "r4-examples").glob("*.ndjson")):
        for line in file.read_bytes().splitlines()[::4]:
            for issue in said(read_json(line)):
                if issue.is_error:
                    found[issue.rule] = found.get(issue.rule, 0) + 1
    assert set(found) <= {"primitive-canonical", "primitive-uri"}
    assert sum(found.values()) < 60
