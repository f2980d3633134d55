from __future__ import annotations

from typing import Any

from checker.fhir.validation.run import Options
from tests.fhir.validation.stating import profile, validator

ONE = profile("p", "Patient", {"path": "Patient.name", "min": 1})
EVENT = {"system": "https://fhir.example/events", "code": "admit"}
DEFINITION = {
    "resourceType": "MessageDefinition",
    "url": "https://fhir.example/MessageDefinition/admit",
    "status": "active",
    "eventCoding": EVENT,
    "focus": [{"code": "Patient", "profile": ONE["url"], "min": 1, "max": "1"}],
}


def message(*focus: str, **patient: Any) -> dict[str, Any]:
    uuids = {"a": "urn:uuid:b4e8d2c0-0000-4000-8000-00000000000a", "b": "urn:uuid:b4e8d2c0-0000-4000-8000-00000000000b"}
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": EVENT,
        "source": {"endpoint": "https://fhir.example/endpoint"},
        "focus": [{"reference": uuids[name]} for name in focus],
    }
    if not focus:
        del header["focus"]
    entries = [{"fullUrl": "urn:uuid:b4e8d2c0-0000-4000-8000-000000000001", "resource": header}]
    entries += [
        {"fullUrl": uuids[name], "resource": {"resourceType": "Patient", "active": True, **patient}} for name in focus
    ]
    return {"resourceType": "Bundle", "type": "message", "entry": entries}


def test_a_message_definition_chooses_for_the_focus() -> None:
    shared = validator(ONE, DEFINITION)
    good = shared.validate(message("a", name=[{"text": "Anna"}]))
    assert [i.rule for i in good.issues if i.is_error] == []
    assert [(u.path, u.why) for u in good.structure_definitions] == [("Bundle.entry[1].resource", "message-definition")]
    bad = shared.validate(message("a"))
    assert [(i.rule, i.path) for i in bad.issues if i.is_error] == [
        ("cardinality-minimum", "Bundle.entry[1].resource.name")
    ]


def test_the_focus_is_counted() -> None:
    shared = validator(ONE, DEFINITION)
    for focus in ((), ("a", "b")):
        result = shared.validate(message(*focus, name=[{"text": "Anna"}]))
        assert ("message-focus", "Bundle.entry[0].resource.focus") in [
            (i.rule, i.path) for i in result.issues if i.is_error
        ]


def test_a_capability_statement_chooses_only_when_asked() -> None:
    statement = {
        "resourceType": "CapabilityStatement",
        "url": "https://fhir.example/CapabilityStatement/c",
        "rest": [{"mode": "server", "resource": [{"type": "Patient", "profile": ONE["url"]}]}],
    }
    patient = {"resourceType": "Patient", "active": True}
    assert validator(ONE, statement).validate(patient).valid
    result = validator(ONE, statement, options=Options(by_capability_statement=True)).validate(patient)
    assert [(i.rule, i.path) for i in result.issues if i.is_error] == [("cardinality-minimum", "Patient.name")]
    assert [u.why for u in result.structure_definitions] == ["capability-statement"]
