"""Search and paging of the healthy supplier."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fixtures.supplier.data import build
from fixtures.supplier.nhs_number import SYSTEM
from fixtures.supplier.paging import Pages
from fixtures.supplier.parameters import PARAMETERS, Resource, parameter
from fixtures.supplier.people import HOSPITAL_NUMBER
from fixtures.supplier.problem import FhirProblem
from fixtures.supplier.search import Searches
from fixtures.supplier.switches import SupplierSwitches
from tests.fixture_supplier.client import FORM, Client, link, matches

NUMBER = "9990000018"
EVERYONE = [f"pat-{place:03}" for place in range(1, 13)]


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
        ("birthdate=gt2004", ["pat-007", "pat-010"]),
        ("birthdate=le1948-02", ["pat-001", "pat-008"]),
        ("birthdate=ne1948", EVERYONE[1:]),
        ("family=", EVERYONE),
        ("family=dun&birthdate=1983", ["pat-004"]),
        ("birthdate=sa2004-01-01", ["pat-007", "pat-010"]),
        ("birthdate=sa2004", ["pat-007", "pat-010"]),
        ("birthdate=eb1948", ["pat-008"]),
        ("birthdate=eb1948-02-29", ["pat-008"]),
        ("birthdate=1948-02-29,2019", ["pat-001", "pat-007"]),
        ("birthdate=le1948-02-29T12:00:00Z", ["pat-001", "pat-008"]),
        ("birthdate=eq1948-02-29T12:00:00Z", []),
        ("birthdate:missing=true", []),
        ("death-date=2026-03", ["pat-002"]),
        ("death-date=2026-03-01T04:20:00Z", ["pat-002"]),
        ("death-date=2026-03-01T05:20:00%2B01:00", ["pat-002"]),
        ("death-date=2026-03-01T05:20:00+01:00", ["pat-002"]),
        ("death-date=gt2026-03-01T04:20:00Z", []),
        ("death-date=ge2026-03-01T04:20:00Z", ["pat-002"]),
        ("death-date:missing=false", ["pat-002"]),
        ("family:exact=abernquill", []),
        ("family:exact=Abernquill", ["pat-001"]),
        ("family:contains=QUILL", ["pat-001"]),
        ("family:contains=astwick", ["pat-005"]),
        ("given=fern,evan", ["pat-010", "pat-012"]),
        ("name=rhys", ["pat-003"]),
        ("family=dunmarrow", ["pat-004"]),
        ("family:exact=Dunmarrow", ["pat-004"]),
        ("family=a\\,b", []),
        ("gender=other", ["pat-007"]),
        ("gender=http://hl7.org/fhir/administrative-gender|other", ["pat-007"]),
        ("gender=|other", []),
        ("active=true&family=gwyn", ["pat-007"]),
        ("active=false", []),
        ("address-postalcode=zz12", ["pat-012"]),
        ("general-practitioner=prac-001&_id=pat-001", ["pat-001"]),
        ("general-practitioner=Practitioner/prac-002", []),
        ("organization=Organization/org-002", EVERYONE[::2]),
        ("_lastUpdated=ge2026-03-01", ["pat-001", "pat-002"]),
        ("_lastUpdated=ge2026-03-01&_lastUpdated=lt2026-03-02", ["pat-002"]),
        ("_sort=-birthdate&birthdate=lt1960", ["pat-012", "pat-001", "pat-008"]),
        ("_sort=gender,-birthdate&birthdate=gt1989", ["pat-010", "pat-005", "pat-006", "pat-007"]),
        ("_sort=death-date&birthdate=lt1962", ["pat-002", "pat-001", "pat-008", "pat-012"]),
        ("_sort=family&given=maud,fern", ["pat-001", "pat-010"]),
    ],
)
def test_parameters_of_patient(healthy: Client, query: str, expected: list[str]) -> None:
    bundle = healthy.get(f"/Patient?{query}&_count=50").json()
    assert bundle["type"] == "searchset"
    assert matches(bundle) == expected
    assert bundle["total"] == len(expected)
    assert ("entry" in bundle) is bool(expected)


def test_patient_parameter_of_the_others(healthy: Client) -> None:
    assert healthy.ids("/Observation?patient=Patient/pat-002") == ["obs-003", "obs-004", "obs-026", "obs-035"]
    assert healthy.ids("/Observation?patient=pat-002") == ["obs-003", "obs-004", "obs-026", "obs-035"]
    assert healthy.ids("/Encounter?patient=pat-007") == ["enc-007"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Observation?subject=pat-002", None),
        ("Observation?patient={base}/Patient/pat-002&code=8867-4", ["obs-004"]),
        ("Observation?patient=https://other.example/fhir/Patient/pat-002", []),
        ("Observation?patient:Patient=pat-002&code=http://loinc.org|8867-4", ["obs-004"]),
        ("Observation?patient=Encounter/enc-002", []),
        ("Observation?category=laboratory", ["obs-001", "obs-038"]),
        ("Observation?encounter=enc-001&category=vital-signs", ["obs-002", "obs-025", "obs-037"]),
        ("Observation?status=amended", ["obs-001"]),
        ("Observation?_id=obs-900", []),
        ("Encounter?class=IMP,EMER", ["enc-002", "enc-006"]),
        ("Encounter?date=2026-03-01", []),
        ("Encounter?date=gt2026-02-28", ["enc-002"]),
        ("Encounter?date=sa2026-03-02", []),
        ("Encounter?service-provider=org-001&status=finished&patient=pat-002", ["enc-002"]),
        ("AllergyIntolerance?patient=pat-003", ["all-001"]),
        ("AllergyIntolerance?code=http://snomed.info/sct|716186003", ["all-003"]),
        ("AllergyIntolerance?clinical-status=active&patient=pat-007", ["all-002"]),
        ("Condition?clinical-status=resolved", ["con-004"]),
        ("Condition?onset-date=lt2000", ["con-001", "con-002"]),
        ("Condition?category=problem-list-item&code=195967001", ["con-002", "con-004"]),
        ("Immunization?status=not-done", ["imm-002"]),
        ("Immunization?date=2025-10", ["imm-001", "imm-003"]),
        ("MedicationRequest?status=active&intent=order&authoredon=2026-01-22", ["med-002"]),
        ("Organization?name=heronsgate", ["org-002"]),
        ("Organization?identifier=https://fhir.nhs.uk/Id/ods-organization-code|ZZ901", ["org-001"]),
        ("Practitioner?family=sander", ["prac-002"]),
        ("Practitioner?name=Dr&identifier=S00101", ["prac-001"]),
    ],
)
def test_parameters_of_the_other_types(healthy: Client, query: str, expected: list[str] | None) -> None:
    found = healthy.get("/" + query.replace("{base}", healthy.served.base_url)).json()
    if expected is None:  # another parameter finds the same
        assert matches(found) == healthy.ids("/Observation?patient=Patient/pat-002") != []
    else:
        assert matches(found) == expected


@pytest.mark.parametrize(
    "query",
    [
        "birthdate=ap2000",
        "birthdate=2000-02-30",
        "birthdate=2000-1-1",
        "birthdate=ge",
        "birthdate=2000-01-01T25:00",
        "birthdate=9999",
        "birthdate=x2000",
        "birthdate=2000-01-01T10",
        "birthdate:exact=2000",
        "family:missing=maybe",
        "family:below=x",
        "gender:text=male",
        "gender=|",
        "identifier:of-type=a|b|c",
        "general-practitioner.shoe-size=x",
        "general-practitioner=https://nothing.example",
        "general-practitioner=a/b/c",
        "_lastUpdated=yesterday",
        "_count=many",
        "_sort=shoe-size",
        "_sort=",
        "_summary=short",
        "_total=some",
    ],
)
def test_what_is_malformed_or_not_supported_is_refused(healthy: Client, query: str) -> None:
    refused = healthy.get(f"/Patient?{query}")
    if query == "_sort=":  # no value: as if it were not there
        assert refused.status == 200
    else:
        assert (refused.status, refused.json()["resourceType"]) == (400, "OperationOutcome")


def test_the_self_link_lists_what_shaped_the_answer(healthy: Client) -> None:
    asked = "family=a&_sort=-birthdate&_total=none&_count=2"
    bundle = healthy.get(f"/Patient?_containedType=both&{asked}&birthdate=&_pretty=true").json()
    assert link(bundle, "self") == f"{healthy.served.base_url}/Patient?{asked}"
    assert "total" not in bundle
    beyond = healthy.get("/Patient?_count=5000").json()
    assert link(beyond, "self") == f"{healthy.served.base_url}/Patient?_count=100"


def test_escapes_are_honoured() -> None:
    name = parameter("Patient", "family")
    number = parameter("Patient", "identifier")
    assert name is not None
    assert number is not None
    comma: Resource = {"name": [{"family": "Smith, the Elder"}]}
    assert name.test("exact", r"Smith\, the Elder", "")(comma)
    assert not name.test("exact", "Smith, the Elder", "")(comma)
    assert name.test("", r"x,Smith\,", "")(comma)
    pipe: Resource = {"identifier": [{"system": "urn:a|b", "value": "c|d"}]}
    assert number.test("", r"urn:a\|b|c\|d", "")(pipe)
    assert number.test("", r"x\\,urn:a\|b|", "")(pipe)
    assert not number.test("", r"c\|e", "")(pipe)


@pytest.mark.parametrize(
    ("prefix", "matching"),
    [
        ("eq", {"inside"}),
        ("ne", {"before", "over the start", "around", "over the end", "after", "for ever"}),
        ("gt", {"around", "over the end", "after", "for ever"}),
        ("lt", {"before", "over the start", "around"}),
        ("ge", {"inside", "around", "over the end", "after", "for ever"}),
        ("le", {"inside", "before", "over the start", "around"}),
        ("sa", {"after", "for ever"}),
        ("eb", {"before"}),
    ],
)
def test_a_date_and_a_period_are_compared_as_intervals(prefix: str, matching: set[str]) -> None:
    """March 2026 against periods in all places around it."""
    periods = {
        "before": ("2026-01", "2026-02"),
        "over the start": ("2026-02-20", "2026-03-10"),
        "inside": ("2026-03-01", "2026-03-31"),
        "around": ("2026-02", "2026-04"),
        "over the end": ("2026-03-30", "2026-04-02"),
        "after": ("2026-04-01", "2026-04-02"),
        "for ever": ("2026-04-01", None),
    }
    date = parameter("Encounter", "date")
    assert date is not None
    test = date.test("", f"{prefix}2026-03", "")
    rows: dict[str, Resource] = {
        name: {"period": {"start": start, **({"end": end} if end else {})}} for name, (start, end) in periods.items()
    }
    assert {name for name, row in rows.items() if test(row)} == matching


def test_a_summary_of_counts(healthy: Client) -> None:
    bundle = healthy.get("/Patient?_summary=count&_total=none&gender=female").json()
    assert bundle["total"] == 6
    assert "entry" not in bundle
    assert link(bundle, "next") is None
    assert healthy.get("/Patient?_summary=false").json()["entry"]


def test_sorted_pages_keep_their_order(healthy: Client) -> None:
    walked = [row for page in healthy.walk("/Patient?_sort=-birthdate&_count=5") for row in page]
    assert walked == healthy.ids("/Patient?_sort=-birthdate&_count=50")
    assert walked[0] == "pat-010"
    assert sorted(walked) == EVERYONE


def modes(bundle: dict[str, Any]) -> list[str]:
    """Mode and id of each entry."""
    return [f"{entry['search']['mode']} {entry['resource']['id']}" for entry in bundle["entry"]]


def test_included_resources_are_shown_once_and_not_counted(healthy: Client) -> None:
    asked = "_include=Observation:patient&_include=Observation:encounter&patient=pat-001&_count=2"
    first = healthy.get(f"/Observation?{asked}").json()
    assert modes(first) == ["match obs-001", "match obs-002", "include pat-001", "include enc-001"]
    assert first["total"] == 4
    assert "_include=Observation:patient" in (link(first, "self") or "")
    second = healthy.get(link(first, "next") or "").json()
    assert modes(second) == ["match obs-025", "match obs-037", "include pat-001", "include enc-001"]


def test_an_include_opens_nothing(healthy: Client) -> None:
    narrow = healthy.served.token("system/Observation.read system/Encounter.read")
    path = "/Observation?_include=Observation:patient&_include=Observation:encounter&_id=obs-001&_count=1"
    assert modes(healthy.send(path, token=narrow).json()) == ["match obs-001", "include enc-001"]


@pytest.mark.parametrize(
    "asked",
    [
        "_include=*",
        "_include=Observation:code",
        "_include=Patient:organization",
        "_include:recurse=Observation:patient",
    ],
)
def test_an_include_that_is_not_declared_is_refused(healthy: Client, asked: str) -> None:
    assert healthy.get(f"/Observation?{asked}").status == 400


BITS = [
    *("2026", "-01", "-31", "T10:00", "Z", "+14:00", ":30", ".5", "ge", "ap", "|", ",", "\\", "Patient/", "pat-001"),
    *(
        "https://x/fhir/",
        "\0",
        "é",
        "٣",
        "birthdate",
        "gender",
        "0001",
        "9999",
        "-12",
        ":",
        "true",
        "Observation:patient",
    ),
]


@pytest.mark.parametrize("kind", PARAMETERS)
def test_any_value_is_answered_or_refused(kind: str) -> None:
    """Seeded nonsense: 400 or a Bundle, never anything else."""
    chance, switches = random.Random(20261122), SupplierSwitches(merged_patient=True, absent_identifier=True)
    searches = Searches("https://x/fhir", build(switches), Pages("https://x/fhir", switches), switches)
    names = ["_sort", "_count", "_summary", "_total", "_include", "_page", "_has:a", "x"]
    names += [each.name for each in PARAMETERS[kind]] * 2
    seen = {"answered": 0, "refused": 0}
    statuses = set()
    for _ in range(1500):
        name = chance.choice(names) + chance.choice(["", "", "", ":exact", ":contains", ":missing", ":Patient", ":"])
        value = "".join(chance.choice(BITS) for _ in range(chance.randrange(5)))
        try:
            assert searches.first(kind, [(name, value)], strict=False)["type"] == "searchset"
            seen["answered"] += 1
        except FhirProblem as problem:
            statuses.add(problem.status)
            seen["refused"] += 1
    assert statuses == {400}
    assert min(seen.values()) > 100


def test_a_format_in_the_body_counts(healthy: Client) -> None:
    answer = healthy.send("/Patient/_search", "POST", headers=FORM, body="_format=application/fhir%2Bxml")
    assert answer.status == 406


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
    assert [len(page) for page in pages] == [2] * 6
    assert [row for page in pages for row in page] == EVERYONE
    assert [len(page) for page in healthy.walk("/Observation")] == [10, 10, 10, 8]
    assert healthy.walk("/Patient?_count=12") == [EVERYONE]


def test_next_links_are_absolute_and_say_nothing_of_the_search(healthy: Client) -> None:
    body = f"identifier={SYSTEM}|&_count=2"
    bundle = healthy.send("/Patient/_search", "POST", headers=FORM, body=body).json()
    following = link(bundle, "next") or ""
    assert following.startswith(healthy.served.base_url + "/Patient?_page=")
    assert "nhs" not in following
    second = healthy.get(following).json()
    assert matches(second) == EVERYONE[2:4]
    assert link(second, "self") == following
    assert second["total"] == 12


def test_count_zero_counts(healthy: Client) -> None:
    bundle = healthy.get("/Patient?_count=0").json()
    assert bundle["total"] == 12
    assert "entry" not in bundle
    assert link(bundle, "next") is None


def test_a_page_belongs_to_its_type(healthy: Client) -> None:
    following = link(healthy.get("/Patient?_count=2").json(), "next") or ""
    assert healthy.get(following.replace("/Patient?", "/Encounter?")).status == 404


def test_search_shows_the_current_versions(healthy: Client) -> None:
    shown = {each["resource"]["id"]: each["resource"] for each in healthy.get("/Patient?_count=50").json()["entry"]}
    assert shown == {identity: versions[-1] for identity, versions in build()["Patient"].items()}


def test_a_count_is_a_total_without_rows(healthy: Client) -> None:
    found = healthy.get("/Patient?_summary=count").json()
    assert (found["total"], found.get("entry")) == (12, None)
    assert str(link(found, "self")).endswith("/Patient?_summary=count")
    assert not link(found, "next")
