"""Several requests under way at once, while the recording is written in the order of the plan.

The turn of a probe comes as if it were alone. Scouts run the probes that come after it, by the same code, and what
they bring back waits here until a probe whose turn it is asks for it. So the order of the evidence is a function of
the plan, and time is spent where a network needs it: on several answers at once.

A system in trouble is asked for one thing at a time from then on.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import defaultdict, deque
from collections.abc import Callable
from contextvars import ContextVar

from checker.engine.source import Ledger, LiveSource
from checker.model.ask import Ask, Capture, HttpAsk, Outside
from checker.model.evidence import Evidence
from checker.model.exchange import HttpExchange

TURN: ContextVar[int] = ContextVar("turn", default=-1)
"""For whose turn something is asked: the lower goes first. -1 is the turn that has come."""
_AT_ONCE = -2
"""The place in the queue of a mutant, which follows its control without anything between."""
_NOT_IMPLEMENTED = 501


class Ahead:
    """An ``Outside`` that keeps what was asked before its turn. At most ``at_once`` asks are under way.

    ``on_trouble`` is called when an answer says that the system has trouble, at most once.
    """

    def __init__(self, outside: Outside, at_once: int) -> None:
        self.at_once = at_once
        self._outside = outside
        self._places = _Places(at_once)
        self._asked: dict[str, asyncio.Task[Capture]] = {}
        self._tokens: defaultdict[str, deque[Capture]] = defaultdict(deque)
        self._blobs: dict[str, bytes] = {}
        self.trouble = False
        self.on_trouble: Callable[[], None] = lambda: None

    async def capture(self, ask: Ask) -> Capture:
        """What was brought back already, or is on its way, or is asked now. It is kept until it was ``written``."""
        task = self._asked.get(ask.key)
        if task is None:
            task = self._asked[ask.key] = asyncio.create_task(self._do(ask))
        return await asyncio.shield(task)  # a scout that is called back takes nobody's answer with it

    def written(self, ask: Ask, capture: Capture) -> None:
        """Its turn came, and it is where it belongs."""
        self._asked.pop(ask.key, None)
        for sha in capture.blobs:
            self._blobs.pop(sha, None)

    async def ready(self, identity: str) -> Capture | None:
        """As of the outside; the tokens that scouts fetched come first."""
        held = self._tokens[identity]
        while not held:
            found = await self._outside.ready(identity)
            if found is None and not held:
                return None
            if found is not None:
                held.append(found)
        return held.popleft()

    async def readied(self, identity: str) -> None:
        """Make an identity usable before its turn; the exchanges for it are kept."""
        found = await self._outside.ready(identity)
        if found is not None:
            self._tokens[identity].append(found)
            self._look(found)

    async def wait(self, seconds: float) -> None:
        """As of the outside."""
        await self._outside.wait(seconds)

    def blob(self, sha256: str) -> bytes | None:
        """A body that was brought back and is not written yet."""
        return self._blobs.get(sha256)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def close(self) -> list[tuple[str, Capture]]:
        """Call back what is under way. Returns what came and nobody's turn took, with the keys of its asks."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        done = [(key, task) for key, task in self._asked.items() if not task.cancelled() and not task.exception()]
        self._asked.clear()
        came = [(key, task.result()) for key, task in done]
        return [(key, capture) for key, capture in came if not is_trouble(capture)]  # what failed proves nothing

    async def _do(self, ask: Ask) -> Capture:
        at_once = isinstance(ask, HttpAsk) and ask.same_slot
        await self._places.take(_AT_ONCE if at_once else TURN.get())
        try:
            found = await self._outside.capture(ask)
        finally:
            self._places.give()
        self._blobs |= found.blobs
        self._look(found)
        return found

    def _look(self, found: Capture) -> None:
        if not self.trouble and is_trouble(found):
            self.trouble = True
            self.on_trouble()


class InTurn(LiveSource):
    """The source of the probe whose turn it is: what ``Ahead`` brings, written while other requests are under way."""

    def __init__(self, ahead: Ahead, ledger: Ledger, *, last: Evidence | None = None) -> None:
        super().__init__(ahead, ledger, last=last)
        self._ahead = ahead

    async def obtain(self, ask: Ask) -> Evidence | None:
        """Its answer, once it is written."""
        capture = await self._ahead.capture(ask)
        found = self.numbered(ask.key, capture)
        await _to_its_end(self._ledger.append, found, capture.blobs)
        self._ahead.written(ask, capture)
        return found


async def _to_its_end(write: Callable[..., None], *what: object) -> None:
    """Write in a thread; who calls it back waits for the end of it first."""
    writing = asyncio.ensure_future(asyncio.to_thread(write, *what))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


def is_trouble(capture: Capture) -> bool:
    """Does this answer say that the system, or the way to it, or the token, needs to be treated with more care?

    No answer; 429 (RFC 6585 §4) and the server errors but 501, which is a plain "not here" (RFC 9110 §15.6.2);
    a token that had ended.
    """
    exchange = capture.payload
    if not isinstance(exchange, HttpExchange):
        return False
    status = exchange.response.status if exchange.response is not None else None
    if status is None or exchange.failure is not None or exchange.expired:
        return True
    return status == 429 or (status >= 500 and status != _NOT_IMPLEMENTED)


class _Places:
    """So many places; who waits for one is served by turn, then by arrival."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrival = itertools.count()

    async def take(self, turn: int) -> None:
        """Wait for a place."""
        if self._free > 0:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (turn, next(self._arrival), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was given one in the same moment
                self.give()
            raise

    def give(self) -> None:
        """Give a place back, to whoever is first."""
        while self._waiting:
            _, _, first = heapq.heappop(self._waiting)
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
