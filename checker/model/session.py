"""What a probe is given: the only way to the outside, and the same in collect and in replay."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any, Protocol, TypeVar

from checker.model.evidence import Artefact, Handshake, RawExchange
from checker.model.exchange import Request
from checker.model.need import Need
from checker.model.requirement import Settings
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.tls import Hello, TlsAnswer
from checker.model.view import Exchange, RecordView

T = TypeVar("T")


class Session(Protocol):
    """The outside, as one probe instance sees it.

    Nothing here returns a clock, randomness or environment, so a probe run against a recording
    does exactly what it did against the network. Every call adds its evidence to the record.
    """

    @property
    def supplier(self) -> Supplier:
        """The system under test, without secrets."""

    @property
    def settings(self) -> Settings:
        """Settings of the profile that is being collected."""

    def url(self, path: str, /, **query: str) -> str:
        """A URL below the FHIR base; ``query`` values are encoded, ``_`` names kept as they are."""

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
        """Send (once per run, unless ``fresh``) and add the exchange under ``role``.

        Redirects are followed when ``follow``, hop by hop, each an exchange of its own. A failure
        is an exchange too: its ``response`` is None, and the record becomes incomplete; unless it
        ``may_be_closed`` and no connection came about, of which the check has to say what it means.
        """

    async def pair(
        self, control: Request, mutant: Request, *, differs_in: str, interaction: str, view: str = "fhir"
    ) -> tuple[Exchange, Exchange]:
        """Control then mutant, back to back in one limiter slot, both fresh, never redirected.

        Roles ``control`` and ``mutant``. Raises ``CheckerFault`` if they differ in anything but
        ``differs_in`` (see ``model.exchange.differences``).
        """

    async def handshake(self, host: str, port: int, offers: tuple[tuple[str, ...], ...], role: str) -> Handshake:
        """Full TLS handshakes with a normal client, one attempt per offer (version names)."""

    async def hellos(self, host: str, port: int, names: tuple[str, ...], role: str) -> RawExchange:
        """Raw TLS ClientHellos by name (``tls1.0`` … ``tls1.2``), first record of each answer."""

    async def tls(self, host: str, port: int, hello: Hello, role: str, address: str = "") -> TlsAnswer:
        """One ClientHello as described; what the server answered, up to the end of its first flight.

        ``address``: one of those that an earlier answer named, instead of the one that the run settled on. That it is
        out of reach does not make the record incomplete.
        """

    async def artefacts(self, kind: str, role: str, extract: str, wanted: tuple[str, ...] = ()) -> tuple[Artefact, ...]:
        """The supplier's artefacts of a kind: digests, and the facts that ``extract`` names.

        ``extract`` names a reader in ``probes/artefact.py``; ``wanted`` are the strings it looks for.
        """

    async def need(self, need: Need) -> RecordView:
        """Another record, gathered first if need be. Must be among the probe's declared uses."""

    async def children(self, view: RecordView, probe: str) -> tuple[RecordView, ...]:
        """The records of that probe to which a needed record fanned out."""

    async def each(self, needs: Iterable[Need]) -> tuple[RecordView, ...]:
        """Fan out to several records. Capped by the declared ``AtMost``."""

    async def together(self, steps: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        """Steps that need nothing of each other, e.g. several ``send``: recorded in this order, and under way at once
        where the limits of the run allow it. What a step asks must not depend on what another one has asked.
        """

    async def wait(self, seconds: float) -> None:
        """Let the time pass that a server asked for (Retry-After); nothing is sent meanwhile. In replay: at once."""

    def short(self, reason: Reason, message: str) -> None:
        """Say that this record is incomplete."""

    def note(self, name: str, value: Any) -> None:
        """State a small fact about the gathering (kept in the record)."""
