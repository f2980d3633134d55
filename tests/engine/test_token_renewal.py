"""Tokens end while a run goes on: over TLS against the reference supplier, on a clock that the test turns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checker.engine.gather import Gatherer
from checker.engine.session import GatherSession
from checker.engine.source import LiveSource, Replay, Source
from checker.model.exchange import HttpExchange
from checker.model.record import Record
from checker.model.requirement import Settings
from checker.model.session import Session
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.probes.config import IdentityConfig, NetworkConfig, SecretRef
from checker.probes.fhir import get
from checker.probes.live import Live
from checker.probes.redact import find_secrets
from fixtures.supplier.clock import wall_clock
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.engine.scripted import Memory
from tests.engine.test_session import _with_budget
from tests.engine.toys import REGISTRY, need
from tests.probes.support import FAST, TurnedClock, Web, listening, reply
from tests.probes.support import live as web_live

Act = Callable[[Session], Awaitable[None]]


class Clock(TurnedClock):
    """One clock for both sides; certificates are of today."""

    def __init__(self) -> None:
        super().__init__()
        self.began = wall_clock()

    def now(self) -> Any:
        return self.began + timedelta(seconds=self.seconds)


def login(served: Served, **more: Any) -> IdentityConfig:
    given = {"kind": "client-credentials", "secret": SecretRef(env="SECRET"), "client_id": served.client_id, **more}
    return IdentityConfig(name="default", token_url=served.token_url, **given)


def bearer(**more: Any) -> IdentityConfig:
    return IdentityConfig(name="default", kind="bearer", secret=SecretRef(env="TOKEN"), **more)


def supplier(served: Served) -> Supplier:
    return Supplier(name="Test", base_url=served.base_url)


def session(source: Source, of: Supplier) -> GatherSession:
    gatherer = Gatherer(registry=REGISTRY, supplier=of, settings=Settings(), limits=FAST, source=source)
    return GatherSession(gatherer, need("toy.scene"), _with_budget(50))


def play(served: Served, clock: Clock, identity: IdentityConfig, act: Act, **environ: str) -> tuple[Record, Memory]:
    """One act against the supplier; no secret of it may be in what was kept, and a replay must tell the same."""
    ledger = Memory()

    async def run() -> Record:
        outside = Live(
            supplier=supplier(served),
            root=served.shared,
            identities=(identity,),
            network=NetworkConfig(ca_bundle=str(served.ca)),
            limits=FAST,
            seed=b"seed",
            clock=clock,
            environ={"SECRET": served.client_secret, **environ},
            random_bytes=lambda count: wall_clock().isoformat().encode()[-count:],
        )
        async with outside:
            first = session(LiveSource(outside, ledger), supplier(served))
            await act(first)
            kept = [one.payload for one in ledger.evidence] + list(ledger.blobs.values())
            assert not any(find_secrets(bytes(text), outside.known_secrets()) for text in kept)
            assert not first.fault
            return first.record()

    record = asyncio.run(run())
    again = session(Replay(ledger.evidence, ledger.blob), supplier(served))
    asyncio.run(_done(act(again)))
    assert again.record() == record
    return record, ledger


async def _done(act: Awaitable[None]) -> None:
    await act


def roles(record: Record) -> list[str]:
    return [item.role for item in record.items]


def sent(ledger: Memory) -> list[tuple[str, int]]:
    """Interaction and status of each exchange, in order."""
    found = []
    for one in ledger.evidence:
        payload = one.read()
        assert isinstance(payload, HttpExchange)
        found.append((payload.interaction, payload.response.status if payload.response else 0))
    return found


def reading(clock: Clock, *later: float) -> Act:
    """A read after each of these pauses."""

    async def act(s: Session) -> None:
        for number, seconds in enumerate(later):
            clock.seconds += seconds
            await s.send(get(s.url("Patient/pat-001")), f"read-{number}", interaction="read", fresh=True)

    return act


def test_a_token_is_replaced_before_it_ends_and_nothing_is_refused() -> None:
    clock = Clock()
    with Served(now=clock.now) as served:
        record, ledger = play(served, clock, login(served), reading(clock, 0, 500, 69, 2, 568, 2))
    assert record.complete
    assert [status for _, status in sent(ledger)] == [200] * 9
    assert [kind for kind, _ in sent(ledger)].count("token") == 3


def test_a_token_that_ends_early_is_replaced_once_and_the_refusal_is_kept_as_what_it_is() -> None:
    clock = Clock()
    with Served(switches=SupplierSwitches(token_says="longer"), now=clock.now) as served:
        record, ledger = play(served, clock, login(served), reading(clock, 0, 700, 5))
    assert record.complete
    assert roles(record) == ["read-0", "expired:read-1", "read-1", "read-2"]
    assert sent(ledger) == [("token", 200), ("read", 200), ("read", 401), ("token", 200), ("read", 200), ("read", 200)]
    marked = [one.read() for one in ledger.evidence]
    assert [one.expired for one in marked if isinstance(one, HttpExchange)].count(True) == 1


def test_an_opaque_token_of_which_nobody_says_how_long_it_lives() -> None:
    clock = Clock()
    switches = SupplierSwitches(opaque_tokens=True, token_says="nothing", challenge="realm")
    with Served(switches=switches, now=clock.now) as served:
        record, ledger = play(served, clock, login(served), reading(clock, 0, 5000, 5))
    assert record.complete
    assert roles(record)[1] == "expired:read-1"
    assert [status for _, status in sent(ledger)].count(401) == 1


def test_what_a_negative_test_is_refused_for_is_no_expiry() -> None:
    clock = Clock()

    async def act(s: Session) -> None:
        url = s.url("Patient/pat-001")
        for alteration in ("garbage", "signature-altered", "alg-none"):
            control = get(url)
            mutant = msgspec.structs.replace(control, alteration=alteration)
            await s.send(mutant, f"alone-{alteration}", interaction="read", fresh=True)
            await s.pair(control, mutant, differs_in="alteration", interaction="read")
        await s.send(get(url, identity=""), "nobody", interaction="read", fresh=True)
        own = msgspec.structs.replace(get(url), headers=(("Authorization", "Bearer nonsense"),))
        await s.send(own, "own", interaction="read", fresh=True)

    with Served(now=clock.now) as served:
        record, ledger = play(served, clock, login(served), act)
    assert [kind for kind, _ in sent(ledger)].count("token") == 1
    assert not [role for role in roles(record) if role.startswith("expired")]


def refusing(*, invalid: bool, clock: TurnedClock | None = None) -> Web:
    """A server that gives a new token each time, and never shows ``/secret``; ``/late`` takes 1000 s once."""
    tokens: list[str] = []
    slow = [1000.0]

    def token(seen: Any) -> bytes:
        tokens.append(f"opaque-token-number-{len(tokens)}")
        return reply(f'{{"access_token": "{tokens[-1]}", "expires_in": 600}}'.encode())

    def refuse(seen: Any) -> bytes:
        word = 'WWW-Authenticate: Bearer error="invalid_token"' if invalid else "WWW-Authenticate: Bearer"
        return reply(b"{}", word, status="401 Unauthorized")

    def late(seen: Any) -> bytes:
        if clock is not None and slow:
            clock.seconds += slow.pop()  # the request stood in a queue
            return refuse(seen)
        return reply(b"{}", status="404 Not Found")

    return Web({"/token": token, "/secret": refuse, "/late": late})


def act_on_web(web: Web, act: Act, clock: TurnedClock) -> Record:
    async def run() -> Record:
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            identity = IdentityConfig(
                name="default",
                kind="client-credentials",
                secret=SecretRef(env="SECRET"),
                client_id="me",
                token_url=f"{url}/token",
            )
            of = Supplier(name="Test", base_url=url)
            async with web_live(url, identity, environ={"SECRET": "s" * 12}, clock=clock, supplier=of) as outside:
                found = session(LiveSource(outside, Memory()), of)
                await act(found)
                return found.record()

    return asyncio.run(run())


@pytest.mark.parametrize(("invalid", "tokens"), [(True, 2), (False, 1)])
def test_what_is_always_refused_is_asked_again_once_in_a_run_at_most(invalid: bool, tokens: int) -> None:
    clock, web = TurnedClock(), refusing(invalid=invalid)

    async def act(s: Session) -> None:
        await s.send(get(s.url("fine")), "fine", interaction="read")
        for number in range(5):
            await s.send(get(s.url("secret")), f"secret-{number}", interaction="read", fresh=True)

    record = act_on_web(web, act, clock)
    assert [one.target for one in web.seen].count("/token") == tokens
    assert [role for role in roles(record) if role.startswith("expired")] == ["expired:secret-0"][: tokens - 1]
    assert [one.target for one in web.seen].count("/secret") == 4 + tokens


def test_a_pair_between_whose_halves_the_token_ended_is_sent_again_whole() -> None:
    """Else the refusal of the second half would be taken for what the test is about."""
    clock = TurnedClock()
    web = refusing(invalid=False, clock=clock)

    async def act(s: Session) -> None:
        await s.pair(get(s.url("fine")), get(s.url("late")), differs_in="url", interaction="read")

    record = act_on_web(web, act, clock)
    assert roles(record) == ["expired:control", "expired:mutant", "control", "mutant"]
    assert [one.target for one in web.seen] == ["/token", "/fine", "/late", "/token", "/fine", "/late"]


def test_a_pasted_token_that_ended_is_not_sent_any_more_and_says_so() -> None:
    clock = Clock()
    with Served(now=clock.now) as served:
        token = served.token()
        record, ledger = play(served, clock, bearer(), reading(clock, 0, 700, 5, 5), TOKEN=token)
        requests = served.requests
    assert requests == 2
    assert roles(record) == ["read-0", "expired:read-1", "read-1", "read-2", "read-3"]
    assert {short.reason for short in record.shortfalls} == {Reason.AUTH}
    assert "it ended at" in record.shortfalls[0].message
    assert [status for _, status in sent(ledger)] == [200, 401, 0, 0, 0]


@pytest.mark.parametrize("known", [True, False])
def test_an_opaque_pasted_token_ends_as_it_was_said_or_as_the_server_says(known: bool) -> None:
    clock = Clock()
    with Served(switches=SupplierSwitches(opaque_tokens=True), now=clock.now) as served:
        ends = clock.now() + timedelta(seconds=600) if known else None
        token = served.token()
        record, _ = play(served, clock, bearer(expires_at=ends), reading(clock, 0, 700, 5), TOKEN=token)
    assert roles(record) == ["read-0", "expired:read-1", "read-1", "read-2"]
    assert {short.reason for short in record.shortfalls} == {Reason.AUTH}


def test_a_token_that_is_good_after_its_end_is_used_on() -> None:
    """Our clock may be the wrong one: a refusal that a test is about then counts as what it is."""
    clock = Clock()

    async def act(s: Session) -> None:
        control = get(s.url("Patient/pat-001"))
        mutant = msgspec.structs.replace(control, alteration="signature-altered")
        await s.pair(control, mutant, differs_in="alteration", interaction="read")

    with Served() as served:
        clock.seconds = 3600.0
        record, ledger = play(served, clock, bearer(), act, TOKEN=served.token())
    assert roles(record) == ["control", "mutant"]
    assert [status for _, status in sent(ledger)] == [200, 401]


@pytest.mark.parametrize(
    ("answers", "asked", "works"),
    [(("503 Busy", "200 OK"), 2, True), (("429 Slow", "500 Oh", "200 OK"), 3, True), (("503 Busy",) * 4, 3, False)],
)
def test_a_token_endpoint_that_is_busy_is_tried_again_as_any_request(
    answers: tuple[str, ...], asked: int, works: bool
) -> None:
    waiting = list(answers)
    clock = TurnedClock()

    def token(seen: Any) -> bytes:
        return reply(b'{"access_token": "opaque-token", "expires_in": 600}', status=waiting.pop(0))

    web = Web({"/token": token})

    async def act(s: Session) -> None:
        for number in range(2):
            await s.send(get(s.url(f"x{number}")), f"x{number}", interaction="read")

    record = act_on_web(web, act, clock)
    assert [one.target for one in web.seen].count("/token") == asked
    assert record.complete is works
    assert [pause for pause in clock.sleeps if pause > 0.5] == [1.0, 2.0][: asked - 1]
    if not works:
        assert {short.reason for short in record.shortfalls} == {Reason.AUTH}


def test_all_tokens_that_were_issued_may_end_at_once() -> None:
    clock = Clock()
    with Served(now=clock.now, end_tokens_after=3) as served:
        record, ledger = play(served, clock, login(served), reading(clock, 0, 1, 1, 1))
    assert record.complete
    assert [status for _, status in sent(ledger)].count(401) == 1
