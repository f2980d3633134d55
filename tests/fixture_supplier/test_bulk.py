"""Bulk Data export of the healthy supplier: started, asked after, fetched, cancelled."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from fixtures.supplier.clock import wall_clock
from fixtures.supplier.export import export
from fixtures.supplier.manifest import NAME as MANIFEST
from fixtures.supplier.serve import Served
from tests.fixture_supplier.client import Answer, Client

ASYNC = "respond-async"
OPERATION = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"


def start(client: Client, path: str = "/$export", **more: Any) -> str:
    """Where the job can be asked after."""
    answer = client.send(path, headers={"Prefer": ASYNC, "Accept": "application/fhir+json"}, **more)
    assert answer.status == 202
    return answer.header("Content-Location")


def finish(client: Client, place: str, **more: Any) -> Answer:
    """The answer when the job is done."""
    for _ in range(5):
        answer = client.send(place, **more)
        if answer.status != 202:
            return answer
    pytest.fail("the job is never done")


def exported(client: Client, path: str = "/$export") -> dict[str, list[dict[str, Any]]]:
    """Type → resources of a whole export."""
    told = finish(client, start(client, path)).json()
    found = {}
    for output in told["output"]:
        lines = client.get(output["url"], Accept="application/fhir+ndjson").body.splitlines()
        assert len(lines) == output["count"]
        found[output["type"]] = [json.loads(line) for line in lines]
    return found


def test_an_export_equals_the_files_that_are_handed_over(healthy: Client) -> None:
    place = start(healthy)
    assert place.startswith(healthy.served.base_url)
    waiting = healthy.get(place)
    assert (waiting.status, bool(waiting.header("X-Progress")), waiting.body) == (202, True, b"")
    assert int(waiting.header("Retry-After")) >= 1
    done = healthy.get(place)
    told = done.json()
    assert (done.status, done.header("Content-Type")) == (200, "application/json")
    assert done.header("Expires")
    assert told["request"] == healthy.served.base_url + "/$export"
    assert told["requiresAccessToken"] is True
    assert told["error"] == []
    assert abs(datetime.fromisoformat(told["transactionTime"]) - wall_clock()) < timedelta(minutes=5)
    files = {}
    for output in told["output"]:
        answer = healthy.get(output["url"])
        assert answer.header("Content-Type") == "application/fhir+ndjson"
        assert answer.header("Cache-Control") == "no-store"
        files[output["url"].rpartition("/")[2]] = answer.body
    folder = export()
    in_folder = json.loads(folder.pop(MANIFEST))
    assert files == folder
    assert [(each["type"], each["count"], each["extension"]) for each in told["output"]] == [
        (each["type"], each["count"], each["extension"]) for each in in_folder["output"]
    ]


def test_an_export_holds_what_a_search_finds(healthy: Client) -> None:
    for kind, rows in exported(healthy).items():
        assert [row["id"] for row in rows] == [each for page in healthy.walk(f"/{kind}") for each in page]


def test_of_some_types_since_a_time_and_of_patients(healthy: Client) -> None:
    assert set(exported(healthy, "/$export?_type=Patient,Encounter&_type=Condition")) == {
        "Patient",
        "Encounter",
        "Condition",
    }
    late = exported(healthy, "/$export?_since=2026-03-01T09:00:00Z&_outputFormat=ndjson")
    assert {kind: [row["id"] for row in rows] for kind, rows in late.items()} == {
        "Patient": ["pat-001", "pat-002"],
        "Observation": ["obs-001"],
    }
    of_patients = exported(healthy, "/Patient/$export")
    assert "Patient" in of_patients
    assert "Observation" in of_patients
    assert not {"Organization", "Practitioner"} & of_patients.keys()
    assert exported(healthy, "/$export?_since=2099-01-01T00:00:00Z") == {}


@pytest.mark.parametrize(
    ("path", "prefer", "status"),
    [
        ("/$export", "", 400),
        ("/$export", "handling=lenient", 400),
        ("/$export?_type=Appointment", ASYNC, 400),
        ("/$export?_type=", ASYNC, 400),
        ("/$export?_since=lately", ASYNC, 400),
        ("/$export?_since=2026", ASYNC, 400),
        ("/$export?_outputFormat=csv", ASYNC, 400),
        ("/$export?_typeFilter=Patient%3Factive%3Dtrue", ASYNC, 400),
        ("/$export?_typeFilter=x", f"{ASYNC}, handling=lenient", 202),
        ("/$export?_outputFormat=application/fhir+ndjson", f"handling=strict, {ASYNC}", 202),
        ("/Patient/$export?_type=Organization", ASYNC, 403),
        ("/Encounter/$export", ASYNC, 400),
        ("/$export-status/unknown", ASYNC, 404),
        ("/$export-file/unknown/Patient.ndjson", ASYNC, 404),
    ],
)
def test_what_is_asked_of_an_export(healthy: Client, path: str, prefer: str, status: int) -> None:
    answer = healthy.get(path, Prefer=prefer)
    assert answer.status == status
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_cancelled_export_is_gone(healthy: Client) -> None:
    place = start(healthy)
    url = finish(healthy, place).json()["output"][0]["url"]
    assert healthy.send(url.replace("Patient.ndjson", "Nothing.ndjson")).status == 404
    assert healthy.get(url, Accept="text/html").status == 406
    assert healthy.send(place, "DELETE").status == 202
    assert [
        healthy.send(target, method).status for target, method in ((place, "GET"), (url, "GET"), (place, "DELETE"))
    ] == [404] * 3


def test_an_export_is_for_who_may_read_and_asked_for_it(healthy: Client) -> None:
    place = start(healthy)
    url = finish(healthy, place).json()["output"][0]["url"]
    for target in ("/$export", place, url):
        assert healthy.send(target, token="", headers={"Prefer": ASYNC}).status == 401
    for target in (place, url):
        assert healthy.send(target, token="static-token-for-tests").status == 404
    narrow = healthy.served.token("system/Encounter.read")
    assert healthy.send("/$export?_type=Patient", token=narrow, headers={"Prefer": ASYNC}).status == 403
    told = finish(healthy, start(healthy, token=narrow), token=narrow).json()
    assert [each["type"] for each in told["output"]] == ["Encounter"]
    none = healthy.served.token("system/Nothing.read")
    assert healthy.send("/$export", token=none, headers={"Prefer": ASYNC}).status == 403


def test_an_old_export_is_gone() -> None:
    offset = [timedelta()]
    with Served(now=lambda: wall_clock() + offset[0]) as served:
        client = Client(served)
        place = start(client)
        assert finish(client, place).status == 200
        offset[0] = timedelta(minutes=61)
        assert client.get(place).status == 404


def test_an_export_is_declared_and_on_the_audit_log(healthy: Client) -> None:
    said = healthy.send("/metadata", token="").json()["rest"][0]
    assert said["operation"] == [{"name": "export", "definition": f"{OPERATION}/export"}]
    (patient,) = [each for each in said["resource"] if "operation" in each]
    assert (patient["type"], patient["operation"][0]["definition"]) == ("Patient", f"{OPERATION}/patient-export")
    healthy.get("/$export", Prefer=ASYNC, X_Request_ID="bulk-1")
    lines = [json.loads(line) for line in healthy.served.audit_log.read_text(encoding="utf-8").splitlines()]
    (event,) = [each for each in lines if each["entity"][1]["what"]["identifier"]["value"] == "bulk-1"]
    assert (event["subtype"][0]["code"], event["action"], event["outcome"]) == ("operation", "E", "0")


@pytest.mark.parametrize("path", ["/$export", "/Patient/$export"])
def test_an_export_is_started_by_get_alone(healthy: Client, path: str) -> None:
    for method in ("POST", "HEAD", "DELETE"):
        answer = healthy.send(path, method, headers={"Prefer": ASYNC})
        assert (answer.status, answer.header("Allow")) == (405, "GET")
