"""A network in virtual time: what a recording holds is answered again, each request after the same delay.

So the order in which a collection asks is measured alone, without the speed of the machine, and the same every time.
"""

from __future__ import annotations

import asyncio
import itertools
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec

from checker.engine.ahead import Ahead, InTurn
from checker.engine.collect import END, START
from checker.engine.gather import Gatherer
from checker.engine.plan import make_plan
from checker.engine.recording import Recording
from checker.engine.scouts import Scouts, gather_early
from checker.model.ask import Ask, Capture, HttpAsk
from checker.model.evidence import Evidence
from checker.model.exchange import HttpExchange, Intent
from checker.model.registry import Registry
from checker.model.requirement import Profile


class _Skipping(selectors.SelectSelector):
    """Never waits: where nothing is ready, the time of the loop moves on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found and timeout is not None:
            self.now += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock starts at 0 and jumps from one timer to the next."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds since it was made."""
        return self._skipping.now


class Sent(NamedTuple):
    """One request: the key of its ask, when it was sent, and when it was answered."""

    key: str
    begun: float
    ended: float


class Again:
    """The outside of a collection: the answers of a recording, ``latency_s`` after they were asked for."""

    def __init__(self, recording: Recording, latency_s: float) -> None:
        self._evidence = {item.ask: item for item in recording.evidence.values()}
        self._tokens = [item for item in recording.evidence.values() if item.ask.startswith("token ")]
        self._blob = recording.blob
        self._latency_s = latency_s
        self._lock = asyncio.Lock()
        self.sent: list[Sent] = []

    async def __aenter__(self) -> Again:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def known_secrets(self) -> tuple[bytes, ...]:
        """None."""
        return ()

    async def ready(self, identity: str) -> Capture | None:
        """The token of the recording, once."""
        async with self._lock:
            mine = next((item for item in self._tokens if item.ask.split()[1] == identity), None)
            if mine is None:
                return None
            await self._pass(mine.ask)
            self._tokens.remove(mine)
            return self._capture(mine)

    async def wait(self, seconds: float) -> None:
        """In virtual time."""
        await asyncio.sleep(seconds)

    async def capture(self, ask: Ask) -> Capture:
        """What was recorded for it."""
        if isinstance(ask, HttpAsk):
            await self._pass(ask.key)
        return self._capture(self._evidence[ask.key])

    async def _pass(self, key: str) -> None:
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(self._latency_s)
        self.sent.append(Sent(key, begun, asyncio.get_running_loop().time()))

    def _capture(self, item: Evidence) -> Capture:
        blobs = {sha: self._blob(sha) or b"" for sha in item.blobs}
        return Capture(
            payload=item.read(),
            captured_at=item.captured_at,
            blobs=blobs,
            redactions=item.redactions,
            withheld=item.withheld,
        )


class _Memory:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self._blobs: dict[str, bytes] = {}

    def append(self, evidence: Evidence, blobs: dict[str, bytes]) -> None:
        self.order.append(evidence.ask)
        self._blobs |= blobs

    def blob(self, sha256: str) -> bytes | None:
        return self._blobs.get(sha256)


@dataclass(frozen=True)
class Schedule:
    """When a collection sent what, in virtual time."""

    seconds: float
    sent: list[Sent]
    order: list[str]
    """The keys of the asks as they were written."""

    def at_once(self) -> int:
        """The most requests that were under way at one time."""
        moments = sorted([(one.begun, 1) for one in self.sent] + [(one.ended, -1) for one in self.sent])
        return max(itertools.accumulate(step for _, step in moments))


def chain(recording: Recording) -> int:
    """The longest chain of requests of a recording of which each could be made only when the one before was answered.

    A request waits for the token; for the records that its probe used and for those of which one was chosen; a mutant
    for its control, a page for the page before, a repetition for what it repeats, and what ends a run for everything.
    """
    depth: dict[str, int] = {}
    ends: dict[str, int] = {}
    base = sum(item.ask.startswith("token ") for item in recording.evidence.values()) and 1

    def end_of(key: str) -> int:
        record = recording.records.get(key)
        if record is None or key == END.key:
            return 0
        if key in ends:
            return ends[key]
        ends[key] = 0  # a record that led to itself would be none
        before = max([base, *(end_of(use) for use in record.uses)])
        chosen = [end_of(other) for other in record.expanded]
        last: dict[str, int] = {}
        for item in record.items:
            exchange = recording.evidence[item.evidence].read()
            if not isinstance(exchange, HttpExchange):
                continue
            role = item.role.rpartition(":")[2]
            waits_for = [before]
            if exchange.intent is Intent.MUTANT:
                waits_for.append(last.get(str(Intent.CONTROL), 0))
            elif exchange.interaction == "page":
                waits_for.append(last.get(role, 0))
            elif role.startswith("after"):
                waits_for += last.values()
            depth.setdefault(item.evidence, max(waits_for) + 1)
            last[role] = depth[item.evidence]
        ends[key] = max([before, *chosen, *last.values()])
        return ends[key]

    return max((end_of(key) for key in recording.records), default=0) + 1


def collected_again(
    recording: Recording, profile: Profile, registry: Registry, *, latency_s: float, concurrency: int
) -> Schedule:
    """Collect what a recording holds once more, from its own answers."""
    limits = msgspec.structs.replace(recording.manifest.limits, concurrency=concurrency)
    supplier = recording.manifest.supplier
    plan = make_plan(profile, supplier, registry, limits)
    outside, ledger = Again(recording, latency_s), _Memory()

    async def collect() -> float:
        ahead = Ahead(outside, concurrency)
        gatherer = Gatherer(
            registry=registry,
            supplier=supplier,
            settings=profile.settings,
            limits=limits,
            source=InTurn(ahead, ledger),
        )
        await gatherer.gather(START)
        await gather_early(Scouts(gatherer, plan, ahead, ledger))
        await gatherer.gather(END)
        return asyncio.get_running_loop().time()

    async def in_line(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    with patch("asyncio.to_thread", in_line), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        seconds = runner.run(collect())
    return Schedule(seconds, outside.sent, ledger.order)
