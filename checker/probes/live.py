"""The live outside: the network and the files, behind one ledger, one set of secrets and one writer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, assert_never, cast
from urllib.parse import urlsplit

import msgspec

import checker
from checker.errors import CheckerFault
from checker.model.ask import SCAN, ArtefactAsk, Ask, Capture, HandshakeAsk, HelloAsk, HttpAsk, TerminologyAsk, TlsAsk
from checker.model.asked import KEY_ADDRESSES, SHOWING, UNVERIFIED, Alteration
from checker.model.clock import Clock
from checker.model.evidence import Artefact
from checker.model.exchange import LEFT_OUT, Failure, Headers, HttpExchange, Request, first_header
from checker.model.supplier import ArtefactRef, Limits, Supplier
from checker.model.terminology import TerminologyAnswer
from checker.model.terms import Reason, Safety
from checker.probes.addresses import (
    Place,
    Resolver,
    allowed_places,
    host_and_port,
    is_loopback,
    plain_host,
    system_addresses,
)
from checker.probes.answer import Answer
from checker.probes.artefact import WHOLE_READERS, named_artefact, problem_with, read_bytes, read_files, read_whole
from checker.probes.as_client import ClientProofs, is_by_client
from checker.probes.caller_headers import CallerHeaders
from checker.probes.config import IdentityConfig, NetworkConfig
from checker.probes.credentials import DEFAULT, Credential, Credentials, with_query
from checker.probes.expiry import is_expiry
from checker.probes.header_alterations import altered_headers, without_header_alteration
from checker.probes.hello import Hellos
from checker.probes.http import Http
from checker.probes.http_failures import NOT_A_URL
from checker.probes.identity import API_KEY, Identity, load_identities
from checker.probes.key_address import KeyAddress
from checker.probes.live_data import LiveDataGuard
from checker.probes.net import Net
from checker.probes.redact import Redactor, secret_in_proxy
from checker.probes.request_id import request_id
from checker.probes.secrets import KnownSecrets
from checker.probes.showing import Showing
from checker.probes.source.storage import is_in_store
from checker.probes.terminology import ValueSets, gather
from checker.probes.tls import Handshakes
from checker.probes.tls_asking import TlsHellos
from checker.probes.tokens import read_token, token_facts, token_request
from checker.probes.trust import Trust
from checker.probes.writing import OAUTH, Writer

DEFAULT_ACCEPT = "application/fhir+json"

A = TypeVar("A", HandshakeAsk, HelloAsk, TlsAsk)


class Live:
    """Implements ``Outside``. Secrets are read when it is made: a bad one is a fault before anything is sent.

    ``limits`` are for the supplier's system; a terminology server is another one, and is asked at most
    ``terminology_requests`` times. ``value_sets`` finds those that go with a question where it lacks them.
    """

    def __init__(
        self,
        *,
        supplier: Supplier,
        root: Path,
        identities: tuple[IdentityConfig, ...],
        network: NetworkConfig,
        limits: Limits,
        seed: bytes,
        clock: Clock,
        environ: Mapping[str, str],
        random_bytes: Callable[[int], bytes],
        resolve: Resolver = system_addresses,
        terminology_requests: int | None = None,
        value_sets: ValueSets | None = None,
        scans: Callable[[ArtefactAsk, ArtefactRef, Path], Artefact] | None = None,
    ) -> None:
        self._supplier = supplier
        self._scans = scans
        self._terminology_requests = limits.max_requests if terminology_requests is None else terminology_requests
        self._value_sets = value_sets
        self._root = root
        self._seed = seed
        self._clock = clock
        self._network = network
        self._limits = limits
        self._random_bytes = random_bytes
        self._known = KnownSecrets()
        self._known.add("proxy password", secret_in_proxy(network.proxy).encode())
        trust = Trust(network, root)
        trust.context()  # a bad CA bundle is a fault now, not at the first request
        found = load_identities(identities, root=root, environ=environ, trust=trust, known=self._known)
        self._credentials = Credentials(found, supplier.base_url, seed, clock, self._known)
        self._showing = Showing(found, clock, self._known)
        self._clients = ClientProofs(found, supplier.token_url, clock, random_bytes, seed, self._known)
        self._caller = CallerHeaders(
            supplier.headers, base_url=supplier.base_url, seed=seed, root=root, environ=environ, known=self._known
        )
        self.net = Net(
            allowed=_places(supplier, identities), limits=limits, clock=clock, proxy=network.proxy, resolve=resolve
        )
        self._http = Http(self.net, trust, limits, http2=network.http2)
        key_headers = frozenset(one.header.lower() for one in identities if one.kind == API_KEY)
        key_headers |= self._caller.secret_names
        self._writer = Writer(Redactor(self._known, key_headers), LiveDataGuard(supplier.authority), clock)
        normal = found.get(DEFAULT)
        certificate = normal.certificate if normal else None
        self._handshakes = Handshakes(self.net, trust, clock, limits.timeout_s, certificate)
        self._hellos = Hellos(self.net, clock, random_bytes, limits.timeout_s)
        self._tls = TlsHellos(self.net, clock, random_bytes, limits.timeout_s)
        self._token_urls = frozenset(one.token_url for one in identities)
        self._token_lock = asyncio.Lock()
        self._tokens_asked: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first ask."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._http.close()

    @property
    def requests_sent(self) -> int:
        """How many requests, handshakes and hellos were let through."""
        return self.net.sent

    def loaded(self, identity: str) -> Identity | None:
        """An identity with what was read for it; None if there is none of that name."""
        return self._credentials.identities.get(identity)

    def token_ends(self, identity: str) -> datetime | None:
        """When the bearer token that an identity was configured with ends, as far as anybody says (RFC 7519 §4.1.4)."""
        return self._credentials.ends(identity)

    def known_secrets(self) -> tuple[bytes, ...]:
        """The secrets and tokens of this run, for the self-scan before sealing."""
        return self._known.values()

    async def wait(self, seconds: float) -> None:
        """Wait, as a server asked; nothing else is sent meanwhile."""
        await self.net.wait(seconds)

    async def capture(self, ask: Ask) -> Capture:
        """Do it once: no retry, no redirect. Failures come back as payloads."""
        match ask:
            case HttpAsk():
                return await self._exchange(ask)
            case HandshakeAsk():
                handshake = await self._handshakes.ask(_on_plain_host(ask))
                return Capture(payload=handshake, captured_at=self._clock.now())
            case HelloAsk():
                raw = await self._hellos.ask(_on_plain_host(ask))
                return Capture(payload=raw, captured_at=self._clock.now())
            case TlsAsk():
                answer = await self._tls.ask(_on_plain_host(ask))
                return Capture(payload=answer, captured_at=self._clock.now())
            case ArtefactAsk():
                return Capture(payload=await self._artefact(ask), captured_at=self._clock.now())
            case TerminologyAsk():
                return Capture(payload=await self._terminology(ask), captured_at=self._clock.now())
            case _:
                assert_never(ask)

    async def ready(self, identity: str) -> Capture | None:
        """Fetch a token if that identity needs one now. A refusal is remembered and not asked for again;

        a token endpoint that is out of reach or busy is tried again, as often as any request.
        """
        async with self._token_lock:
            wanting = self._credentials.wants_token(identity)
            if wanting is None:
                return None
            failed = self._credentials.failed_times(identity)
            if failed:
                await self.net.wait(2.0 ** (failed - 1))
            return await self._fetch_token(wanting)

    async def _exchange(self, ask: HttpAsk) -> Capture:
        sent_id = request_id(self._seed, ask.key)
        exchange = HttpExchange(
            request=ask.request,
            interaction=ask.interaction,
            intent=ask.intent,
            view=ask.view,
            scope=ask.scope,
            request_id=sent_id,
            attempt=ask.attempt,
        )
        if is_by_client(ask.request.alteration):
            return await self._by_client(ask, exchange)
        member = KEY_ADDRESSES.get(cast("Alteration", ask.request.alteration))
        if member is not None:
            return await self._pointing(ask, exchange, member)
        if ask.request.alteration.startswith(SHOWING):
            return await self._shown(ask, exchange)
        credential = self._credentials.of(without_header_alteration(ask.request))
        if isinstance(credential, Failure):
            return self._writer.capture(exchange, Answer(failure=credential))
        return await self._with(credential, ask, exchange)

    async def _shown(self, ask: HttpAsk, exchange: HttpExchange) -> Capture:
        """With the usual credential, over a connection of its own that shows another certificate, or none."""
        if ask.request.alteration == UNVERIFIED and ask.request.identity:
            raise CheckerFault("Nothing of an identity goes to a server that was not verified.")
        credential = self._credentials.of(msgspec.structs.replace(ask.request, alteration=""))
        shows = self._showing.of(ask.request.alteration)
        if isinstance(credential, Failure):
            return self._writer.capture(exchange, Answer(failure=credential))
        if isinstance(shows, Failure):
            return self._writer.capture(exchange, Answer(failure=shows))
        carried = replace(credential, certificate=shows.certificate)
        return await self._with(carried, ask, exchange, claims=shows.headers)

    async def _by_client(self, ask: HttpAsk, exchange: HttpExchange) -> Capture:
        """A request in which a client proves itself, rightly or not; recorded without the proof."""
        made = self._credentials.refusal_of(ask.request.identity) or self._clients.of(ask.request)
        if isinstance(made, Failure):
            return self._writer.capture(exchange, Answer(failure=made))
        request, credential = made
        headers = self._headers(request, exchange.request_id, credential.headers)
        answer, elapsed_ms = await self._send(request, headers, credential, same_slot=ask.same_slot)
        token = self._clients.learn(answer)
        facts = {"token": token.facts if token else None, "elapsed_ms": elapsed_ms}
        return self._writer.capture(msgspec.structs.replace(exchange, **facts), answer)

    async def _pointing(self, ask: HttpAsk, exchange: HttpExchange, member: str) -> Capture:
        """With a token that points to this machine for its key; only to a system that is on this machine, too."""
        place = host_and_port(ask.request.url)
        if place is None or not is_loopback(place[0]):
            message = "Nothing was sent: a token points to this machine for its key on this machine only."
            return self._writer.capture(
                exchange, Answer(failure=Failure(reason=Reason.UNSAFE, cause="credential", message=message))
            )
        plain = self._credentials.of(msgspec.structs.replace(ask.request, alteration=""))
        if isinstance(plain, Failure):
            return self._writer.capture(exchange, Answer(failure=plain))
        async with KeyAddress(plain.token, member, self._seed) as address:
            if address.forged is None:
                message = "Nothing was sent: the token is not a JWT that a key of this tool could sign."
                return self._writer.capture(
                    exchange, Answer(failure=Failure(reason=Reason.PREREQUISITE, cause="credential", message=message))
                )
            self._known.add("altered token", address.forged.encode())
            header = (("Authorization", f"Bearer {address.forged}"),)
            credential = Credential(header, token_facts(address.forged), plain.token, plain.certificate)
            return await self._with(credential, ask, exchange, address)

    async def _with(
        self,
        credential: Credential,
        ask: HttpAsk,
        exchange: HttpExchange,
        address: KeyAddress | None = None,
        claims: Headers = (),
    ) -> Capture:
        """The exchange with that credential."""
        headers = self._headers(ask.request, exchange.request_id, credential.headers)
        headers = (*altered_headers(headers, ask.request.alteration), *claims)
        answer, elapsed_ms = await self._send(ask.request, headers, credential, same_slot=ask.same_slot)
        expired = is_expiry(self._credentials, ask, credential, answer, elapsed_ms / 1000)
        told = credential.facts
        if told is not None and address is not None:
            told = msgspec.structs.replace(told, key_fetched=address.visits)
        facts = {"credential": told, "elapsed_ms": elapsed_ms, "expired": expired, "connection": answer.connection}
        return self._writer.capture(msgspec.structs.replace(exchange, **facts), answer)

    async def _send(
        self, request: Request, headers: Headers, credential: Credential, *, same_slot: bool = False
    ) -> tuple[Answer, int]:
        place = host_and_port(request.url)
        barred = NOT_A_URL if place is None else await self.net.admit(*place, same_slot=same_slot)
        if barred is not None:
            return Answer(failure=barred), 0
        started = self._clock.monotonic()
        url = with_query(request.url, credential.query)
        body = b"&".join(part for part in (request.body, credential.form.encode()) if part)
        sent = (request.method, url, headers, body, credential.certificate)
        if request.alteration.startswith(SHOWING):
            answer = await self._http.send_alone(*sent, verify=request.alteration != UNVERIFIED)
        else:
            answer = await self._http.send(*sent)
        elapsed_ms = round((self._clock.monotonic() - started) * 1000)
        return answer, elapsed_ms

    def _headers(self, request: Request, sent_id: str, credential: Headers) -> Headers:
        """The probe's own headers, the credential unless the probe brought one, and what every request says."""
        ours, own = {"user-agent", "x-request-id"}, request.headers
        headers = [(name, value) for name, value in own if name.lower() not in ours and value != LEFT_OUT]
        headers += [(name, value) for name, value in credential if first_header(own, name) is None]
        if request.url not in self._token_urls:
            headers += self._caller.of(request.url, request.identity, own, sent_id)
        if first_header(own, "Accept") is None:
            headers.append(("Accept", DEFAULT_ACCEPT))
        if first_header(own, "Accept-Encoding") is None:
            headers.append(("Accept-Encoding", "gzip, deflate, identity"))
        headers.append(("User-Agent", f"nhs-standards-checker/{checker.__version__}"))
        headers.append(("X-Request-ID", sent_id))
        return tuple(headers)

    async def _fetch_token(self, identity: Identity) -> Capture:
        wanted = token_request(identity, self._clock.now(), self._random_bytes)
        self._known.add("client_assertion", wanted.assertion.encode())
        self._tokens_asked[identity.name] += 1
        request = Request(
            url=identity.config.token_url,
            method="POST",
            headers=wanted.headers,
            body=wanted.body,
            identity=identity.name,
        )
        sent_id = request_id(self._seed, f"token {identity.name} {self._tokens_asked[identity.name]}")
        headers = self._headers(request, sent_id, wanted.credential)
        answer, elapsed_ms = await self._send(request, headers, Credential(certificate=identity.certificate))
        token = read_token(answer.body) if answer.status is not None and 200 <= answer.status < 300 else None
        if token is not None:
            self._credentials.granted(identity.name, token)
        elif _may_pass(answer):
            self._credentials.failing(identity.name, _no_token(answer), 1 + self._limits.retries)
        else:
            self._credentials.refused(identity.name, _no_token(answer))
        exchange = HttpExchange(
            request=request,
            interaction="token",
            view=OAUTH,
            request_id=sent_id,
            token=token.facts if token else None,
            elapsed_ms=elapsed_ms,
        )
        return self._writer.capture(exchange, answer)

    async def _terminology(self, ask: TerminologyAsk) -> TerminologyAnswer:
        """By a ledger of its own: the supplier's hosts, budget and credentials are not for that server."""
        return await gather(
            ask.questions,
            ask.server,
            clock=self._clock,
            network=self._network,
            root=self._root,
            limits=msgspec.structs.replace(self._limits, max_requests=self._terminology_requests),
            value_sets=self._value_sets,
        )

    async def _artefact(self, ask: ArtefactAsk) -> Artefact:
        ref = named_artefact(ask, self._supplier)
        if not ref.location:  # relative to the root it would be the root itself
            return problem_with(ref, "where it is was not given")
        on_disk = host_and_port(ref.location) is None
        if ask.extract in WHOLE_READERS and (on_disk or is_in_store(ref.location)):
            return await asyncio.to_thread(read_whole, ask, ref, self._root, self._limits)
        if ask.extract in WHOLE_READERS:
            return problem_with(ref, "it is behind a URL, and only files and folders are gone through")
        place = host_and_port(ref.location)
        if ask.extract.startswith(SCAN):
            if self._scans is None or (place is not None and not is_in_store(ref.location)):
                return problem_with(ref, "its resources can be looked at only where it is a file, a folder or a store")
            return await asyncio.to_thread(self._scans, ask, ref, self._root)
        if is_in_store(ref.location):
            return problem_with(ref, "it is in a store, where only scans read")
        if place is None:
            return await asyncio.to_thread(read_files, ask, ref, self._root)
        if self._limits.ceiling < Safety.S1:
            return problem_with(ref, "it is behind a URL, and at safety class S0 nothing is sent")
        request = Request(url=ref.location, headers=(("Accept", "*/*"),), identity=DEFAULT)
        credential = self._credentials.of(request)
        if isinstance(credential, Failure):
            return problem_with(ref, credential.message)
        headers = self._headers(request, request_id(self._seed, ask.key), credential.headers)
        answer, _ = await self._send(request, headers, credential)
        if answer.failure is not None:
            return problem_with(ref, answer.failure.message)
        if answer.status != 200:
            return problem_with(ref, f"its URL answered with status {answer.status}")
        name = urlsplit(ref.location).path.rpartition("/")[2] or ref.id
        return await asyncio.to_thread(read_bytes, ask, ref, name, answer.body)


def _places(supplier: Supplier, identities: tuple[IdentityConfig, ...]) -> frozenset[Place]:
    urls = [supplier.base_url, supplier.token_url, *(one.token_url for one in identities)]
    urls += [artefact.location for artefact in supplier.artefacts if not is_in_store(artefact.location)]
    return allowed_places(urls, supplier.authority.hosts)


def _on_plain_host(ask: A) -> A:
    return msgspec.structs.replace(ask, host=plain_host(ask.host))


def _may_pass(answer: Answer) -> bool:
    """Could the same token request succeed a little later?"""
    if answer.failure is not None:
        return answer.failure.cause in {"connect-timeout", "read-timeout", "deadline", "closed", "refused"}
    return answer.status == 429 or (answer.status or 0) >= 500


def _no_token(answer: Answer) -> Failure:
    """Why an identity cannot be used: refused, or the token endpoint could not be asked (design §3.5)."""
    if answer.failure is not None:
        message = f"No token for this identity: {answer.failure.message}"
        return Failure(reason=answer.failure.reason, cause="credential", message=message)
    message = f"The token endpoint gave no token (status {answer.status})."
    return Failure(reason=Reason.AUTH, cause="credential", message=message)
