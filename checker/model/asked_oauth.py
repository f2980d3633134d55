"""Parameters that probes and checks share: what is asked of an authorisation server.

They stand here because checks name needs and never import probes.
"""

from __future__ import annotations

from typing import Literal

from checker.model.value import Params

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""How a client assertion is marked (RFC 7523 section 2.2)."""
AS_CLIENT = "as-client"
"""An alteration of a request to an authorisation server: the client of its identity proves itself, as ever."""
LEFT_OUT_PROOF = "as-client:left-out"
"""The same request, and the client does not prove itself."""
SAME_AGAIN = "as-client:again"
"""The same request with the assertion that went out just before, letter by letter."""
BY_GET = "as-client:by-get"
"""The same parameters by GET, in the query. A client secret stays in its header."""
WRONG_SECRET = "as-client:wrong-secret"  # noqa: S105 - the name of an alteration
"""The same request, and the client secret is another one."""
REFRESH = "refresh-token"
"""The refresh token of the identity goes into the form."""
REFRESH_AGAIN = "refresh-token:again"
"""The same one once more, after it was used."""
Fault = Literal[
    "hs256",
    "alg-none",
    "own-key",
    "issuer-other",
    "subject-other",
    "audience-other",
    "jti-absent",
    "jti-number",
    "exp-absent",
    "exp-text",
    "exp-past",
    "exp-far",
    "kid-absent",
    "kid-unknown",
]
"""What can be wrong with a client assertion, each in one respect."""
AUTHORISATION_CLIENT = "authorisation-client"
REDIRECT_URI = "redirect-uri"
AUTHORISATION_SCOPE = "authorisation-scope"
"""Names under ``[known]``: the client that asks for a login, where its codes go, and what it asks for."""
FAPI = "fapi"
"""Likewise: the version of FAPI that the authorisation server is said to keep, as ``2.0``."""
REFRESH_IDENTITY = "refresh"
"""The identity of the kind bearer whose secret is a refresh token of that client."""
UNKNOWN_TOKEN = "no-such-token-9f6c2d"  # noqa: S105 - nobody issued it
"""A token that nobody issued."""
Departure = Literal[
    "no-challenge",
    "plain-challenge",
    "redirect-suffix",
    "redirect-path",
    "redirect-subdomain",
    "redirect-other-host",
    "redirect-http",
]
"""In what an authorisation request departs from one that is right."""


class FaultyAssertion(Params, frozen=True, kw_only=True):
    """What is wrong with a client assertion."""

    fault: Fault = "own-key"


class Departing(Params, frozen=True, kw_only=True):
    """In what an authorisation request departs from one that is right."""

    departure: Departure = "no-challenge"


class OfMember(Params, frozen=True, kw_only=True):
    """A member of the metadata of an authorisation server, by name."""

    member: str = "introspection_endpoint"
