"""What the reader of an audit trail takes from AuditEvents."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from checker.probes.audit_trail import AuditTrail, request_digest

NUMBER = "9990000018"
REQUEST = {"system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "code": "XrequestId"}


def event(request: str = "r1", at: str = "2026-03-01T10:00:00Z", **more: Any) -> dict[str, Any]:
    entity: list[dict[str, Any]] = [{"what": {"reference": "Patient/p1"}}]
    if request:
        entity.append({"what": {"identifier": {"value": request}}, "type": REQUEST})
    return {
        "resourceType": "AuditEvent",
        "type": {"code": "rest"},
        "subtype": [{"code": "read"}],
        "action": "R",
        "recorded": at,
        "outcome": "0",
        "agent": [{"who": {"display": "someone"}, "requestor": True}],
        "source": {"observer": {"display": "a system"}},
        "entity": entity,
        **more,
    }


def lines(*events: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


def facts(text: bytes, since: str = "2026-03-01T09:00:00Z") -> dict[str, Any]:
    reader = AuditTrail((since,))
    for at in range(0, len(text), 50):
        reader.feed(text[at : at + 50])
    reader.end()
    return reader.facts()


def queried(query: str, **more: Any) -> dict[str, Any]:
    entity = {"what": {"reference": "Patient/p1"}, "query": base64.b64encode(query.encode()).decode(), **more}
    return event(entity=[entity])


def test_a_request_is_kept_by_digest_and_time() -> None:
    found = facts(lines(event(), event("", at="2026-03-01T10:00:01Z")))
    assert found["requests"] == [[request_digest("R1"), 1772359200000, []]]
    assert found["entities"] == [[request_digest("Patient/p1"), 1772359201000, ""]]
    assert "r1" not in str(found["requests"])


def test_what_an_event_does_not_say() -> None:
    bare = event(agent=[{"requestor": False}], action="E", outcome=None)
    bare["entity"] = bare["entity"][1:]
    assert facts(lines(bare))["requests"][0][2] == ["action", "outcome", "what", "who"]
    assert facts(lines(bare, event()))["requests"][0][2] == []


def test_events_of_long_ago_are_not_kept() -> None:
    assert facts(lines(event(at="2025-01-01T00:00:00Z")))["requests"] == []


def test_the_order_in_time_for_each_source() -> None:
    times = ("10:00:00", "10:05:00", "10:04:30", "10:01:00", "10:06:00")
    found = facts(lines(*(event(at=f"2026-03-01T{time}Z") for time in times)))["order"]
    assert (found["events"], found["forward"], found["back"]) == (5, 2, 1)


def test_a_number_in_a_query_is_found_by_what_stands_before_it() -> None:
    clear = [
        f"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{NUMBER}",
        f"Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{NUMBER}",
        f"Patient?identifier={NUMBER}",
    ]
    quiet = [
        f"ServiceRequest?identifier=https://supplier.example/order|{NUMBER}",
        "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|**********",
        "Patient?identifier=9990000019",
        f"Observation?date=ge{NUMBER}",
    ]
    for query in clear:
        assert facts(lines(queried(query)))["minimised"] == {"nhs-number": {"count": 1, "places": ["file 1, line 1"]}}
    for query in quiet:
        assert facts(lines(queried(query)))["minimised"] == {}
    assert NUMBER not in str(facts(lines(queried(clear[0]))))


def test_a_payload_is_found_and_those_who_acted_are_none() -> None:
    body = json.dumps({"resourceType": "Observation", "valueString": "x"})
    assert "payload" in facts(lines(queried("x", detail=[{"type": "body", "valueString": body}])))["minimised"]
    assert "payload" in facts(lines(event(contained=[{"resourceType": "Condition"}])))["minimised"]
    assert facts(lines(event(contained=[{"resourceType": "Device"}])))["minimised"] == {}


def test_restricted_records_need_a_reason() -> None:
    label = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    closed = event(entity=[{"what": {"reference": "Patient/p1"}, "securityLabel": [label]}])
    reason = [{"coding": [{"code": "BTG"}]}]
    found = facts(lines(closed, {**closed, "purposeOfEvent": reason}, event()))["restricted"]
    assert found == {"events": 2, "without_reason": 1, "break_glass": 1}


def test_a_chain_of_lines() -> None:
    events = [json.dumps(event(f"r{number}")).encode() for number in range(3)]
    head = ""
    for line in events:
        head = hashlib.sha256(head.encode() + line).hexdigest()
    declared = lines({"chain": "sha256-lines", "head": head, "lines": 3})
    chain = facts(b"\n".join(events) + b"\n" + declared)["chain"]
    assert chain["declared"] == {"form": "sha256-lines", "head": chain["computed"], "lines": chain["counted"]}
    assert facts(b"\n".join(events[1:]) + b"\n" + declared)["chain"]["computed"] != head


def test_odd_events_break_nothing() -> None:
    odd = [event(entity=7, agent="x", purposeOfEvent=[None], contained={}, recorded=5), {"chain": "x", "lines": "y"}]
    odd += [{"resourceType": "AuditEvent", "type": {}, "entity": [[], {"query": 5, "detail": [7], "what": "x"}]}]
    assert facts(lines(*odd))["events"] == 2
