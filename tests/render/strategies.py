"""Generated reports: any mixture of rows, hostile text everywhere, and a conclusion that follows from the rows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from checker.model.report import Report, Row, SupplierNote
from checker.model.requirement import Clause
from checker.model.terms import Basis, Conclusion, Cover, DutyHolder, FailOn, Obligation, Outcome, Reason, Vouching
from checker.model.verdict import AttestationNote, Finding, WaiverNote
from tests.render import samples

NASTY = (
    *(
        "\x1b[2J\x1b]0;owned\x07",
        "<script>alert(1)</script>",
        "]]>",
        "&amp;<!--",
        "\x00",
        "\ufffe\uffff",
        "\u202egnp.exe",
    ),
    *(
        "\ud800",
        "\U0001fffe",
        "\x85\x9b31m",
        "\r\n",
        "\t=1+1",
        "[bold red]x[/]",
        "\"'",
        "é漢字🏥",
        "\u2028",
        "=cmd|x",
        " ",
    ),
)
"""What a hostile or unlucky server says."""

hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=20),
    st.lists(st.sampled_from(NASTY), max_size=4).map("".join),
    st.characters(categories=("Cs", "Cc", "Cn", "Cf")),
)
"""Any text, also lone surrogates and control characters."""

often = st.sampled_from([True, True, True, True, True, False])

_texts = st.lists(hostile, max_size=2).map(tuple)

findings = st.builds(
    Finding,
    message=hostile,
    expected=hostile,
    actual=hostile,
    place=hostile,
    evidence=_texts,
    fix=hostile,
    examples=_texts,
    reproduce=st.dictionaries(st.sampled_from(["sh", "powershell"]), hostile, max_size=2),
)

_waivers = st.builds(WaiverNote, id=hostile, owner=hostile, reason=hostile, expires=hostile, effect=st.just("covers"))
_attestations = st.builds(
    AttestationNote, by=hostile, role=hostile, statement=st.just("met"), effect=st.just("covers"), detail=hostile
)


@st.composite
def _verdict_parts(draw: st.DrawFn) -> dict[str, Any]:
    outcome = draw(st.sampled_from([Outcome.PASS, *Outcome]))
    reason = draw(st.sampled_from(Reason)) if outcome is Outcome.INCONCLUSIVE else None
    parts: dict[str, Any] = {"outcome": outcome, "reason": reason, "cover": Cover.NONE}
    if outcome is Outcome.FAIL:
        parts["findings"] = tuple(draw(st.lists(findings, min_size=1, max_size=3)))
    if outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ERROR) and draw(st.booleans()):
        human = reason is Reason.HUMAN
        parts["cover"] = Cover.ATTESTATION if human else Cover.WAIVER
        parts["attestation" if human else "waiver"] = draw(_attestations if human else _waivers)
    return parts


@st.composite
def rows(draw: st.DrawFn, number: int) -> Row:
    """One row, not yet red."""
    duty = draw(st.sampled_from([DutyHolder.SUPPLIER, DutyHolder.SUPPLIER, DutyHolder.BUYER]))
    confirmed = draw(often)
    return samples.row(
        f"REQ-{number}",
        **draw(_verdict_parts()),
        in_scope=draw(often),
        summary=draw(hostile),
        clause=draw(st.builds(Clause, standard=hostile, section=hostile, url=hostile)),
        tags=draw(_texts),
        fix=draw(hostile),
        confirmed=confirmed,
        why=draw(_texts),
        duty_holder=duty,
        counts=confirmed and duty is DutyHolder.SUPPLIER,
        obligation=draw(st.sampled_from([Obligation.MUST, Obligation.MUST, Obligation.SHOULD, Obligation.MAY])),
        basis=draw(st.sampled_from(Basis)),
    )


def _open(row: Row) -> bool:
    met = row.verdict.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)
    return row.in_scope and row.verdict.counts and not met and row.verdict.cover is Cover.NONE


def _conclude(found: list[Row]) -> Conclusion:
    musts = [row for row in found if row.in_scope and row.verdict.counts and row.verdict.obligation is Obligation.MUST]
    if any(_open(row) and row.verdict.outcome is Outcome.FAIL for row in musts):
        return Conclusion.NOT_COMPLIANT
    passed = any(row.verdict.outcome is Outcome.PASS for row in musts)
    return Conclusion.COMPLIANT if passed and not any(map(_open, musts)) else Conclusion.INCONCLUSIVE


def _red(row: Row, fail_on: FailOn, concluded: Conclusion) -> bool:
    must = row.verdict.obligation is Obligation.MUST
    if not _open(row):
        return False
    if row.verdict.outcome is Outcome.FAIL:
        should = fail_on is FailOn.SHOULD and row.verdict.obligation is Obligation.SHOULD
        return should or (must and fail_on is not FailOn.NEVER)
    excused = fail_on is FailOn.NEVER and concluded is Conclusion.NOT_COMPLIANT
    return row.verdict.outcome is Outcome.ERROR or (must and not excused)


def _exit(found: list[Row], concluded: Conclusion, interrupted: bool) -> int:
    if interrupted:
        return 130
    red = {row.verdict.outcome for row in found if row.red}
    if Outcome.FAIL in red:
        return 1
    if Outcome.ERROR in red:
        return 4
    return 3 if concluded is Conclusion.INCONCLUSIVE else 0


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A consistent report: what is red, the conclusion and the exit code follow from the rows."""
    found = [draw(rows(number)) for number in range(draw(st.sampled_from([4, 3, 2, 1, 0])))]
    fail_on = draw(st.sampled_from(FailOn))
    interrupted = not draw(often)
    concluded = _conclude(found)
    if interrupted and concluded is Conclusion.COMPLIANT:
        concluded = Conclusion.INCONCLUSIVE
    found = [samples.replaced(row, red=_red(row, fail_on, concluded)) for row in found]
    vouched = samples.replaced(samples.RECORDING, vouching=draw(st.sampled_from(Vouching)))
    return samples.report(
        tuple(found),
        concluded,
        _exit(found, concluded, interrupted),
        interrupted=interrupted,
        fail_on=fail_on,
        headline=draw(hostile),
        warnings=draw(_texts),
        recordings=(vouched,) if draw(st.booleans()) else (),
        supplier=draw(st.builds(SupplierNote, name=hostile, product=hostile, version=hostile)),
    )
