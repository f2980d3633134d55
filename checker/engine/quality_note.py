"""The numbers behind the verdicts on data quality, for the report: from the states of the scans, nothing new."""

from __future__ import annotations

from typing import Any

from checker.checks.data_quality import Quality, percentile
from checker.checks.quality import (
    QualityParams,
    Shares,
    TimelyParams,
    months_between,
    scan_of,
)
from checker.checks.repeated import DISTINCT
from checker.checks.tallied import Tallied
from checker.engine.evidence_view import JudgingView
from checker.model.quality import Covered, DataQualityNote, Delay, FieldQuality
from checker.model.registry import read_params
from checker.model.requirement import Profile
from checker.model.value import Params

_COUNTED_BY = ("quality.complete", "quality.valid", "quality.few-defaults")
_TIMELY = "quality.timely"


def quality_note(view: JudgingView, profile: Profile) -> DataQualityNote | None:
    """What was counted, or None where the profile does not ask or nothing was there."""
    asked = next((found for name in _COUNTED_BY if (found := _params(profile, name, QualityParams))), None)
    if asked is None:
        return None
    need = scan_of(asked)
    state = view.scan(need).state
    if not isinstance(state, Quality) or not state.examined:
        return None
    wanted = any(row.check is not None and row.check.check == "records.unique" for row in profile.requirements)
    distinct = view.scan(DISTINCT).state if wanted else None
    timely = _params(profile, _TIMELY, TimelyParams)
    return DataQualityNote(
        source=need.over,
        fields=_fields(state, asked, distinct if isinstance(distinct, Tallied) else None),
        delays=_delays(state, timely),
        coverage=_coverage(state),
    )


def _params(profile: Profile, name: str, kind: type[Params]) -> Any:
    """The parameters of the row that this check decides; None without one."""
    row = next((row for row in profile.requirements if row.check is not None and row.check.check == name), None)
    return read_params(kind, row.check.params) if row is not None and row.check is not None else None


def _fields(state: Quality, asked: QualityParams, distinct: Tallied | None) -> tuple[FieldQuality, ...]:
    limits = {limit.item: limit for limit in asked.limits}
    made = []
    for item in sorted(asked.items, key=lambda one: one.type):
        found = Shares.of(state.items.get(item.key, {}))
        if not found.resources:
            continue
        limit = limits.get(item.key)
        different = len(state.codes[item.key]) if item.key in state.codes else None
        shared = None
        if distinct is not None and item.unique:
            different = distinct.counts.get(f"distinct {item.key}", 0)
            shared = distinct.counts.get(f"shared {item.key}", 0)
        made.append(
            FieldQuality(
                type=item.type,
                name=item.name,
                path=item.path,
                **found._asdict(),
                distinct=different,
                shared=shared,
                least_complete=limit.complete if limit else None,
                least_valid=limit.valid if limit else None,
                most_default=limit.default if limit else None,
            )
        )
    return tuple(made)


def _delays(state: Quality, asked: TimelyParams | None) -> tuple[Delay, ...]:
    made = []
    for key, counts in sorted(state.lags.items(), key=lambda pair: pair[0].partition(" ")[::-1]):
        measure, _, kind = key.partition(" ")
        bounds: tuple[int | None, int | None] = (None, None)
        if asked is not None:
            recorded = (asked.recorded_p50, asked.recorded_p95)
            bounds = recorded if measure == "recorded" else (asked.available_p50, asked.available_p95)
        made.append(
            Delay(
                type=kind,
                measure=measure,
                events=sum(counts.values()),
                p50_hours=percentile(counts, 50),
                p95_hours=percentile(counts, 95),
                most_p50_hours=bounds[0],
                most_p95_hours=bounds[1],
            )
        )
    return tuple(made)


def _coverage(state: Quality) -> tuple[Covered, ...]:
    return tuple(
        Covered(
            type=kind,
            first=min(months),
            last=max(months),
            months=len(months_between(min(months), max(months))),
            with_events=len(months),
            events=sum(months.values()),
            undated=state.undated.get(kind, 0),
        )
        for kind, months in sorted(state.months.items())
    )
