"""SMART discovery: what a server says of its authorisation, and whether that is so.

Source: http://hl7.org/fhir/smart-app-launch/conformance.html (2.2.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from checker.checks.bodies import answer, cut_off, not_the_supplier
from checker.fhir import statement as stated
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SOURCE = "http://hl7.org/fhir/smart-app-launch/conformance.html"
CONFIGURATION = Need(probe="smart.configuration", params=NoParams())
_KEYS = Need(probe="smart.keys", params=NoParams())
_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_GRANTS = frozenset({"authorization_code", "client_credentials"})


def wrong(exchange: Exchange, message: str, expected: str, actual: str, place: str = "") -> Finding:
    """One thing wrong with one answer."""
    return Finding(
        message=message,
        expected=expected,
        actual=actual[:120],
        place=f"{exchange.request.url}{place}",
        evidence=(exchange.id,),
    )


def _served(exchange: Exchange, what: str) -> Statement | dict[str, Any]:
    """The document of an answer, or what is in the way of it."""
    doubt = None if exchange.status in (401, 403) else not_the_supplier(exchange, what)
    if doubt is not None:
        return doubt
    if exchange.status != 200:
        return wrong(exchange, f"{what} was answered with {exchange.status}.", "200 with JSON", str(exchange.status))
    lost = cut_off(exchange, what)
    if lost is not None:
        return lost
    media_type = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        shown = media_type if media_type.isprintable() and len(media_type) <= 80 else "another"
        return wrong(exchange, f"{what} is not application/json.", "application/json", shown or "no Content-Type")
    value = exchange.json().value
    if not isinstance(value, dict):
        return wrong(exchange, f"{what} is no JSON object.", "a JSON object", exchange.json().problem or "other JSON")
    return value


def document_of(ev: EvidenceView) -> tuple[Exchange, dict[str, Any]] | Statement:
    """The SMART configuration with the answer that brought it, or why it cannot be read."""
    exchange = answer(ev.record(CONFIGURATION), "configuration", "GET .well-known/smart-configuration")
    if isinstance(exchange, Undecided):
        return exchange
    found = _served(exchange, "GET .well-known/smart-configuration")
    if not isinstance(found, dict):
        if isinstance(found, Finding):  # another requirement says so
            message = "the SMART configuration cannot be read"
            return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return found
    return exchange, found


@check("smart.configuration-is-served", needs=lambda p, settings: [CONFIGURATION], source=_SOURCE)
def configuration_is_served(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """[base]/.well-known/smart-configuration is served to everybody as application/json, and its URLs are absolute.

    It is asked for without a credential, and with Accept of JSON, of FHIR in XML and of HTML: the answer is JSON each
    time. Every member whose name ends in ``_endpoint``, ``_uri`` or ``_bundle``, and ``issuer``, is an absolute URL,
    and of https but on loopback.

    Good: ``"token_endpoint": "https://ehr.example.com/oauth2/token"``.
    Bad: 406 to ``Accept: text/html``; ``"token_endpoint": "/oauth2/token"``.
    """
    view = ev.record(CONFIGURATION)
    asked = (*view.exchanges("configuration"), *view.exchanges("other-accept"))
    if not asked:
        yield view.undecided("GET .well-known/smart-configuration")
    for exchange in asked:
        accept = exchange.request.header("Accept")
        what = f"GET .well-known/smart-configuration (Accept: {accept})"
        if exchange.response is None:
            yield Undecided(reason=Reason.NETWORK, message=f"{what}: no answer", evidence=(exchange.id,))
            continue
        found = _served(exchange, what)
        if not isinstance(found, dict):
            yield found
            continue
        urls = {name: value for name, value in found.items() if _is_url(name)}
        relative = sorted(name for name, value in urls.items() if not _is_absolute(value))
        for name in relative[:5]:
            yield wrong(
                exchange, f"{name[:60]} is no absolute https URL.", "an absolute URL", "another", f"#/{name[:60]}"
            )
        if not urls:
            message = f"{what} gave JSON without a URL: it is no SMART configuration"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
        elif not relative:
            yield Examined(what="The SMART configuration is served as JSON.", evidence=(exchange.id,))


def _is_url(name: str) -> bool:
    return name == "issuer" or name.endswith(("_endpoint", "_uri", "_bundle"))


def _is_absolute(value: Any) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        return False
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))


@check(
    "smart.configuration-is-whole",
    needs=lambda p, settings: [CONFIGURATION, _KEYS, _METADATA],
    source=f"{_SOURCE}#metadata",
)
def configuration_is_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The SMART configuration says all that it must, agrees with itself, and with the CapabilityStatement.

    ``token_endpoint``, ``grant_types_supported``, ``capabilities`` and ``code_challenge_methods_supported`` are there;
    the last holds S256 and never plain. ``authorization_endpoint`` comes with the capabilities launch-ehr and
    launch-standalone, ``issuer`` and ``jwks_uri`` with sso-openid-connect. The key set is a set of public keys, where
    its origin is that of the endpoint or of its token endpoint (no other is asked). What the CapabilityStatement says
    in the extension ``oauth-uris`` is the same.

    Good: ``"code_challenge_methods_supported": ["S256"]``. Bad: ``["S256", "plain"]``; no grant types.
    """
    found = document_of(ev)
    if not isinstance(found, tuple):
        yield found
        return
    exchange, document = found
    problems = list(_problems(document))
    for place, problem in problems:
        message = "The SMART configuration does not say what it must."
        yield wrong(exchange, message, _EXPECTED.get(place, "the member"), problem, f"#/{place}")
    if not problems:
        yield Examined(what="The SMART configuration says what it must.", evidence=(exchange.id,))
    yield from _keys(ev)
    yield from _agrees(ev, exchange, document)


