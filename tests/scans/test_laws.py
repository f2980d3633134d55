"""The laws of scans, for every scan: states merge, travel, and do not show how they came about."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.cli.compose import registry
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.engine.scans.pairs import Pairs
from checker.fhir.confidentiality import SYSTEM as CONFIDENTIALITY
from checker.model.scan import Fold, Scan
from checker.model.supplier import Limits
from checker.model.value import NoParams, Params, canonical
from checker.probes.source import Chunk
from tests.scans.samples import (
    ALL_JOBS,
    ENGINE_JOBS,
    GOOD,
    JOBS,
    LOCAL,
    PLAIN_JOBS,
    SALT,
    chunks_of,
    nhs,
    patient,
    status,
)

SHELF = registry().scans
SCANS = [SHELF[name] for name in SHELF]
FOLDS = [job for job in PLAIN_JOBS if isinstance(job.scan, Fold)]

values = st.sampled_from(["9990000018", "9990000019", "999", 9990000018, None, "", True, "9990000026"])
identifier = st.one_of(
    values.map(nhs),
    st.builds(
        lambda v, u: {"system": LOCAL, "value": v, "use": u}, st.sampled_from("xyz"), st.sampled_from(["old", "usual"])
    ),
    st.just({"system": LOCAL}),
    st.just("no identifier"),
)
resource = st.builds(
    lambda id, found, more: {**patient(id, *found), **more},
    st.sampled_from(["a", "b", "c", "d", "", GOOD, hashlib.sha256(GOOD.encode()).hexdigest()]),
    st.lists(identifier, max_size=3),
    st.sampled_from(
        [
            {},
            {"link": [{"type": "replaced-by", "other": {"reference": "Patient/a"}}]},
            {"contained": [patient("in", nhs())]},
            {
                "telecom": [{"value": "07700 900123"}, {"value": "a@b.example"}],
                "name": [{"family": "Xu", "given": ["An"]}],
            },
            {
                "note": [{"text": "An Xu, 999 000 0018, or 9990000026; ring 07700 900123"}],
                "text": {"div": "DOB 1/2/1990"},
            },
            {"photo": [{"contentType": "text/plain", "data": "OTk5MDAwMDAxOA=="}, {"contentType": "image/png"}]},
            {"managingOrganization": {"reference": "Organization/o"}, "birthDate": "2001", "deceasedDateTime": "2000"},
            {"meta": {"security": [{"system": CONFIDENTIALITY, "code": "R"}]}, "telecom": [{"value": "1"}]},
            {"text": {"div": f"<div>NHS number {GOOD}</div>"}, "resourceType": "RelatedPerson"},
            {
                "identifier": [nhs(extension=status("07"))],
                "generalPractitioner": [{"reference": "Patient/b/_history/2"}],
            },
        ]
    ),
)
chunks = st.lists(resource, max_size=12).map(lambda found: list(chunks_of(found)))


def states(
    given: Sequence[Chunk], jobs: Sequence[ScanJob] = PLAIN_JOBS, *, spill: int = 10**6, salt: bytes = SALT
) -> list[Any]:
    """The dumped states of a run without errors."""
    run = run_scans(jobs, given, salt=salt, limits=Limits(spill_after_pairs=spill))
    assert [outcome.error for outcome in run.outcomes] == ["" for _ in jobs]
    return [outcome.state for outcome in run.outcomes]


def merged(scan: Scan[Any, Any], *dumped: Any) -> bytes:
    """States merged from left to right."""
    state = scan.load(dumped[0])
    for other in dumped[1:]:
        state = scan.merge(state, scan.load(other))
    return canonical(scan.dump(state))


def test_every_scan_is_in_the_jobs() -> None:
    assert sorted(job.scan.id for job in ALL_JOBS) == sorted(scan.id for scan in SCANS)
    for scan in SCANS:
        assert scan.source.startswith(("http", "docs/policy.md#"))
        assert scan.params_type() is not None
        assert scan.__doc__


@given(chunks, chunks, chunks)
def test_merge_is_commutative_and_associative_with_an_identity(a: list[Chunk], b: list[Chunk], c: list[Chunk]) -> None:
    for job, one, two, three in zip(PLAIN_JOBS, states(a), states(b), states(c), strict=True):
        scan = job.scan
        nothing = scan.dump(scan.start(job.params, "export"))
        assert merged(scan, one, two) == merged(scan, two, one)
        left = json.loads(merged(scan, one, two))
        right = json.loads(merged(scan, two, three))
        assert merged(scan, left, three) == merged(scan, one, right)
        assert merged(scan, one, nothing) == merged(scan, nothing, one) == canonical(one)


@given(chunks)
def test_a_state_comes_back_as_it_was(a: list[Chunk]) -> None:
    for job, dumped in zip(PLAIN_JOBS, states(a), strict=True):
        loaded = job.scan.load(json.loads(canonical(dumped)))
        assert canonical(job.scan.dump(loaded)) == canonical(dumped)
        assert job.scan.load(dumped) == loaded


@given(chunks, st.data())
def test_split_anywhere_is_the_whole(a: list[Chunk], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(a)))
    whole = states(a, FOLDS)
    for job, one, two, all_of_it in zip(FOLDS, states(a[:at], FOLDS), states(a[at:], FOLDS), whole, strict=True):
        assert merged(job.scan, one, two) == canonical(all_of_it)
        said = list(finish_scan(job.scan, job.params, [one, two]))
        assert said == list(finish_scan(job.scan, job.params, [all_of_it]))


@given(chunks, st.randoms(use_true_random=False))
def test_order_salt_and_spill_do_not_show(a: list[Chunk], chance: random.Random) -> None:
    expected = canonical(states(a))
    shuffled = list(a)
    chance.shuffle(shuffled)
    assert canonical(states(shuffled)) == expected
    assert canonical(states(a, salt=b"another")) == expected


@settings(max_examples=25, deadline=None)
@given(chunks, st.integers(1, 6))
def test_spill_does_not_show(a: list[Chunk], spill: int) -> None:
    assert canonical(states(a, spill=spill)) == canonical(states(a))


@settings(max_examples=6, deadline=None)
@given(chunks, chunks, st.randoms(use_true_random=False))
def test_the_same_holds_for_those_that_ask_the_engine(a: list[Chunk], b: list[Chunk], chance: random.Random) -> None:
    """All the laws at once, since each example takes its time."""
    shuffled = [*a, *b]
    chance.shuffle(shuffled)
    whole = states([*a, *b], ENGINE_JOBS)
    assert canonical(states(shuffled, ENGINE_JOBS)) == canonical(whole)
    for job, one, two, both in zip(ENGINE_JOBS, states(a, ENGINE_JOBS), states(b, ENGINE_JOBS), whole, strict=True):
        scan = job.scan
        nothing = scan.dump(scan.start(job.params, "export"))
        assert merged(scan, one, two) == merged(scan, two, one)
        assert merged(scan, one, nothing) == merged(scan, nothing, one) == canonical(one)
        assert canonical(scan.dump(scan.load(json.loads(canonical(one))))) == canonical(one)
        if isinstance(scan, Fold):
            assert merged(scan, one, two) == canonical(both)
            assert merged(scan, json.loads(merged(scan, one, two)), one) == merged(
                scan, one, json.loads(merged(scan, two, one))
            )


def test_runs_are_merged_and_nothing_stays(tmp_path: Path) -> None:
    numbers = [(n * 7919) % 1000 for n in range(1000)]
    with Pairs(salt=SALT, spill_after=2, spill_dir=tmp_path) as pairs:
        for n in numbers:
            pairs.add(n % 2, f"key {n % 50}".encode(), f"{n:04d}".encode())
        spilled = list(tmp_path.rglob("*.run"))
        assert len(spilled) > 300
        assert b"key" not in b"".join(run.read_bytes() for run in spilled)
        groups = [(number, list(found)) for number, found in pairs.groups()]
    assert len(groups) == 50
    assert all(found == sorted(found) and len(found) == 20 for _, found in groups)
    assert sorted(int(v) for _, found in groups for v in found) == sorted(numbers)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="salt"):
        run_scans(JOBS, [], salt=b"", limits=Limits())


class Raises(Fold[NoParams, int]):
    """A scan with a fault."""

    id = "test.raises"
    params_type: ClassVar[type[Params]] = NoParams
    looks = JOBS[0].scan.looks
    source = "https://example.org"

    def start(self, params: NoParams, side: str) -> int:
        return 0

    def step(self, state: int, seen: Any, params: NoParams) -> int:
        raise KeyError(seen.node["value"])


def test_a_scan_that_raises_is_out_and_the_others_go_on() -> None:
    found = list(chunks_of([patient("a", nhs()), patient("b", nhs())]))
    run = run_scans([ScanJob(scan=Raises(), params=NoParams()), *PLAIN_JOBS], found, salt=SALT, limits=Limits())
    assert run.outcomes[0].error == "test.raises raised KeyError at x.ndjson@0#/identifier/0"
    assert run.outcomes[0].state is None
    assert [outcome.state for outcome in run.outcomes[1:]] == states(found)
