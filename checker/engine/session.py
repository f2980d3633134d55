"""The session of one probe instance: every call to the outside becomes evidence in its record."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from checker.engine.retries import retry_after_s
from checker.errors import CheckerFault
from checker.model.ask import ArtefactAsk, Ask, HandshakeAsk, HelloAsk, HttpAsk, TlsAsk
from checker.model.dressing import dressed
from checker.model.evidence import Artefact, Evidence, Handshake, RawExchange, envelope
from checker.model.exchange import NO_CONNECTION, Failure, HttpExchange, Intent, Request, differences, joined
from checker.model.need import AtMost, Need
from checker.model.record import Item, Record, Shortfall
from checker.model.registry import ProbeSpec
from checker.model.requirement import Settings
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.tls import Hello, TlsAnswer
from checker.model.value import plain
from checker.model.view import Exchange, RecordView

if TYPE_CHECKING:
    from checker.engine.gather import Gatherer

T = TypeVar("T")

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_CONNECTION = {
    "timeout": Reason.TIMEOUT,
    "refused": Reason.NETWORK,
    "dns": Reason.NETWORK,
    "given-up": Reason.NETWORK,
    "proxy": Reason.NETWORK,
    "intercepted": Reason.NETWORK,
    "budget": Reason.BUDGET,
    "stopped": Reason.UNSAFE,
    "host-not-allowed": Reason.UNSAFE,
}
_OUT_OF_REACH = frozenset({"timeout", "refused"})
_LOOK_AGAIN_AFTER_S = (1.0, 3.0)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class GatherSession:
    """What ``gather`` is given. Implements :class:`checker.model.session.Session`."""

    def __init__(self, gatherer: Gatherer, need: Need, spec: ProbeSpec) -> None:
        self._gatherer = gatherer
        self._need = need
        self._spec = spec
        self._budget = spec.budget(need.params)
        self._requests = 0
        self._handshakes = 0
        self._fanned: dict[str, int] = {}
        self._items: list[Item] = []
        self._uses: list[str] = []
        self._expanded: list[str] = []
        self._shortfalls: list[Shortfall] = []
        self._notes: dict[str, Any] = {}
        self.fault = ""

    @property
    def supplier(self) -> Supplier:
        """The system under test."""
        return self._gatherer.supplier

    @property
    def settings(self) -> Settings:
        """Settings of the profile."""
        return self._gatherer.settings

    def record(self) -> Record:
        """What came of it."""
        return Record(
            key=self._need.key,
            probe=self._spec.id,
            version=self._spec.version,
            params=plain(self._need.params),
            items=tuple(self._items),
            uses=tuple(dict.fromkeys(self._uses)),
            expanded=tuple(dict.fromkeys(self._expanded)),
            shortfalls=tuple(dict.fromkeys(self._shortfalls)),
            fault=self.fault,
            notes=self._notes,
        )

    def short(self, reason: Reason, message: str) -> None:
        """This record is not complete."""
        self._shortfalls.append(Shortfall(reason=reason, message=message))

    def note(self, name: str, value: Any) -> None:
        """A small fact."""
        self._notes[name] = value

    async def wait(self, seconds: float) -> None:
        """As a server asked; see the protocol."""
        await self._gatherer.source.wait(seconds)

    def url(self, path: str, /, **query: str) -> str:
        """A URL below the FHIR base."""
        text = "&".join(f"{quote(name, safe='_:.-')}={quote(value, safe='|,:')}" for name, value in query.items())
        address = f"{self.supplier.base_url}/{quote(path, safe='/$._-')}"
        return f"{address}?{text}" if text else address

    async def send(
        self,
        request: Request,
        role: str,
        *,
        interaction: str,
        fresh: bool = False,
        view: str = "fhir",
        follow: bool = True,
        may_be_closed: bool = False,
    ) -> Exchange:
        """One request, with its retries and redirects; see the protocol."""
        scope = f"{self._need.key}#{role}" if fresh else ""
        request = dressed(request, self.supplier, self.settings)
        limits = self._gatherer.limits
        for hop in range(limits.redirects + 1):
            ask = HttpAsk(request=request, interaction=interaction, view=view, scope=scope)
            exchange = await self._attempts(ask, role, hop=hop)
            target = _redirect_target(exchange) if follow else None
            if target is None:
                self._add(role, exchange.evidence)
                if not (may_be_closed and exchange.failure and exchange.failure.cause in NO_CONNECTION):
                    self._say_if_short(exchange)
                return exchange
            self._add(f"redirect:{role}", exchange.evidence)
            if hop == limits.redirects:
                break
            request = msgspec.structs.replace(request, url=target)
        self.short(Reason.BUDGET, f"redirected more than {limits.redirects} times, last from {request.url}")
        return exchange

    async def pair(
        self, control: Request, mutant: Request, *, differs_in: str, interaction: str, view: str = "fhir"
    ) -> tuple[Exchange, Exchange]:
        """Control, then mutant, back to back; see the protocol."""
        mutant = dressed(mutant, self.supplier, self.settings, like=control)
        control = dressed(control, self.supplier, self.settings)
        found = differences(control, mutant)
        if found != (differs_in,):
            raise CheckerFault(
                f"A mutant must differ from its control in {differs_in} alone, not in {found or 'nothing'}.",
                where=self._need.key,
                next_step="Report this fault to the author of the probe.",
            )
        parts = ((Intent.CONTROL, control), (Intent.MUTANT, mutant))
        sent: list[Exchange] = []
        for renewed in (False, True):
            sent = []
            for intent, request in parts:
                ask = HttpAsk(
                    request=request,
                    interaction=interaction,
                    intent=intent,
                    view=view,
                    scope=f"{self._need.key}#{intent}",
                    same_slot=intent is Intent.MUTANT,
                    renewed=renewed,
                )
                sent.append(await self._asked(ask, counted=not renewed))
                if sent[-1].http.expired and not renewed:
                    break
            if renewed or not sent[-1].http.expired:
                break
            for exchange in sent:  # a token that ended between the two would make a refusal of nothing
                self._add(f"expired:{exchange.http.intent}", exchange.evidence)
        for exchange in sent:
            self._add(str(exchange.http.intent), exchange.evidence)
            self._say_if_short(exchange)
        return sent[0], sent[1]

    async def handshake(self, host: str, port: int, offers: tuple[tuple[str, ...], ...], role: str) -> Handshake:
        """Full handshakes; see the protocol."""
        scope = f"{self._need.key}#{role}"
        found = await self._raw(HandshakeAsk(host=host, port=port, offers=offers, scope=scope), role, len(offers))
        return found if isinstance(found, Handshake) else Handshake(host=host, port=port, attempts=())

    async def hellos(self, host: str, port: int, names: tuple[str, ...], role: str) -> RawExchange:
        """Raw ClientHellos; see the protocol."""
        scope = f"{self._need.key}#{role}"
        found = await self._raw(HelloAsk(host=host, port=port, names=names, scope=scope), role, len(names))
        return found if isinstance(found, RawExchange) else RawExchange(host=host, port=port, attempts=())

    async def tls(self, host: str, port: int, hello: Hello, role: str, address: str = "") -> TlsAnswer:
        """One ClientHello; see the protocol."""
        found = await self._raw(TlsAsk(host=host, port=port, hello=hello, address=address), role, 1)
        if isinstance(found, TlsAnswer):
            return found
        return TlsAnswer(host=host, port=port, hello=hello, answer="budget", at=_NEVER)

    async def artefacts(self, kind: str, role: str, extract: str, wanted: tuple[str, ...] = ()) -> tuple[Artefact, ...]:
        """Artefacts of a kind; see the protocol."""
        found = []
        references = self.supplier.artefacts_of(kind)
        if not references:
            self.short(Reason.NO_DATA, f"no artefact of kind {kind!r} was submitted")
        for reference in references:
            evidence = await self._looks(ArtefactAsk(artefact=reference.id, extract=extract, wanted=wanted))
            if evidence is None:
                self.short(Reason.NO_DATA, f"artefact {reference.id!r} was not read for this when it was recorded")
                continue
            self._add(role, evidence)
            payload = evidence.read()
            if isinstance(payload, Artefact):
                problem = payload.facts.get("problem")
                if problem:
                    self.short(Reason.NO_DATA, f"artefact {reference.id!r}: {problem}")
                found.append(payload)
        return tuple(found)

    async def _looks(self, ask: ArtefactAsk) -> Evidence | None:
        """Look, and look again while something is absent: systems write their logs with some delay."""
        evidence = await self._obtain(ask)
        for look, pause_s in enumerate(_LOOK_AGAIN_AFTER_S, 2):
            payload = evidence.read() if evidence is not None else None
            if not isinstance(payload, Artefact) or not payload.facts.get("absent"):
                break
            await self._gatherer.source.wait(pause_s)
            newer = await self._obtain(msgspec.structs.replace(ask, look=look))
            if newer is None:
                break
            evidence = newer
        return evidence

    async def need(self, need: Need) -> RecordView:
        """Another record; see the protocol."""
        if not any(need.key == use.key for use in self._declared(Need)):
            raise self._undeclared(need)
        self._uses.append(need.key)
        return await self._gatherer.gather(need)

    async def children(self, view: RecordView, probe: str) -> tuple[RecordView, ...]:
        """Where a needed record led to; see the protocol."""
        if view.key not in self._uses and view.key not in self._expanded:
            raise self._undeclared_key(view.key)
        found = (self._gatherer.records.get(key) for key in view.record.closure)
        return tuple(self._gatherer.view(r) for r in found if r is not None and r.probe == probe)

    async def each(self, needs: Iterable[Need]) -> tuple[RecordView, ...]:
        """Fan out; see the protocol."""
        wanted: list[Need] = []
        for need in needs:
            pattern = next((use for use in self._declared(AtMost) if use.need.covers(need)), None)
            if pattern is None:
                raise self._undeclared(need)
            used = self._fanned.get(pattern.need.key, 0)
            if used >= pattern.times:
                self.note("capped", pattern.times)
                self.short(Reason.BUDGET, f"more than {pattern.times} × {need.probe} were asked for")
                break
            self._fanned[pattern.need.key] = used + 1
            self._expanded.append(need.key)
            wanted.append(need)
        return await self.together([self._gatherer.gather(need) for need in wanted])

    async def together(self, steps: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        """Steps that need nothing of each other; see the protocol."""
        return await self._gatherer.together(list(steps))

    def _declared(self, sort: type) -> list[Any]:
        return [use for use in self._spec.uses(self._need.params) if isinstance(use, sort)]

    def _undeclared(self, need: Need) -> CheckerFault:
        return self._undeclared_key(need.key)

    def _undeclared_key(self, key: str) -> CheckerFault:
        return CheckerFault(
            f"Probe {self._spec.id} asked for {key}, which it does not declare among its uses.",
            next_step="Report this fault to the author of the probe.",
        )

    def _add(self, role: str, evidence: Evidence) -> None:
        if evidence.id:
            self._items.append(Item(role=role, evidence=evidence.id))

    def _say_if_short(self, exchange: Exchange) -> None:
        where = f"{exchange.request.method} {exchange.request.url}"
        if exchange.failure is not None:
            self.short(exchange.failure.reason, f"{where}: {exchange.failure.message}")
        elif exchange.status == 429:
            self.short(Reason.BUDGET, f"{where}: the server asked us to slow down (429)")
        elif exchange.evidence.withheld is not None:
            self.short(exchange.evidence.withheld, f"{where}: the body was not stored")

    async def _attempts(self, ask: HttpAsk, role: str, *, hop: int) -> Exchange:
        """Try, and try again as far as retries are allowed; each attempt is evidence."""
        limits = self._gatherer.limits
        while True:
            exchange = await self._asked(ask, counted=hop == 0)
            if exchange.http.expired:
                self._add(f"expired:{role}", exchange.evidence)
                exchange = await self._asked(msgspec.structs.replace(ask, renewed=True), counted=False)
            pause = retry_after_s(exchange, limits)
            if pause is None or ask.attempt > limits.retries:
                return exchange
            self._add(f"retry:{role}", exchange.evidence)
            await self._gatherer.source.wait(pause)
            ask = msgspec.structs.replace(ask, attempt=ask.attempt + 1)

    async def _asked(self, ask: HttpAsk, *, counted: bool = True) -> Exchange:
        """``counted``: against the probe's budget; redirects and retries have bounds of their own."""
        known = self._gatherer.shared.get(ask.key)
        if known is None:
            if counted and ask.attempt == 1:
                self._requests += 1
            if self._requests > self._budget.requests:
                return self._never(ask, Reason.BUDGET, "budget", "the budget of this probe is used up")
            if ask.request.identity:
                await self._gatherer.source.ready(ask.request.identity)
        evidence = await self._obtain(ask)
        if evidence is None:
            message = "this was never asked when the recording was made"
            return self._never(ask, Reason.NO_DATA, "not-recorded", message)
        return Exchange(evidence, self._gatherer.source.blob)

    async def _raw(self, ask: HandshakeAsk | HelloAsk | TlsAsk, role: str, connections: int) -> Any:
        self._handshakes += connections
        if self._handshakes > self._budget.handshakes:
            self.short(Reason.BUDGET, "the budget of connections of this probe is used up")
            return None
        evidence = await self._obtain(ask)
        if evidence is None:
            self.short(Reason.NO_DATA, f"TLS at {ask.host}:{ask.port} was never tried so when the recording was made")
            return None
        self._add(role, evidence)
        payload = evidence.read()
        trouble = _no_connection(payload)
        elsewhere = isinstance(ask, TlsAsk) and ask.address and trouble in _OUT_OF_REACH
        if trouble and not elsewhere:
            self.short(_NO_CONNECTION[trouble], f"TLS at {ask.host}:{ask.port}: no connection ({trouble})")
        return payload

    async def _obtain(self, ask: Ask) -> Evidence | None:
        return await self._gatherer.obtain(ask)

    def _never(self, ask: HttpAsk, reason: Reason, cause: str, message: str) -> Exchange:
        """An exchange that did not take place: no evidence, only the reason."""
        payload = HttpExchange(
            request=ask.request,
            interaction=ask.interaction,
            intent=ask.intent,
            view=ask.view,
            failure=Failure(reason=reason, cause=cause, message=message),
        )
        evidence = envelope(payload, number=0, ask=ask.key, captured_at=_NEVER, previous="")
        return Exchange(msgspec.structs.replace(evidence, id=""), self._gatherer.source.blob)


def _no_connection(payload: object) -> str:
    """The word for it when an attempt never reached the server; "" if all did. A resume tries again."""
    words: list[str] = []
    if isinstance(payload, Handshake):
        words = [one.problem for one in payload.attempts if not one.completed and not one.chain]
    elif isinstance(payload, RawExchange):
        words = [one.answer for one in payload.attempts]
    elif isinstance(payload, TlsAnswer):
        words = [payload.answer]
    return next((word for word in words if word in _NO_CONNECTION), "")


def _redirect_target(exchange: Exchange) -> str | None:
    location = exchange.header("Location")
    if exchange.status not in REDIRECTS or not location or exchange.request.method not in ("GET", "HEAD"):
        return None
    return joined(exchange.request.url, location)
