"""Several recordings of one supplier, judged together; nothing is chosen by hand."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from checker.engine.case import make_case
from checker.engine.recording import Recording, open_recording
from checker.errors import RecordingFault
from checker.model.supplier import Supplier
from checker.model.terms import Conclusion, Outcome, Reason
from tests.engine.scripted import (
    SUPPLIER,
    Scripted,
    baseline,
    collect,
    decisions,
    judged,
    profile_of,
    recorded,
    requirement,
    without,
)

LOG = tuple(one for one in SUPPLIER.artefacts if one.id == "log")
EXPORT = tuple(one for one in SUPPLIER.artefacts if one.id == "export")
ENDPOINT_ONLY = msgspec.structs.replace(SUPPLIER, artefacts=LOG)
EXPORT_ONLY = msgspec.structs.replace(SUPPLIER, base_url="", identities=(), artefacts=EXPORT)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    folder: Path = tmp_path_factory.mktemp("parts")
    later = Scripted(seconds=500.0)
    return {
        "whole": open_recording(collect(folder / "whole", Scripted()).path),
        "endpoint": open_recording(collect(folder / "endpoint", Scripted(), supplier=ENDPOINT_ONLY).path),
        "export": open_recording(collect(folder / "export", later, supplier=EXPORT_ONLY).path),
    }


def test_an_endpoint_and_an_export_make_a_whole(parts: dict[str, Recording]) -> None:
    verdicts, report = judged(parts["endpoint"], parts["export"])
    assert decisions(verdicts) == decisions(judged(parts["whole"])[0])
    assert report.conclusion is Conclusion.COMPLIANT
    assert len(report.recordings) == 2


def test_the_order_in_which_they_are_given_does_not_matter(parts: dict[str, Recording]) -> None:
    one = judged(parts["endpoint"], parts["export"])[1]
    other = judged(parts["export"], parts["endpoint"])[1]
    assert one.to_json() == other.to_json()


def test_neither_part_alone_is_enough(parts: dict[str, Recording]) -> None:
    for name in ("endpoint", "export"):
        assert judged(parts[name])[1].conclusion is Conclusion.INCONCLUSIVE
    alone = decisions(judged(parts["export"])[0])
    assert alone["DH-DQ-08"] == (Outcome.PASS, None)
    assert alone["FHIR-READ-001"] == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_evidence_ids_carry_the_number_of_their_recording(parts: dict[str, Recording]) -> None:
    case = make_case([parts["endpoint"], parts["export"]])
    assert {name.partition("-")[0] for name in case.ledger} == {"r1", "r2"}
    assert set(case.ledger) == set(case.evidence)
    assert all(item.evidence in case.evidence for record in case.records.values() for item in record.items)
    assert case.ended == max(part.manifest.ended for part in case.recordings)
    sha = next(iter(parts["endpoint"].blobs))
    assert case.blob(sha) == parts["endpoint"].blobs[sha]
    assert case.blob("no such") is None


@pytest.mark.parametrize("name", ["endpoint", "export"])
def test_what_is_missing_from_a_part_does_not_help(parts: dict[str, Recording], name: str) -> None:
    other = "export" if name == "endpoint" else "endpoint"
    for lost in list(parts[name].evidence)[::3]:
        verdicts, report = judged(without(parts[name], evidence=[lost]), parts[other])
        assert report.conclusion is not Conclusion.NOT_COMPLIANT
        assert not [v for v in verdicts.values() if v.outcome is Outcome.FAIL]


def test_no_recording_is_refused() -> None:
    with pytest.raises(RecordingFault, match="No recording"):
        make_case([])


def test_the_same_recording_twice_is_refused(parts: dict[str, Recording]) -> None:
    with pytest.raises(RecordingFault, match="twice"):
        make_case([parts["whole"], parts["whole"]])


def test_two_answers_to_one_question_are_refused(parts: dict[str, Recording]) -> None:
    with pytest.raises(RecordingFault, match="same question"):
        make_case([parts["whole"], parts["endpoint"]])


@pytest.mark.parametrize(
    "changes", [{"name": "Other"}, {"product": "Other"}, {"version": "2.0"}, {"environment": "live"}]
)
def test_two_systems_are_refused(parts: dict[str, Recording], changes: dict[str, str]) -> None:
    other: Supplier = msgspec.structs.replace(EXPORT_ONLY, **changes)
    small = profile_of(requirement(check="identifier.unique"))
    recording = recorded(Scripted(), small, supplier=other)
    recording.digest = "another"
    with pytest.raises(RecordingFault, match="not of one system"):
        make_case([parts["endpoint"], recording])


def test_an_empty_record_gives_way_to_one_that_has_something(parts: dict[str, Recording]) -> None:
    """Collected without the export, the scan of it is missing there and found in the other part."""
    assert "DH-DQ-08" in {row.id for row in baseline().requirements}
    verdicts, _ = judged(parts["endpoint"], parts["export"])
    assert verdicts["DH-DQ-08"].outcome is Outcome.PASS
