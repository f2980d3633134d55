"""What a supplier's client sends to the NHS: captured requests, the keys that it publishes, how it is registered."""

from __future__ import annotations

from typing import Any

import msgspec

from checker.model.asked import KEYS_ADDRESS
from checker.model.exchange import Request
from checker.model.key_set import described
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.probes.addresses import origin
from checker.probes.assurance import IDENTITY
from checker.probes.captured import Capture
from checker.probes.client_facts import AUTHORISE, facts_of, measured

REQUESTS, KEYS, EARLIER_KEYS = "client-requests", "client-keys", "client-keys-earlier"
_MOST_BYTES = 1024 * 1024


class ClientRequests:
    """Reads captured requests (HAR, or lines of JSON). What it gives holds no signature, no access token, no name."""

    reads_gzip = True

    def __init__(self) -> None:
        self._capture = Capture()

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        self._capture.feed(chunk)

    def end(self) -> None:
        """The file ends."""
        self._capture.end()

    def facts(self) -> dict[str, Any]:
        """``exchanges`` in the order of their times; ``unread`` places, and how many (``lost``)."""
        found = [facts_of(one) for one in sorted(self._capture.found, key=lambda one: one.at)]
        asked = [one for one in found if one["kind"] == AUTHORISE]
        for name in ("state", "nonce"):
            for one, kept in zip(asked, measured([one[name] for one in asked]), strict=True):
                one[name] = kept
        return {"exchanges": found, "unread": self._capture.not_read, "lost": self._capture.lost}


class KeySet:
    """Reads a JSON Web Key Set (RFC 7517): of each key its id, kind, size and use, and whether it is private."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        if len(self._held) <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""

    def facts(self) -> dict[str, Any]:
        """``keys``, or None where the file is no set of keys."""
        return {"keys": keys_in(bytes(self._held))}


def keys_in(text: bytes) -> list[dict[str, Any]] | None:
    """The keys of a set; None where it is none."""
    try:
        return described(msgspec.json.decode(text)) if len(text) <= _MOST_BYTES else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


@probe("client.requests", "1", params=NoParams, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def requests(s: Session, p: NoParams) -> None:
    """Read what the supplier's client sent, as it was captured."""
    if s.supplier.artefacts_of(REQUESTS):
        await s.artefacts(REQUESTS, "requests", REQUESTS)


@probe("client.keys", "1", params=NoParams, budget=lambda p: Budget(artefacts=2), safety=Safety.S0)
async def keys(s: Session, p: NoParams) -> None:
    """Read the sets of keys that were submitted: the one of now, and earlier ones."""
    for kind in (KEYS, EARLIER_KEYS):
        if s.supplier.artefacts_of(kind):
            await s.artefacts(kind, kind, KEYS)


@probe(
    "client.published-keys",
    "1",
    params=NoParams,
    budget=lambda p: Budget(requests=1),
    identities=lambda p: ("",),
    elsewhere=True,
)
async def published_keys(s: Session, p: NoParams) -> None:
    """GET the client's keys by nobody where ``[known]`` says that they are, and follow no redirect.

    Where it does not, nothing is sent: they may have been submitted, and whoever needs them says what is missing.
    """
    url = s.supplier.known_value(KEYS_ADDRESS)
    if url is None or origin(url) is None:
        return
    request = Request(url=url, headers=(("Accept", "application/json"),), identity="")
    await s.send(request, "published", interaction="jwks", view="client", follow=False)


@probe("client.identity-configuration", "1", params=NoParams, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def identity_configuration(s: Session, p: NoParams) -> None:
    """Read how the client is registered, as its supplier declares it."""
    if s.supplier.artefacts_of(IDENTITY):
        await s.artefacts(IDENTITY, "configuration", IDENTITY)