_EXPECTED = {
    "token_endpoint": "a URL",
    "grant_types_supported": "authorization_code, client_credentials, or both",
    "capabilities": "an array of capabilities",
    "code_challenge_methods_supported": "S256, and never plain",
    "authorization_endpoint": "a URL, since a launch is supported",
    "issuer": "a URL, since sso-openid-connect is supported",
    "jwks_uri": "a URL, since sso-openid-connect is supported",
}


def listed(document: dict[str, Any], name: str) -> list[str] | None:
    """The strings of an array; None when it is none."""
    found = document.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        return None
    return found


def _problems(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(document.get("token_endpoint"), str) or not document["token_endpoint"]:
        yield "token_endpoint", "missing"
    grants = listed(document, "grant_types_supported")
    if not grants:
        yield "grant_types_supported", "missing or empty"
    elif not _GRANTS & set(grants):
        yield "grant_types_supported", "neither of the two"
    capabilities = listed(document, "capabilities")
    if capabilities is None:
        yield "capabilities", "missing, or no array of strings"
    methods = listed(document, "code_challenge_methods_supported")
    if methods is None or "S256" not in methods:
        yield "code_challenge_methods_supported", "no S256"
    if methods and "plain" in methods:
        yield "code_challenge_methods_supported", "plain"
    claimed = set(capabilities or ())
    wanted = ["authorization_endpoint"] if claimed & {"launch-ehr", "launch-standalone"} else []
    wanted += ["issuer", "jwks_uri"] if "sso-openid-connect" in claimed else []
    for name in wanted:
        if not isinstance(document.get(name), str) or not document[name]:
            yield name, "missing"


def _keys(ev: EvidenceView) -> Iterator[Statement]:
    """The key set, where one is declared: public keys, and no private ones."""
    view = ev.record(_KEYS)
    for exchange in view.exchanges("keys"):
        if exchange.response is None or exchange.status in (429, 502, 503, 504):
            yield Undecided(reason=Reason.NETWORK, message="jwks_uri: no answer", evidence=(exchange.id,))
            continue
        value = exchange.json().value if exchange.ok else None
        keys = value.get("keys") if isinstance(value, dict) else None
        if not isinstance(keys, list) or not all(isinstance(one, dict) and "kty" in one for one in keys):
            actual = str(exchange.status) if not exchange.ok else "no array of keys"
            yield wrong(exchange, "jwks_uri does not lead to a set of keys (RFC 7517).", "200 with keys", actual)
        elif any(name in one for one in keys for name in ("d", "p", "q", "k")):
            yield wrong(exchange, "The key set holds a private or a secret key.", "public keys", "another (masked)")
        else:
            yield Examined(what="jwks_uri leads to a set of public keys.", evidence=(exchange.id,))


def _agrees(ev: EvidenceView, exchange: Exchange, document: dict[str, Any]) -> Iterator[Statement]:
    metadata = ev.record(_METADATA).exchange("metadata")
    told = dict(_oauth_uris(metadata.json().value)) if metadata is not None and metadata.ok else {}
    for name, member in (("token", "token_endpoint"), ("authorize", "authorization_endpoint")):
        if name in told and member in document and told[name] != document[member]:
            message = f"The CapabilityStatement names another {member} than the SMART configuration."
            evidence = (exchange.id, metadata.id if metadata is not None else exchange.id)
            yield Finding(
                message=message,
                expected="the same URL",
                actual="another",
                place=f"oauth-uris/{name}",
                evidence=evidence,
            )


def _oauth_uris(statement: Any) -> Iterator[tuple[str, Any]]:
    """(name, URL) of the extension oauth-uris in ``rest.security``."""
    for rest in stated.rests(statement):
        security = rest.get("security")
        listed = security.get("extension") if isinstance(security, dict) else None
        for one in listed if isinstance(listed, list) else ():
            inner = one.get("extension") if isinstance(one, dict) and one.get("url") == _OAUTH_URIS else None
            for part in inner if isinstance(inner, list) else ():
                if isinstance(part, dict) and isinstance(part.get("url"), str):
                    yield part["url"], part.get("valueUri")
