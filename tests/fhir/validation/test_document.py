"""Documents: Composition, identifier, date, what is inside, what is reached, stylesheets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.validation.judging import bundled, entry, errors, observation, said

BASE = "https://ehr.example.nhs.uk/fhir"


def composition(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Composition",
        "id": "c",
        "status": "final",
        "type": {"text": "Discharge"},
        "date": "2024-05-01",
        "title": "Discharge",
        "author": [{"reference": "Practitioner/1"}],
        **more,
    }


AUTHOR = entry(f"{BASE}/Practitioner/1", {"resourceType": "Practitioner", "id": "1"})
NOTE = observation(id="n", performer=[{"reference": "Practitioner/1"}])


def document(*entries: dict[str, Any], first: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    head = entry(f"{BASE}/Composition/c", first or composition())
    identifier = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:2f0c6b4e-7d7f-4b39-9b1e-7c1d5c0d9a11"}
    made = {"identifier": identifier, "timestamp": "2024-05-01T10:00:00Z"} | more
    return bundled("document", head, *entries, **made)


def test_a_document_is_fine() -> None:
    assert said(document(AUTHOR)) == set()


def test_the_composition_comes_first() -> None:
    whole = document(AUTHOR)
    whole["entry"].reverse()
    assert ("document-composition-first", "Bundle.entry[0]") in errors(whole)
    assert ("document-composition-first", "Bundle") in errors({**whole, "entry": []})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"identifier": {"value": "a"}}, "document-identifier-missing"),
        ({"identifier": {"system": "urn:ietf:rfc:3986"}}, "document-identifier-missing"),
        ({"identifier": None}, "document-identifier-missing"),
        ({"timestamp": None}, "document-timestamp-missing"),
    ],
)
def test_it_has_an_identifier_and_a_date(change: dict[str, Any], found: str) -> None:
    assert errors(document(AUTHOR, **change)) == {(found, "Bundle")}


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("subject", {"reference": "Patient/9"}, "subject"),
        ("custodian", {"reference": "Organization/9"}, "custodian"),
        ("encounter", {"reference": "Encounter/9"}, "encounter"),
        ("attester", [{"mode": "legal", "party": {"reference": "Practitioner/9"}}], "attester[0].party"),
        ("event", [{"detail": [{"reference": "Procedure/9"}]}], "event[0].detail[0]"),
        ("section", [{"title": "A", "entry": [{"reference": "Observation/9"}]}], "section[0].entry[0]"),
        ("section", [{"section": [{"focus": {"reference": "Patient/9"}}]}], "section[0].section[0].focus"),
    ],
)
def test_what_the_composition_speaks_of_is_inside(name: str, value: Any, path: str) -> None:
    found = errors(document(AUTHOR, first=composition(**{name: value})))
    assert found == {("bundle-reference-missing", f"Bundle.entry[0].resource.{path}")}


def test_what_others_speak_of_may_be_outside() -> None:
    other = observation(id="n", performer=[{"reference": "Practitioner/1"}], encounter={"reference": "Encounter/9"})
    first = composition(section=[{"title": "A", "entry": [{"reference": "Observation/n"}]}])
    assert said(document(AUTHOR, entry(f"{BASE}/Observation/n", other), first=first)) == {
        ("information", "bundle-reference-missing", "Bundle.entry[2].resource.encounter")
    }


def test_an_entry_of_that_type_and_id_is_not_enough() -> None:
    whole = document(entry("urn:uuid:a", {"resourceType": "Practitioner", "id": "1"}))
    assert errors(whole) == {
        ("reference-full-url-mismatch", "Bundle.entry[0].resource.author[0]"),
        ("document-entry-orphan", "Bundle.entry[1]"),
    }


def test_every_entry_is_reached() -> None:
    alone = observation(id="n")
    assert errors(document(AUTHOR, entry(f"{BASE}/Observation/n", alone))) == {
        ("document-entry-orphan", "Bundle.entry[2]")
    }
    assert said(document(AUTHOR, entry(f"{BASE}/Observation/n", NOTE))) == {
        ("warning", "document-entry-backward", "Bundle.entry[2]")
    }
    provenance = {"resourceType": "Provenance", "id": "p", "target": [{"reference": "Composition/c"}]}
    assert said(document(AUTHOR, entry(f"{BASE}/Provenance/p", provenance))) == set()


def test_what_hangs_on_an_entry_reached_backward_is_reached() -> None:
    note = observation(id="n", performer=[{"reference": "Practitioner/1"}], hasMember=[{"reference": "Observation/m"}])
    whole = document(AUTHOR, entry(f"{BASE}/Observation/m", observation(id="m")), entry(f"{BASE}/Observation/n", note))
    assert said(whole) == {("warning", "document-entry-backward", "Bundle.entry[3]")}


def test_fragments() -> None:
    def pointing(fragment: str) -> set[tuple[str, str]]:
        first = composition(author=[{"reference": f"Practitioner/1#{fragment}"}])
        practitioner = {"resourceType": "Practitioner", "id": "1", "name": [{"id": "name", "text": "A"}]}
        return errors(document(entry(f"{BASE}/Practitioner/1", practitioner), first=first))

    assert pointing("name") == set()
    assert pointing("other") == {("bundle-reference-fragment", "Bundle.entry[0].resource.author[0]")}


def test_definitions_need_not_travel() -> None:
    form = {"reference": f"{BASE}/Questionnaire/q"}
    first = composition(section=[{"title": "A", "entry": [form]}])
    assert errors(document(AUTHOR, first=first)) == set()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hl7.org/fhir/fhir.css", None),
        ("Binary/css", None),
        ("Binary/other", ("error", "document-stylesheet-missing")),
        ("https://nhs.uk/style.css", ("warning", "document-stylesheet-external")),
    ],
)
def test_stylesheets(url: str, found: tuple[str, str] | None) -> None:
    sheet = entry(f"{BASE}/Binary/css", {"resourceType": "Binary", "id": "css", "contentType": "text/css"})
    whole = document(AUTHOR, sheet, link=[{"relation": "stylesheet", "url": url}])
    rules = {(severity, rule) for severity, rule, _ in said(whole) if rule.startswith("document-stylesheet")}
    assert rules == ({found} if found else set())
    assert (("document-entry-orphan", "Bundle.entry[2]") in errors(whole)) is (url != "Binary/css")
