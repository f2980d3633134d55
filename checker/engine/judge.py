"""Judge: from records and a profile to verdicts. Pure: no network, no clock, on any machine.

The laws of the verdict are here and in ``tally.py``, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from checker.engine.case import Case
from checker.engine.evidence_level import Levels
from checker.engine.evidence_view import JudgingView
from checker.engine.gather import Gatherer, gather_all, run_offline
from checker.engine.plan import Plan, closure, make_plan, planned_interactions
from checker.engine.reproduce import with_commands
from checker.engine.scan_results import ScanResults
from checker.engine.source import Replay
from checker.model.need import CheckNeed, Every, Need, ScanNeed
from checker.model.record import Record, Shortfall
from checker.model.registry import CheckSpec, Registry, read_params
from checker.model.requirement import Profile, Requirement
from checker.model.supplier import Limits
from checker.model.terms import LEVEL_WORDS, REASON_ORDER, Outcome, Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided, Verdict


@dataclass
class Judgement:
    """The verdicts of a profile over a case, and the plan they were judged by."""

    plan: Plan
    view: JudgingView
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def judge(
    case: Case,
    profile: Profile,
    registry: Registry,
    *,
    limits: Limits,
    scans: ScanResults,
    as_of: datetime | None = None,
) -> Judgement:
    """Verdicts on every requirement of the profile, in its order. ``as_of``: by default the end of the case."""
    plan = make_plan(profile, case.supplier, registry, limits)
    scans.prepare(plan.scans)
    records = _records(case, profile, plan, registry, limits)

    def view_of(found: dict[str, Record]) -> JudgingView:
        return JudgingView(
            supplier=case.supplier,
            settings=profile.settings,
            plan=plan,
            records=found,
            evidence=case.evidence,
            ledger=case.ledger,
            blob=case.blob,
            scans=scans,
            as_of=as_of or case.ended,
        )

    before = [(frozenset(superseded), view_of({**records, **superseded})) for superseded in case.earlier]
    bench = _Bench(Judgement(plan, view_of(records)), profile, registry, scans, Levels(case.evidence.get), before)
    for row in profile.requirements:
        bench.verdict(row)
    found = bench.judgement.verdicts
    bench.judgement.verdicts = {row.id: found[row.id] for row in profile.requirements}
    return bench.judgement


def _records(case: Case, profile: Profile, plan: Plan, registry: Registry, limits: Limits) -> dict[str, Record]:
    """The recorded records, and for what is newer than the recording the same probes, replayed.

    A record of another probe version is gathered again; so is what was never gathered.
    """
    current = [r for r in case.records.values() if (s := registry.probes.get(r.probe)) and s.version == r.version]
    if case.has_addendum:
        current = without_files(current, registry)
    replay = Replay(case.evidence.values(), case.blob)
    gatherer = Gatherer(
        registry=registry,
        supplier=case.supplier,
        settings=profile.settings,
        limits=limits,
        source=replay,
        known=_resting_on_known(current),
        known_evidence=case.evidence.values(),
    )
    run_offline(gather_all(gatherer, plan))
    return dict(gatherer.records)


def without_files(records: Iterable[Record], registry: Registry) -> list[Record]:
    """The records that rest on no file, nor on a record that does: an addendum may change the others."""
    kept = []
    for record in records:
        spec = registry.probes.get(record.probe)
        if spec is not None and not spec.budget(read_params(spec.params_type, record.params)).artefacts:
            kept.append(record)
    return _resting_on_known(kept)


def _resting_on_known(records: list[Record]) -> list[Record]:
    """Those whose whole closure is among them; the others are gathered again, with what they rest on."""
    kept = {record.key: record for record in records}
    while gone := [key for key, record in kept.items() if any(other not in kept for other in record.closure)]:
        for key in gone:
            del kept[key]
    return list(kept.values())


class _Bench:
    """Judges one requirement after the other; a prerequisite is judged when it is first asked for."""

    def __init__(
        self,
        judgement: Judgement,
        profile: Profile,
        registry: Registry,
        scans: ScanResults,
        levels: Levels,
        before: Sequence[tuple[frozenset[str], JudgingView]] = (),
    ) -> None:
        self.judgement = judgement
        self._before = before
        self._profile = profile
        self._registry = registry
        self._scans = scans
        self._levels = levels
        self._expected = {use.key for use in profile.expects}
        self._kinds: frozenset[str] | None = None

    def verdict(self, row: Requirement) -> Verdict:
        """The verdict on a requirement."""
        known = self.judgement.verdicts.get(row.id)
        if known is None:
            known = self._judge(row)
            self.judgement.verdicts[row.id] = known
        return known

    def _judge(self, row: Requirement) -> Verdict:
        if row.not_tested is not None:
            return _verdict(row, Outcome.INCONCLUSIVE, Reason.HUMAN, [f"Not tested: {row.not_tested.reason}"])
        condition = self._condition(row)
        if condition is not None:
            return condition
        for name in row.requires:
            other = self._profile.by_id(name)
            if other is None or self.verdict(other).outcome is not Outcome.PASS:
                return _verdict(
                    row, Outcome.INCONCLUSIVE, Reason.PREREQUISITE, [f"It builds on {name}, which did not pass."]
                )
        if row.attestation is not None:
            why = f"A person decides: {row.attestation.statement}"
            return _verdict(row, Outcome.INCONCLUSIVE, Reason.HUMAN, [why])
        return self._check(row)

    # applies_when ----------------------------------------------------------------------------

    def _condition(self, row: Requirement) -> Verdict | None:
        """A verdict if the condition decides; None if the requirement applies."""
        use = row.applies_when
        if use is None or use.key in self._expected:
            return None
        spec = self._registry.conditions[use.condition]
        needs = self.judgement.plan.condition_needs[row.id]
        missing = [s for need in needs for s in self.judgement.view.shortfalls(need)]
        try:
            holds = None if missing else spec.applies(self.judgement.view, read_params(spec.params_type, use.params))
        except Exception as error:  # law 8: it becomes an error of this requirement, and nothing else
            return _error(row, f"condition {use.condition} broke: {type(error).__name__}: {error}")
        if holds:
            return None
        evidence = tuple(e.id for need in needs for e in self.judgement.view.record(need).evidence())
        if holds is None:
            why = "Whether this requirement applies could not be found out: " + (
                missing[0].message if missing else "the evidence does not say"
            )
            return _verdict(row, Outcome.INCONCLUSIVE, Reason.PREREQUISITE, [why], evidence=evidence)
        why = f"It applies only when {use.condition} holds, and it does not."
        if spec.claim and row.core:
            why += " The supplier's own word is not enough for a core requirement."
            return _verdict(row, Outcome.INCONCLUSIVE, Reason.PREREQUISITE, [why], evidence=evidence)
        return _verdict(row, Outcome.NOT_APPLICABLE, None, [why], evidence=evidence, not_claimed=spec.claim)

    def _applies(self, row: Requirement) -> bool:
        return self._condition(row) is None

    # checks and scans ------------------------------------------------------------------------

    def _check(self, row: Requirement) -> Verdict:
        use = row.check
        assert use is not None  # noqa: S101 - linking makes sure of it
        needs = self.judgement.plan.needs[row.id]
        faults = [f for need in needs if isinstance(need, Need) for f in self.judgement.view.faults(need)]
        if faults:
            return _error(row, faults[0])
        try:
            if use.check in self._registry.scans:
                statements = self._scanned([need for need in needs if isinstance(need, ScanNeed)])
            else:
                spec = self._registry.checks[use.check]
                params = read_params(spec.params_type, use.params)
                statements = list(spec.judge(self.judgement.view, params))
                statements += self._found_before(spec, params, needs, statements)
        except Exception as error:  # law 8: it becomes an error of this requirement, and nothing else
            return _error(row, f"check {use.check} broke: {type(error).__name__}: {error}")
        statements += self._coverage(needs, statements)
        missing = [s for need in needs for s in self._shortfalls(need)]
        return at_floor(row, self._with_level(decide(row, statements, missing, complete_findings=self._finish)))

    def _with_level(self, verdict: Verdict) -> Verdict:
        return msgspec.structs.replace(verdict, level=self._levels.highest(verdict.evidence))

    def _found_before(
        self, spec: CheckSpec, params: Params, needs: Sequence[CheckNeed], now: Sequence[Statement]
    ) -> list[Statement]:
        """Findings of records that were gathered again since: a finding stands, also on an incomplete record."""
        used = closure([need for need in needs if isinstance(need, Need)], self._registry)
        probes = {need.probe for need in used.values()}
        told = {(s.message, s.place) for s in now if isinstance(s, Finding)}
        return [
            msgspec.structs.replace(s, message=f"{s.message} (Seen before the collection was resumed.)")
            for superseded, view in self._before
            if any(key.partition(" ")[0] in probes for key in superseded)
            for s in spec.judge(view, params)
            if isinstance(s, Finding) and (s.message, s.place) not in told
        ]

    def _scanned(self, needs: list[ScanNeed]) -> list[Statement]:
        """What a scan says of its sources: of each by itself, or of all as one where that is how it speaks."""
        if needs and self._registry.scans[needs[0].scan].together:
            return self._of_sources(needs)
        return [statement for need in needs for statement in self._of_sources([need])]

    def _of_sources(self, needs: list[ScanNeed]) -> list[Statement]:
        """What a scan says of these sources as one. They must have given something to examine."""
        found = list(self._scans.statements(*needs))
        left_out = self.judgement.plan.left_out
        explained = any(n.key in left_out or any(True for _ in self._scans.shortfalls(n)) for n in needs)
        if explained and self._registry.scans[needs[0].scan].absences:
            found = [_left_open(s) if isinstance(s, Finding) else s for s in found]
        if not explained and not any(isinstance(s, Examined | Finding) for s in found):
            over = " and the ".join(need.over for need in needs)
            found.append(Undecided(reason=Reason.NO_DATA, message=f"there was nothing to examine in the {over}"))
        return found

    def _finish(self, finding: Finding) -> Finding:
        return with_commands(finding, self.judgement.view)

    def _shortfalls(self, need: CheckNeed) -> Iterable[Shortfall]:
        view = self.judgement.view
        if isinstance(need, ScanNeed):
            left_out = self.judgement.plan.left_out.get(need.key)
            return (left_out,) if left_out else self._scans.shortfalls(need)
        if isinstance(need, Every):
            failed = view.failed(need)
            return (
                *view.missing_from_ledger(),
                *(
                    Shortfall(
                        reason=e.failure.reason, message=f"{e.request.method} {e.request.url}: {e.failure.message}"
                    )
                    for e in failed
                    if e.failure is not None
                ),
            )
        if need.optional and need.key in self.judgement.plan.left_out:
            return ()
        return view.shortfalls(need)

    def _coverage(self, needs: Sequence[CheckNeed], statements: Sequence[Statement]) -> list[Statement]:
        """Law 2: each planned interaction kind that a passive check selects is examined at least once."""
        seen = {s.interaction for s in statements if isinstance(s, Examined)}
        return [
            Undecided(
                reason=Reason.NO_DATA, message=f"no answer to a {kind} request could be examined, and one was planned"
            )
            for need in needs
            if isinstance(need, Every)
            for kind in sorted(self._wanted(need) - seen)
        ]

    def _wanted(self, need: Every) -> frozenset[str]:
        if need.selector.statuses or need.selector.intents or need.selector.identities:
            return frozenset(need.cover)  # which answers are of that sort cannot be planned
        if self._kinds is None:
            rows = [row for row in self._profile.requirements if row.check is not None and self._applies(row)]
            self._kinds = planned_interactions(rows, self.judgement.plan, self._registry)
        taken = self._kinds & set(need.selector.interactions) if need.selector.interactions else self._kinds
        return taken | set(need.cover)


def _left_open(finding: Finding) -> Undecided:
    """What is said to be missing, when not all was read: it may be in the part that was not."""
    message = f"{finding.message}, as far as it could be read ({finding.count} so far)"
    return Undecided(reason=Reason.NO_DATA, message=message, evidence=finding.evidence)


def decide(
    row: Requirement,
    statements: Sequence[Statement],
    missing: Sequence[Shortfall],
    *,
    complete_findings: Callable[[Finding], Finding] = lambda finding: finding,
) -> Verdict:
    """Law 1. A finding stands; a pass needs something examined, nothing undecided, nothing missing."""
    examined = [s for s in statements if isinstance(s, Examined)]
    findings = tuple(complete_findings(s) for s in statements if isinstance(s, Finding))
    undecided = [s for s in statements if isinstance(s, Undecided)]
    told: tuple[Statement, ...] = (*findings, *undecided, *examined)
    evidence = tuple(dict.fromkeys(name for statement in told for name in statement.evidence))
    count = sum(s.count for s in examined)
    if findings:
        return _verdict(row, Outcome.FAIL, None, [], evidence=evidence, findings=findings, examined=count)
    open_questions = [(s.reason, s.message) for s in undecided] + [(s.reason, s.message) for s in missing]
    if not open_questions and not count:
        open_questions = [(Reason.NO_DATA, "nothing was there to be examined")]
    if open_questions:
        reason = min((reason for reason, _ in open_questions), key=REASON_ORDER.__getitem__)
        why = [message for given, message in open_questions if given is reason]
        why += [message for given, message in open_questions if given is not reason]
        return _verdict(row, Outcome.INCONCLUSIVE, reason, why, evidence=evidence, examined=count)
    why = [s.what for s in examined]
    return _verdict(row, Outcome.PASS, None, why, evidence=evidence, examined=count)


def at_floor(row: Requirement, verdict: Verdict) -> Verdict:
    """A pass that rests on evidence below the floor of its row is not one: what was said was not shown."""
    if verdict.outcome is not Outcome.PASS or (verdict.level or 0) >= row.evidence_floor:
        return verdict
    has, wants = verdict.level or 0, row.evidence_floor
    why = (
        f"It rests on evidence of level {has} ({LEVEL_WORDS[has]}), and level {wants} ({LEVEL_WORDS[wants]}) is asked "
        "for: give what shows it"
    )
    told = (why, *verdict.why)
    return msgspec.structs.replace(verdict, outcome=Outcome.INCONCLUSIVE, reason=Reason.NO_DATA, why=told)


def _error(row: Requirement, message: str) -> Verdict:
    return _verdict(row, Outcome.ERROR, None, [message, "This is a fault of the checker, not of the supplier."])


_MOST_SENTENCES = 5


def _verdict(
    row: Requirement,
    outcome: Outcome,
    reason: Reason | None,
    why: Sequence[str],
    *,
    evidence: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    examined: int = 0,
    not_claimed: bool = False,
) -> Verdict:
    sentences = list(dict.fromkeys(why))
    if len(sentences) > _MOST_SENTENCES:
        more = len(sentences) - _MOST_SENTENCES
        sentences = [*sentences[:_MOST_SENTENCES], f"and {more} more"]
    return Verdict(
        requirement=row.id,
        outcome=outcome,
        reason=reason,
        why=tuple(sentences),
        not_claimed=not_claimed,
        examined=examined,
        findings=findings,
        evidence=evidence,
        obligation=row.obligation,
        basis=row.basis,
        duty_holder=row.duty_holder,
        decider=row.decider,
        safety=row.safety,
        counts=row.counts,
    )
