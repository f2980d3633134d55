"""A FHIR Bundle with a faulty entry: the others are not explained again, and the answer is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.fhir import Validator
from checker.fhir import validator as validator_module
from checker.fhir.fast import tier as tier_module
from checker.fhir.validation import walk
from tests.bench.resources import Maker, text
from tests.fhir.fast.mutations import Mutator


@pytest.fixture(scope="module")
def both() -> tuple[Validator, Validator]:
    explaining = Validator(fast=False)
    fast = Validator(explaining.definitions, terminology=explaining.terminology)
    for data in [text(Maker(at).bundle(4)) for at in range(4)]:
        fast.validate(data)
    return explaining, fast


@pytest.fixture(autouse=True)
def even_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validator_module, "_LARGE_BYTES", 0)
    monkeypatch.setattr(tier_module, "FEW", 2)


def test_only_the_faulty_entry_is_explained(both: tuple[Validator, Validator], monkeypatch: pytest.MonkeyPatch) -> None:
    explaining, fast = both
    bundle = Maker(21).bundle(12)
    bundle["entry"][5]["resource"]["status"] = "unheard-of"
    data = text(bundle)
    walked: list[str] = []
    base = walk.base

    def watched(run: Any, node: Any, depth: int) -> None:
        if node.is_resource:
            walked.append(node.path)
        base(run, node, depth)

    monkeypatch.setattr(walk, "base", watched)
    result = fast.validate(data)
    assert walked == ["Bundle", "Bundle.entry[5].resource"]
    monkeypatch.undo()
    assert not result.valid
    assert result == explaining.validate(data)


def test_mutated_bundles_are_answered_alike(both: tuple[Validator, Validator]) -> None:
    explaining, fast = both
    maker = Maker(33)
    pool = [maker.bundle(6) for _ in range(6)] + maker.mixed(8, narrative=True)
    for bundle in pool[:6]:
        for one in maker.mixed(3):
            one["extension"] = [{"url": "https://local.example/x", "valueString": "a"}]
            bundle["entry"].append({"fullUrl": f"https://a.example/{one['resourceType']}/{one['id']}", "resource": one})
    mutator = Mutator(5, pool)
    for _ in range(30):
        data = mutator.mutated(mutator.random.choice(pool[:6]))
        assert fast.validate(data) == explaining.validate(data), data
    assert json.loads(text(pool[0]))["type"] == "collection"
