"""AuditEvents are found in every form of log, and what they lack is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.probes import audit_events
from checker.probes.audit_events import AuditEvents

GOOD: dict[str, Any] = {
    "resourceType": "AuditEvent",
    "type": {"code": "rest"},
    "recorded": "2026-01-05T09:00:00.123+01:00",
    "agent": [{"requestor": True}],
    "source": {"observer": {"display": "gateway"}},
}


def text(*lines: Any) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def bundle(*events: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": event} for event in events]}


def facts(*files: bytes, size: int = 7) -> dict[str, Any]:
    """The facts of some files, read in chunks of that size."""
    reader = AuditEvents()
    for file in files:
        for start in range(0, len(file), size):
            reader.feed(file[start : start + size])
        reader.end()
    return reader.facts()


@pytest.mark.parametrize(
    ("log", "events"),
    [
        (text(GOOD, GOOD), 2),
        (text(GOOD).strip(), 1),
        (text(GOOD).replace(b"\n", b"\r\n"), 1),
        (b"2026-01-05 INFO audit: " + text(GOOD), 1),
        (text(bundle(GOOD, GOOD), [GOOD]), 3),
        (json.dumps(bundle(GOOD, GOOD), indent=2).encode(), 2),
        (json.dumps([GOOD, GOOD], indent=1).encode(), 2),
        (json.dumps(GOOD, indent=1).encode(), 1),
        (text({"level": "info"}, GOOD, {"AuditEvent": "is a word"}), 1),
        (b"GET /AuditEvent/7 200\n" + text(GOOD), 1),
    ],
)
def test_events_are_found_in_every_form(log: bytes, events: int) -> None:
    for size in (7, 1 << 20):
        found = facts(log, size=size)
        assert (found["events"], found["unread"], found["faults"]) == (events, 0, {})


@pytest.mark.parametrize(
    ("log", "lines"),
    [(b"", 0), (b"\n\n", 0), (b"GET /AuditEvent/7 200\n", 1), (text({"who": "me"}, {"who": "you"}), 2)],
)
def test_a_log_of_another_form_holds_none(log: bytes, lines: int) -> None:
    assert facts(log) == {"lines": lines, "events": 0, "unread": 0, "faults": {}}


ENVELOPE = {"_index": "audit", "_source": {"event": GOOD}}
PRETTY = json.dumps(GOOD, indent=1).encode() + b"\n"


@pytest.mark.parametrize(
    ("log", "unread"),
    [
        (text(ENVELOPE, ENVELOPE), 2),
        (json.dumps([ENVELOPE], indent=1).encode(), 1),
        (PRETTY + PRETTY, 2),
        (text({"body": {"resourceType": "AuditEvent", "code": {}}}), 0),
        (text({"request": "POST AuditEvent", "sent": {"a": [7, None]}}), 0),
    ],
)
def test_events_that_another_form_holds_are_not_taken_for_none(log: bytes, unread: int) -> None:
    found = facts(log)
    assert (found["events"], found["unread"], found["faults"]) == (0, unread, {})


def test_events_in_a_document_that_is_too_large_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_events, "_LONGEST_LINE", 400)
    found = facts(json.dumps([GOOD] * 9, indent=1).encode())
    assert (found["events"], found["unread"]) == (0, 9)


def less(*names: str, **changes: Any) -> dict[str, Any]:
    return {**{name: value for name, value in GOOD.items() if name not in names}, **changes}


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (less("type"), "type"),
        (less(type="rest"), "type"),
        (less("recorded"), "recorded"),
        (less(recorded="2026-01-05T09:00:00"), "recorded"),
        (less(recorded="2026-01-05"), "recorded"),
        (less(recorded=1767225600), "recorded"),
        (less("agent"), "agent"),
        (less(agent=[]), "agent"),
        (less(agent=["me"]), "agent"),
        (less(agent=[{"requestor": True}, {"who": {}}]), "agent.requestor"),
        (less(agent=[{"requestor": "true"}]), "agent.requestor"),
        (less("source"), "source.observer"),
        (less(source={"site": "x"}), "source.observer"),
    ],
)
def test_what_an_event_lacks_is_named_with_its_place(event: dict[str, Any], fault: str) -> None:
    found = facts(text(GOOD), text(GOOD, event))
    assert found["faults"] == {fault: {"count": 1, "places": ["file 2, line 2"]}}


@pytest.mark.parametrize(
    "event",
    [
        less(recorded="2026-01-05T09:00:00Z"),
        less("recorded", _recorded={"extension": [{"valueCode": "unknown"}]}),
        less(agent=[{"requestor": False}]),
        less(agent=[{"_requestor": {"extension": [{"valueCode": "unknown"}]}}]),
        less(entity=[7], extension=None),
    ],
)
def test_what_is_legal_is_left_alone(event: dict[str, Any]) -> None:
    assert facts(text(event)) == {"lines": 1, "events": 1, "unread": 0, "faults": {}}


def test_events_of_r5_and_of_stu3_are_not_judged_by_r4() -> None:
    r5 = less("type", "source", code={"coding": []})
    stu3 = less(source={"identifier": {"value": "x"}})
    assert facts(text(r5, stu3)) == {"lines": 2, "events": 0, "unread": 0, "faults": {}}


def test_what_cannot_be_read_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert facts(text(GOOD) + b'{"resourceType": "AuditEvent", \n')["unread"] == 1
    assert facts(b'{"resourceType": "AuditEvent", "a": ' + b"[" * 100_000 + b"\n")["unread"] == 1
    monkeypatch.setattr(audit_events, "_LONGEST_LINE", 400)
    found = facts(text(GOOD, less(name="x" * 500), GOOD))
    assert (found["events"], found["unread"]) == (2, 1)


def test_only_five_places_are_kept() -> None:
    found = facts(text(*[less("type")] * 9))["faults"]["type"]
    assert (found["count"], len(found["places"])) == (9, 5)
