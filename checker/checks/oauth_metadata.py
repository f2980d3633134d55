"""What an authorisation server says of itself: its metadata in every form, and its keys.

Source: RFC 8414, OpenID Connect Discovery 1.0, RFC 7517, RFC 9700.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Any

from checker.checks.smart import CONFIGURATION, listed, wrong
from checker.model.asked import METADATA_OF
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

METADATA = Need(probe="oauth.metadata", params=NoParams())
_KEYS = Need(probe="oauth.keys", params=NoParams())
_RFC_9700 = "https://www.rfc-editor.org/rfc/rfc9700"
_SIGNED = (
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
)
_NAMES = {"openid": "The OpenID metadata", "oauth": "The OAuth metadata"}
_FEWEST_BITS = 2048
_SECRET_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_MOST = 20
"""So many keys are told of at most."""


def _metadata(ev: EvidenceView) -> Iterator[tuple[str, Exchange, dict[str, Any]]]:
    """The documents of the issuer that can be read."""
    view = ev.record(METADATA)
    for role in METADATA_OF:
        exchange = view.exchange(role)
        value = exchange.json().value if exchange is not None and exchange.status == 200 else None
        if exchange is not None and isinstance(value, dict) and value.get("resourceType") is None:
            yield _NAMES[role], exchange, value


def documents(ev: EvidenceView) -> list[tuple[str, Exchange, dict[str, Any]]]:
    """All discovery documents that can be read: the SMART configuration, and the metadata of the issuer.

    A media type that is not the right one is for another requirement to say: what the document holds can be read.
    """
    found = list(_metadata(ev))
    exchange = ev.record(CONFIGURATION).exchange("configuration")
    value = exchange.json().value if exchange is not None and exchange.status == 200 else None
    if exchange is None or not isinstance(value, dict) or value.get("resourceType") is not None:
        return found
    return [("The SMART configuration", exchange, value), *found]


@condition("oauth.discovery-is-served", needs=lambda p, settings: [CONFIGURATION, METADATA], claim=True)
def discovery_is_served(ev: EvidenceView, p: NoParams) -> bool | None:
    """There is a SMART configuration, or metadata of the issuer, that can be read.

    False where each was answered with 404 or 410; unknown otherwise.
    """
    return _discovery_is_served(ev)


@condition("oauth.keys-are-published", needs=lambda p, settings: [CONFIGURATION, METADATA], claim=True)
def keys_are_published(ev: EvidenceView, p: NoParams) -> bool | None:
    """A discovery document names a key set (``jwks_uri``): whose tokens are not signed has none to publish.

    False too where there is no discovery document; unknown where that cannot be told.
    """
    served = _discovery_is_served(ev)
    return any(document.get("jwks_uri") for _, _, document in documents(ev)) if served else served


def _discovery_is_served(ev: EvidenceView) -> bool | None:
    if documents(ev):
        return True
    view, smart = ev.record(METADATA), ev.record(CONFIGURATION).exchange("configuration")
    asked = [smart, *(view.exchange(role) for role in METADATA_OF)]
    return False if all(one is not None and one.status in (404, 410) for one in asked) else None


@check(
    "oauth.issuer-is-its-own",
    needs=lambda p, settings: [CONFIGURATION, METADATA],
    source="https://www.rfc-editor.org/rfc/rfc8414#section-3.3",
)
def issuer_is_its_own(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The metadata of an issuer names, as its issuer, that from which its own address was made, letter by letter.

    Read are ``/.well-known/openid-configuration`` and ``/.well-known/oauth-authorization-server``, as far as they are
    there, without a credential.

    Good: ``https://auth.example`` at ``https://auth.example/.well-known/openid-configuration``.
    Bad: ``https://auth.example/old`` at the same place: one server could speak for another.
    """
    issuer = ev.record(METADATA).record.notes.get("issuer")
    found = list(_metadata(ev))
    if not found:
        yield ev.record(METADATA).undecided("the metadata of the issuer (openid-configuration, RFC 8414)")
    for name, exchange, document in found:
        if document.get("issuer") == issuer:
            yield Examined(what=f"{name} names the issuer whose address it has.", evidence=(exchange.id,))
        else:
            yield wrong(exchange, f"{name} names another issuer.", str(issuer)[:120], "another", "#/issuer")


def _all(ev: EvidenceView, what: str, problems: Callable[[dict[str, Any]], Iterator[str]]) -> Iterator[Statement]:
    """Each discovery document against one rule: what it is told by, and the members that break it."""
    found = documents(ev)
    if not found:
        yield Undecided(reason=Reason.NO_DATA, message="there is no discovery document that can be read")
    for name, exchange, document in found:
        told = list(problems(document))
        for place in told:
            yield wrong(exchange, f"{name} breaks a rule: {what}.", what, place, f"#/{place.partition(':')[0]}")
        if not told:
            yield Examined(what=f"{name} keeps to it: {what}.", evidence=(exchange.id,))


