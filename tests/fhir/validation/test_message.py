"""Messages: header, focus, and what hangs on it."""

from __future__ import annotations

from typing import Any

from tests.fhir.validation.judging import bundled, entry, errors, said

BASE = "https://ehr.example.nhs.uk/fhir"
PATIENT = entry(f"{BASE}/Patient/1", {"resourceType": "Patient", "id": "1"})


def message(*entries: dict[str, Any], focus: str = "Patient/1") -> dict[str, Any]:
    header = {
        "resourceType": "MessageHeader",
        "id": "h",
        "eventUri": "https://fhir.nhs.uk/event",
        "source": {"endpoint": "Patient/1"},
        "focus": [{"reference": focus}],
    }
    return bundled("message", entry(f"{BASE}/MessageHeader/h", header), *entries)


def test_a_message_is_fine() -> None:
    assert said(message(PATIENT)) == set()


def test_the_header_comes_first() -> None:
    whole = message(PATIENT)
    whole["entry"].reverse()
    assert ("message-header-first", "Bundle.entry[0]") in errors(whole)
    assert errors(bundled("message")) == {("message-header-first", "Bundle")}


def test_the_focus_is_inside() -> None:
    assert ("bundle-reference-missing", "Bundle.entry[0].resource.focus[0]") in errors(message(focus="Patient/2"))


def test_entries_that_nothing_leads_to() -> None:
    alone = entry(f"{BASE}/Group/g", {"resourceType": "Group", "id": "g"})
    back = entry(
        f"{BASE}/Observation/o", {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/1"}}
    )
    assert said(message(PATIENT, alone, back)) == {
        ("warning", "message-entry-orphan", "Bundle.entry[2]"),
        ("information", "message-entry-backward", "Bundle.entry[3]"),
    }
