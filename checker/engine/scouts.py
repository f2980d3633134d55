"""Scouts: the probes whose turn is to come, run early, so that their answers are there when it comes.

They decide nothing. Wherever one would have to wait, to look at a file, or to open a connection of its own, it turns
back, and the probe does the rest when its turn comes.
"""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Never, TypeVar

import msgspec

from checker.engine.ahead import TURN, Ahead
from checker.engine.gather import Gatherer
from checker.engine.plan import Plan, closure
from checker.engine.source import Ledger
from checker.model.ask import Ask, Capture, HttpAsk
from checker.model.evidence import Evidence, envelope
from checker.model.need import Need
from checker.model.record import Record
from checker.model.registry import Registry
from checker.model.terms import Safety
from checker.model.view import RecordView

T = TypeVar("T")

TURNS_AHEAD = 4
"""For each request that may be under way, so many turns are looked ahead: what a kill can lose is bounded."""


class TurnBack(asyncio.CancelledError):
    """A scout goes no further."""


class Scouts(Gatherer):
    """Gathers what ``main`` will gather soon, and tells nobody but ``ahead``."""

    def __init__(self, main: Gatherer, plan: Plan, ahead: Ahead, ledger: Ledger) -> None:
        super().__init__(
            registry=main.registry,
            supplier=main.supplier,
            settings=main.settings,
            limits=main.limits,
            source=_Early(ahead, ledger),
        )
        # What is written already is never asked again; what is only here goes no further.
        self.records = ChainMap({}, main.records)
        self.evidence = ChainMap({}, main.evidence)
        self.shared = ChainMap({}, main.shared)
        self.main = main
        self.roots = plan.roots
        self._ahead = ahead
        self._reach = TURNS_AHEAD * ahead.at_once
        self._alone = tuple(is_alone(need, main.registry) for need in plan.roots)
        self._gathering: dict[str, asyncio.Task[Record]] = {}
        self._sent_out = 0
        self._number = 0
        ahead.on_trouble = self.call_back

    async def turn(self, number: int) -> None:
        """The turn of that root has come: send scouts out for the next ones; for one that wants to be alone, none."""
        if self._alone[number]:
            await self.rest()
            self._sent_out = max(self._sent_out, number + 1)
            return
        end = next((n for n in range(number, len(self.roots)) if self._alone[n]), len(self.roots))
        for ahead in range(max(self._sent_out, number), min(number + self._reach, end)):
            if self._ahead.trouble:
                return
            self._sent_out = ahead + 1
            self._send_out(self.roots[ahead], ahead)

    async def together(self, steps: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        """All of them at once."""
        return tuple(await asyncio.gather(*steps))

    async def gather(self, need: Need) -> RecordView:
        """The record, by one scout for all that need it."""
        known = self.records.get(need.key)
        return self.view(known if known is not None else await asyncio.shield(self._send_out(need, TURN.get())))

    async def obtain(self, ask: Ask) -> Evidence | None:
        """Ask before the turn. Only requests are asked so."""
        known = self.shared.get(ask.key)
        if known is not None:
            return known
        if not isinstance(ask, HttpAsk) or self._ahead.trouble:
            raise TurnBack
        capture = await self._ahead.capture(ask)
        if self._ahead.trouble:
            raise TurnBack
        known = self.shared.get(ask.key)
        if known is not None:
            return known
        self._number += 1
        found = _early(ask, capture, self._number)
        self.shared[ask.key] = found
        self.evidence[found.id] = found
        return found

    def call_back(self) -> None:
        """Every scout, at once. What is on its way to the system is not broken off."""
        for task in self._gathering.values():
            task.cancel()

    async def rest(self) -> None:
        """Call every scout back, and wait until nothing of theirs is on its way."""
        self.call_back()
        await asyncio.gather(*self._gathering.values(), return_exceptions=True)
        self._gathering.clear()
        await self._ahead.settled()

    def _send_out(self, need: Need, turn: int) -> asyncio.Task[Record]:
        task = self._gathering.get(need.key)
        if task is None:
            before = TURN.set(turn)
            try:
                task = self._gathering[need.key] = asyncio.create_task(self._scout(need))
            finally:
                TURN.reset(before)
            task.add_done_callback(_is_seen)
        return task

    async def _scout(self, need: Need) -> Record:
        record = await self._run(need)
        if record.fault:
            raise TurnBack
        return self.records.setdefault(need.key, record)


async def gather_early(scouts: Scouts, progress: Callable[[Need], None] = lambda need: None) -> None:
    """Gather every root of a plan, in its order, with scouts ahead."""
    try:
        for number, need in enumerate(scouts.roots):
            progress(need)
            await scouts.turn(number)
            await scouts.main.gather(need)
    finally:
        scouts.call_back()


class _Early:
    """The source of scouts: requests by way of ``Ahead``, and nothing that takes time or is not a request."""

    def __init__(self, ahead: Ahead, ledger: Ledger) -> None:
        self._ahead = ahead
        self._ledger = ledger

    async def obtain(self, ask: Ask) -> Never:
        """Scouts ask ``Ahead`` themselves."""
        raise TurnBack

    async def ready(self, identity: str) -> None:
        """A token, if one is needed."""
        await self._ahead.readied(identity)
        if self._ahead.trouble:
            raise TurnBack

    async def wait(self, seconds: float) -> Never:
        """Waiting is for whose turn it is."""
        raise TurnBack

    def blob(self, sha256: str) -> bytes | None:
        """A body, written or not."""
        found = self._ahead.blob(sha256)
        return found if found is not None else self._ledger.blob(sha256)


def is_alone(need: Need, registry: Registry) -> bool:
    """Must nothing else be under way beside it? What writes, and what looks at what the other requests left."""
    specs = (registry.probes.get(one.probe) for one in closure([need], registry).values())
    return any(spec is not None and (spec.alone or spec.safety >= Safety.S3) for spec in specs)


def _early(ask: HttpAsk, capture: Capture, number: int) -> Evidence:
    """The envelope that scouts see: of no place in the recording."""
    found = envelope(
        capture.payload,
        number=number,
        ask=ask.key,
        captured_at=capture.captured_at,
        previous="",
        blobs=tuple(sorted(capture.blobs)),
        redactions=capture.redactions,
        withheld=capture.withheld,
    )
    return msgspec.structs.replace(found, id=f"early-{number}")


def _is_seen(task: asyncio.Task[Record]) -> None:
    """What a scout fails of, the probe fails of when its turn comes: nothing is said here."""
    if not task.cancelled():
        task.exception()
