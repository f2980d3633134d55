"""When two copies of a resource hold the same."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.likeness import ASIDE, LEAF_DIGITS, WHOLE_DIGITS, content, general, leaves

ONE: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"versionId": "1", "lastUpdated": "2026-03-02T14:05:00+00:00", "source": "urn:x"},
    "text": {"status": "generated", "div": "<div>one</div>"},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-02-12T10:15:00+00:00",
    "valueQuantity": {"value": 5, "unit": "kg"},
    "note": [{"text": "a"}, {"text": "b"}],
}
BASE = "https://supplier.example/fhir"

LIKE: list[dict[str, Any]] = [
    dict(reversed(ONE.items())),
    {**ONE, "meta": {"versionId": "9", "lastUpdated": "2026-04-01T00:00:00Z", "source": "urn:x"}},
    {**ONE, "text": {"status": "additional", "div": "<div>two</div>"}},
    {name: value for name, value in ONE.items() if name != "text"},
    {**ONE, "effectiveDateTime": "2026-02-12T10:15:00Z"},
    {**ONE, "effectiveDateTime": "2026-02-12T10:15:00.000Z"},
    {**ONE, "valueQuantity": {"value": 5.0, "unit": "kg"}},
    {**ONE, "subject": {"reference": f"{BASE}/Patient/p1"}},
]
UNLIKE: list[tuple[dict[str, Any], str]] = [
    ({**ONE, "valueQuantity": {"value": 5, "unit": "lb"}}, "valueQuantity.unit"),
    ({**ONE, "valueQuantity": {"value": "5", "unit": "kg"}}, "valueQuantity.value"),
    ({**ONE, "meta": {"source": "urn:y"}}, "meta.source"),
    ({**ONE, "effectiveDateTime": "2026-02-12T10:15:00+01:00"}, "effectiveDateTime"),
    ({**ONE, "note": [{"text": "b"}, {"text": "a"}]}, "note[0].text"),
    ({**ONE, "subject": {"reference": "https://elsewhere.example/fhir/Patient/p1"}}, "subject.reference"),
    ({**ONE, "status": "final"}, "status"),
]


@pytest.mark.parametrize("other", LIKE)
def test_how_a_copy_is_written_does_not_count(other: dict[str, Any]) -> None:
    assert content(other, base=BASE) == content(ONE, base=BASE)


@pytest.mark.parametrize(("other", "path"), UNLIKE)
def test_what_it_holds_does(other: dict[str, Any], path: str) -> None:
    one, found = content(ONE, base=BASE), content(other, base=BASE)
    assert found.whole != one.whole
    assert path in {found.paths[leaf] for leaf in found.paths.keys() - one.paths.keys()}


def test_what_is_left_aside_can_be_said() -> None:
    other = {**ONE, "note": [{"text": "c"}]}
    assert content(other).whole != content(ONE).whole
    assert content(other, aside=(*ASIDE, "note")).whole == content(ONE, aside=(*ASIDE, "note")).whole


def test_the_digests_in_one_string() -> None:
    text = content(ONE).text
    assert (len(text) - WHOLE_DIGITS) % LEAF_DIGITS == 0
    assert text[:WHOLE_DIGITS] == content(ONE).whole


def test_odd_values_and_depth_do_not_matter() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    odd = {"a": None, "b": {}, "c": [], "d": 1e400, "e": "\ud800", "f": True, "g": deep, "": 7, "h": 10**400}
    assert len(list(leaves(odd))) == 9
    assert content(odd) == content(dict(reversed(odd.items())))


def test_a_path_without_indices() -> None:
    assert general("name[0].given[12]") == "name.given"
