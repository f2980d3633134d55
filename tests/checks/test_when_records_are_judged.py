"""When the rows about records apply: the environment that is declared, and the form of the audit log."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest

from checker.engine.recording import open_recording
from checker.model.ask import ArtefactAsk
from checker.model.evidence import Artefact
from checker.model.requirement import CheckUse, ConditionUse
from checker.model.supplier import Supplier
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from checker.probes.artefact import named_artefact, read_files
from tests.engine.scripted import SUPPLIER, Scripted, collect, judged, profile_of, recorded, requirement

UNKNOWN = (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
EVENT = (
    b'{"resourceType":"AuditEvent","type":{"code":"rest"},"recorded":"2026-01-05T09:00:00Z",'
    b'"agent":[{"requestor":true}],"source":{"observer":{"display":"x"}}}\n'
)


def in_environment(folder: Path, name: str) -> tuple[Outcome, Reason | None]:
    use = ConditionUse(condition="supplier.is-test-system", params={})
    check = CheckUse(check="nhs-number.synthetic", params={}, over=("export",))
    profile = profile_of(msgspec.structs.replace(requirement(applies_when=use), check=check))
    supplier: Supplier = msgspec.structs.replace(SUPPLIER, environment=name)
    recording = open_recording(collect(folder, Scripted(), profile, supplier=supplier).path)
    verdict = judged(recording, profile=profile)[0]["R-1"]
    return verdict.outcome, verdict.reason


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("test", (Outcome.PASS, None)),
        ("Demonstration", (Outcome.PASS, None)),
        ("live", (Outcome.NOT_APPLICABLE, None)),
        ("production", (Outcome.NOT_APPLICABLE, None)),
        ("staging", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_only_a_declared_test_system_must_hold_invented_people(
    tmp_path: Path, name: str, found: tuple[Outcome, Reason | None]
) -> None:
    assert in_environment(tmp_path, name) == found


class Logged(Scripted):
    """Reads the audit log as it is."""

    root = Path()

    def _log(self, ask: ArtefactAsk) -> Artefact:
        return read_files(ask, named_artefact(ask, SUPPLIER), self.root)


def logged(folder: Path, log: bytes | None, **more: Any) -> Verdict:
    if log is not None:
        (folder / "audit.ndjson").write_bytes(log)
    outside = Logged(**more)
    outside.root = folder
    use = ConditionUse(condition="audit.log-holds-audit-events", params={})
    profile = profile_of(requirement(check="audit.events-say-who-and-when", applies_when=use))
    return judged(recorded(outside, profile), profile=profile)[0]["R-1"]


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (EVENT, (Outcome.PASS, None)),
        (EVENT.replace(b"agent", b"actor"), (Outcome.FAIL, None)),
        (b'{"who": "me"}\n', (Outcome.NOT_APPLICABLE, None)),
        (b"\n", UNKNOWN),
        (b"", UNKNOWN),
        (None, UNKNOWN),
        (b'{"resourceType": "AuditEvent", \n', UNKNOWN),
        (EVENT + b'{"resourceType": "AuditEvent", \n', (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (gzip.compress(EVENT), UNKNOWN),
        (b'{"message": ' + EVENT.strip() + b"}\n", UNKNOWN),
    ],
)
def test_a_log_of_audit_events_is_judged_and_another_is_not(
    tmp_path: Path, log: bytes | None, found: tuple[Outcome, Reason | None]
) -> None:
    verdict = logged(tmp_path, log)
    assert (verdict.outcome, verdict.reason) == found


def test_requests_that_may_stand_in_what_was_not_looked_at_are_not_held_against_anyone(tmp_path: Path) -> None:
    profile = profile_of(requirement(check="audit.requests-are-logged"))

    def outcome(log: bytes) -> tuple[Outcome, Reason | None]:
        (tmp_path / "audit.ndjson").write_bytes(log)
        outside = Logged()
        outside.root = tmp_path
        verdict = judged(recorded(outside, profile), profile=profile)[0]["R-1"]
        return verdict.outcome, verdict.reason

    assert outcome(b"GET /Patient\n") == (Outcome.FAIL, None)
    assert outcome(gzip.compress(b"GET /Patient\n")) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_a_log_without_an_endpoint_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "audit.ndjson").write_bytes(EVENT)
    outside = Logged()
    outside.root = tmp_path
    profile = profile_of(requirement(check="audit.events-say-who-and-when"))
    supplier: Supplier = msgspec.structs.replace(SUPPLIER, base_url="")
    recording = recorded(outside, profile, supplier=supplier)
    assert outside.sent == []
    assert judged(recording, profile=profile)[0]["R-1"].outcome is Outcome.PASS


def test_without_an_export_nothing_is_said_of_its_counts() -> None:
    profile = profile_of(requirement(check="export.holds-what-the-api-counts"))
    supplier: Supplier = msgspec.structs.replace(SUPPLIER, artefacts=SUPPLIER.artefacts[:1])
    verdict = judged(recorded(Scripted(), profile, supplier=supplier), profile=profile)[0]["R-1"]
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert "no artefact of kind 'export'" in " ".join(verdict.why)
