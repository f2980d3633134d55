"""Every fault and every decoy file changes exactly what its title says: healthy and changed, side by side."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt
import pytest

from fixtures.supplier import nhs_number
from fixtures.supplier.clock import wall_clock
from fixtures.supplier.export import export
from fixtures.supplier.handover import number_report
from fixtures.supplier.nhs_number import SYSTEM
from fixtures.supplier.people import HOSPITAL_NUMBER
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches, SupplierSwitches
from tests.fixture_supplier.client import Client, altered, leaf, link
from tests.fixture_supplier.hello import first_record
from tests.fixture_supplier.switch_table import SERVED, WRITTEN, changed

JSON = "application/fhir+json; charset=utf-8"
PLAIN = "application/json; charset=utf-8"
SPELT = 'Application/FHIR+JSON; FHIRVersion=4.0; Charset="UTF-8"'
EVERYONE = [f"pat-{place:03}" for place in range(1, 13)]


@dataclass(frozen=True)
class Seen:
    """What is looked at, and what it is for the healthy and for the other supplier."""

    look: Callable[[Client], object]
    healthy: object
    other: object


def metadata(client: Client) -> Any:
    return client.send("/metadata", token="").json()


def types(client: Client) -> tuple[str, str, str]:
    paths = ("/Patient/pat-001", "/Patient", "/Patient/not-there")
    read, found, missing = (client.get(path).header("Content-Type") for path in paths)
    return read, found, missing


def unknown(client: Client) -> tuple[int, str]:
    answer = client.get("/Patient/not-there")
    return answer.status, answer.json()["resourceType"]


def versions(client: Client) -> list[tuple[str, str]]:
    """(asked, stated) for both versions of the first patient."""
    return [(vid, client.get(f"/Patient/pat-001/_history/{vid}").json()["meta"]["versionId"]) for vid in "12"]


def walked(client: Client) -> list[str]:
    return [row for page in client.walk("/Patient?_count=2") for row in page]


def unauthenticated(client: Client) -> list[int]:
    paths = ("/Patient/pat-001", "/Patient/pat-001/_history/1", "/Patient/pat-001/_history", "/Patient", "/Encounter")
    return [client.send(path, token="").status for path in paths] + [client.post_form("/Patient/_search", {}).status]


def with_altered_token(client: Client) -> int:
    return client.send("/Patient/pat-001", token=altered(client.served.token(), sub="someone-else")).status


def audited(client: Client) -> list[str]:
    """Which of six requests are in the log, by their X-Request-ID. Counts from the next line on."""
    start = len(log_lines(client))
    paths = ("/Patient", "/Patient/pat-001", "/Patient/pat-001/_history/1") * 2
    for place, path in enumerate(paths):
        client.get(path, X_Request_ID=f"seen-{place}")
    events = [line for line in log_lines(client)[start:] if line.get("resourceType") == "AuditEvent"]
    return [event["entity"][1]["what"]["identifier"]["value"] for event in events]


def log_lines(client: Client) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.served.audit_log.read_text(encoding="utf-8").splitlines()]


def audit_kinds(client: Client) -> list[str]:
    start = len(log_lines(client))
    client.get("/Patient")
    return [line.get("resourceType", "other") for line in log_lines(client)[start:]]


def hospital_numbers(client: Client) -> tuple[int, int]:
    """(patients, different hospital numbers)."""
    return distinct([entry["resource"] for entry in client.get("/Patient?_count=50").json()["entry"]])


def distinct(patients: list[dict[str, Any]]) -> tuple[int, int]:
    values = [i["value"] for patient in patients for i in patient["identifier"] if i["system"] == HOSPITAL_NUMBER]
    return len(values), len(set(values))


def last_nhs_number(client: Client) -> list[str]:
    return sorted(client.get("/Patient/pat-012").json()["identifier"][0].keys())


def sharing(client: Client) -> list[str]:
    return client.ids(f"/Patient?identifier={SYSTEM}|9990000018")


def last_local(client: Client) -> str:
    value: str = client.get("/Patient/pat-012").json()["identifier"][1]["value"]
    return value


def is_jwt(client: Client) -> bool:
    token = client.obtain()["access_token"]
    assert client.send("/Patient/pat-001", token=token).status == 200
    try:
        jwt.get_unverified_header(token)
    except jwt.DecodeError:
        return False
    return True


def etags(client: Client) -> list[bool]:
    return [bool(client.get(path).header("ETag")) for path in ("/Patient/pat-001", "/Patient/pat-001/_history/1")]


def next_form(client: Client) -> tuple[bool, list[str]]:
    """Whether the next link is below the type; the rows of the whole walk."""
    following = link(client.get("/Patient?_count=2").json(), "next") or ""
    return following.startswith(client.served.base_url + "/Patient?"), walked(client)


def pages(client: Client) -> list[int]:
    return [len(client.walk(path)) for path in ("/Patient", "/Patient?_count=2", "/Observation")]


def modes(client: Client) -> list[tuple[str, str]]:
    entries = client.get("/Patient?_id=pat-001").json()["entry"]
    return [(entry["resource"]["resourceType"], entry["search"]["mode"]) for entry in entries]


def challenges(client: Client) -> list[str]:
    return [
        client.send("/Patient", token=token).header("WWW-Authenticate").partition(",")[0] for token in ("", "garbage")
    ]


def expired(client: Client) -> tuple[bool, str]:
    """Whether the certificate has ended, and what a client that checks it says."""
    try:
        said = str(client.get("/Patient").status)
    except ssl.SSLCertVerificationError as error:
        said = error.verify_message
    return leaf(client.served).not_valid_after_utc < wall_clock(), said


def tls(client: Client) -> list[tuple[str, int]]:
    return [first_record(client.served.port, version) for version in (0x0301, 0x0302)]


ALL_SIX = [f"seen-{place}" for place in range(6)]
SEEN: dict[str, Seen] = {
    "FHIR-CAP-002": Seen(lambda c: metadata(c)["fhirVersion"], "4.0.1", "4.3.0"),
    "FHIR-CAP-002.2": Seen(lambda c: len(metadata(c)), 13, 1),
    "FHIR-READ-001": Seen(lambda c: c.get("/Patient/pat-002").json()["id"], "pat-002", "pat-001"),
    "FHIR-READ-004": Seen(unknown, (404, "OperationOutcome"), (200, "Bundle")),
    "FHIR-READ-004.2": Seen(unknown, (404, "OperationOutcome"), (500, "OperationOutcome")),
    "FHIR-VREAD-001": Seen(versions, [("1", "1"), ("2", "2")], [("1", "2"), ("2", "2")]),
    "FHIR-VREAD-001.2": Seen(versions, [("1", "1"), ("2", "2")], [("1", "2"), ("2", "3")]),
    "FHIR-SRCH-011": Seen(walked, EVERYONE, [*EVERYONE[:2], *EVERYONE[1:]]),
    "FHIR-SRCH-011.2": Seen(walked, EVERYONE, EVERYONE * 2),
    "FHIR-SRCH-011.3": Seen(walked, EVERYONE, EVERYONE[:-1]),
    "FHIR-MIME-001": Seen(types, (JSON, JSON, JSON), (PLAIN, PLAIN, PLAIN)),
    "FHIR-MIME-001.2": Seen(types, (JSON, JSON, JSON), (JSON, PLAIN, JSON)),
    "FHIR-HTTP-003": Seen(types, (JSON, JSON, JSON), (JSON, JSON, "text/html; charset=utf-8")),
    "TLS-002": Seen(tls, [("alert", 70)] * 2, [("server-hello", 0x0301), ("server-hello", 0x0302)]),
    "CERT-003": Seen(expired, (False, "200"), (True, "certificate has expired")),
    "AUTH-001": Seen(unauthenticated, [401] * 6, [200, 401, 401, 401, 401, 401]),
    "AUTH-001.2": Seen(unauthenticated, [401] * 6, [302] * 6),
    "AUTH-001.3": Seen(unauthenticated, [401] * 6, [401, 200, 401, 401, 401, 401]),
    "AUTH-001.4": Seen(unauthenticated, [401] * 6, [401, 401, 401, 401, 401, 200]),
    "AUTH-001.5": Seen(unauthenticated, [401] * 6, [401, 401, 401, 401, 200, 401]),
    "AUTH-007": Seen(with_altered_token, 401, 200),
    "DH-AUD-01": Seen(audited, ALL_SIX, ["seen-0", "seen-1", "seen-3", "seen-4"]),
    "DH-AUD-01.2": Seen(audited, ALL_SIX, ["seen-0", "seen-1", "seen-3", "seen-4"]),
    "DH-DQ-08": Seen(hospital_numbers, (12, 12), (12, 11)),
    "metadata-open": Seen(
        lambda c: [c.send(p, token="").status for p in ("/metadata", "/.well-known/smart-configuration", "/Patient")],
        [200, 404, 401],
        [200, 200, 401],
    ),
    "FHIR-READ-002": Seen(etags, [True, True], [False, False]),
    "opaque-tokens": Seen(is_jwt, True, False),
    "expires-in-text": Seen(lambda c: c.obtain()["expires_in"], 600, "600"),
    "unknown-extension": Seen(lambda c: "extension" in metadata(c), False, True),
    "content-type-spelling": Seen(types, (JSON, JSON, JSON), (JSON, JSON, SPELT)),
    "charset-in-capitals": Seen(types, (JSON,) * 3, ('application/fhir+json;charset="UTF-8"',) * 3),
    "charset-absent": Seen(types, (JSON,) * 3, ("application/fhir+json",) * 3),
    "getpages-links": Seen(next_form, (True, EVERYONE), (False, EVERYONE)),
    "one-page": Seen(pages, [2, 6, 4], [1, 1, 1]),
    "total-absent": Seen(lambda c: "total" in c.get("/Patient").json(), True, False),
    "nhs-number-absent": Seen(
        last_nhs_number, ["extension", "system", "use", "value"], ["_value", "extension", "system", "use"]
    ),
    "merged-patient": Seen(sharing, ["pat-001"], ["pat-001", "pat-old"]),
    "ten-digit-local-id": Seen(last_local, "H00012", "9990000906"),
    "audit-noise": Seen(audit_kinds, ["AuditEvent"], ["other", "AuditEvent", "other"]),
    "challenge-realm": Seen(
        challenges, ["Bearer", 'Bearer error="invalid_token"'], ['Bearer realm="records"', 'Bearer realm="records"']
    ),
    "outcome-entry": Seen(modes, [("Patient", "match")], [("Patient", "match"), ("OperationOutcome", "outcome")]),
}
"""By file: what the server shows."""

EXPORTED: dict[str, Callable[[list[dict[str, Any]]], bool]] = {
    "DH-NHSNO-01": lambda rows: [nhs_number.is_valid(row["identifier"][0]["value"]) for row in rows].count(False) == 1,
    "DH-NHSNO-02": lambda rows: [type(row["identifier"][0]["value"]) for row in rows].count(int) == 1,
    "DH-DQ-08": lambda rows: distinct(rows) == (12, 11),
    "nhs-number-absent": lambda rows: sum("_value" in row["identifier"][0] for row in rows) == 1,
    "merged-patient": lambda rows: [row["active"] for row in rows if "link" in row] == [False],
    "ten-digit-local-id": lambda rows: rows[-1]["identifier"][1]["value"] == "9990000906",
    "one-page": lambda rows: len(rows) == 1,
}
"""By file: what is true of the exported patients, and false of the healthy ones."""

MANIFESTS: dict[str, Callable[[dict[str, bytes], list[dict[str, Any]]], bool]] = {
    "DH-EXIT-10": lambda files, told: {one["url"] for one in told} - files.keys() == {"Appointment.ndjson"},
    "DH-EXIT-10.2": lambda files, told: told[0]["count"] == files[told[0]["url"]].count(b"\n") + 1,
    "DH-EXIT-10.3": lambda files, told: sha256(files[told[0]["url"]]).hexdigest() not in told[0]["extension"].values(),
    "DH-EXIT-10.4": lambda files, told: len(told) == sum(name.endswith(".ndjson") for name in files) - 1,
    "manifest-server-urls": lambda files, told: all(one["url"].startswith("https://") for one in told),
    "export-with-notes": lambda files, told: {"README.txt", "deleted.ndjson", "error.ndjson"} <= files.keys(),
}
"""By file: what is true of the exported files and their manifest, and false of the healthy ones."""

SCENARIOS = [load(path) for kind in ("fault", "decoy") for path in files(kind)]
OF_AN_EXIT = [load(path) for kind in ("fault", "decoy") for path in files(kind, "exit")]


def exported(switches: ExportSwitches | None = None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(switches=switches)["Patient.ndjson"].splitlines()]


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_manifest(name: str) -> None:
    scenario = next(one for one in OF_AN_EXIT if one.name == name)
    for switches, expected in ((scenario.export, True), (None, False)):
        files = export(switches=switches)
        assert MANIFESTS[name](files, json.loads(files["manifest.json"])["output"]) is expected


REPORTED = {"DH-NHSNO-07": "numbers-on-several-records,1", "DH-NHSNO-08": "records-without-number,1"}
"""Fault → what the report on NHS numbers says then, and not else."""


@pytest.mark.parametrize("name", REPORTED)
def test_the_report_on_numbers(name: str) -> None:
    scenario = next(each for each in SCENARIOS if each.name == name)
    assert REPORTED[name] in number_report(scenario.export)
    assert REPORTED[name] not in number_report()


def test_every_file_is_looked_at() -> None:
    """By its name here, or by each of its switches in `switch_table`."""
    for scenario in SCENARIOS:
        if "supplier" in scenario.changes and scenario.name not in SEEN:
            assert changed(scenario.supplier) <= SERVED.keys(), scenario.name
        if "export" in scenario.changes and scenario.name not in {*EXPORTED, *MANIFESTS, *REPORTED, "crlf-ndjson"}:
            assert changed(scenario.export) <= WRITTEN.keys(), scenario.name
    assert SEEN.keys() | EXPORTED.keys() <= {scenario.name for scenario in SCENARIOS}
    assert MANIFESTS.keys() <= {scenario.name for scenario in OF_AN_EXIT}


@pytest.mark.parametrize("name", SEEN)
def test_the_healthy_supplier(healthy: Client, name: str) -> None:
    assert SEEN[name].look(healthy) == SEEN[name].healthy


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.name in SEEN], ids=lambda s: s.name)
def test_the_changed_supplier(scenario: Scenario) -> None:
    with Served(scenario) as served:
        assert served.switches == scenario.supplier != SupplierSwitches()
        assert SEEN[scenario.name].look(Client(served)) == SEEN[scenario.name].other


@pytest.mark.parametrize("name", EXPORTED)
def test_the_changed_export(name: str) -> None:
    scenario = next(each for each in SCENARIOS if each.name == name)
    assert EXPORTED[name](exported(scenario.export))
    assert not EXPORTED[name](exported())


def test_the_crlf_export() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "crlf-ndjson")
    content = export(switches=scenario.export)["Patient.ndjson"]
    assert content.count(b"\r\n") == 11
    assert not content.endswith(b"\n")
    assert b"\r" not in export()["Patient.ndjson"]
    assert exported(scenario.export) == exported()


def test_the_merged_patient_points_to_the_one_that_stays() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "merged-patient")
    merged = exported(scenario.export)[-1]
    assert merged["link"] == [{"other": {"reference": "Patient/pat-001"}, "type": "replaced-by"}]


def test_the_ten_digit_number_fails_modulus_11() -> None:
    assert not nhs_number.is_valid("9990000906")
