"""An export beside the interface that it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from checker.engine.recording import open_recording
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure
from checker.model.requirement import CheckUse
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from tests.checks.bench import instead, is_kind
from tests.engine.scripted import (
    CAPABILITIES,
    PATIENTS,
    Reply,
    Scripted,
    changed,
    collect,
    json_reply,
    judged,
    outcome,
    profile_of,
    requirement,
    without,
)
from tests.engine.suppliers import failing

EVERYBODY = list(PATIENTS.values())
PROFILE = profile_of(requirement(check="export.holds-what-the-api-counts"))


def said(folder: Path, outside: Scripted | None = None, export: list[dict[str, Any]] = EVERYBODY) -> Verdict:
    path = collect(folder, outside or Scripted(), PROFILE, export=export).path
    return judged(open_recording(path), profile=PROFILE)[0]["R-1"]


def counting(answer: Callable[[int], object]) -> Scripted:
    """The n-th count is answered with this total; None leaves it out."""
    asked: list[str] = []

    def change(ask: HttpAsk, reply: Reply) -> Reply | Failure:
        if "_summary=count" not in ask.request.url:
            return reply
        asked.append(ask.key)
        total = answer(len(asked))
        bundle = {"resourceType": "Bundle", "type": "searchset"}
        return json_reply(bundle if total is None else {**bundle, "total": total})

    return Scripted(answer=changed(change))


def test_an_export_that_holds_all_passes(tmp_path: Path) -> None:
    verdict = said(tmp_path)
    assert (verdict.outcome, verdict.examined, verdict.findings) == (Outcome.PASS, 7, ())
    assert verdict.evidence


def test_the_same_resource_twice_is_one(tmp_path: Path) -> None:
    assert said(tmp_path, export=[*EVERYBODY, EVERYBODY[0]]).outcome is Outcome.PASS


def test_a_resource_twice_does_not_stand_in_for_one_that_is_missing(tmp_path: Path) -> None:
    verdict = said(tmp_path, export=[*EVERYBODY[1:], EVERYBODY[1]])
    assert verdict.outcome is Outcome.FAIL
    assert [(f.actual, f.count) for f in verdict.findings] == [("6", 1)]


@pytest.mark.parametrize(
    ("outside", "reason"),
    [
        (counting(lambda n: 6), Reason.PREREQUISITE),
        (counting(lambda n: 6 + n), Reason.PREREQUISITE),
        (counting(lambda n: None), Reason.NO_DATA),
        (counting(lambda n: "7"), Reason.NO_DATA),
        (counting(lambda n: True), Reason.NO_DATA),
        (counting(lambda n: -1), Reason.NO_DATA),
        (instead(lambda ask: "_summary" in ask.request.url, outcome(400)), Reason.PREREQUISITE),
        (instead(lambda ask: "_summary" in ask.request.url, outcome(403)), Reason.AUTH),
        (instead(lambda ask: "_summary" in ask.request.url, failing()), Reason.NETWORK),
        (instead(is_kind("capabilities"), json_reply({**CAPABILITIES, "rest": []})), Reason.NO_DATA),
        (instead(is_kind("capabilities"), failing()), Reason.NETWORK),
    ],
)
def test_what_cannot_be_compared_is_never_a_finding(tmp_path: Path, outside: Scripted, reason: Reason) -> None:
    verdict = said(tmp_path, outside)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason)


def test_nobody_on_both_sides_proves_nothing(tmp_path: Path) -> None:
    verdict = said(tmp_path, counting(lambda n: 0), [{"resourceType": "Encounter", "id": "e"}])
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_an_export_that_could_not_be_read_to_its_end_misses_nothing_for_certain(tmp_path: Path) -> None:
    broken: list[Any] = [*EVERYBODY[1:], "not a resource"]
    verdict = said(tmp_path, export=broken)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_without_the_scan_or_the_counts_nothing_is_decided(tmp_path: Path) -> None:
    whole = open_recording(collect(tmp_path, Scripted(), PROFILE, export=EVERYBODY[1:]).path)
    scans = [name for name, item in whole.evidence.items() if item.kind == "scan-state"]
    counts = [key for key in whole.records if key.startswith("fhir.counts")]
    assert judged(whole, profile=PROFILE)[0]["R-1"].outcome is Outcome.FAIL
    assert scans
    assert counts
    for part in (without(whole, evidence=scans), without(whole, records=counts, evidence=list(whole.evidence))):
        assert judged(part, profile=PROFILE)[0]["R-1"].outcome is Outcome.INCONCLUSIVE


def test_a_reference_may_lead_to_the_part_of_an_export_that_could_not_be_read(tmp_path: Path) -> None:
    profile = profile_of(
        msgspec.structs.replace(requirement(), check=CheckUse(check="reference.resolves", params={}, over=("export",)))
    )

    def reason(name: str, export: list[Any]) -> tuple[Outcome, Reason | None]:
        path = collect(tmp_path / name, Scripted(), profile, export=export).path
        verdict = judged(open_recording(path), profile=profile)[0]["R-1"]
        return verdict.outcome, verdict.reason

    assert reason("whole", EVERYBODY) == (Outcome.PASS, None)
    assert reason("lost", EVERYBODY[1:]) == (Outcome.FAIL, None)
    assert reason("unread", [*EVERYBODY[1:], "not a resource"]) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
