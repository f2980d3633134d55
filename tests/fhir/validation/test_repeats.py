"""One fault is said once, and nothing that is more severe is lost."""

from __future__ import annotations

from typing import Any

from checker.fhir.validation.issue import Issue
from checker.fhir.validation.pages import all_rules
from checker.fhir.validation.repeats import ASKED_TWICE, SAID_BY, without_repeats

PATIENT = "http://hl7.org/fhir/StructureDefinition/Patient"
OURS = "https://example.org/StructureDefinition/ours"


def issue(rule: str, path: str, **more: Any) -> Issue:
    return Issue(**{"severity": "error", "rule": rule, "code": "structure", "path": path, "message": "m", **more})


def left(*issues: Issue) -> list[str]:
    return [one.rule for one in without_repeats(issues)]


def test_the_rule_that_says_more_stays() -> None:
    several = issue("choice-several", "Patient.deceased")
    assert left(several, issue("cardinality-maximum", "Patient.deceased.ofType(boolean)")) == ["choice-several"]
    assert left(several, issue("cardinality-maximum", "Patient.multipleBirth.ofType(boolean)")) == [
        "choice-several",
        "cardinality-maximum",
    ]
    url = issue("extension-url-missing", "Patient.extension[0]")
    assert left(issue("cardinality-minimum", "Patient.extension[0].url"), url) == ["extension-url-missing"]


def test_what_is_more_severe_stays() -> None:
    mild = issue("reference-type-unknown", "Patient.link[0].other.type", severity="warning")
    assert len(left(mild, issue("coding-not-in-value-set", "Patient.link[0].other.type"))) == 2


def test_the_structure_definition_stays_rather_than_the_type() -> None:
    base = issue("coding-missing", "Patient.maritalStatus", definition=PATIENT, message="a")
    ours = issue("coding-missing", "Patient.maritalStatus", definition=OURS, message="b")
    assert without_repeats([base, ours]) == [ours]
    stated = issue("invariant", "Patient", definition=PATIENT, expression="name.exists()")
    again = issue("invariant", "Patient", definition=OURS, expression="name.exists()", message="in other words")
    assert without_repeats([again, stated]) == [stated]


def test_an_attribute_is_said_with_its_element_only() -> None:
    active = issue("narrative-active", "Patient.text.div", found="object")
    its = issue("narrative-attribute", "Patient.text.div", message="<object> may not have the attribute data.")
    other = issue("narrative-attribute", "Patient.text.div", message="<p> may not have the attribute onclick.")
    assert without_repeats([active, its, other]) == [active, other]


def test_the_rules_that_are_named_exist() -> None:
    named = {*SAID_BY, *ASKED_TWICE, *(rule for rules in SAID_BY.values() for rule in rules)}
    assert named <= set(all_rules())
