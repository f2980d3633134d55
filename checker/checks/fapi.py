"""What the metadata of an authorisation server says of mix-ups, and of FAPI 2.0.

Source: RFC 9207 section 3, FAPI 2.0 Security Profile section 5.3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.oauth_metadata import METADATA, documents
from checker.checks.smart import CONFIGURATION, listed, wrong
from checker.model.asked_oauth import FAPI
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ISS = "authorization_response_iss_parameter_supported"
_NEEDS: list[Need] = [CONFIGURATION, METADATA]
_SIGNED = (
    "token_endpoint_auth_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "authorization_signing_alg_values_supported",
    "introspection_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
)
_CLIENTS = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})


class Algorithms(Params, frozen=True, kw_only=True):
    """The algorithms of signatures that a profile allows."""

    algorithms: tuple[str, ...] = ("PS256", "ES256", "EdDSA", "Ed25519")


def _of_codes(ev: EvidenceView) -> list[tuple[str, Exchange, dict[str, Any]]]:
    """The documents of a server that gives codes: its OAuth metadata, else the SMART configuration."""
    found = [one for one in documents(ev) if "authorization_endpoint" in one[2]]
    return [one for one in found if not one[0].startswith("The SMART")] or found


@check(
    "oauth.answers-name-their-issuer", needs=lambda p, settings: _NEEDS, source="https://www.rfc-editor.org/rfc/rfc9207"
)
def answers_name_their_issuer(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The metadata say that authorisation responses name their issuer (``iss``).

    That they do is not tried: it takes a login by a person.

    Good: ``"authorization_response_iss_parameter_supported": true``. Bad: no such member.
    """
    found = _of_codes(ev)
    if not found:
        yield Undecided(reason=Reason.NO_DATA, message="no discovery document has an authorization_endpoint")
    for name, exchange, document in found:
        if document.get(_ISS) is True:
            yield Examined(what=f"{name} says that responses name their issuer.", evidence=(exchange.id,))
        else:
            actual = "none" if _ISS not in document else "another"
            yield wrong(exchange, f"{name} does not say that responses name their issuer.", "true", actual, f"#/{_ISS}")


@condition("oauth.fapi-is-declared", needs=lambda p, settings: _NEEDS, claim=True)
def fapi_is_declared(ev: EvidenceView, p: NoParams) -> bool | None:
    """The supplier file names a version of FAPI (``fapi`` under ``[known]``), or the metadata have its marks.

    These are both together: authorisation requests have to be pushed, and tokens are bound to their sender. Unknown
    where the supplier file says nothing and no metadata can be read.
    """
    if ev.supplier.known_value(FAPI):
        return True
    found = documents(ev)
    if not found:
        return None
    return any(_pushed(document) and _bound(document) for _, _, document in found)


def _pushed(document: dict[str, Any]) -> bool:
    return document.get("require_pushed_authorization_requests") is True


def _bound(document: dict[str, Any]) -> bool:
    by_certificate = document.get("tls_client_certificate_bound_access_tokens") is True
    return by_certificate or bool(listed(document, "dpop_signing_alg_values_supported"))


@check(
    "oauth.fapi-metadata",
    params=Algorithms,
    needs=lambda p, settings: _NEEDS,
    source="https://openid.net/specs/fapi-security-profile-2_0-final.html#section-5.3.2",
)
def fapi_metadata(ev: EvidenceView, p: Algorithms) -> Iterator[Statement]:
    """The metadata are those of FAPI 2.0: pushed requests, codes alone, bound tokens, clients that sign.

    ``require_pushed_authorization_requests`` is true and the endpoint for them is there; the one response type is
    ``code``; S256 is the one challenge; tokens are bound by DPoP or by certificate; clients prove themselves by
    private_key_jwt or mutual TLS alone; responses name their issuer; and every list of algorithms holds those of
    ``algorithms`` alone. That of ID tokens is left out: OpenID Connect Discovery 1.0 wants RS256 in it. What a code
    lives cannot be read from metadata. The algorithms are those of FAPI, and not of SMART, which asks for RS384 or
    ES384: who claims both shows metadata of two servers.

    Good: ``"dpop_signing_alg_values_supported": ["ES256"]``. Bad: RS256 in a list; PAR that is not required.
    """
    found = _of_codes(ev)
    if not found:
        yield Undecided(reason=Reason.NO_DATA, message="no discovery document has an authorization_endpoint")
    for name, exchange, document in found:
        problems = list(_problems(document, p.algorithms))
        for place, expected, actual in problems:
            yield wrong(exchange, f"{name} is not that of FAPI 2.0.", expected, actual, f"#/{place}")
        if not problems:
            yield Examined(what=f"{name} is that of FAPI 2.0.", evidence=(exchange.id,))


def _problems(document: dict[str, Any], algorithms: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    if not _pushed(document):
        yield "require_pushed_authorization_requests", "true", "another, or none"
    if not isinstance(document.get("pushed_authorization_request_endpoint"), str):
        yield "pushed_authorization_request_endpoint", "a URL", "none"
    if listed(document, "response_types_supported") != ["code"]:
        yield "response_types_supported", "code alone", "another list"
    if listed(document, "code_challenge_methods_supported") != ["S256"]:
        yield "code_challenge_methods_supported", "S256 alone", "another list"
    if not _bound(document):
        yield "dpop_signing_alg_values_supported", "tokens bound by DPoP or certificate", "neither"
    methods = set(listed(document, "token_endpoint_auth_methods_supported") or ())
    if not methods or methods - _CLIENTS:
        yield "token_endpoint_auth_methods_supported", "private_key_jwt, or mutual TLS, alone", "others, or none"
    if document.get(_ISS) is not True:
        yield _ISS, "true", "another, or none"
    for member in _SIGNED:
        if set(listed(document, member) or ()) - set(algorithms):
            yield member, f"{', '.join(algorithms)} alone", "others"