@check(
    "oauth.no-weak-grants",
    needs=lambda p, settings: [CONFIGURATION, METADATA],
    source=f"{_RFC_9700}#section-2.1.2",
)
def no_weak_grants(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No discovery document offers the grants ``password`` and ``implicit``, or a response type that holds ``token``.

    Where OAuth metadata leaves ``grant_types_supported`` out, RFC 8414 section 2 reads it as offering the implicit
    grant; that is not held against anybody here.

    Good: ``"response_types_supported": ["code"]``. Bad: ``["code", "id_token token"]``.
    """

    def problems(document: dict[str, Any]) -> Iterator[str]:
        for grant in ("password", "implicit"):
            if grant in (listed(document, "grant_types_supported") or ()):
                yield f"grant_types_supported: {grant}"
        if any("token" in one.split() for one in listed(document, "response_types_supported") or ()):
            yield "response_types_supported: token"

    yield from _all(ev, "no password grant, and no token from the authorisation endpoint", problems)


@check(
    "oauth.pkce-by-digest",
    needs=lambda p, settings: [CONFIGURATION, METADATA],
    source="https://www.rfc-editor.org/rfc/rfc7636#section-4.2",
)
def pkce_by_digest(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Where codes are given, the challenge S256 is offered and ``plain`` is not, in every discovery document.

    Looked at are documents with an ``authorization_endpoint``, and the SMART configuration, which has to name S256 in
    any case.

    Good: ``"code_challenge_methods_supported": ["S256"]``. Bad: ``["S256", "plain"]``; no such member.
    """

    def problems(document: dict[str, Any]) -> Iterator[str]:
        methods = listed(document, "code_challenge_methods_supported") or []
        if "plain" in methods:
            yield "code_challenge_methods_supported: plain"
        if "S256" not in methods and ("authorization_endpoint" in document or "capabilities" in document):
            yield "code_challenge_methods_supported: without S256"

    yield from _all(ev, "the code challenge is S256 and never plain", problems)


@check(
    "oauth.clients-prove-themselves",
    needs=lambda p, settings: [CONFIGURATION, METADATA],
    source=f"{_RFC_9700}#section-2.5",
)
def clients_prove_themselves(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A client can prove itself by a key: ``private_key_jwt`` or mutual TLS is among the ways of the token endpoint.

    Documents that do not say how clients prove themselves are left out.

    Good: ``["private_key_jwt", "client_secret_basic"]``. Bad: ``["client_secret_basic"]``.
    """
    strong = {"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}
    said = False
    for name, exchange, document in documents(ev):
        methods = listed(document, "token_endpoint_auth_methods_supported")
        if methods is None:
            continue
        said = True
        if strong & set(methods):
            yield Examined(what=f"{name} offers clients a proof by key.", evidence=(exchange.id,))
        else:
            place = "#/token_endpoint_auth_methods_supported"
            message = f"{name} offers clients no proof by key."
            yield wrong(exchange, message, "private_key_jwt, or mutual TLS", "shared secrets, or none", place)
    if not said:
        yield Undecided(reason=Reason.NO_DATA, message="no discovery document says how clients prove themselves")


@check(
    "oauth.algorithms-are-strong",
    needs=lambda p, settings: [CONFIGURATION, METADATA],
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3.1",
)
def algorithms_are_strong(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No discovery document lists ``none``, in any case, or an HMAC (HS256 …) for tokens or for assertions of clients.

    ``client_secret_jwt`` is an HMAC of a client's own secret: a document that offers it may list HS256 for assertions.

    Good: ``["RS384", "ES384"]``. Bad: ``["RS256", "none"]``.
    """

    def problems(document: dict[str, Any]) -> Iterator[str]:
        by_secret = "client_secret_jwt" in (listed(document, "token_endpoint_auth_methods_supported") or ())
        for member in _SIGNED:
            for one in listed(document, member) or ():
                of_client = by_secret and member.startswith("token_endpoint")
                if one.lower() == "none" or (one.upper().startswith("HS") and not of_client):
                    yield f"{member}: {'none' if one.lower() == 'none' else 'HMAC'}"

    yield from _all(ev, "neither none nor an HMAC signs", problems)


@check(
    "oauth.keys-are-public-and-strong",
    needs=lambda p, settings: [_KEYS],
    source="https://www.rfc-editor.org/rfc/rfc7517",
)
def keys_are_public_and_strong(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The published keys are public keys, each with a ``kid`` of its own, and RSA keys have 2048 bits or more.

    A member of a private or shared key (d, p, q, dp, dq, qi, oth, k) is a finding: that key is lost. What is in it is
    not repeated. A set with a single key may leave its ``kid`` out.

    Good: ``{"kty": "EC", "kid": "1", "x": …, "y": …}``. Bad: the same with ``d``.
    """
    view = ev.record(_KEYS)
    exchange = view.exchange("keys")
    if exchange is None:
        yield view.undecided("the key set of the issuer")
        return
    value = exchange.json().value if exchange.ok else None
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not all(isinstance(one, dict) for one in keys) or not keys:
        message = "the key set cannot be read, or is empty"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return
    told = list(_of_keys(keys))
    for index, expected, actual in told[:_MOST]:
        yield wrong(exchange, "A published key is not as it must be.", expected, actual, f"#/keys/{index}")
    if not told:
        yield Examined(what="The published keys are public and strong.", evidence=(exchange.id,))


def _of_keys(keys: list[dict[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """Index of the key, what is expected, and what is there instead: never its content."""
    named: set[str] = set()
    for index, key in enumerate(keys):
        secret = [name for name in _SECRET_MEMBERS if name in key]
        if secret or key.get("kty") == "oct":
            yield index, "the public half alone", f"member {', '.join(secret)}" if secret else "a shared key"
        key_id = key.get("kid")
        if len(keys) > 1 and (not isinstance(key_id, str) or not key_id or key_id in named):
            yield index, "a kid of its own", "none, or that of another key"
        named.add(str(key_id))
        bits = _bits(key.get("n")) if key.get("kty") == "RSA" else None
        if bits is not None and bits < _FEWEST_BITS:
            yield index, f"{_FEWEST_BITS} bits or more", f"{bits} bits"


def _bits(modulus: Any) -> int | None:
    """The length of a modulus in bits; None where it cannot be read."""
    if not isinstance(modulus, str) or not modulus.isascii() or len(modulus) > 4096:
        return None
    try:
        data = base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))
    except (ValueError, binascii.Error):
        return None
    return int.from_bytes(data, "big").bit_length()
