"""What a probe's session does with its asks: shared, private, redirected, repeated, paired."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from checker.engine.gather import Gatherer, run_offline
from checker.engine.session import GatherSession
from checker.engine.source import LiveSource, Replay
from checker.errors import CheckerFault
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure, Request
from checker.model.need import Budget
from checker.model.record import Record
from checker.model.registry import ProbeSpec, probe
from checker.model.requirement import Settings
from checker.model.session import Session
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.view import Exchange
from tests.engine.scripted import BASE, LIMITS, SUPPLIER, Memory, Reply, Scripted, json_reply, outcome
from tests.engine.suppliers import failing
from tests.engine.toys import REGISTRY, need

ONE = Request(url=f"{BASE}/one")


@probe("toy.scene", "1")
async def scene(s: Session, p: NoParams) -> None:
    """The scene of a test."""


def play(outside: Scripted, act: Callable[[Session], Any], *, limits: Limits = LIMITS, budget: int = 50) -> Record:
    """Run one act against the supplier; its record."""
    return _play(outside, act, limits=limits, budget=budget)[0]


def _play(
    outside: Scripted, act: Callable[[Session], Any], *, limits: Limits = LIMITS, budget: int = 50
) -> tuple[Record, Memory]:
    ledger = Memory()
    source = LiveSource(outside, ledger)
    gatherer = Gatherer(registry=REGISTRY, supplier=SUPPLIER, settings=Settings(), limits=limits, source=source)
    session = GatherSession(gatherer, need("toy.scene"), _with_budget(budget))
    run_offline(act(session))
    return session.record(), ledger


def _with_budget(requests: int) -> ProbeSpec:
    return dataclasses.replace(scene, budget=lambda p: Budget(requests=requests, handshakes=1))


def ok(ask: HttpAsk) -> Reply | Failure:
    return json_reply({"url": ask.request.url})


def test_the_same_request_is_sent_once_and_counts_in_every_role() -> None:
    outside = Scripted(answer=ok)

    async def act(s: Session) -> None:
        await s.send(ONE, "first", interaction="one")
        await s.send(msgspec.structs.replace(ONE, headers=(("User-Agent", "x"),)), "second", interaction="one")

    record = play(outside, act)
    assert len(outside.asks) == 1
    assert [item.role for item in record.items] == ["first", "second"]
    assert len({item.evidence for item in record.items}) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"url": f"{BASE}/two"},
        {"method": "HEAD"},
        {"headers": (("Accept", "application/json"),)},
        {"identity": ""},
        {"alteration": "garbage"},
        {"body": b"x"},
    ],
)
def test_another_request_is_sent_for_itself(other: dict[str, Any]) -> None:
    outside = Scripted(answer=ok)

    async def act(s: Session) -> None:
        await s.send(ONE, "first", interaction="one")
        await s.send(msgspec.structs.replace(ONE, **other), "second", interaction="one")

    play(outside, act)
    assert len(outside.asks) == 2


def test_a_fresh_request_is_private_to_its_role() -> None:
    outside = Scripted(answer=ok)

    async def act(s: Session) -> None:
        await s.send(ONE, "shared", interaction="one")
        await s.send(ONE, "mine", interaction="one", fresh=True)
        await s.send(ONE, "mine-too", interaction="one", fresh=True)

    play(outside, act)
    assert [ask.scope for ask in outside.sent] == ["", "toy.scene {}#mine", "toy.scene {}#mine-too"]


def test_only_named_identities_are_made_ready() -> None:
    outside = Scripted(answer=ok)

    async def act(s: Session) -> None:
        await s.send(ONE, "first", interaction="one")
        await s.send(msgspec.structs.replace(ONE, identity=""), "second", interaction="one")

    play(outside, act)
    assert outside.readied == ["default"]


def redirecting(targets: dict[str, str]) -> Callable[[HttpAsk], Reply | Failure]:
    def answer(ask: HttpAsk) -> Reply | Failure:
        target = targets.get(ask.request.url)
        return Reply(302, b"", (("Location", target),)) if target else ok(ask)

    return answer


async def _send_one(s: Session) -> None:
    await s.send(ONE, "one", interaction="one")


def test_redirects_are_followed_hop_by_hop_each_as_evidence() -> None:
    outside = Scripted(answer=redirecting({f"{BASE}/one": "two", f"{BASE}/two": "/elsewhere"}))
    record = play(outside, _send_one)
    assert outside.urls == [f"{BASE}/one", f"{BASE}/two", "https://fhir.test/elsewhere"]
    assert [item.role for item in record.items] == ["redirect:one", "redirect:one", "one"]
    assert record.complete


def test_a_redirect_to_another_host_is_for_the_outside_to_refuse() -> None:
    def answer(ask: HttpAsk) -> Reply | Failure:
        if "other.test" in ask.request.url:
            return failing(Reason.UNSAFE, "host-not-allowed")
        return Reply(301, b"", (("Location", "https://other.test/"),))

    outside = Scripted(answer=answer)
    record = play(outside, _send_one)
    assert outside.urls[-1] == "https://other.test/"
    assert [s.reason for s in record.shortfalls] == [Reason.UNSAFE]


def test_endless_redirects_use_up_the_budget() -> None:
    outside = Scripted(answer=redirecting({f"{BASE}/one": "/one", "https://fhir.test/one": f"{BASE}/one"}))
    record = play(outside, _send_one)
    assert [s.reason for s in record.shortfalls] == [Reason.BUDGET]
    assert len(outside.asks) <= LIMITS.redirects + 1
    assert "one" not in {item.role for item in record.items}


def test_a_redirect_is_not_followed_when_the_probe_says_so_nor_for_a_post() -> None:
    outside = Scripted(answer=redirecting({f"{BASE}/one": "two"}))

    async def act(s: Session) -> None:
        await s.send(ONE, "get", interaction="one", follow=False)
        await s.send(msgspec.structs.replace(ONE, method="POST"), "post", interaction="one")

    record = play(outside, act)
    assert [item.role for item in record.items] == ["get", "post"]
    assert len(outside.asks) == 2


@pytest.mark.parametrize("location", ["http://[", "https://[::1/x", "//[x"])
def test_a_location_that_is_no_url_does_not_break_the_probe(location: str) -> None:
    record = play(Scripted(answer=redirecting({f"{BASE}/one": location})), _send_one)
    assert [item.role for item in record.items][-1] == "one"


def answering(*replies: Reply | Failure) -> Scripted:
    """One after the other; the last for ever."""
    queue = list(replies)
    return Scripted(answer=lambda ask: queue.pop(0) if len(queue) > 1 else queue[0])


def busy(status: int = 429, after: str | None = "7") -> Reply:
    return Reply(status, b"", (("Retry-After", after),) if after is not None else ())


@pytest.mark.parametrize(
    ("first", "waits"),
    [
        (busy(), [7.0]),
        (busy(after=None), [2.0]),
        (busy(after="Fri, 02 Jan 2026 03:04:15 GMT"), [pytest.approx(9.9)]),
        (busy(after="Thu, 01 Jan 2026 03:04:15 GMT"), [0.0]),
        (busy(503), [7.0]),
        (failing(Reason.NETWORK, "refused"), [1.0]),
        (failing(Reason.TIMEOUT, "read-timeout"), [1.0]),
    ],
)
def test_what_passes_is_waited_for_and_tried_again(first: Reply | Failure, waits: list[float]) -> None:
    outside = answering(first, json_reply({}))
    record = play(outside, _send_one)
    assert outside.waits == waits
    assert [ask.attempt for ask in outside.sent] == [1, 2]
    assert [item.role for item in record.items] == ["retry:one", "one"]
    assert record.complete


@pytest.mark.parametrize(
    "first",
    [
        busy(503, None),
        busy(after="3600"),
        busy(after="soon"),
        busy(after=""),
        busy(after="-5"),
        busy(500),
        outcome(404),
        failing(Reason.NETWORK, "dns"),
        failing(Reason.UNSAFE, "host-not-allowed"),
        failing(Reason.BUDGET, "budget"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(first: Reply | Failure) -> None:
    outside = answering(first, json_reply({}))
    play(outside, _send_one)
    assert (len(outside.asks), outside.waits) == (1, [])


@pytest.mark.parametrize("after", ["²", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])
def test_an_odd_retry_after_is_not_obeyed(after: str) -> None:
    outside = answering(busy(after=after), json_reply({}))
    play(outside, _send_one)
    assert (len(outside.asks), outside.waits) == (1, [])


def test_retries_end_and_the_record_says_why() -> None:
    outside = answering(busy(after="1"))
    record = play(outside, _send_one)
    assert len(outside.asks) == 1 + LIMITS.retries
    assert [s.reason for s in record.shortfalls] == [Reason.BUDGET]


def test_a_post_is_never_sent_twice() -> None:
    for reply in (busy(), failing(Reason.TIMEOUT, "read-timeout")):
        outside = answering(reply, json_reply({}))

        async def act(s: Session) -> None:
            await s.send(msgspec.structs.replace(ONE, method="POST"), "one", interaction="one")

        play(outside, act)
        assert len(outside.asks) == 1


def test_a_pair_goes_back_to_back_fresh_and_is_not_redirected_or_repeated() -> None:
    outside = Scripted(answer=redirecting({f"{BASE}/one": "two"}))
    bare = msgspec.structs.replace(ONE, identity="")

    async def act(s: Session) -> None:
        control, mutant = await s.pair(ONE, bare, differs_in="identity", interaction="one")
        assert isinstance(control, Exchange)
        assert (control.http.intent, mutant.http.intent) == ("control", "mutant")

    record = play(outside, act)
    assert [(ask.intent, ask.same_slot) for ask in outside.sent] == [("control", False), ("mutant", True)]
    assert [item.role for item in record.items] == ["control", "mutant"]


@pytest.mark.parametrize(
    ("mutant", "differs_in"),
    [
        (ONE, "identity"),
        (msgspec.structs.replace(ONE, identity="", url=f"{BASE}/two"), "identity"),
        (msgspec.structs.replace(ONE, headers=(("Accept", "x"),)), "headers"),
        (msgspec.structs.replace(ONE, method="HEAD"), "url"),
    ],
)
def test_a_pair_that_differs_otherwise_is_a_fault_and_sends_nothing(mutant: Request, differs_in: str) -> None:
    outside = Scripted(answer=ok)

    async def act(s: Session) -> None:
        with pytest.raises(CheckerFault, match="alone"):
            await s.pair(ONE, mutant, differs_in=differs_in, interaction="one")

    play(outside, act)
    assert outside.asks == []


def test_a_header_is_one_respect() -> None:
    outside = Scripted(answer=ok)
    mutant = msgspec.structs.replace(ONE, headers=(("Accept", "x"),))

    async def act(s: Session) -> None:
        await s.pair(ONE, mutant, differs_in="headers:accept", interaction="one")

    assert play(outside, act).complete


def test_a_withheld_body_makes_the_record_unsafe() -> None:
    outside = Scripted(answer=lambda ask: Reply(200, b"{}", withheld=Reason.UNSAFE))
    record = play(outside, _send_one)
    assert [s.reason for s in record.shortfalls] == [Reason.UNSAFE]


def test_in_replay_what_was_asked_is_answered_and_what_was_not_is_no_data() -> None:
    async def two(s: Session) -> None:
        await s.send(ONE, "one", interaction="one")
        await s.send(Request(url=f"{BASE}/two"), "two", interaction="one")

    record, ledger = _play(Scripted(answer=ok), _send_one)
    gatherer = Gatherer(
        registry=REGISTRY,
        supplier=SUPPLIER,
        settings=Settings(),
        limits=LIMITS,
        source=Replay(ledger.evidence, ledger.blob),
    )
    session = GatherSession(gatherer, need("toy.scene"), _with_budget(50))
    run_offline(two(session))
    again = session.record()
    assert again.items == record.items
    assert [s.reason for s in again.shortfalls] == [Reason.NO_DATA]


def test_a_probe_that_waits_for_anything_else_cannot_be_replayed() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(CheckerFault, match="tried to wait"):
        run_offline(waits())


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        ("Patient", {}, "/Patient"),
        ("Patient", {"_count": "5"}, "/Patient?_count=5"),
        ("Patient", {"name": "a b&c"}, "/Patient?name=a%20b%26c"),
        ("Patient/a b", {}, "/Patient/a%20b"),
        ("Patient", {"identifier": "https://x|1"}, "/Patient?identifier=https:%2F%2Fx|1"),
        ("Patient/../x?y#z", {}, "/Patient/../x%3Fy%23z"),
    ],
)
def test_addresses_are_encoded_below_the_base(path: str, query: dict[str, str], url: str) -> None:
    found = []

    async def act(s: Session) -> None:
        found.append(s.url(path, **query))

    play(Scripted(), act)
    assert found == [BASE + url]
