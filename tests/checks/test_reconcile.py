"""Which resources of a list an export holds, with what differences."""

from __future__ import annotations

from typing import Any

from checker.checks.reconcile import RECONCILE, Reconciled, ReconcileParams
from checker.engine.scans import ScanJob, run_scans
from checker.fhir.likeness import content
from checker.model.supplier import Limits
from checker.model.value import canonical
from tests.scans.samples import SALT, chunks_of


def obs(id: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": id, "status": "final", **more}


def reconciled(shown: list[dict[str, Any]], held: list[dict[str, Any]], **more: Any) -> Reconciled:
    wanted = tuple(f"{one['resourceType']}/{one['id']} {content(one).text}" for one in shown)
    params = ReconcileParams(wanted=wanted, **more)
    run = run_scans([ScanJob(scan=RECONCILE, params=params)], chunks_of(held), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    return RECONCILE.load(run.outcomes[0].state)


def test_equal_missing_and_other_resources() -> None:
    found = reconciled([obs("a"), obs("b")], [obs("a"), obs("z")])
    assert found.held == {"Observation/a": ()}
    assert found.others == {"Observation": 1}


def test_a_difference_is_told_by_digest_and_path() -> None:
    shown = obs("a", valueString="Smyth", note=[{"text": "kept"}])
    found = reconciled([shown], [obs("a", valueString="Jones", note=[{"text": "kept"}])])
    lacking, besides = found.held["Observation/a"]
    assert content(shown).paths[lacking[1:]] == "valueString"
    assert besides == "+valueString"
    assert b"Jones" not in canonical(RECONCILE.dump(found))


def test_of_two_copies_the_better_one_counts_in_any_order() -> None:
    old = obs("a", status="preliminary")
    for held in ([old, obs("a")], [obs("a"), old]):
        assert reconciled([obs("a")], held).held == {"Observation/a": ()}


def test_the_sample_is_a_function_of_the_seed_alone() -> None:
    held = [obs(f"o{number}") for number in range(50)]
    one = reconciled([], held, sample=5, seed="one")
    assert len(one.sample) == 5
    assert one.sample == reconciled([], list(reversed(held)), sample=5, seed="one").sample
    assert one.sample != reconciled([], held, sample=5, seed="two").sample
    assert reconciled([], held, sample=5, seed="one", types=("Patient",)).sample == []


def test_an_odd_member_name_is_not_told() -> None:
    found = reconciled([obs("a")], [obs("a", **{"Maud Abernquill": "x"})])
    assert found.held["Observation/a"] == ("+…",)
