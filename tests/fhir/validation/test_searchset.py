"""Search results: self link, modes, ids, types, total."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.validation.searchset import searched_types
from tests.fhir.validation.judging import core, entry, said

BASE = "https://ehr.example.nhs.uk/fhir"
PATIENTS = f"{BASE}/Patient?name=anna"


def found(kind: str, mode: str | None, identity: str | None = "1") -> dict[str, Any]:
    resource = {"resourceType": kind, **({} if identity is None else {"id": identity})}
    return entry(
        f"{BASE}/{kind}/1" if identity else "urn:uuid:a", resource, **({"search": {"mode": mode}} if mode else {})
    )


def result(*entries: dict[str, Any], url: str | None = PATIENTS, **more: Any) -> set[tuple[str, str, str]]:
    link = [] if url is None else [{"relation": "self", "url": url}]
    return said({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": list(entries), **more})


def test_a_match_an_include_and_an_outcome_are_fine() -> None:
    whole = (found("Patient", "match"), found("Organization", "include"), found("OperationOutcome", "outcome"))
    assert result(*whole, total=1) == set()


def test_there_is_a_self_link_that_tells_the_type() -> None:
    assert result(found("Patient", "match"), url=None) == {("warning", "bundle-search-self-missing", "Bundle")}
    assert result(found("Patient", "match"), url=f"{BASE}?name=anna") == {
        ("information", "bundle-search-self-unclear", "Bundle.link[0].url")
    }


@pytest.mark.parametrize(
    ("url", "types"),
    [
        (PATIENTS, ["Patient"]),
        ("Patient", ["Patient"]),
        (f"{BASE}/Patient/_search?name=a", ["Patient"]),
        (f"{BASE}/Patient/1/Observation?code=a", ["Observation"]),
        (f"{BASE}?_type=Patient,Group", ["Patient", "Group"]),
        (f"{BASE}?_type=Patient%2CGroup", ["Patient", "Group"]),
        (f"{BASE}?name=a", []),
        ("", []),
    ],
)
def test_searched_types(url: str, types: list[str]) -> None:
    assert searched_types(url, core()) == types


def test_each_entry_has_a_mode_once_one_has() -> None:
    assert result(found("Patient", "match"), found("Patient", None)) == {
        ("warning", "bundle-search-mode-missing", "Bundle.entry[1]"),
        ("error", "bundle-full-url-duplicate", "Bundle.entry[1].fullUrl"),
    }


def test_without_modes_all_are_of_the_type_that_was_searched() -> None:
    note = ("information", "bundle-search-mode-missing", "Bundle")
    assert result(found("Patient", None)) == {note}
    assert result(found("Group", None)) == {
        ("warning", "bundle-search-mode-missing", "Bundle"),
        ("warning", "bundle-search-type", "Bundle.entry[0].resource"),
    }
    assert result(found("Patient", None, None)) == {
        note,
        ("warning", "bundle-search-id-missing", "Bundle.entry[0].resource.id"),
    }
    several = result(found("Patient", None), found("Group", None), url=f"{BASE}?_type=Patient,Group")
    assert several == {("warning", "bundle-search-mode-missing", "Bundle")}


def test_matches_are_of_the_type_that_was_searched() -> None:
    assert result(found("Group", "match")) == {("error", "bundle-search-type", "Bundle.entry[0].resource")}


def test_resources_have_ids() -> None:
    for mode in ("match", "include"):
        assert result(found("Patient", mode, None)) == {
            ("error", "bundle-search-id-missing", "Bundle.entry[0].resource.id")
        }


def test_outcomes_are_outcomes() -> None:
    assert result(found("Patient", "outcome")) == {("error", "bundle-search-outcome-type", "Bundle.entry[0].resource")}


def test_entries_have_resources() -> None:
    empty = {"fullUrl": "urn:uuid:a", "search": {"mode": "match"}}
    assert {rule for _, rule, _ in result(empty)} == {"bundle-search-resource-missing", "bundle-entry-empty"}


def test_the_total_counts_at_least_the_matches() -> None:
    assert result(found("Patient", "match"), total=0) == {("warning", "bundle-search-total", "Bundle.total")}
    assert result(found("Patient", "include"), total=0) == set()
    assert result(found("Patient", "match"), total=900) == set()
