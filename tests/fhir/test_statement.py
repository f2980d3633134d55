"""What is read out of a CapabilityStatement, and which identifiers may stand in a URL."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir import identifier, statement


def of_types(*names: str, code: str = "search-type") -> dict[str, Any]:
    return {
        "rest": [{"mode": "server", "resource": [{"type": name, "interaction": [{"code": code}]} for name in names]}]
    }


def test_what_care_depends_on_comes_first_and_the_rest_as_it_is_declared() -> None:
    found = statement.searchable(of_types("Account", "Condition", "Basic", "Patient"))
    assert found == ("Patient", "Condition", "Account", "Basic")


def test_a_type_that_is_declared_twice_has_the_interactions_of_both() -> None:
    both = {"rest": [*of_types("Patient")["rest"], *of_types("Patient", code="read")["rest"]]}
    assert statement.interactions(both) == {"Patient": {"search-type", "read"}}


@pytest.mark.parametrize("odd", [None, [], 7, "text", {}, {"rest": {}}, {"rest": [{"mode": "server", "resource": {}}]}])
def test_nothing_odd_is_declared(odd: object) -> None:
    assert (statement.searchable(odd), statement.families(odd), statement.other_formats(odd)) == ((), (), ())


def test_formats_are_told_by_their_family() -> None:
    found = {"format": ["JSON", "application/fhir+xml; fhirVersion=4.0", "ttl", "application/xml-patch+xml", 7]}
    assert statement.families(found) == ("json", "xml")
    assert statement.other_formats(found) == ("ttl", "application/xml-patch+xml")


def test_the_first_identifier_that_is_no_national_number_is_taken() -> None:
    national = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    local = {"system": "https://trust.example/id", "value": "H-1"}
    assert identifier.harmless({"identifier": [national, local]}) == ("https://trust.example/id", "H-1")
    assert identifier.harmless({"identifier": [national]}) is None


@pytest.mark.parametrize("odd", [None, 7, {}, {"identifier": 7}, {"identifier": [None]}])
def test_nothing_odd_has_an_identifier(odd: object) -> None:
    assert identifier.harmless(odd) is None
