"""Where references lead: contained, in FHIR Bundles, in Parameters, among supplied resources."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.validation.literal import (
    conditional_type,
    is_absolute,
    is_canonical_type,
    is_query,
    is_resource_type,
    relative,
    restful,
    split_version,
)
from checker.fhir.validation.resolver import IndexResolver
from tests.fhir.validation.judging import begin, bundled, core, entry, observation

BASE = "https://ehr.example.nhs.uk/fhir"


def where(resource: dict[str, Any], path: str, supplied: tuple[dict[str, Any], ...] = ()) -> tuple[str, str | None]:
    """How the Reference at the path is resolved, and the path of its target."""
    run = begin(resource, supplied=supplied)
    node = next(
        one for one in run.tree.root.descendants() if one.path == path and one.type in ("Reference", "canonical")
    )
    found = run.resolver.resolve(node.text("reference") or "", node)
    return found.how, found.node.path if found.node is not None else None


def patient(identity: str | None = "1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **({} if identity is None else {"id": identity}), **more}


def about(reference: str, **more: Any) -> dict[str, Any]:
    return observation(id="o", subject={"reference": reference}, **more)


def test_contained_resources() -> None:
    assert where(about("#p", contained=[patient("p")]), "Observation.subject") == (
        "contained",
        "Observation.contained[0]",
    )
    assert where(about("#q", contained=[patient("p")]), "Observation.subject") == ("missing", None)
    twice = about("#p", contained=[patient("p"), patient("p")])
    assert where(twice, "Observation.subject") == ("ambiguous", None)


def test_from_within_a_contained_resource() -> None:
    inner = observation(id="c", subject={"reference": "#p"}, hasMember=[{"reference": "#"}])
    outer = observation(contained=[patient("p"), inner])
    assert where(outer, "Observation.contained[1].subject") == ("contained", "Observation.contained[0]")
    assert where(outer, "Observation.contained[1].hasMember[0]") == ("contained", "Observation")
    assert where(observation(hasMember=[{"reference": "#"}]), "Observation.hasMember[0]") == ("missing", None)


def test_contained_resources_are_not_found_from_outside_their_resource() -> None:
    holder = observation(id="h", contained=[patient("p")])
    whole = bundled("collection", entry("urn:uuid:1", holder), entry("urn:uuid:2", about("#p")))
    assert where(whole, "Bundle.entry[1].resource.subject") == ("missing", None)


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        (f"{BASE}/Patient/1", ("bundle", "Bundle.entry[1].resource")),
        ("Patient/1", ("bundle", "Bundle.entry[1].resource")),
        ("urn:uuid:2f0c6b4e-7d7f-4b39-9b1e-7c1d5c0d9a11", ("bundle", "Bundle.entry[2].resource")),
        ("urn:uuid:00000000-7d7f-4b39-9b1e-7c1d5c0d9a11", ("missing", None)),
        ("Patient/2", ("external", None)),
        ("https://elsewhere.nhs.uk/fhir/Patient/1", ("external", None)),
        ("Practitioner/1", ("external", None)),
        ("Patient /1", ("malformed", None)),
    ],
)
def test_in_a_bundle(reference: str, target: tuple[str, str | None]) -> None:
    whole = bundled(
        "collection",
        entry(f"{BASE}/Observation/o", about(reference)),
        entry(f"{BASE}/Patient/1", patient()),
        entry("urn:uuid:2f0c6b4e-7d7f-4b39-9b1e-7c1d5c0d9a11", patient(None)),
    )
    assert where(whole, "Bundle.entry[0].resource.subject") == target


def test_versions() -> None:
    def versioned(reference: str, kind: str = "collection") -> tuple[str, str | None]:
        whole = bundled(
            kind,
            entry(f"{BASE}/Observation/o", about(reference)),
            entry(f"{BASE}/Patient/1", patient(meta={"versionId": "1"})),
            entry(f"{BASE}/Patient/1", patient(meta={"versionId": "2"})),
        )
        return where(whole, "Bundle.entry[0].resource.subject")

    assert versioned("Patient/1/_history/2") == ("bundle", "Bundle.entry[2].resource")
    assert versioned(f"{BASE}/Patient/1/_history/1") == ("bundle", "Bundle.entry[1].resource")
    assert versioned("Patient/1/_history/3") == ("external", None)
    assert versioned("Patient/1") == ("ambiguous", None)
    assert versioned("Patient/1", "history") == ("bundle", "Bundle.entry[1].resource")


def test_a_relative_reference_beside_a_urn_means_the_urn_of_that_id() -> None:
    whole = bundled("collection", entry("urn:uuid:a", about("Patient/b")), entry("urn:uuid:b", patient("b")))
    run = begin(whole)
    assert where(whole, "Bundle.entry[0].resource.subject") == ("bundle", "Bundle.entry[1].resource")
    resolver = run.resolver
    assert isinstance(resolver, IndexResolver)
    index = resolver.bundle(run.tree.root)
    assert index.find("Patient/b", index.entries[0]) == []
    assert [one.full_url for one in index.alike("Patient/b")] == ["urn:uuid:b"]


def test_a_bundle_in_a_bundle_has_entries_of_its_own() -> None:
    inner = bundled("collection", entry(f"{BASE}/Observation/o", about("Patient/1")))
    whole = bundled("collection", entry("urn:uuid:a", inner), entry(f"{BASE}/Patient/1", patient()))
    assert where(whole, "Bundle.entry[0].resource.entry[0].resource.subject") == ("external", None)


def test_in_parameters() -> None:
    whole = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "a", "resource": about("Patient/1")},
            {"name": "b", "part": [{"name": "c", "resource": patient()}]},
        ],
    }
    assert where(whole, "Parameters.parameter[0].resource.subject") == (
        "bundle",
        "Parameters.parameter[1].part[0].resource",
    )


def test_supplied_resources() -> None:
    other = patient(meta={"versionId": "4"})
    assert where(about("Patient/1"), "Observation.subject", (other,)) == ("supplied", "Patient")
    assert where(about("Patient/1/_history/4"), "Observation.subject", (other,)) == ("supplied", "Patient")
    assert where(about("Patient/1/_history/5"), "Observation.subject", (other,)) == ("external", None)
    assert where(about("Patient/1"), "Observation.subject", (other, patient())) == ("ambiguous", None)
    together = bundled("collection", entry("urn:uuid:a", patient(None)))
    assert where(about("urn:uuid:a"), "Observation.subject", (together,)) == ("supplied", "Bundle.entry[0].resource")


@pytest.mark.parametrize("value", ["text", 1, None, True, [], {}, [None], [[]], ["a"]])
def test_what_is_no_entry_is_passed_over(value: Any) -> None:
    for whole in (
        {"resourceType": "Bundle", "type": "collection", "entry": value},
        bundled("collection", entry(None, value), {"fullUrl": value, "resource": {"resourceType": value, "id": value}}),
    ):
        run = begin(whole)
        assert run.resolver.resolve("Patient/1", run.tree.root).node is None


def test_the_parts_of_a_literal_reference() -> None:
    types = core()
    parts = restful(f"{BASE}/Patient/1/_history/2", types)
    assert parts is not None
    assert (parts.base, parts.type, parts.id, parts.version) == (f"{BASE}/", "Patient", "1", "2")
    assert parts.unversioned == f"{BASE}/Patient/1"
    assert restful("Patient/1", types) is not None
    for text in ("Patient/a_b", "Chicken/1", "Resource/1", "urn:uuid:a", "https://nhs.uk/", "Patient", "patient/1"):
        assert restful(text, types) is None
    assert relative("XXX/1") is not None
    assert relative("XXX/_history/1") is None
    assert split_version("Patient/1/_history/2") == ("Patient/1", "2")
    assert split_version("Patient/1") == ("Patient/1", None)
    assert is_absolute("urn:oid:1.2")
    assert not is_absolute("Patient/1")
    assert is_resource_type("Patient", types)
    assert not is_resource_type("HumanName", types)
    assert not is_resource_type("DomainResource", types)
    assert is_canonical_type("Questionnaire", types)
    assert not is_canonical_type("Patient", types)
    assert conditional_type("Patient?identifier=1", types) == "Patient"
    assert conditional_type("Chicken?identifier=1", types) is None
    assert is_query("Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018&active=true")
    assert not is_query("Patient?9990000018")
