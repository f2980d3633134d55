"""Several requests under way at once: bounded, shared, in turn, and no more once the system has trouble."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from checker.engine.ahead import TURN, Ahead, is_trouble
from checker.engine.recording import open_recording
from checker.engine.scouts import is_alone
from checker.model.ask import Ask, Capture, HttpAsk
from checker.model.asked import OfType
from checker.model.exchange import Failure, HttpExchange, Request, Response, Wire
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.value import NoParams
from tests.engine.scripted import LIMITS, Answering, Reply, Scripted, changed, collect, healthy, outcome, registry

AT = datetime(2026, 1, 2, tzinfo=UTC)


def asked(name: str, *, same_slot: bool = False) -> HttpAsk:
    return HttpAsk(request=Request(url=f"https://fhir.test/{name}"), interaction="read", same_slot=same_slot)


def answered(ask: HttpAsk, status: int | None = 200, *, expired: bool = False) -> Capture:
    failure = Failure(reason=Reason.NETWORK, cause="closed", message="closed") if status is None else None
    response = None if status is None else Response(status=status, headers=(), body="", wire=Wire())
    exchange = HttpExchange(
        request=ask.request, interaction="read", response=response, failure=failure, expired=expired
    )
    return Capture(payload=exchange, captured_at=AT)


class Slow:
    """An outside that answers when it is told to."""

    def __init__(self, status: int | None = 200) -> None:
        self.status = status
        self.begun: list[str] = []
        self.under_way = 0
        self.most = 0

    async def capture(self, ask: Ask) -> Capture:
        assert isinstance(ask, HttpAsk)
        self.begun.append(ask.request.url.rpartition("/")[2])
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(20):
            await asyncio.sleep(0)
        self.under_way -= 1
        return answered(ask, self.status)

    async def ready(self, identity: str) -> Capture | None:
        return None

    async def wait(self, seconds: float) -> None:
        """At once."""


def test_so_many_are_under_way_and_no_more() -> None:
    async def run() -> Slow:
        outside = Slow()
        ahead = Ahead(outside, 3)
        await asyncio.gather(*(ahead.capture(asked(str(n))) for n in range(20)))
        return outside

    outside = asyncio.run(run())
    assert outside.most == 3
    assert sorted(outside.begun) == sorted(str(n) for n in range(20))


def test_the_same_is_asked_once() -> None:
    async def run() -> list[str]:
        outside = Slow()
        ahead = Ahead(outside, 3)
        first, second = await asyncio.gather(*(ahead.capture(asked("same")) for _ in range(2)))
        assert first is second
        return outside.begun

    assert asyncio.run(run()) == ["same"]


def test_the_next_turn_goes_first_and_a_mutant_before_all() -> None:
    async def run() -> list[str]:
        outside = Slow()
        ahead = Ahead(outside, 1)
        tasks = []
        for name, turn in (("busy", 0), ("late", 9), ("soon", 2), ("mutant", 9), ("now", -1)):
            TURN.set(turn)
            tasks.append(asyncio.create_task(ahead.capture(asked(name, same_slot=name == "mutant"))))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return outside.begun

    assert asyncio.run(run()) == ["busy", "mutant", "now", "soon", "late"]


def test_who_is_called_back_takes_nobodys_answer_along() -> None:
    async def run() -> Capture:
        ahead = Ahead(Slow(), 2)
        scout = asyncio.create_task(ahead.capture(asked("same")))
        turn = asyncio.create_task(ahead.capture(asked("same")))
        await asyncio.sleep(0)
        scout.cancel()
        return await turn

    assert isinstance(asyncio.run(run()).payload, HttpExchange)


def test_what_came_and_nobody_took_is_handed_over_at_the_end() -> None:
    async def run() -> list[tuple[str, Capture]]:
        ahead = Ahead(Slow(), 2)
        await ahead.capture(asked("untaken"))
        taken = await ahead.capture(asked("taken"))
        ahead.written(asked("taken"), taken)
        return await ahead.close()

    assert [key for key, _ in asyncio.run(run())] == [asked("untaken").key]


@pytest.mark.parametrize(("status", "trouble"), [(200, False), (404, False), (501, False), (429, True), (503, True)])
def test_what_is_trouble(status: int, trouble: bool) -> None:
    assert is_trouble(answered(asked("x"), status)) is trouble


def test_no_answer_and_an_ended_token_are_trouble() -> None:
    assert is_trouble(answered(asked("x"), None))
    assert is_trouble(answered(asked("x"), 401, expired=True))


def _busy_once(ask: HttpAsk, reply: Reply) -> Reply:
    if "_count=5" in ask.request.url and ask.attempt == 1:
        return outcome(429, "throttled", (("Retry-After", "1"),))
    return reply


@pytest.mark.parametrize("answer", [healthy, changed(_busy_once)], ids=["healthy", "busy"])
def test_the_recording_is_the_one_that_is_made_with_one_request_at_a_time(tmp_path: Path, answer: Answering) -> None:
    orders = []
    for number in (1, 4):
        outside = Scripted(answer=answer)
        limits = msgspec.structs.replace(LIMITS, concurrency=number)
        found = open_recording(collect(tmp_path / str(number), outside, limits=limits).path)
        # What an artefact is asked for may name a time of this run.
        orders.append([(item.id, item.ask.partition(" {")[0]) for item in found.evidence.values()])
        assert len(outside.sent) == found.manifest.requests  # nothing was asked in vain
    assert orders[0] == orders[1]
    assert len(orders[0]) > 50


def test_what_looks_at_what_is_left_behind_is_alone() -> None:
    known = registry()
    assert is_alone(Need(probe="audit.trail", params=OfType(type="Patient")), known)
    assert is_alone(Need(probe="write.create", params=NoParams()), known)
    assert not is_alone(Need(probe="fhir.capabilities", params=NoParams()), known)
