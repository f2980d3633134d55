"""Search and paging of the healthy supplier."""

from __future__ import annotations

import pytest

from fixtures.supplier.data import HOSPITAL_NUMBER, build
from fixtures.supplier.nhs_number import SYSTEM
from tests.fixture_supplier.client import FORM, Client, link, matches

NUMBER = "9990000018"
EVERYONE = [f"pat-{place:03}" for place in range(1, 8)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", EVERYONE),
        ("_id=pat-002", ["pat-002"]),
        ("_id=pat-002,pat-004", ["pat-002", "pat-004"]),
        ("_id=pat-002&_id=pat-004", []),
        (f"identifier={NUMBER}", ["pat-001"]),
        (f"identifier={SYSTEM}|{NUMBER}", ["pat-001"]),
        (f"identifier={HOSPITAL_NUMBER}|{NUMBER}", []),
        (f"identifier=|{NUMBER}", []),
        (f"identifier={SYSTEM}|", EVERYONE),
        (f"identifier={SYSTEM}%7C{NUMBER}", ["pat-001"]),
        ("family=abern", ["pat-001"]),
        ("family=EAST", ["pat-005"]),
        ("family=quill", []),
        ("birthdate=1983-06-17", ["pat-004"]),
        ("birthdate=1990", ["pat-005"]),
        ("birthdate=ge1990&birthdate=lt2004-01-02", ["pat-005", "pat-006"]),
        ("birthdate=gt2004", ["pat-007"]),
        ("birthdate=le1948-02", ["pat-001"]),
        ("birthdate=ne1948", EVERYONE[1:]),
        ("family=", EVERYONE),
        ("family=dun&birthdate=1983", ["pat-004"]),
    ],
)
def test_parameters_of_patient(healthy: Client, query: str, expected: list[str]) -> None:
    bundle = healthy.get(f"/Patient?{query}").json()
    assert bundle["type"] == "searchset"
    assert matches(bundle) == expected
    assert bundle["total"] == len(expected)
    assert ("entry" in bundle) is bool(expected)


def test_patient_parameter_of_the_others(healthy: Client) -> None:
    assert healthy.ids("/Observation?patient=Patient/pat-002") == ["obs-003", "obs-004"]
    assert healthy.ids("/Observation?patient=pat-002") == ["obs-003", "obs-004"]
    assert healthy.ids("/Encounter?patient=pat-007") == ["enc-007"]


def test_the_self_link_holds_only_what_was_used(healthy: Client) -> None:
    bundle = healthy.get("/Patient?family=abern&_conformanceProbe=1&_count=3&_format=json").json()
    assert link(bundle, "self") == healthy.served.base_url + "/Patient?family=abern&_count=3"
    assert matches(bundle) == ["pat-001"]
    assert link(healthy.get("/Patient?nonsense=1").json(), "self") == healthy.served.base_url + "/Patient"


def test_strict_handling_refuses_unknown_parameters(healthy: Client) -> None:
    assert healthy.get("/Patient?nonsense=1", Prefer="handling=strict").status == 400
    assert healthy.get("/Patient?nonsense=1", Prefer="handling=lenient").status == 200


def test_post_gives_what_get_gives(healthy: Client) -> None:
    asked = f"identifier={SYSTEM}|{NUMBER}"
    posted = healthy.send("/Patient/_search", "POST", headers=FORM, body=asked)
    assert posted.json() == healthy.get(f"/Patient?{asked}").json()


def test_full_urls_and_modes(healthy: Client) -> None:
    for entry in healthy.get("/Observation").json()["entry"]:
        assert entry["fullUrl"] == f"{healthy.served.base_url}/Observation/{entry['resource']['id']}"
        assert entry["search"] == {"mode": "match"}


def test_paging_reaches_the_end_without_gap_or_repeat(healthy: Client) -> None:
    pages = healthy.walk("/Patient?_count=2")
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [row for page in pages for row in page] == EVERYONE
    assert [len(page) for page in healthy.walk("/Observation")] == [10, 4]
    assert healthy.walk("/Patient?_count=7") == [EVERYONE]


def test_next_links_are_absolute_and_say_nothing_of_the_search(healthy: Client) -> None:
    body = f"identifier={SYSTEM}|&_count=2"
    bundle = healthy.send("/Patient/_search", "POST", headers=FORM, body=body).json()
    following = link(bundle, "next") or ""
    assert following.startswith(healthy.served.base_url + "/Patient?_page=")
    assert "nhs" not in following
    second = healthy.get(following).json()
    assert matches(second) == EVERYONE[2:4]
    assert link(second, "self") == following
    assert second["total"] == 7


def test_count_zero_counts(healthy: Client) -> None:
    bundle = healthy.get("/Patient?_count=0").json()
    assert bundle["total"] == 7
    assert "entry" not in bundle
    assert link(bundle, "next") is None


def test_a_page_belongs_to_its_type(healthy: Client) -> None:
    following = link(healthy.get("/Patient?_count=2").json(), "next") or ""
    assert healthy.get(following.replace("/Patient?", "/Encounter?")).status == 404


def test_search_shows_the_current_versions(healthy: Client) -> None:
    shown = {each["resource"]["id"]: each["resource"] for each in healthy.get("/Patient").json()["entry"]}
    assert shown == {identity: versions[-1] for identity, versions in build()["Patient"].items()}
