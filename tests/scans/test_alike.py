"""Resources of which the same was said: classes of them give what asking each one gives."""

from __future__ import annotations

import random
from typing import Any

import pytest

from checker.checks.fhir_alike import Alike, Classes
from checker.checks.fhir_conforms import CONFORMS, About, ConformsParams, Severity
from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import Judging, judging_by
from checker.checks.fhir_looked import Said
from checker.engine.scans import ScanJob, run_scans
from checker.model.supplier import Limits
from tests.bench.resources import Maker
from tests.scans.samples import SALT, chunks_of

ALL: tuple[Severity, ...] = ("fatal", "error", "warning", "information")
ROWS = (
    ConformsParams(),
    ConformsParams(only=(About(severity=ALL),)),
    ConformsParams(only=(About(rule=("json-unknown-property",)),)),
    ConformsParams(holding=("Extension",)),
    ConformsParams(types=("Patient",), only=(About(path=("Patient.name", "Patient.maritalStatus"), severity=ALL),)),
    ConformsParams(types=("Condition", "Observation"), only=(About(path=("Condition.code", "Observation.code")),)),
    ConformsParams(family="vital-signs", only=(About(path=("Observation.code",)),)),
    ConformsParams(family="laboratory"),
)


def resources() -> list[dict[str, Any]]:
    """Many good ones, and some with something missing or doubled."""
    chance, made = random.Random(3), Maker(3).mixed(160, narrative=True)
    found = []
    for one in made:
        changed = dict(one)
        if chance.random() < 0.3:
            name = chance.choice([name for name in changed if name not in ("resourceType", "id")])
            if isinstance(changed[name], list) and chance.random() < 0.5:
                changed[name] = changed[name] * 2
            else:
                del changed[name]
        found.append(changed)
    return found


def states(given: list[dict[str, Any]]) -> list[Any]:
    """What each row has counted."""
    run = run_scans([ScanJob(scan=CONFORMS, params=row) for row in ROWS], chunks_of(given), salt=SALT, limits=Limits())
    assert not any(one.error for one in run.outcomes)
    return [one.state for one in run.outcomes]


def test_classes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given, met = resources(), []
    of = Classes.of

    def counted(self: Classes, said: Said) -> Alike | None:
        met.append(of(self, said))
        return met[-1]

    with judging_by(Judging(Held())), monkeypatch.context() as patch:
        patch.setattr(Classes, "of", counted)
        by_classes = states(given)
    with judging_by(Judging(Held())), monkeypatch.context() as patch:
        patch.setattr(Classes, "of", lambda self, said: None)
        one_by_one = states(given)
    assert by_classes == one_by_one
    classes = [one for one in met if one is not None]
    assert len({id(one) for one in classes}) < len(classes) / 3
    assert len(classes) < len(met)


def test_what_may_hold_itself_is_gone_through_once() -> None:
    questionnaire = {"resourceType": "Questionnaire", "status": "draft"}
    row = ConformsParams(only=(About(constraint=("dom-6",), severity=ALL),))
    run = run_scans([ScanJob(scan=CONFORMS, params=row)], chunks_of([questionnaire]), salt=SALT, limits=Limits())
    assert run.outcomes[0].state["examined"] == 1
