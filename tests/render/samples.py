"""Sample reports built with the model's own classes: healthy, broken, inconclusive, interrupted."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from checker.model.quality import Covered, DataQualityNote, Delay, FieldQuality
from checker.model.report import (
    Cell,
    ProfileNote,
    RecordingNote,
    Report,
    Row,
    Scope,
    SupplierNote,
    Tally,
    TallyLine,
)
from checker.model.requirement import Change, Clause
from checker.model.terms import (
    Basis,
    Conclusion,
    Cover,
    Decider,
    DutyHolder,
    FailOn,
    Obligation,
    Outcome,
    Reason,
    Safety,
    Vouching,
)
from checker.model.value import Value
from checker.model.verdict import AttestationNote, Finding, Verdict, WaiverNote

AS_OF = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CLAUSE = Clause(standard="fhir-r4", section="http.html#read", url="http://hl7.org/fhir/R4/http.html#read")
RECORDING = RecordingNote(
    digest="a" * 64,
    format=1,
    vouching=Vouching.SELF_DECLARED,
    challenge="",
    profile="fhir-r4-rest@1.0.0",
    profile_digest="b" * 64,
    tool_version="0.1.0",
    started=datetime(2026, 11, 21, 11, 0, tzinfo=UTC),
    ended=AS_OF,
    complete=True,
    evidence=40,
    requests=38,
    chain="c" * 64,
)
FINDING = Finding(
    message="An unknown id was answered with 200.",
    expected="404 or 410 with an OperationOutcome",
    actual="200 and an empty Bundle",
    place="status",
    evidence=("ev-7",),
    fix="Answer 404.",
    reproduce={
        "sh": 'curl -H "Authorization: Bearer $TOKEN" \\\n  https://fhir.example/Patient/x',
        "powershell": "Invoke-WebRequest https://fhir.example/Patient/x",
    },
)
WAIVER = WaiverNote(id="W-1", owner="A Buyer", reason="mended in March", expires="2027-03-31", effect="covers")
ATTESTATION = AttestationNote(by="An Assessor", role="assessor", statement="met", effect="covers")


V = TypeVar("V", bound=Value)


def replaced(value: V, **changes: Any) -> V:
    """The value with some fields changed."""
    return msgspec.structs.replace(value, **changes)


def verdict(requirement: str, outcome: Outcome = Outcome.PASS, **changes: Any) -> Verdict:
    """A verdict that keeps the laws: a pass examined something, a fail has a finding."""
    fields: dict[str, Any] = {
        "requirement": requirement,
        "outcome": outcome,
        "why": ("3 exchanges were examined.",),
        "examined": 3 if outcome is Outcome.PASS else 0,
        "findings": (FINDING,) if outcome is Outcome.FAIL else (),
        "evidence": ("ev-7", "ev-8"),
        "obligation": Obligation.MUST,
        "basis": Basis.STANDARD,
        "duty_holder": DutyHolder.SUPPLIER,
        "decider": Decider.MACHINE,
        "safety": Safety.S1,
        "counts": True,
    }
    return Verdict(**{**fields, **changes})


SCOPE = Scope(deciders=(Decider.MACHINE, Decider.HUMAN))
"""What machines and people decide with well-formed requests."""


def row(id: str, outcome: Outcome = Outcome.PASS, *, red: bool = False, in_scope: bool = True, **changes: Any) -> Row:
    """A row with its verdict; what is no field of a row goes to the verdict.

    A row that is to lie outside the scope takes probes above its ceiling.
    """
    if not in_scope:
        changes.setdefault("safety", Safety.S3)
    own = {name: changes.pop(name) for name in tuple(changes) if name in Row.__struct_fields__}
    judged = verdict(id, outcome, **changes)
    fields: dict[str, Any] = {
        "id": id,
        "summary": f"What {id} asks for is done.",
        "clause": CLAUSE,
        "verb": "SHALL",
        "rationale": "A client must be able to tell absence from failure.",
        "fix": "Do what the clause says.",
        "tags": ("read", "rest"),
        "confirmed": True,
        "draft": False,
        "waivable": "supplier",
        "source": "fhir-r4-rest:12",
        "verdict": judged,
        "in_scope": judged.counts and judged.safety <= SCOPE.ceiling,
        "red": red,
    }
    return Row(**{**fields, **own})


def tally(rows: tuple[Row, ...], obstacles: tuple[str, ...] = ()) -> Tally:
    """The tally of the rows' verdicts."""
    cells = Counter(Cell.of(each.verdict) for each in rows)
    return Tally(lines=tuple(TallyLine(cell=cell, count=count) for cell, count in cells.items()), obstacles=obstacles)


