"""What is made of the answers of a terminology server."""

from __future__ import annotations

import pytest

from checker.fhir.terminology.served import Served
from checker.model.terminology import CodeFacts, CodeQuestion, TerminologyAnswer

SNOMED, VALUES = "http://snomed.info/sct", "https://example.nhs.uk/ValueSet/x"
OF_UK, CORE = "1104441000000107", "73211009"
INTERNATIONAL = "http://snomed.info/sct/900000000000207008/version/20260101"
UK = "http://snomed.info/sct/83821000000107/version/20260101"


def facts(code: str, value_set: str | None = None, **said: object) -> CodeFacts:
    return CodeFacts(question=CodeQuestion(value_set=value_set, system=SNOMED, code=code), **said)  # type: ignore[arg-type]


def outcome(code: str, value_set: str | None, *answers: CodeFacts) -> str:
    return (
        Served([TerminologyAnswer(server="https://a.example", answers=answers)])
        .validate(value_set, SNOMED, code)
        .outcome
    )


@pytest.mark.parametrize(
    ("code", "version", "expected"),
    [
        (OF_UK, "", "unknown"),
        (OF_UK, INTERNATIONAL, "unknown"),
        (OF_UK, UK, "not-in"),
        (CORE, "", "not-in"),
        (CORE, INTERNATIONAL, "not-in"),
    ],
)
def test_a_no_about_a_concept_of_an_extension_counts_where_the_edition_may_have_it(
    code: str, version: str, expected: str
) -> None:
    assert outcome(code, None, facts(code, known=False, version=version)) == expected
    assert outcome(code, VALUES, facts(code, VALUES, member=False, version=version)) == expected
    assert outcome(code, None, facts(code, known=True, version=version)) == "in"


def test_a_concept_that_the_server_knows_may_be_outside_the_value_set() -> None:
    assert outcome(OF_UK, VALUES, facts(OF_UK, known=True), facts(OF_UK, VALUES, member=False)) == "not-in"
    assert outcome(OF_UK, VALUES, facts(OF_UK, VALUES, member=False, known=True)) == "not-in"
