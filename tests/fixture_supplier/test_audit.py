"""The audit log: one line for each request, before its answer."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.fixture_supplier.client import FORM, Client


def events(client: Client, request_id: str) -> list[dict[str, Any]]:
    """The audit lines of one request."""
    lines = client.served.audit_log.read_text(encoding="utf-8").splitlines()
    parsed = (json.loads(line) for line in lines)
    return [event for event in parsed if event["entity"][1]["what"]["identifier"]["value"] == request_id]


def test_each_interaction_leaves_one_line_at_once(healthy: Client) -> None:
    following = healthy.get("/Patient?_count=2").json()["link"][1]["url"]
    asked = {
        "read": ("/Patient/pat-001", "R", "Patient/pat-001"),
        "vread": ("/Patient/pat-001/_history/1", "R", "Patient/pat-001"),
        "history-instance": ("/Patient/pat-001/_history", "R", "Patient/pat-001"),
        "search-type": ("/Patient?identifier=9990000018", "E", None),
        "page": (following, "E", None),
    }
    for place, (interaction, (path, action, reference)) in enumerate(asked.items()):
        mark = f"audit-{place}"
        assert healthy.get(path, X_Request_ID=mark).status == 200
        (event,) = events(healthy, mark)
        assert event["resourceType"] == "AuditEvent"
        assert event["subtype"][0]["code"] == ("search-type" if interaction == "page" else interaction)
        assert event["action"] == action
        assert event["outcome"] == "0"
        assert event["entity"][0].get("what", {}).get("reference") == reference
        assert event["agent"][0]["who"]["identifier"]["value"] == "checker"
        assert event["agent"][0]["network"]["address"] == "127.0.0.1"
        assert datetime.fromisoformat(event["recorded"]).tzinfo is not None


def test_the_log_names_the_path_without_what_was_searched_for(healthy: Client) -> None:
    healthy.get("/Patient?identifier=9990000018", X_Request_ID="audit-get")
    healthy.send(
        "/Patient/_search", "POST", headers={**FORM, "X-Request-ID": "audit-post"}, body="identifier=9990000018"
    )
    assert events(healthy, "audit-get")[0]["entity"][0]["name"] == "/fhir/Patient"
    assert events(healthy, "audit-post")[0]["entity"][0]["name"] == "/fhir/Patient/_search"
    assert "9990000018" not in healthy.served.audit_log.read_text(encoding="utf-8")


def test_refused_requests_are_logged_too(healthy: Client) -> None:
    for mark, path, method, token, outcome in (
        ("audit-401", "/Patient/pat-001", "GET", "", "4"),
        ("audit-404", "/Patient/not-there", "GET", None, "4"),
        ("audit-405", "/Patient/pat-001", "DELETE", None, "4"),
    ):
        healthy.send(path, method, token=token, headers={"X-Request-ID": mark})
        (event,) = events(healthy, mark)
        assert event["outcome"] == outcome
        assert event["outcomeDesc"] == f"HTTP {mark[-3:]}"
    assert events(healthy, "audit-401")[0]["agent"][0]["who"]["identifier"]["value"] == "unknown"
    assert events(healthy, "audit-405")[0]["action"] == "D"


def test_what_holds_no_patient_data_is_not_logged(healthy: Client) -> None:
    healthy.get("/metadata", X_Request_ID="audit-metadata")
    assert events(healthy, "audit-metadata") == []