def report(rows: tuple[Row, ...], conclusion: Conclusion, exit_code: int, **changes: Any) -> Report:
    """A report over those rows."""
    fields: dict[str, Any] = {
        "tool_version": "0.1.0",
        "supplier": SupplierNote(name="Example Health", product="Record", version="4.2", environment="test"),
        "profile": ProfileNote(
            id="fhir-r4-rest", version="1.0.0", title="FHIR R4 REST", digest="b" * 64, modified=False
        ),
        "recordings": (RECORDING,),
        "as_of": AS_OF,
        "scope": SCOPE,
        "fail_on": FailOn.MUST,
        "conclusion": conclusion,
        "headline": f"The system is {conclusion} ({SCOPE.name}, self-declared).",
        "exit_code": exit_code,
        "tally": tally(rows),
        "rows": rows,
        "outside_scope": tuple(each.id for each in rows if not each.in_scope),
        "inputs": {"waivers.toml": "d" * 64},
    }
    return Report(**{**fields, **changes})


def covered_rows() -> tuple[Row, ...]:
    """One of each that did not pass and leaves the exit code alone."""
    human: dict[str, Any] = {"reason": Reason.HUMAN, "decider": Decider.HUMAN, "basis": Basis.LAW}
    return (
        row("WAIVED-1", Outcome.FAIL, cover=Cover.WAIVER, waiver=WAIVER),
        row("ATT-1", Outcome.INCONCLUSIVE, cover=Cover.ATTESTATION, attestation=ATTESTATION, **human),
        row("NA-1", Outcome.NOT_APPLICABLE, not_claimed=True, why=("The server does not claim search.",)),
        row("SHOULD-1", Outcome.FAIL, obligation=Obligation.SHOULD, verb="SHOULD"),
        row("DRAFT-1", Outcome.FAIL, draft=True, counts=False, tags=()),
        row("OUT-1", Outcome.INCONCLUSIVE, in_scope=False, safety=Safety.S3, reason=Reason.UNSAFE),
        row("STALE-1", waiver=WaiverNote(id="W-2", owner="X", reason="old", expires="2027-01-01", effect="stale")),
    )


def healthy() -> Report:
    """Compliant, with everything that a compliant report may carry."""
    rows = (row("READ-1"), *covered_rows())
    return report(rows, Conclusion.COMPLIANT, 0, unused_waivers=("W-9",))


def broken() -> Report:
    """Not compliant: a MUST fails, another could not be decided, a third raised."""
    rows = (
        row("READ-1"),
        row("READ-3", Outcome.FAIL, red=True),
        row("READ-4", Outcome.INCONCLUSIVE, red=True, reason=Reason.NETWORK, why=("No answer in 10 s.",)),
        row("READ-5", Outcome.ERROR, red=True, why=("The check raised ValueError.",)),
        *covered_rows(),
    )
    changes = (Change(requirement="READ-9", verb="exclude", reason="not bought"),)
    profile = ProfileNote(
        id="buyer", version="2", title="A buyer's profile", digest="e" * 64, modified=True, changes=changes
    )
    return report(rows, Conclusion.NOT_COMPLIANT, 1, profile=profile)


def inconclusive() -> Report:
    """Nothing was learnt: every answer was 401."""
    rows = tuple(row(f"READ-{n}", Outcome.INCONCLUSIVE, red=True, reason=Reason.AUTH) for n in range(3))
    warning = "38 of 40 answers were 401: this says nothing about FHIR."
    return report(rows, Conclusion.INCONCLUSIVE, 3, warnings=(warning,))


def interrupted() -> Report:
    """Stopped by hand before anything red was found."""
    partial = replaced(RECORDING, complete=False)
    rows = (row("READ-1"),)
    return report(
        rows,
        Conclusion.INCONCLUSIVE,
        130,
        interrupted=True,
        recordings=(partial,),
        tally=tally(rows, ("the recording is partial",)),
    )


def with_quality() -> Report:
    """The fields of an export in numbers: every word, every limit kept and broken, and none."""
    common = {"least_complete": 95, "least_valid": 99, "most_default": 1}
    fields = (
        FieldQuality(
            type="Observation",
            name="code",
            path="code",
            resources=9,
            missing=0,
            valid=0,
            default=0,
            invalid=0,
            untested=9,
        ),
        FieldQuality(
            **common,
            type="Patient",
            name="gender",
            path="gender",
            resources=1000,
            missing=60,
            valid=900,
            default=30,
            invalid=5,
            untested=5,
            distinct=4,
        ),
        FieldQuality(
            **common,
            type="Patient",
            name="NHS number",
            path="identifier[https://fhir.nhs.uk/Id/nhs-number].value",
            resources=1000,
            missing=0,
            valid=1000,
            default=0,
            invalid=0,
            untested=0,
            distinct=998,
            shared=4,
        ),
    )
    note = DataQualityNote(
        source="export",
        fields=fields,
        delays=(
            Delay(type="Encounter", measure="available", events=40, p50_hours=3, p95_hours=960, most_p95_hours=720),
        ),
        coverage=(
            Covered(type="Encounter", first="2026-01", last="2026-03", months=3, with_events=2, events=40, undated=1),
        ),
    )
    return replaced(broken(), data_quality=note)


SAMPLES = {"healthy": healthy, "broken": broken, "inconclusive": inconclusive, "interrupted": interrupted}
"""Name → builder."""
