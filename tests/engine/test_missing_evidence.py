"""Law 2: what is taken away never makes anything better, and never blames the supplier."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.engine.recording import Recording, open_recording
from checker.model.ask import HttpAsk
from checker.model.report import Report
from checker.model.terms import Conclusion, Outcome, Reason
from checker.model.verdict import Verdict
from tests.engine.scripted import PATIENTS, Reply, Scripted, changed, collect, decisions, judged, without
from tests.engine.suppliers import ALL, CAUGHT_BY, supplier

_OTHER = [{"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/p1"}}]
EXPORTS: dict[str, list[Any]] = {
    "export_loses_a_row": list(PATIENTS.values())[1:],
    "export_unreadable": [*list(PATIENTS.values())[1:], "not a resource"],
    "export_of_others": _OTHER,
    "export_empty": [],
}
"""Healthy suppliers whose export is not."""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    folder: Path = tmp_path_factory.mktemp("suppliers")
    made = {name: collect(folder / name, supplier(name)) for name in ALL}
    made |= {name: collect(folder / name, supplier("healthy"), export=export) for name, export in EXPORTS.items()}
    return {name: open_recording(collected.path) for name, collected in made.items()}


def test_an_export_fails_only_for_what_is_certainly_not_in_it(recordings: dict[str, Recording]) -> None:
    rows = ("DH-EXIT-02", "DH-DQ-10")
    found = {name: [judged(recordings[name])[0][row].outcome for row in rows] for name in EXPORTS}
    assert found == {
        "export_loses_a_row": [Outcome.FAIL, Outcome.FAIL],
        "export_unreadable": [Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE],
        "export_of_others": [Outcome.FAIL, Outcome.FAIL],
        "export_empty": [Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE],
    }


def test_the_healthy_supplier_is_compliant(recordings: dict[str, Recording]) -> None:
    verdicts, report = judged(recordings["healthy"])
    machine = [v for v in verdicts.values() if v.decider == "machine"]
    assert {v.outcome for v in machine} == {Outcome.PASS}
    assert (report.conclusion, report.exit_code) == (Conclusion.COMPLIANT, 0)


@pytest.mark.parametrize("fault", CAUGHT_BY)
def test_each_fault_is_caught_by_its_requirement(recordings: dict[str, Recording], fault: str) -> None:
    verdicts, report = judged(recordings[fault])
    assert verdicts[CAUGHT_BY[fault]].outcome is Outcome.FAIL
    assert not [v for v in verdicts.values() if v.outcome is Outcome.ERROR]
    failed = [v for v in verdicts.values() if v.outcome is Outcome.FAIL and v.counts and v.obligation == "MUST"]
    assert (report.conclusion is Conclusion.NOT_COMPLIANT) == bool(failed)


def test_an_empty_system_proves_nothing(recordings: dict[str, Recording]) -> None:
    _, report = judged(recordings["no_patients"])
    assert report.conclusion is Conclusion.INCONCLUSIVE


@functools.cache
def _judged_whole(whole: Recording) -> tuple[Mapping[str, Verdict], Report]:
    return judged(whole)


def assert_no_better(whole: Recording, part: Recording) -> None:
    before, report_before = _judged_whole(whole)
    after, report_after = judged(part)
    for name, old in before.items():
        new = after[name].outcome
        assert not (new is Outcome.PASS and old.outcome is not Outcome.PASS), f"{name}: {old.outcome} became a pass"
        assert not (new is Outcome.FAIL and old.outcome is Outcome.PASS), f"{name}: a pass became a fail"
        assert not (new is Outcome.NOT_APPLICABLE and old.outcome is not new), f"{name}: became not applicable"
    if report_before.conclusion is not Conclusion.COMPLIANT:
        assert report_after.conclusion is not Conclusion.COMPLIANT


def _some(data: st.DataObject, names: list[str], label: str) -> set[str]:
    return data.draw(st.sets(st.sampled_from(names), max_size=len(names)) if names else st.just(set()), label=label)


@pytest.mark.parametrize("name", [*ALL, *EXPORTS])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_loss_of_evidence_records_or_bodies_helps_or_harms(
    recordings: dict[str, Recording], name: str, data: st.DataObject
) -> None:
    whole = recordings[name]
    part = without(
        whole,
        evidence=_some(data, list(whole.evidence), "evidence lost"),
        records=_some(data, list(whole.records), "records lost"),
        blobs=_some(data, list(whole.blobs), "bodies lost"),
    )
    assert_no_better(whole, part)


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("healthy", "evidence"),
        ("healthy", "records"),
        ("healthy", "blobs"),
        ("bad_number", "evidence"),
        ("open_to_all", "evidence"),
        ("loses_a_row", "blobs"),
        *((name, sort) for name in EXPORTS for sort in ("evidence", "records")),
    ],
)
def test_no_loss_of_a_single_thing_helps_or_harms(recordings: dict[str, Recording], name: str, sort: str) -> None:
    whole = recordings[name]
    names = {"evidence": list(whole.evidence), "records": list(whole.records), "blobs": list(whole.blobs)}
    assert names[sort]
    for lost in names[sort]:
        assert_no_better(whole, without(whole, **{sort: [lost]}))


@pytest.mark.parametrize("name", ["healthy", "bad_number"])
def test_with_every_trace_of_one_patient_lost_nothing_is_better(recordings: dict[str, Recording], name: str) -> None:
    """Whoever takes out each exchange that shows a wrong NHS number does not get a pass for it."""
    whole = recordings[name]
    shows = [key for key, item in whole.evidence.items() if any(b"p2" in whole.blobs[sha] for sha in item.blobs)]
    assert shows
    assert_no_better(whole, without(whole, evidence=shows))
    assert_no_better(whole, without(whole, evidence=shows, records=list(whole.records)))
    assert_no_better(whole, without(whole, blobs=[sha for key in shows for sha in whole.evidence[key].blobs]))


def test_missing_evidence_is_never_a_fault_of_the_checker(recordings: dict[str, Recording]) -> None:
    """Without the first control, the second must not be held against the first mutant."""
    whole = recordings["healthy"]
    for lost in whole.evidence:
        verdicts, _ = judged(without(whole, evidence=[lost]))
        assert not [name for name, v in verdicts.items() if v.outcome is Outcome.ERROR], whole.evidence[lost].ask


def test_nothing_left_is_inconclusive(recordings: dict[str, Recording]) -> None:
    whole = recordings["healthy"]
    empty = without(whole, evidence=whole.evidence, records=whole.records, blobs=list(whole.blobs))
    verdicts, report = judged(empty)
    assert {outcome for outcome, _ in decisions(verdicts).values()} == {Outcome.INCONCLUSIVE}
    assert report.exit_code == 3


def test_a_patient_whose_body_was_withheld_leaves_the_scan_open(tmp_path: Path) -> None:
    """The live-data guard kept it out of the recording: nobody can say that its NHS number is valid."""

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        return replace(reply, withheld=Reason.UNSAFE) if ask.request.url.endswith("/Patient/p2") else reply

    verdicts, _ = judged(open_recording(collect(tmp_path, Scripted(answer=changed(change))).path))
    assert decisions(verdicts)["DH-NHSNO-01"] == (Outcome.INCONCLUSIVE, Reason.UNSAFE)
