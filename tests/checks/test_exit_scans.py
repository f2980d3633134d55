"""What an export needs to be left with, scan by scan."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from checker.checks.attachments import ATTACHMENTS, AttachmentParams
from checker.checks.exit_codes import EXPORT_CODES, CodesParams
from checker.checks.exit_dictionary import EXPORT_PATHS
from checker.checks.exit_whole import EXPORT_COMPANIONS, EXPORT_TENANTS, IMPORTS_AGAIN
from checker.checks.provenance import PROVENANCE_COVERS, ProvenanceParams
from checker.cli.compose import profile, registry
from checker.engine.scans import ScanJob, run_scans
from checker.model.scan import Scan
from checker.model.supplier import Limits
from checker.model.value import NoParams, Params
from tests.scans.samples import SALT, chunks_of

BODY = b"a letter"
SHA1 = hashlib.sha1(BODY, usedforsecurity=False)
HASH = base64.b64encode(SHA1.digest()).decode()
FILE = f"{len(BODY)} {SHA1.hexdigest()} files/a.pdf"


def scanned(scan: Scan[Any, Any], resources: list[dict[str, Any]], params: Params | None = None) -> Any:
    job = ScanJob(scan=scan, params=params or NoParams())
    run = run_scans([job], chunks_of(resources, "export/x.ndjson"), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == "", run.outcomes[0].error
    return scan.load(run.outcomes[0].state)


def document(**attachment: Any) -> dict[str, Any]:
    return {"resourceType": "DocumentReference", "id": "d", "content": [{"attachment": attachment}]}


def binary(data: bytes) -> dict[str, Any]:
    return {"resourceType": "Binary", "id": "b1", "data": base64.b64encode(data).decode()}


@pytest.mark.parametrize(
    ("resources", "faults"),
    [
        ([document(url="files/a.pdf", size=len(BODY), hash=HASH)], {}),
        ([document(url="./files/a.pdf?x=1")], {}),
        ([document(url="/files/a.pdf")], {}),
        ([document(url="files/b.pdf")], {"missing": 1}),
        ([document(url="../../etc/passwd")], {"missing": 1}),
        ([document(url="files/a.pdf", size=3)], {"size": 1}),
        ([document(url="files/a.pdf", hash=base64.b64encode(b"0" * 20).decode())], {"hash": 1}),
        ([document(url="files/a.pdf", hash="not base64!")], {}),
        ([document(url="Binary/b1", hash=HASH), binary(BODY)], {}),
        ([document(url="https://supplier.example/fhir/Binary/b1"), binary(BODY)], {}),
        ([document(url="Binary/b1")], {"missing": 1}),
        ([document(url="Binary/b1"), binary(b"")], {"empty": 1}),
        ([document(data=base64.b64encode(BODY).decode(), hash=HASH)], {}),
        ([document(data=base64.b64encode(BODY).decode(), size=1)], {"size": 1}),
        ([document(title="no content at all")], {}),
        ([{"resourceType": "Patient", "id": "p", "photo": [{"url": "files/none.jpg"}]}], {"missing": 1}),
    ],
)
def test_attachments(resources: list[dict[str, Any]], faults: dict[str, int]) -> None:
    params = AttachmentParams(wanted=(FILE,), base="https://supplier.example/fhir")
    assert scanned(ATTACHMENTS, resources, params).faults == faults


def test_an_attachment_elsewhere_is_counted_and_not_followed() -> None:
    found = scanned(ATTACHMENTS, [document(url="https://elsewhere.example/a.pdf")], AttachmentParams())
    assert (found.examined, found.counts) == (0, {"elsewhere": 1})


def test_paths_go_through_what_is_contained_and_stop_at_extensions() -> None:
    resource = {
        "resourceType": "Patient",
        "id": "p",
        "_birthDate": {"extension": [{"url": "x", "valueCode": "unknown"}]},
        "name": [{"family": "A"}, {"given": ["B"]}],
        "contained": [{"resourceType": "Device", "id": "d"}],
        "Maud Abernquill": 1,
    }
    assert scanned(EXPORT_PATHS, [resource]).paths == {
        *("Patient.id", "Patient.birthDate", "Patient.birthDate.extension", "Patient.name", "Patient.name.family"),
        *("Patient.name.given", "Patient.contained", "Device.id", "Patient.…"),
    }


def test_companions() -> None:
    one = {"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}
    two = {**one, "meta": {"versionId": "2"}}
    events = [{"resourceType": "AuditEvent", "id": "a"}, {"resourceType": "Provenance", "id": "v"}]
    assert scanned(EXPORT_COMPANIONS, [one, two, *events]).counts == {
        "examined": 3,
        "history": 1,
        "audit": 1,
        "provenance": 1,
    }
    assert scanned(EXPORT_COMPANIONS, [one, one]).counts == {"examined": 1}


def test_codes() -> None:
    ward = {"system": "https://supplier.example/ward", "code": "W7"}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Encounter", "id": "e", "class": {"code": "AMB"}, "type": [{"coding": [ward]}]},
        {
            "resourceType": "Condition",
            "id": "c",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]},
        },
        {"resourceType": "Condition", "id": "d", "code": {"coding": [{"display": "only words"}]}},
        {"resourceType": "CodeSystem", "id": "s", "url": ward["system"], "concept": [{"concept": [{"code": "W7"}]}]},
    ]
    published = CodesParams(published=("http://snomed.info/",))
    found = scanned(EXPORT_CODES, resources, published)
    assert (found.examined, found.without_system) == (3, 1)
    assert found.local == found.defined
    assert len(found.local) == 1
    nobody = scanned(EXPORT_CODES, resources, CodesParams(published=()))
    assert {system for system, _ in nobody.local} == {ward["system"], "http://snomed.info/sct"}
    both = CodesParams(published=("http://snomed.info/", "https://supplier.example/"))
    assert scanned(EXPORT_CODES, resources, both).local == set()


def test_the_profile_holds_the_list_of_published_systems() -> None:
    row = next(one for one in profile("exit-rehearsal", registry()).requirements if one.id == "DH-EXIT-07")
    assert row.check is not None
    assert {"http://snomed.info/", "http://loinc.org", "urn:iso:"} <= set(row.check.params["published"])


def test_what_a_store_would_lose() -> None:
    one = {"resourceType": "Patient", "id": "p", "birthDate": "2001"}
    assert scanned(IMPORTS_AGAIN, [one, one]).faults == {}
    assert scanned(IMPORTS_AGAIN, [one, {**one, "birthDate": "2002"}]).faults == {"two": 1}
    versions = [{**one, "meta": {"versionId": "1"}}, {**one, "birthDate": "2002", "meta": {"versionId": "2"}}]
    assert scanned(IMPORTS_AGAIN, versions).faults == {}
    assert scanned(IMPORTS_AGAIN, [{"resourceType": "Patient"}, {**one, "id": "no id!"}]).faults == {"no-id": 2}


def test_tenants() -> None:
    ods = "https://fhir.nhs.uk/Id/ods-organization-code"
    resources: list[dict[str, Any]] = [
        {"resourceType": "Organization", "id": "o", "identifier": [{"system": ods, "value": "RXX"}]},
        {"resourceType": "Patient", "id": "a", "managingOrganization": {"reference": "Organization/o"}},
        {"resourceType": "Patient", "id": "b", "managingOrganization": {"identifier": {"system": ods, "value": "ryy"}}},
        {"resourceType": "Patient", "id": "c", "managingOrganization": {"reference": "Organization/none"}},
        {"resourceType": "Patient", "id": "d", "generalPractitioner": [{"reference": "Organization/o"}]},
    ]
    assert scanned(EXPORT_TENANTS, resources).counts == {"examined": 4, "ods RXX": 1, "ods RYY": 1, "ods ": 2}


def test_provenance() -> None:
    made = {"resourceType": "Composition", "id": "c", "meta": {"security": [{"code": "AIAST"}]}}

    def of(*agents: dict[str, Any]) -> dict[str, Any]:
        target = [{"reference": "Composition/c/_history/1"}]
        said = {"target": target, "recorded": "2026-01-01T00:00:00Z", "agent": list(agents)}
        return {"resourceType": "Provenance", "id": "p", **said}

    def faults(*resources: dict[str, Any]) -> dict[str, int]:
        found: dict[str, int] = scanned(PROVENANCE_COVERS, list(resources), ProvenanceParams()).faults
        return found

    assert faults(made) == {"uncovered": 1}
    assert faults(made, of({"who": {"reference": "Device/m"}})) == {}
    assert faults(made, of({"who": {"reference": "Practitioner/x"}})) == {"no-device": 1}
    assert faults(made, of({"type": {}})) == {"no-device": 1, "incomplete": 1}
    assert faults({"resourceType": "Patient", "id": "p"}) == {}
