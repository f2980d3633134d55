"""Searches against servers that answer nonsense: nothing passes, nothing breaks, nobody else is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import here
from tests.cli.support import FAST, Odd, odd_server, outcomes, report, send, supplier_text
from tests.conformance.searching import PROFILE

HL7 = "http://hl7.org/fhir/SearchParameter/"
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "rest": [
        {
            "mode": "server",
            "compartment": ["http://hl7.org/fhir/CompartmentDefinition/patient"],
            "resource": [
                {
                    "type": "Patient",
                    "interaction": [{"code": "search-type"}, {"code": "read"}],
                    "searchParam": [
                        {"name": "family", "type": "string", "definition": HL7 + "individual-family"},
                        {"name": "birthdate", "type": "date", "definition": HL7 + "individual-birthdate"},
                        {"name": "gender", "type": "token"},
                        {"name": "gender", "type": "token"},
                        {"name": ["x"], "type": 5},
                        "none",
                    ],
                    "searchInclude": ["Patient:organization", "Patient:link:Patient", 7, "*", "::::"],
                    "searchRevInclude": "Observation:subject",
                },
                {"type": "Observation", "interaction": [{"code": "search-type"}], "searchParam": {"name": "code"}},
                {"type": "../secret", "interaction": [{"code": "search-type"}]},
            ],
        }
    ],
}
ODD = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"tag": 5, "versionId": ["1"]},
    "name": {"family": ["x", {"y": 1}]},
    "birthDate": {"start": "yesterday"},
    "gender": [True, None],
    "managingOrganization": {"reference": 7},
}


def bundle(*resources: object, link: object = None) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": one} for one in resources],
        "link": link,
    }


def served(body: object, kind: str = "application/fhir+json") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/metadata"):
            send(handler, json.dumps(STATEMENT).encode())
        else:
            send(handler, body if isinstance(body, bytes) else json.dumps(body).encode(), kind)

    return answer


def run(folder: Path, odd: Odd) -> dict[str, str]:
    (folder / "supplier.toml").write_text(
        supplier_text(odd.base_url, ca=odd.ca, more="[limits]\nretries = 0\n"), "utf-8"
    )
    done = here("run", "-p", PROFILE, *FAST, "-q", "-o", "json:report.json", cwd=folder)
    assert done.returncode in (1, 3), done.stderr
    return outcomes(report(folder / "report.json"))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>log in</html>",
        b"",
        b"[1, 2",
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]},
        {"resourceType": "Bundle", "entry": "none", "link": 5, "total": "many"},
        bundle({"resourceType": "Patient"}, 5, None, "x"),
        bundle(link=[{"relation": "next", "url": "https://elsewhere.example/fhir/Patient?page=2"}]),
        bundle(link=[{"relation": "next", "url": "http://[broken"}]),
    ],
    ids=["html", "empty", "cut", "outcome", "types", "no-ids", "other-host", "no-url"],
)
def test_nothing_passes(body: object, tmp_path: Path) -> None:
    with odd_server(tmp_path, served(body)) as odd:
        found = run(tmp_path, odd)
    assert not [name for name, said in found.items() if said == "pass" or said.startswith("error")], found


def test_odd_resources_break_nothing(tmp_path: Path) -> None:
    with odd_server(tmp_path, served(bundle(ODD, {**ODD, "id": "p2"}, {**ODD, "id": "p3"}))) as odd:
        found = run(tmp_path, odd)
    assert not [name for name, said in found.items() if said.startswith("error")], found


def test_an_endless_next_link_ends(tmp_path: Path) -> None:
    asked = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        if handler.path.endswith("/metadata"):
            send(handler, json.dumps(STATEMENT).encode())
            return
        patient = {"resourceType": "Patient", "id": f"p{len(asked)}", "gender": "female", "birthDate": "1980-01-01"}
        url = f"https://{handler.headers['Host']}/fhir/Patient?page={len(asked)}"
        send(handler, json.dumps(bundle(patient, link=[{"relation": "next", "url": url}])).encode())

    with odd_server(tmp_path, answer) as odd:
        found = run(tmp_path, odd)
    assert len(asked) < 345
    assert found["FHIR-META-001"] != "pass"
    assert not [name for name, said in found.items() if said.startswith("error")], found
