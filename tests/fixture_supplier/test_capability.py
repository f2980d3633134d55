"""The CapabilityStatement says what the server does, all of it and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.supplier.parameters import PARAMETERS
from fixtures.supplier.routes import TYPES
from tests.fixture_supplier.client import FORM, Client

VALUES = {
    "date": "1899",
    "token": "urn:none|none",
    "string": "nobody",
    "reference": "nobody",
    "quantity": "987654321",
    "uri": "urn:none",
    "composite": "urn:none|none$1",
}
"""By type of parameter: what matches nothing."""
INTERACTIONS = {"read", "vread", "history-instance", "history-type", "search-type"}


def rest(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.send("/metadata", token="").json()["rest"][0]
    return found


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_declared_of_a_type_is_served(healthy: Client, kind: str) -> None:
    (declared,) = [each for each in rest(healthy)["resource"] if each["type"] == kind]
    assert {each["code"] for each in declared["interaction"]} == INTERACTIONS
    row = healthy.ids(f"/{kind}?_count=1")[0]
    paths = (f"/{kind}", f"/{kind}/{row}", f"/{kind}/{row}/_history", f"/{kind}/{row}/_history/1", f"/{kind}/_history")
    assert [healthy.get(path).status for path in paths] == [200] * 5
    assert declared["conditionalRead"] == "full-support"
    assert healthy.get(f"/{kind}/{row}", If_None_Match="*").status == 304
    total = healthy.get(f"/{kind}").json()["total"]
    for parameter in declared["searchParam"]:
        value = VALUES[parameter["type"]]
        strict = healthy.get(f"/{kind}?{parameter['name']}={value}", Prefer="handling=strict")
        assert (parameter["name"], strict.status, strict.json().get("total")) == (parameter["name"], 200, 0)
        missing = [
            healthy.get(f"/{kind}?{parameter['name']}:missing={said}").json()["total"] for said in ("true", "false")
        ]
        assert sum(missing) == total


def test_all_that_is_served_is_declared(healthy: Client) -> None:
    declared = {each["type"]: each for each in rest(healthy)["resource"]}
    assert tuple(declared) == TYPES
    for kind, resource in declared.items():
        assert [each["name"] for each in resource["searchParam"]] == [each.name for each in PARAMETERS[kind]]
        assert len({each["name"] for each in resource["searchParam"]}) == len(resource["searchParam"])
    for kind in ("Appointment", "Bundle", "CapabilityStatement"):
        assert healthy.get(f"/{kind}").status == 404


def test_each_declared_include_finds_something(healthy: Client) -> None:
    declared = [include for each in rest(healthy)["resource"] for include in each.get("searchInclude", ())]
    assert len(declared) == 13
    for include in declared:
        bundle = healthy.get(f"/{include.partition(':')[0]}?_include={include}&_count=1").json()
        assert [entry["search"]["mode"] for entry in bundle["entry"]] == ["match", "include"], include


def test_what_is_not_declared_is_refused(healthy: Client) -> None:
    """Every other interaction of FHIR's list."""
    for method, path in (
        ("POST", "/Patient"),
        ("PUT", "/Patient/pat-001"),
        ("PATCH", "/Patient/pat-001"),
        ("DELETE", "/Patient/pat-001"),
    ):
        assert healthy.send(path, method).status == 405
    assert healthy.get("").status == 400
    assert healthy.send("", "POST", body="{}").status == 405
    assert healthy.get("/_history").status == 404
    assert healthy.send("/_search", "POST", headers=FORM).status in {404, 405}


def test_the_formats_that_are_declared_are_taken(healthy: Client) -> None:
    for declared in healthy.send("/metadata", token="").json()["format"]:
        for answer in (healthy.get("/Patient", Accept=declared), healthy.get(f"/Patient?_format={declared}")):
            assert answer.status == 200


def test_what_r4_requires_is_there(healthy: Client) -> None:
    """Required elements and invariants of CapabilityStatement 4.0.1 that apply to what is said."""
    said = healthy.send("/metadata", token="").json()
    assert {"status", "date", "kind", "fhirVersion", "format"} <= said.keys()
    assert (said["kind"], said["status"]) == ("instance", "active")
    assert said["implementation"]["description"]  # cpb-14 and cardinality 1..1
    assert said["software"]["name"]
    assert said["rest"][0]["mode"] == "server"  # and cpb-1: rest, messaging or document
    assert said["description"]  # cpb-2: a description, software or implementation
    for resource in said["rest"][0]["resource"]:
        assert resource["versioning"] in {"no-version", "versioned", "versioned-update"}
        for parameter in resource["searchParam"]:
            assert parameter["definition"].startswith("http://hl7.org/fhir/SearchParameter/")
    assert "" not in leaves(said)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        assert value, "an empty object"
        return [found for inner in value.values() for found in leaves(inner)]
    if isinstance(value, list):
        assert value, "an empty array"
        return [found for inner in value for found in leaves(inner)]
    return [value]
