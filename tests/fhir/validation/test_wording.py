"""How messages are written: values in one kind of quotation marks, each message a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import checker.fhir
from checker.fhir import Validator

FOLDER = Path(checker.fhir.__file__).parent
SOURCES = [file for name in ("forms", "terminology", "validation") for file in sorted((FOLDER / name).rglob("*.py"))]
SCANNED = "'`‘’“”„"
"""The odd quotation marks that the JSON reader looks for."""


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.name)
def test_one_kind_of_quotation_marks(file: Path) -> None:
    text = file.read_text().replace(SCANNED, "")
    assert not re.search("[“”‘]", text)
    assert not re.search(r"message=f?[\"'][^\n]*!r\}", text), "quoted() shows a value as it stands"


WRONG = {
    "resourceType": "Patient",
    "id": "a_b",
    "gender": "m",
    "birthDate": "11-09-1970",
    "active": "yes",
    "animal": 1,
    "name": {"given": ["Ann"]},
    "telecom": [{"value": "1"}],
    "contact": [{}],
    "generalPractitioner": [{"reference": "#x"}],
    "extension": [{"url": "relative"}, {"valueString": "x"}],
    "maritalStatus": {"coding": [{"system": "M", "code": "m"}]},
}


def test_each_message_is_a_sentence_and_says_how_to_mend() -> None:
    issues = Validator().validate(WRONG).issues
    assert len(issues) > 12
    for issue in issues:
        assert issue.message.endswith((".", "?", "…")), issue
        assert not issue.message.endswith(".."), issue
        assert issue.fix, issue
        assert issue.allowed is None or issue.allowed not in issue.message.partition(": ")[2], issue
    by_path = {issue.path: issue for issue in issues}
    assert by_path["Patient.gender"].message.startswith("'m' is not in the value set")
    assert by_path["Patient.birthDate"].allowed == "YYYY, YYYY-MM or YYYY-MM-DD"


def test_a_code_that_differs_in_letter_case_is_named() -> None:
    [issue] = [one for one in Validator().validate({**WRONG, "gender": "Male"}).issues if one.path == "Patient.gender"]
    assert issue.fix == "Write 'male': letter case counts."
    assert issue.found == "Male"
