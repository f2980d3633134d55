"""Run probes against a source: the same code in collect, resume and judge.

In the order of the plan: the order of evidence is then a function of the plan. What comes next may be asked for
early (``scouts``); it is written when its turn comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, MutableMapping, Sequence
from typing import Any, TypeVar

from checker.engine.plan import Plan
from checker.engine.session import GatherSession
from checker.engine.source import Source
from checker.errors import CheckerError, CheckerFault
from checker.model.evidence import Evidence
from checker.model.need import Need
from checker.model.record import Record, Shortfall
from checker.model.registry import Registry
from checker.model.requirement import Settings
from checker.model.supplier import Limits, Supplier
from checker.model.terms import Reason
from checker.model.value import plain
from checker.model.view import RecordView

T = TypeVar("T")


class Gatherer:
    """Gathers records, each once. ``on_record`` is told of each when it is finished."""

    def __init__(
        self,
        *,
        registry: Registry,
        supplier: Supplier,
        settings: Settings,
        limits: Limits,
        source: Source,
        known: Iterable[Record] = (),
        known_evidence: Iterable[Evidence] = (),
        on_record: Callable[[Record], None] = lambda record: None,
    ) -> None:
        self.registry = registry
        self.supplier = supplier
        self.settings = settings
        self.limits = limits
        self.source = source
        self.records: MutableMapping[str, Record] = {record.key: record for record in known}
        self.evidence: MutableMapping[str, Evidence] = {item.id: item for item in known_evidence}
        self.shared: MutableMapping[str, Evidence] = {}
        for record in self.records.values():
            for item in record.items:
                found = self.evidence.get(item.evidence)
                if found is not None:
                    self.shared[found.ask] = found
        self._on_record = on_record
        self._under_way: list[str] = []

    async def gather(self, need: Need) -> RecordView:
        """The record of a need, gathered now if it is not there yet."""
        if need.key not in self.records:
            if need.key in self._under_way:
                chain = " → ".join((*self._under_way, need.key))
                raise CheckerFault("A probe needs itself.", where=chain, next_step="Report this fault.")
            self._under_way.append(need.key)
            try:
                record = await self._run(need)
            finally:
                self._under_way.pop()
            self.records[need.key] = record
            self._on_record(record)
        return self.view(self.records[need.key])

    async def together(self, steps: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        """Steps that need nothing of each other: here one after the other, so that their order is the same always."""
        try:
            return tuple([await step for step in steps])
        finally:
            for step in steps:
                step.close()

    def view(self, record: Record) -> RecordView:
        """A record as checks see it."""
        return RecordView(record, self.evidence.get, self.source.blob)

    async def obtain(self, ask: Any) -> Evidence | None:
        """Shared by ask: what this run already has is not asked again."""
        known = self.shared.get(ask.key)
        if known is not None:
            return known
        found = await self.source.obtain(ask)
        if found is not None:
            self.shared[ask.key] = found
            self.evidence[found.id] = found
        return found

    async def _run(self, need: Need) -> Record:
        spec = self.registry.probes.get(need.probe)
        if spec is None:
            return empty_record(
                need, Shortfall(reason=Reason.NO_DATA, message=f"no probe {need.probe!r} is known here")
            )
        session = GatherSession(self, need, spec)
        try:
            await spec.gather(session, need.params)
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except CheckerError as fault:
            if not isinstance(fault, CheckerFault):
                raise
            session.fault = f"{fault}"
        except Exception as error:  # a probe that breaks must not take the run with it
            session.fault = f"{type(error).__name__}: {error}"
        return session.record()


def empty_record(need: Need, shortfall: Shortfall) -> Record:
    """A record of nothing, and why."""
    return Record(key=need.key, probe=need.probe, version="", params=plain(need.params), shortfalls=(shortfall,))


async def gather_all(gatherer: Gatherer, plan: Plan, progress: Callable[[Need], None] = lambda need: None) -> None:
    """Gather every root of a plan, in its order."""
    for need in plan.roots:
        progress(need)
        await gatherer.gather(need)


def run_offline(coroutine: Any) -> Any:
    """Run a coroutine that never waits (replay). Needs no event loop and may run inside one."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise CheckerFault(
        "A probe tried to wait while it was being replayed.",
        next_step="Probes may only await their session: report this fault to the author of the probe.",
    )
