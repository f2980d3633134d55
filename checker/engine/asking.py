"""The questions about codes that a collection leaves open, found before anything is judged for good.

The scans that judge by definitions are run once only to see what they would ask, and what they say is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import Judging, judging_by
from checker.engine.plan import Plan
from checker.engine.scan_results import EXCHANGES, answers_in, bodies_of, scan_plan
from checker.engine.scans import ScanJob, scan_exchanges
from checker.fhir.terminology.served import Unsettled, with_answers
from checker.model.evidence import Evidence
from checker.model.need import ScanNeed
from checker.model.registry import Registry
from checker.model.supplier import Limits
from checker.model.table import Table
from checker.model.terminology import CodeQuestion, TerminologyAnswer


def judges_codes(plan: Plan, registry: Registry) -> tuple[ScanNeed, ...]:
    """The planned scans that judge by definitions: they alone can have questions about codes."""
    return tuple(need for need in plan.scans if registry.scans[need.scan].by_definitions)


def open_questions(
    needs: Sequence[ScanNeed],
    registry: Registry,
    held: Held,
    known: Iterable[TerminologyAnswer],
    *,
    artefacts: Mapping[str, Sequence[tuple[str, Path | str]]],
    evidence: Iterable[Evidence],
    blob: Callable[[str], bytes | None],
    salt: bytes,
    limits: Limits,
    spill_dir: Path | None,
    tables: Mapping[str, tuple[Table, ...]] | None = None,
) -> tuple[CodeQuestion, ...]:
    """What the artefacts and the answers of the endpoint leave open, each distinct question once, sorted.

    ``known``: what was answered already. ``evidence`` and ``blob``: what was collected from the endpoint.
    """
    noting = Unsettled(with_answers(held.terminology, known))
    with judging_by(Judging(held, noting)):
        for _ in scan_plan(needs, registry, artefacts, salt=salt, limits=limits, spill_dir=spill_dir, tables=tables):
            pass
        jobs = [ScanJob(scan=registry.scans[one.scan], params=one.params) for one in needs if one.over == EXCHANGES]
        if jobs:
            scan_exchanges(bodies_of(answers_in(evidence, blob)), jobs, salt=salt, limits=limits, spill_dir=spill_dir)
    return noting.questions
