"""The plan bounds the run: known before the first request, and never exceeded."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.cli import compose
from checker.cli.compose import profile as shipped
from checker.engine.plan import beside_the_probes, closure, make_plan, safety_of
from checker.errors import CheckerFault
from checker.model.ask import HandshakeAsk, HelloAsk, HttpAsk
from checker.model.need import AtMost, Budget, Need
from checker.model.requirement import CheckUse, Profile, Requirement, Settings
from checker.model.supplier import ArtefactRef, Supplier
from checker.model.terms import Outcome, Reason, Safety
from checker.model.value import NoParams
from tests.engine.scripted import (
    BASE,
    LIMITS,
    SUPPLIER,
    Reply,
    Scripted,
    baseline,
    decisions,
    json_reply,
    judged,
    page_of,
    patient,
    profile_of,
    recorded,
    registry,
    requirement,
)
from tests.engine.toys import REGISTRY, Many, need

WITH_RELEASE = msgspec.structs.replace(
    SUPPLIER, artefacts=(*SUPPLIER.artefacts, ArtefactRef(id="release", kind="release", location="release.ndjson"))
)
S1 = msgspec.structs.replace(LIMITS, ceiling=Safety.S1)


def has(probe: str, id: str = "R-1") -> Profile:
    return profile_of(requirement(id, check="toy.has", params={"probe": probe}))


def test_the_plan_holds_the_closure_of_all_needs() -> None:
    plan = make_plan(baseline(), WITH_RELEASE, registry(), LIMITS)
    planned = {one.need.key for one in plan.probes}
    assert planned == set(closure(plan.roots, registry()))
    assert not plan.left_out


def _over(check: str, *over: str) -> Requirement:
    return msgspec.structs.replace(requirement(), check=CheckUse(check=check, over=over))


def test_where_nobody_is_asked_for_records_files_are_all_there_is_to_scan() -> None:
    both = ("export", "exchanges")
    row = _over("patient.dates-plausible", *both)
    alone = make_plan(profile_of(row), SUPPLIER, registry(), LIMITS)
    assert [need.over for need in alone.scans] == ["export"]
    beside = profile_of(row, requirement("R-2", "read.id-is-the-id-asked", {"type": "Patient"}))
    assert tuple(need.over for need in make_plan(beside, SUPPLIER, registry(), LIMITS).scans) == both
    nothing = msgspec.structs.replace(SUPPLIER, artefacts=())
    planned = make_plan(profile_of(_over("patient.dates-plausible", "exchanges")), nothing, registry(), LIMITS)
    assert [need.over for need in planned.scans] == ["exchanges"]


def test_fan_out_multiplies() -> None:
    many = profile_of(requirement(check="toy.many-many", params={"times": 3}))
    plan = make_plan(many, SUPPLIER, REGISTRY, LIMITS)
    times = {one.need.probe: one.times for one in plan.probes}
    assert times == {"toy.manymany": 1, "toy.many": 4, "toy.item": 12}
    assert plan.total == Budget(requests=1 + 12) + beside_the_probes(SUPPLIER, LIMITS)


def test_what_two_requirements_share_is_planned_once() -> None:
    rows = [requirement(id, check="toy.has", params={"probe": "toy.one"}) for id in ("R-1", "R-2")]
    plan = make_plan(profile_of(*rows), SUPPLIER, REGISTRY, LIMITS)
    assert [(one.times, one.requirements) for one in plan.probes] == [(1, ("R-1", "R-2"))]
    assert plan.total == Budget(requests=1) + beside_the_probes(SUPPLIER, LIMITS)


def test_the_limit_of_the_run_caps_the_requests() -> None:
    few = msgspec.structs.replace(LIMITS, max_requests=5)
    assert make_plan(baseline(), SUPPLIER, registry(), few).max_requests == 5
    slow = msgspec.structs.replace(LIMITS, requests_per_s=2.0)
    plan = make_plan(has("toy.one"), SUPPLIER, REGISTRY, slow)
    assert plan.duration_s == 0.5 + 2.0, "the request, and start and end of the run"


@pytest.mark.parametrize(
    ("probe", "supplier", "reason", "says"),
    [
        ("toy.risky", SUPPLIER, Reason.UNSAFE, "safety class S3"),
        ("toy.uses-risky", SUPPLIER, Reason.UNSAFE, "safety class S3"),
        ("toy.one", Supplier(name="files only"), Reason.NO_DATA, "no FHIR endpoint"),
        ("toy.shakes", Supplier(name="files only"), Reason.NO_DATA, "no FHIR endpoint"),
        ("toy.other-person", SUPPLIER, Reason.AUTH, "'second'"),
        ("toy.file", SUPPLIER, Reason.NO_DATA, "no artefact of kind 'report'"),
    ],
)
def test_what_cannot_be_is_left_out_and_the_verdict_says_why(
    probe: str, supplier: Supplier, reason: Reason, says: str
) -> None:
    outside = Scripted()
    recording = recorded(outside, has(probe), known=REGISTRY, supplier=supplier)
    verdicts, report = judged(recording, profile=has(probe), known=REGISTRY)
    assert decisions(verdicts)["R-1"] == (Outcome.INCONCLUSIVE, reason)
    assert any(says in why for why in verdicts["R-1"].why)
    assert outside.asks == []
    assert report.exit_code == 3


def wrong(*ids: str) -> Profile:
    """Rows on tokens that must be refused, one request each."""
    changed = ("payload-altered", "alg-none", "garbage", "in-query")
    rows = zip(ids, changed, strict=False)
    check = "access.altered-token-refused"
    return profile_of(*(requirement(id, check=check, params={"alteration": name}) for id, name in rows))


def test_wrong_credentials_are_capped_and_the_verdict_says_why() -> None:
    limits = msgspec.structs.replace(LIMITS, wrong_credentials=2)
    profile = wrong("R-1", "R-2", "R-3", "R-4")
    plan = make_plan(profile, SUPPLIER, registry(), limits)
    (left,) = plan.left_out.values()
    assert plan.total.wrong_tokens == 2
    assert left.reason is Reason.BUDGET
    assert "wrong-credentials" in left.message
    verdicts, _ = judged(recorded(Scripted(), profile, limits=limits), profile=profile)
    assert decisions(verdicts)["R-3"] == ("inconclusive", "budget")
    assert decisions(verdicts)["R-4"][1] != "budget", "a good token in another place is not a wrong one"


def test_a_wrong_credential_that_two_rows_share_counts_once() -> None:
    check, params = "access.altered-token-refused", {"alteration": "garbage"}
    profile = profile_of(*(requirement(id, check=check, params=params) for id in ("R-1", "R-2")))
    limits = msgspec.structs.replace(LIMITS, wrong_credentials=1)
    assert not make_plan(profile, SUPPLIER, registry(), limits).left_out


@pytest.mark.parametrize("name", ["access-control", "smart-fapi", "baseline"])
def test_no_profile_sends_more_wrong_credentials_than_a_run_may(name: str) -> None:
    limits = msgspec.structs.replace(LIMITS, ceiling=Safety.S3)
    plan = make_plan(shipped(name, compose.registry()), SUPPLIER, compose.registry(), limits)
    assert max(plan.total.wrong_tokens, plan.total.wrong_proofs) <= limits.wrong_credentials
    assert not any("wrong-credentials" in one.message for one in plan.left_out.values())


def test_a_scan_without_its_artefact_is_left_out() -> None:
    files = Supplier(name="no files", base_url=BASE)
    plan = make_plan(profile_of(requirement(check="identifier.unique")), files, registry(), LIMITS)
    assert [s.message for s in plan.left_out.values()] == ["no artefact of kind 'export' was submitted"]
    assert plan.scans == ()


def test_a_probe_above_the_ceiling_is_left_out_of_the_baseline() -> None:
    plan = make_plan(baseline(), WITH_RELEASE, registry(), S1)
    assert {s.reason for s in plan.left_out.values()} == {Reason.UNSAFE}
    verdicts, _ = judged(recorded(Scripted(), baseline(), limits=S1))
    assert decisions(verdicts)["AUTH-007"] == (Outcome.INCONCLUSIVE, Reason.UNSAFE)


def test_the_safety_of_a_requirement_is_that_of_its_riskiest_probe() -> None:
    def of(probe: str) -> Safety:
        return safety_of(CheckUse(check="toy.has", params={"probe": probe}), None, Settings(), REGISTRY)

    assert of("toy.one") is Safety.S1
    assert of("toy.uses-risky") is Safety.S3


def test_a_probe_that_needs_itself_is_a_fault_of_the_checker() -> None:
    with pytest.raises(CheckerFault, match="needs itself"):
        make_plan(has("toy.circle"), SUPPLIER, REGISTRY, LIMITS)


def test_a_probe_that_nobody_knows_is_a_fault_of_the_checker() -> None:
    with pytest.raises(CheckerFault, match=r"toy\.none"):
        make_plan(has("toy.none"), SUPPLIER, REGISTRY, LIMITS)


def test_budgets_are_exact_under_times() -> None:
    one = Budget(requests=2, handshakes=1, artefacts=3)
    assert one.times(3) == one + one + one
    assert AtMost(need=need("toy.one"), times=2).need.covers(Need(probe="toy.one", params=NoParams()))


@st.composite
def suppliers(draw: st.DrawFn) -> Scripted:
    """How many patients, what pages look like, and what goes wrong here and there."""
    patients = [patient(f"p{n}") for n in range(1, draw(st.integers(0, 12)) + 1)]
    endless = draw(st.booleans())
    statuses = draw(st.lists(st.sampled_from([200, 200, 200, 404, 500, 429]), min_size=1, max_size=5))
    versions = draw(st.booleans())
    counter = iter(range(10_000))

    def answer(ask: HttpAsk) -> Reply:
        number = next(counter)
        status = statuses[number % len(statuses)]
        if status != 200:
            return Reply(status, b"{}", (("Retry-After", "1"),))
        path = ask.request.url.removeprefix(BASE)
        if path.startswith("/Patient?"):
            page = page_of(patients, 5, 1)
            link = [{"relation": "next", "url": f"{BASE}/Patient?page={number}"}]
            return json_reply({**page, "link": link} if endless else page)
        return json_reply(patient("p1") if versions else {"resourceType": "Patient", "id": "p1"})

    return Scripted(answer=answer)


@settings(max_examples=25, deadline=None)
@given(suppliers())
def test_no_supplier_makes_the_run_send_more_than_planned(outside: Scripted) -> None:
    plan = make_plan(baseline(), SUPPLIER, registry(), LIMITS)
    recorded(outside, baseline())
    first_tries = [ask for ask in outside.sent if ask.attempt == 1]
    connections = sum(len(ask.offers) for ask in outside.asks if isinstance(ask, HandshakeAsk))
    connections += sum(len(ask.names) for ask in outside.asks if isinstance(ask, HelloAsk))
    assert len(first_tries) <= plan.total.requests
    assert len(outside.sent) <= plan.max_requests
    assert connections <= plan.total.handshakes


def test_a_supplier_that_redirects_all_does_not_make_the_run_exceed_the_plan() -> None:
    hops = iter(range(10_000))
    outside = Scripted(answer=lambda ask: Reply(302, b"", (("Location", f"{BASE}/hop/{next(hops)}"),)))
    profile = profile_of(requirement(check="capability.r4-instance"))
    plan = make_plan(profile, SUPPLIER, registry(), LIMITS)
    recorded(outside, profile)
    assert len(outside.sent) <= plan.max_requests


def test_a_probe_that_sends_more_than_it_declares_is_stopped_at_its_budget() -> None:
    outside = Scripted(answer=lambda ask: json_reply({}))
    recorded(outside, has("toy.greedy"), known=REGISTRY)
    assert len(outside.sent) == 1


def test_a_greedy_probe_is_stopped_and_its_record_says_so() -> None:
    outside = Scripted(answer=lambda ask: json_reply({}))
    recording = recorded(outside, has("toy.greedy"), known=REGISTRY)
    assert len(outside.sent) < 20
    verdicts, _ = judged(recording, profile=has("toy.greedy"), known=REGISTRY)
    assert decisions(verdicts)["R-1"] == (Outcome.INCONCLUSIVE, Reason.BUDGET)


def test_connections_are_capped() -> None:
    outside = Scripted()
    recording = recorded(outside, has("toy.shakes"), known=REGISTRY)
    assert len(outside.asks) == 1
    verdicts, _ = judged(recording, profile=has("toy.shakes"), known=REGISTRY)
    assert decisions(verdicts)["R-1"] == (Outcome.INCONCLUSIVE, Reason.BUDGET)


@pytest.mark.parametrize(("times", "asked"), [(3, 3), (3, 2), (2, 9), (0, 4)])
def test_a_fan_out_never_exceeds_what_was_declared(times: int, asked: int) -> None:
    params = {"times": times, "asked": asked}
    outside = Scripted(answer=lambda ask: json_reply({}))
    profile = profile_of(requirement(check="toy.many-are-there", params=params))
    recording = recorded(outside, profile, known=REGISTRY)
    assert len(outside.sent) == min(times, asked)
    record = recording.records[Need(probe="toy.many", params=Many(**params)).key]
    assert len(record.expanded) == min(times, asked)
    assert ("capped" in record.notes) == (asked > times)


def test_a_capped_fan_out_is_incomplete() -> None:
    profile = profile_of(requirement(check="toy.many-are-there", params={"times": 2, "asked": 9}))
    recording = recorded(Scripted(answer=lambda ask: json_reply({})), profile, known=REGISTRY)
    verdicts, _ = judged(recording, profile=profile, known=REGISTRY)
    assert decisions(verdicts)["R-1"] == (Outcome.INCONCLUSIVE, Reason.BUDGET)


def test_at_s0_nothing_is_sent_beside_the_probes_either() -> None:
    assert beside_the_probes(SUPPLIER, LIMITS) != Budget()
    assert beside_the_probes(SUPPLIER, msgspec.structs.replace(LIMITS, ceiling=Safety.S0)) == Budget()
