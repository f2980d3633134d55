"""What the reference supplier's searches have beyond plain criteria."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixture_supplier.client import Client, matches


def found(client: Client, path: str) -> list[str]:
    return matches(client.get(f"{path}&_count=100").json())


def included(client: Client, path: str) -> list[str]:
    entries = client.get(f"{path}&_count=100").json().get("entry", [])
    return [one["resource"]["id"] for one in entries if one["search"]["mode"] == "include"]


def first(client: Client, path: str) -> dict[str, Any]:
    resource: dict[str, Any] = client.get(path).json()["entry"][0]["resource"]
    return resource


def test_chains_and_steps_back(healthy: Client) -> None:
    family = first(healthy, "/Patient?_id=pat-001")["name"][0]["family"]
    chained = found(healthy, f"/Condition?patient:Patient.family={family}")
    assert chained == found(healthy, f"/Condition?patient.family={family}") == ["con-001"]
    assert found(healthy, "/Patient?_has:Condition:patient:code=73211009") == ["pat-001", "pat-008"]
    two_steps = found(healthy, "/Observation?encounter.service-provider.name=Heronsgate")
    assert two_steps
    assert set(two_steps) < set(found(healthy, "/Observation?encounter:missing=false"))


@pytest.mark.parametrize(
    "query",
    [
        "patient:Organization.name=x",
        "patient.shoe-size=1",
        "code.name=x",
        "_has:Condition:patient=x",
        "_has:Nothing:patient:code=x",
        "_has:Condition:encounter:code=x",
        "value-quantity=x",
        "value-quantity=5|a",
        "component-code-value-quantity=8480-6",
        "_elements=a%20b",
        "_revinclude=Condition:code",
    ],
)
def test_what_cannot_be_followed_or_read_is_refused(healthy: Client, query: str) -> None:
    assert healthy.get(f"/Observation?{query}", Prefer="handling=strict").status == 400


def test_what_refers_to_a_match_is_included(healthy: Client) -> None:
    back = included(healthy, "/Patient?_id=pat-001&_revinclude=Condition:patient&_revinclude=Immunization:patient")
    assert back == ["con-001", "imm-001"]


def test_inclusion_goes_on(healthy: Client) -> None:
    near = "/Condition?_id=con-001&_include=Condition:patient"
    assert included(healthy, near) == ["pat-001"]
    assert included(healthy, f"{near}&_include:iterate=Patient:organization") == ["pat-001", "org-002"]


def test_the_compartment_of_a_patient(healthy: Client) -> None:
    inside = healthy.get("/Patient/pat-001/Observation?_count=100").json()
    assert matches(inside) == found(healthy, "/Observation?patient=pat-001")
    assert healthy.get("/Patient/pat-001/Organization").status == 404
    assert healthy.get("/Patient/p%20x/Observation").status == 400
    paged = healthy.get("/Patient/pat-001/Observation?_count=1").json()
    following = next(one["url"] for one in paged["link"] if one["relation"] == "next")
    assert matches(healthy.get(following.removeprefix(healthy.served.base_url)).json()) == matches(inside)[1:2]


def test_quantities_with_prefix_and_unit(healthy: Client) -> None:
    weights = {row: first(healthy, f"/Observation?_id={row}") for row in found(healthy, "/Observation?code=29463-7")}
    values = {row: one["valueQuantity"]["value"] for row, one in weights.items()}
    heavy = found(healthy, "/Observation?code=29463-7&value-quantity=gt70|http://unitsofmeasure.org|kg")
    assert set(heavy) == {row for row, value in values.items() if value > 70}
    assert found(healthy, "/Observation?code=29463-7&value-quantity=gt70|http://unitsofmeasure.org|g") == []
    assert found(healthy, "/Observation?code=29463-7&value-quantity=gt70||kg") == heavy
    pairs = found(healthy, "/Observation?component-code-value-quantity=8480-6$gt100")
    assert pairs
    assert found(healthy, "/Observation?component-code-value-quantity=8462-4$gt100") == []


def test_not_is_the_rest(healthy: Client) -> None:
    every = found(healthy, "/Patient?_id:missing=false")
    women = found(healthy, "/Patient?gender=female")
    assert sorted(women + found(healthy, "/Patient?gender:not=female")) == sorted(every)


def test_parts_are_tagged(healthy: Client) -> None:
    whole = first(healthy, "/Patient?_id=pat-001")
    some = first(healthy, "/Patient?_id=pat-001&_elements=identifier")
    assert some.keys() == {"resourceType", "id", "meta", "identifier"}
    assert some["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert "tag" not in whole["meta"]
    assert "text" not in first(healthy, "/Patient?_id=pat-001&_summary=data")
    assert first(healthy, "/Patient?_id=pat-001&_summary=text").keys() == {"resourceType", "id", "meta", "text"}
    assert "generalPractitioner" not in first(healthy, "/Patient?_id=pat-001&_summary=true")
    assert first(healthy, "/Patient?_id=pat-001&_summary=false") == whole
    assert first(healthy, "/Observation?_elements=code").keys() >= {"status", "code"}  # mandatory ones stay


def test_a_hint_comes_to_who_asks_for_lenient_handling(healthy: Client) -> None:
    hinted = healthy.get("/Patient?nonsense=1&_count=1", Prefer="handling=lenient").json()
    assert [one["search"]["mode"] for one in hinted["entry"]] == ["match", "outcome"]
    plain = healthy.get("/Patient?nonsense=1&_count=1").json()
    assert [one["search"]["mode"] for one in plain["entry"]] == ["match"]
