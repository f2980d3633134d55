"""The live-data guard under every name by which the NHS number is known."""

from __future__ import annotations

import json

import pytest

from checker.model.supplier import Authority
from checker.probes.live_data import LiveDataGuard

GUARD = LiveDataGuard(Authority())
LIVE = "4" + "000000004"  # put together here, so that no such number stands in the repository
SYNTHETIC = "9990000018"

SYSTEMS = [
    "https://fhir.nhs.uk/Id/nhs-number",
    "http://fhir.nhs.uk/Id/nhs-number/",
    "https://fhir.nhs.uk/Id/nhs-number|1",
    "http://fhir.nhs.net/Id/nhs-number",
    "urn:oid:2.16.840.1.113883.2.1.4.1",
]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("first", ["system", "value"])
def test_a_number_that_may_be_a_persons_is_seen(system: str, first: str) -> None:
    identifier = {"system": system, "value": LIVE}
    ordered = dict(sorted(identifier.items(), key=lambda item: item[0] != first))
    assert GUARD.numbers(json.dumps({"identifier": [ordered]}).encode()) == {LIVE}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_number_that_is_never_issued_is_let_through(system: str) -> None:
    body = json.dumps({"identifier": [{"value": SYNTHETIC, "system": system}]}).encode()
    assert GUARD.numbers(body) == frozenset()


def test_the_same_digits_under_another_system_are_let_through() -> None:
    body = json.dumps({"identifier": [{"value": LIVE, "system": "https://hospital.example/number"}]}).encode()
    assert GUARD.numbers(body) == frozenset()
