"""A bench for writes: what is made on it is removed from the system again, also where the work breaks off.

Nothing is removed that does not bear the mark of this tool. Source: http://hl7.org/fhir/R4/http.html.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import msgspec

from checker.fhir import bundle, offered
from checker.model.exchange import Request
from checker.model.session import Session
from checker.model.view import Exchange
from checker.probes.fhir import AS_IT_IS

RESOURCE = (("Content-Type", "application/fhir+json"),)
_IN_USE = 409
"""The status of a delete where something else still refers to what is to go."""


class Bench:
    """Writes by one session, and remembers what there is to remove."""

    def __init__(self, session: Session) -> None:
        self._s = session
        self._made: dict[str, None] = {}
        self._astray: dict[str, None] = {}
        self.base = session.supplier.base_url

    async def __aenter__(self) -> Self:
        """Nothing is made yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was made, the last first, whatever happened."""
        for value in self._astray:
            found = await self.search(f"astray {value}", value)
            for _, entry in bundle.entries(found.json().value):
                resource = entry.get("resource")
                if offered.is_ours(resource) and isinstance(resource, dict):
                    self._made.setdefault(offered.address_in(self.base, f"{offered.KIND}/{resource.get('id')}"))
        refused = [one for one in reversed(self._made) if one and not await self._removed(one)]
        for place in refused:
            await self._removed(place, "once more ")

    async def _removed(self, place: str, again: str = "") -> bool:
        """Remove it if it is ours. False: something else referred to it, and may itself be gone by and by."""
        look = await self.look(f"{again}last look {place}", place)
        if not look.ok or not offered.is_ours(look.json().value):
            return True
        done = await self.write(f"{again}remove {place}", "DELETE", place, interaction="write-remove")
        await self.look(f"{again}gone {place}", place)
        return done.status != _IN_USE

    async def write(
        self,
        role: str,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        interaction: str,
        **query: str,
    ) -> Exchange:
        """One write, never repeated. ``content``: a JSON value, or bytes as they are."""
        body = content if isinstance(content, bytes) else b"" if content is None else msgspec.json.encode(content)
        typed = () if content is None or any(name == "Content-Type" for name, _ in headers) else RESOURCE
        url = self._s.url(path, **query) if path else self.base
        request = Request(url=url, method=method, headers=(*typed, *headers), body=body)
        exchange = await self._s.send(request, role, interaction=interaction, fresh=True, follow=False)
        if method in ("POST", "PUT"):
            self._remember(exchange, content)
        return exchange

    def _remember(self, exchange: Exchange, content: Any) -> None:
        refused = exchange.response is not None and not exchange.ok
        several = isinstance(content, dict) and content.get("type") == "transaction"
        if refused and not several:  # of a transaction that was refused, half may be there
            return
        request, told = exchange.request, exchange.json().value
        made = offered.addresses_made(self.base, request.method, request.url, exchange.header("Location"), told)
        made = [] if refused else made
        self._made |= dict.fromkeys(made)
        if not made and isinstance(content, dict):  # it was made somewhere, or nobody knows
            parts = [one.get("resource") for _, one in bundle.entries(content)]
            for one in parts or [content]:
                listed = one.get("identifier") if isinstance(one, dict) else None
                if isinstance(listed, list):
                    self._astray[str(listed[0]["value"])] = None

    async def create(
        self, role: str, name: str, /, *, headers: tuple[tuple[str, str], ...] = (), **more: Any
    ) -> Exchange:
        """Create a patient with the mark."""
        return await self.write(
            role, "POST", offered.KIND, offered.patient(name, **more), headers=headers, interaction="write-create"
        )

    async def created_by_both(self, name: str, identity: str) -> None:
        """Create a patient (control), and the same as another identity (mutant); either is removed if it was made."""
        content = offered.patient(name)
        control = Request(
            url=self._s.url(offered.KIND), method="POST", headers=RESOURCE, body=msgspec.json.encode(content)
        )
        mutant = msgspec.structs.replace(control, identity=identity)
        for one in await self._s.pair(control, mutant, differs_in="identity", interaction="write-create"):
            self._remember(one, content)

    def place(self, exchange: Exchange) -> str:
        """``Patient/id`` of what that write made; "" where none is named."""
        request, told = exchange.request, exchange.json().value
        if not exchange.ok:
            return ""
        made = offered.addresses_made(self.base, request.method, request.url, exchange.header("Location"), told)
        return made[0] if made else ""

    async def look(self, role: str, place: str) -> Exchange:
        """Read what is at an address now."""
        request = Request(url=self._s.url(place), headers=AS_IT_IS)
        return await self._s.send(request, role, interaction="write-look", fresh=True, follow=False)

    async def search(self, role: str, value: str) -> Exchange:
        """Search by the identifier of this tool."""
        url = self._s.url(offered.KIND, identifier=f"{offered.SYSTEM}|{value}")
        request = Request(url=url, headers=AS_IT_IS)
        return await self._s.send(request, role, interaction="write-search", fresh=True, follow=False)

    def ids(self, exchange: Exchange) -> list[str]:
        """The addresses of the matches of such a search; of strangers, their type in brackets."""
        found = [entry.get("resource") for _, entry in bundle.entries(exchange.json().value)]
        kept = [one for one in found if isinstance(one, dict) and one.get("resourceType") != "OperationOutcome"]
        return [
            offered.address_in(self.base, f"{offered.KIND}/{one.get('id')}") if offered.is_ours(one) else "(stranger)"
            for one in kept
        ]
