"""FHIR Bundles: fullUrl, what entries have, totals, links, and the time that it takes."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from checker.fhir.validation import bundle
from tests.fhir.validation.judging import begin, bundled, entry, errors, observation, said

BASE = "https://ehr.example.nhs.uk/fhir"
REQUEST = {"request": {"method": "PUT", "url": "Patient/1"}}
RESPONSE = {"response": {"status": "200 OK"}}


def patient(identity: str | None = "1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **({} if identity is None else {"id": identity}), **more}


@pytest.mark.parametrize(
    ("url", "resource", "rule"),
    [
        (f"{BASE}/Patient/1", patient(), None),
        ("urn:uuid:2f0c6b4e-7d7f-4b39-9b1e-7c1d5c0d9a11", patient("other"), None),
        ("urn:oid:2.16.840.1.113883", patient(None), None),
        ("https://nhs.uk/records?id=5", patient(), None),
        ("Patient/1", patient(), "bundle-full-url-relative"),
        (f"{BASE}/Patient/2", patient(), "bundle-full-url-id"),
        (f"{BASE}/Person/1", patient(), "bundle-full-url-id"),
        (f"{BASE}/Patient/1", patient(None), "bundle-full-url-id"),
        (f"{BASE}/Patient/1/_history/2", patient(), "bundle-full-url-version"),
        (None, patient(), "bundle-full-url-missing"),
    ],
)
def test_full_urls(url: str | None, resource: dict[str, Any], rule: str | None) -> None:
    assert {found for found, _ in errors(bundled("collection", entry(url, resource)))} == ({rule} if rule else set())


def test_a_canonical_url_is_no_address() -> None:
    url = "https://fhir.example.nhs.uk/something/v"
    value_set = {"resourceType": "ValueSet", "id": "v", "url": url, "status": "draft"}
    assert errors(bundled("collection", entry(url, value_set))) == {
        ("bundle-full-url-canonical", "Bundle.entry[0].fullUrl")
    }
    assert errors(bundled("collection", entry("https://fhir.example.nhs.uk/ValueSet/v", value_set))) == set()


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_requests_may_go_without_full_url(kind: str) -> None:
    assert errors(bundled(kind, entry(None, patient(), **REQUEST))) == set()


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_references_of_an_update_start_from_its_full_url(kind: str) -> None:
    seen = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/1"},
    }
    update = {"request": {"method": "PUT", "url": "Observation/o"}}
    missing = "bundle-full-url-missing"
    assert errors(bundled(kind, entry(None, seen, **update))) == {(missing, "Bundle.entry[0]")}
    assert errors(bundled(kind, entry("https://fhir.example.nhs.uk/Observation/o", seen, **update))) == set()
    alone = {**seen, "subject": {"display": "x"}}
    assert errors(bundled(kind, entry(None, alone, **update))) == set()
    # What is created may go without: R4 says so.
    created = bundled(kind, entry(None, without_id(seen), request={"method": "POST", "url": "Observation"}))
    assert errors(created) == set()
    assert ("warning", missing, "Bundle.entry[0]") in said(created)


def without_id(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "id"}


def test_a_deletion_in_a_history_says_of_what() -> None:
    gone = {"request": {"method": "DELETE", "url": "Patient/1"}, **RESPONSE}
    assert errors(bundled("history", entry(None, **gone))) == {("bundle-full-url-missing", "Bundle.entry[0]")}
    assert errors(bundled("history", entry("https://fhir.example.nhs.uk/Patient/1", **gone))) == set()


def test_an_outcome_of_a_search_may_go_without_full_url() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    whole = bundled("searchset", entry(None, outcome, search={"mode": "outcome"}))
    assert ("warning", "bundle-full-url-missing", "Bundle.entry[0]") in said(whole)
    assert errors(whole) == set()


def test_full_urls_are_unique() -> None:
    def two(kind: str, first: str | None, second: str | None) -> set[tuple[str, str]]:
        parts = {**REQUEST, **RESPONSE} if kind == "history" else {}
        versions: list[dict[str, Any]] = [{"meta": {"versionId": one}} if one else {} for one in (first, second)]
        return errors(bundled(kind, *(entry(f"{BASE}/Patient/1", patient(**one), **parts) for one in versions)))

    wrong = {("bundle-full-url-duplicate", "Bundle.entry[1].fullUrl")}
    assert two("collection", None, None) == wrong
    assert two("collection", "1", "1") == wrong
    assert two("collection", "1", "2") == set()
    assert two("history", "1", "1") == set()


@pytest.mark.parametrize(
    ("kind", "parts", "rules"),
    [
        ("collection", {}, set()),
        ("collection", REQUEST, {"bundle-request-prohibited"}),
        ("collection", RESPONSE, {"bundle-response-prohibited"}),
        ("collection", {"search": {"mode": "match"}}, {"bundle-search-prohibited"}),
        ("searchset", {"search": {"mode": "match"}}, set()),
        ("searchset", {"search": {"mode": "match"}, **REQUEST}, {"bundle-request-prohibited"}),
        ("transaction", REQUEST, set()),
        ("transaction", {}, {"bundle-request-missing"}),
        ("batch", {}, {"bundle-request-missing"}),
        ("batch-response", RESPONSE, set()),
        ("transaction-response", {}, {"bundle-response-missing"}),
        ("history", {**REQUEST, **RESPONSE}, set()),
        ("history", REQUEST, {"bundle-response-missing"}),
        ("history", RESPONSE, {"bundle-request-missing"}),
    ],
)
def test_what_entries_have(kind: str, parts: dict[str, Any], rules: set[str]) -> None:
    assert {rule for rule, _ in errors(bundled(kind, entry(f"{BASE}/Patient/1", patient(), **parts)))} == rules


def test_an_entry_says_something() -> None:
    assert errors(bundled("collection", entry("urn:uuid:a"))) == {("bundle-entry-empty", "Bundle.entry[0]")}


def test_only_searches_and_histories_have_a_total() -> None:
    assert errors(bundled("collection", total=0)) == {("bundle-total-prohibited", "Bundle.total")}
    assert errors(bundled("searchset", total=0)) == set()
    assert errors(bundled("history", total=0)) == set()


@pytest.mark.parametrize(
    ("kind", "relations", "found"),
    [
        ("searchset", ["self", "next", "first"], set()),
        ("searchset", ["self", "self"], {("bundle-link-duplicate", "Bundle.link[1].relation")}),
        ("history", ["self", "next", "next"], {("bundle-link-duplicate", "Bundle.link[2].relation")}),
        ("searchset", ["self", "related", "related"], set()),
        ("collection", ["self"], set()),
        ("collection", ["self", "self"], {("bundle-link-duplicate", "Bundle.link[1].relation")}),
        ("collection", ["next"], {("bundle-link-prohibited", "Bundle.link[0].relation")}),
        ("transaction", ["first"], {("bundle-link-prohibited", "Bundle.link[0].relation")}),
    ],
)
def test_links(kind: str, relations: list[str], found: set[tuple[str, str]]) -> None:
    links = [{"relation": one, "url": f"{BASE}/Patient?name=a"} for one in relations]
    assert errors({"resourceType": "Bundle", "type": kind, "link": links}) == found


def test_a_bundle_in_a_bundle_has_rules_of_its_own() -> None:
    inner = bundled("transaction", entry(None, patient(), **REQUEST))
    assert errors(bundled("collection", entry("urn:uuid:a", inner))) == set()
    wrong = bundled("collection", entry(None, patient()))
    assert errors(bundled("collection", entry("urn:uuid:a", wrong))) == {
        ("bundle-full-url-missing", "Bundle.entry[0].resource.entry[0]")
    }


@pytest.mark.parametrize("value", ["text", 1, None, True, [], {}, [None], [[]], ["a"], [{"resource": "a"}]])
def test_what_is_no_entry_is_left_to_others(value: Any) -> None:
    part = {"fullUrl": value, "resource": value, "request": value, "response": value, "search": value}
    found = errors(bundled("batch", part, link=[{"relation": value, "url": value}]))
    found |= errors(bundled("searchset", part, part, total=value))
    for kind in ("searchset", "document", "message", "history", "batch", "collection", value):
        found |= errors({"resourceType": "Bundle", "type": kind, "entry": value, "link": value, "total": value})
    assert {rule.partition("-")[0] for rule, _ in found} == {"bundle", "document", "message"}
    assert {re.sub(r"\[\d\]", "", path) for _, path in found} <= {
        "Bundle",
        "Bundle.total",
        "Bundle.entry",
        *(f"Bundle.entry.{name}" for name in part),
    }


@pytest.mark.parametrize("kind", ["collection", "document"])
def test_work_grows_with_the_entries_and_no_faster(kind: str) -> None:
    def calls(count: int) -> int:
        """How many functions are called, Python's and built-in ones: the same on every machine."""
        first = {"resourceType": "Composition", "id": "c"}
        some = (
            observation(
                id=f"o{at}",
                subject={"reference": "Observation/o0"},
                hasMember=[{"reference": f"Observation/o{at - 1}"}],
            )
            for at in range(count)
        )
        entries = [entry("urn:uuid:c", first), *(entry(f"{BASE}/Observation/{one['id']}", one) for one in some)]
        run = begin(bundled(kind, *entries))
        counted = 0

        def count_one(frame: object, event: str, argument: object) -> None:
            nonlocal counted
            counted += event in ("call", "c_call")

        sys.setprofile(count_one)
        try:
            bundle.check(run, run.tree.root)
        finally:
            sys.setprofile(None)
        return counted

    calls(20)
    assert calls(800) < 8 * calls(100) * 1.2
