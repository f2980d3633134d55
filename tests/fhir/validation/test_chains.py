"""References that lead from one resource to the next, many times over, and in circles."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.validation import walk
from tests.fhir.validation.stating import URL, profile, validator

NAMED = profile(
    "named",
    "Organization",
    {"path": "Organization.name", "min": 1},
    {
        "path": "Organization.partOf",
        "type": [{"code": "Reference", "targetProfile": [URL + "named"]}],
    },
)
PLACE = "https://ehr.example.nhs.uk/fhir/Organization/"


def chain(length: int, last: dict[str, Any], *, ends: bool = True) -> dict[str, Any]:
    """A FHIR Bundle of organisations, each part of the next; the first claims to be named as NAMED asks."""
    resources: list[dict[str, Any]] = []
    for number in range(length):
        one: dict[str, Any] = {"resourceType": "Organization", "id": str(number), "name": f"Trust {number}"}
        following = number + 1 if number + 1 < length else None if ends else 0
        if following is not None:
            one["partOf"] = {"reference": f"Organization/{following}"}
        resources.append(one)
    resources[-1] = {**resources[-1], **last}
    resources[-1] = {key: value for key, value in resources[-1].items() if value is not None}
    resources[0]["meta"] = {"profile": [URL + "named"]}
    entries = [{"fullUrl": PLACE + one["id"], "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def found(bundle: dict[str, Any]) -> tuple[list[tuple[str, str]], list[str]]:
    result = judged_by_named(bundle)
    errors = [(one.rule, one.path) for one in result.issues if one.is_error]
    return errors, [one.detail for one in result.not_verified if one.kind == "structure-definition"]


def judged_by_named(bundle: dict[str, Any]) -> Any:
    return validator(NAMED).validate(bundle)


@pytest.mark.parametrize("length", [2, 7, 13, 14, 25, 60, 300])
def test_a_fault_at_the_end_of_a_chain_is_found_however_long_it_is(length: int) -> None:
    assert found(chain(length, {})) == ([], [])
    errors, unverified = found(chain(length, {"name": None, "active": True, "identifier": [{"value": "1"}]}))
    assert errors == [("reference-target-structure-definition", "Bundle.entry[0].resource.partOf")]
    assert unverified == []


@pytest.mark.parametrize("length", [2, 5, 13, 31, 100])
def test_a_circle_ends(length: int) -> None:
    assert found(chain(length, {}, ends=False)) == ([], [])
    errors, _ = found(chain(length, {"name": None, "identifier": [{"value": "1"}]}, ends=False))
    assert errors == [("reference-target-structure-definition", "Bundle.entry[0].resource.partOf")]


def test_each_resource_is_judged_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    own = walk._judged

    def counted(run: Any, node: Any, structure: Any) -> Any:
        calls.append(node.path)
        return own(run, node, structure)

    monkeypatch.setattr(walk, "_judged", counted)
    wrong = {"name": None, "identifier": [{"value": "1"}]}
    for length in (100, 200):
        calls.clear()
        judged_by_named(chain(length, wrong))
        assert length <= len(calls) <= 2 * length + 20
