"""Restricted patients in searches: what passes, what fails, and what decides nothing."""

from __future__ import annotations

import pytest

from checker.model.supplier import Supplier
from checker.model.terms import Outcome, Reason
from tests.checks.people import TEST_SYSTEM, People, named, person, restricted
from tests.engine.scripted import json_reply, outcome, verdict_of

BY_LOCATION, COUNTABLE, STRICT, GONE = (
    "restricted.not-by-location",
    "restricted.not-countable",
    "labels.bundle-is-as-strict",
    "invalidated.not-found",
)
OPEN = [person("a", 1), person("b", 2)]
KNOWN = named(restricted=("r",))
LACKING = {name: value for name, value in person("b", 2).items() if name not in ("address", "generalPractitioner")}
ONE_LACKS = [person("a", 1), LACKING, restricted("r", 3)]


@pytest.mark.parametrize(
    ("check", "people", "supplier", "outcome_", "reason"),
    [
        (BY_LOCATION, People(), TEST_SYSTEM, Outcome.PASS, None),
        (BY_LOCATION, People(reveals=True), TEST_SYSTEM, Outcome.FAIL, None),
        (BY_LOCATION, People(counts=True), TEST_SYSTEM, Outcome.PASS, None),
        (BY_LOCATION, People(patients=OPEN), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (BY_LOCATION, People(knows_missing=False), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.PREREQUISITE),
        (BY_LOCATION, People(patients=ONE_LACKS), TEST_SYSTEM, Outcome.PASS, None),
        (BY_LOCATION, People(patients=ONE_LACKS, reveals=True), TEST_SYSTEM, Outcome.FAIL, None),
        (
            BY_LOCATION,
            People(patients=ONE_LACKS, all_have_all=True),
            TEST_SYSTEM,
            Outcome.INCONCLUSIVE,
            Reason.PREREQUISITE,
        ),
        (BY_LOCATION, People(knows_security=False), KNOWN, Outcome.PASS, None),
        (BY_LOCATION, People(knows_security=False, reveals=True), KNOWN, Outcome.FAIL, None),
        (BY_LOCATION, People(patients=[restricted("r", 3)]), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (COUNTABLE, People(), TEST_SYSTEM, Outcome.PASS, None),
        (COUNTABLE, People(counts=True), TEST_SYSTEM, Outcome.FAIL, None),
        (COUNTABLE, People(reveals=True), TEST_SYSTEM, Outcome.PASS, None),
        (COUNTABLE, People(total=False), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (COUNTABLE, People(patients=OPEN), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (STRICT, People(bundle_label="R"), TEST_SYSTEM, Outcome.PASS, None),
        (STRICT, People(bundle_label="V"), TEST_SYSTEM, Outcome.PASS, None),
        (STRICT, People(bundle_label="N"), TEST_SYSTEM, Outcome.FAIL, None),
        (STRICT, People(), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (GONE, People(), named(invalidated=("gone",)), Outcome.PASS, None),
        (GONE, People(), named(invalidated=("a",)), Outcome.FAIL, None),
        (GONE, People(), named(invalidated=("gone", "a")), Outcome.FAIL, None),
        (GONE, People(), TEST_SYSTEM, Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (GONE, People(instead={"Patient/x": outcome(410)}), named(invalidated=("x",)), Outcome.PASS, None),
        (
            GONE,
            People(instead={"Patient/x": outcome(403)}),
            named(invalidated=("x",)),
            Outcome.INCONCLUSIVE,
            Reason.AUTH,
        ),
        (GONE, People(instead={"Patient/x": json_reply({}, 404)}), named(invalidated=("x",)), Outcome.FAIL, None),
    ],
)
def test_what_is_said(check: str, people: People, supplier: Supplier, outcome_: Outcome, reason: Reason | None) -> None:
    verdict = verdict_of(check, people.outside(), supplier=supplier)
    assert (verdict.outcome, verdict.reason) == (outcome_, reason), verdict.why
