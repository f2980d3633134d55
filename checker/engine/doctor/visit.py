"""Go the way once, as a run would: one connection, one handshake, one token, metadata, a search and a read.

Nothing above safety class S1 is sent, everything goes through the ledger of a run, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from checker.engine.doctor.observed import Asked, Observed
from checker.fhir import bundle
from checker.model.ask import Capture, HandshakeAsk, HttpAsk
from checker.model.clock import Clock
from checker.model.evidence import Handshake, HandshakeAttempt, envelope
from checker.model.exchange import joined
from checker.model.supplier import Limits
from checker.model.view import Exchange
from checker.probes.addresses import host_and_port
from checker.probes.fhir import get
from checker.probes.identity import CLIENT_CREDENTIALS, PRIVATE_KEY_JWT
from checker.probes.live import Live
from checker.probes.reach import Lookups, reach
from checker.probes.tokens import specimen
from checker.probes.transport import ALL_VERSIONS
from checker.probes.trust import bundled_names

MOST_SENT = 24
"""Connections and requests at most, redirects and all."""
_REDIRECTS = (301, 302, 303, 307, 308)
_FETCHES = (CLIENT_CREDENTIALS, PRIVATE_KEY_JWT)


async def visit(
    seen: Observed,
    live: Live,
    lookups: Lookups,
    clock: Clock,
    limits: Limits,
    progress: Callable[[str], None],
    random_bytes: Callable[[int], bytes],
) -> None:
    """Fill in what is seen. Never raises for the network."""
    seen.now = clock.now()
    seen.token_ends = live.token_ends("default")
    seen.loaded = live.loaded("default")
    if seen.loaded is not None:
        seen.assertion = specimen(seen.loaded, seen.now, random_bytes)
    if not seen.base_url:
        return
    await _way(seen, live, lookups, clock, limits, progress)
    if seen.identity is not None and seen.identity.kind in _FETCHES and (seen.way_open or seen.token_elsewhere):
        progress("token")
        capture = await live.ready("default")
        if capture is not None:
            seen.token = Asked(_exchange(capture))
    if seen.way_open:
        await _fhir(seen, live, limits, progress)


async def _way(
    seen: Observed, live: Live, lookups: Lookups, clock: Clock, limits: Limits, progress: Callable[[str], None]
) -> None:
    if not seen.raw:
        return
    progress("connection")
    seen.reach = await reach(live.net, clock, seen.host, seen.port, limits.timeout_s, tunnel=seen.https)
    seen.lookup = lookups.of(seen.host)
    proxy = host_and_port(seen.found.network.proxy)
    seen.proxy_lookup = lookups.of(proxy[0]) if proxy else None
    if seen.https and seen.reach.failure is None:
        progress("TLS")
        seen.handshake = await _handshake(seen, live)
        seen.public_names = bundled_names()


async def _handshake(seen: Observed, live: Live) -> HandshakeAttempt:
    ask = HandshakeAsk(host=seen.host, port=seen.port, offers=(ALL_VERSIONS,))
    payload = (await live.capture(ask)).payload
    assert isinstance(payload, Handshake)  # noqa: S101 - what that ask brings
    return payload.attempts[0]


async def _fhir(seen: Observed, live: Live, limits: Limits, progress: Callable[[str], None]) -> None:
    refused = seen.token is not None and seen.token.exchange.http.token is None
    ended = seen.token_ends is not None and seen.now is not None and seen.token_ends <= seen.now
    bare = refused or ended or not seen.credential_read
    progress("metadata")
    seen.metadata = await _ask(live, f"{seen.base_url}/metadata", "capabilities", limits, bare=bare)
    if bare or seen.metadata.exchange.response is None:
        return
    progress("search and read")
    seen.search = await _ask(live, f"{seen.base_url}/Patient?_count=1", "search", limits)
    ids = bundle.ids(seen.search.exchange.json().value, "Patient") if seen.search.exchange.ok else ()
    if ids:
        seen.read = await _ask(live, f"{seen.base_url}/Patient/{ids[0]}", "read", limits)


async def _ask(live: Live, url: str, interaction: str, limits: Limits, *, bare: bool = False) -> Asked:
    """One GET, and where it is redirected to: the ledger and the credentials see to where that may be."""
    by: list[str] = []
    while True:
        ask = HttpAsk(request=get(url, identity="" if bare else "default"), interaction=interaction)
        exchange = _exchange(await live.capture(ask))
        location = exchange.header("Location")
        if exchange.status not in _REDIRECTS or not location or len(by) >= limits.redirects:
            return Asked(exchange, tuple(by), bare)
        url = joined(exchange.request.url, location)
        by.append(_place(url))


def _place(url: str) -> str:
    """Where a URL leads, without its query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _exchange(capture: Capture) -> Exchange:
    """A capture as checks see evidence; it is kept nowhere."""
    kept = envelope(
        capture.payload,
        number=0,
        ask="",
        captured_at=capture.captured_at,
        previous="",
        blobs=tuple(sorted(capture.blobs)),
        redactions=capture.redactions,
        withheld=capture.withheld,
    )
    return Exchange(kept, capture.blobs.get)
