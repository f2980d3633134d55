"""The unsigned tokens by which a consumer of GP Connect says who asks, and why: form, claims, life, audience.

Source: GP Connect, cross-organisation audit and provenance. That they are unsigned is right here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from checker.checks.client_requests import AUDITED, REQUESTS, Facts, Seen, place, seen, shown, unread
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView

SOURCE = "https://nhsconnect.github.io/gpconnect/integration_cross_organisation_audit_and_provenance.html"
CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "reason_for_request", "requested_scope"),
    *("requesting_device", "requesting_organization", "requesting_practitioner"),
)
_OLD_AUDIENCE = "https://authorize.fhir.nhs.net/token"
_LIFE_S, _SKEW_S = 300, 60
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
Wrong = tuple[str, str, str, str]


def audited(ev: EvidenceView) -> Seen | Undecided:
    """The captured requests of GP Connect, or why there are none."""
    return seen(ev, "no request of GP Connect", AUDITED)


def claims_of(one: Facts) -> dict[str, Any]:
    """The claims of a request's token, as far as they are kept."""
    found: dict[str, Any] = (one["token"] or {}).get("claims", {})
    return found


def judged(ev: EvidenceView, what: str, judge: Callable[[Facts], Iterator[Wrong]]) -> Iterator[Statement]:
    """Judge each request whose token can be read; without one nothing is decided."""
    found = audited(ev)
    if isinstance(found, Undecided):
        yield found
        return
    held = found._replace(exchanges=[one for one in found.exchanges if claims_of(one)])
    if not held.exchanges:
        yield found.undecided("no request of GP Connect carries a token that can be read", Reason.PREREQUISITE)
        return
    yield from held.statements(what, (one for request in held.exchanges for one in judge(request)))
    yield from unread(found)


@check("audit-token.is-unsigned", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#jwt-generation")
def is_unsigned(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every request of GP Connect carries a token of three parts: ``alg`` none, ``typ`` JWT, and an empty signature.

    The dot before the empty signature is kept. Requests of GP Connect are those with its interaction id in
    ``Ssp-InteractionID``, or with a token that has its claims. An unsigned token is right here and nowhere else.

    Good: ``eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOi….`` Bad: the same without the last dot; a signed one.
    """
    found = audited(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if all(one["form"] == "har" and one["token"] is None for one in found.exchanges):
        yield found.undecided(
            "no captured request of GP Connect has a token: recorders leave Authorization out at times"
        )
        return
    yield from found.statements("tokens", (one for request in found.exchanges for one in _form(request)))
    yield from unread(found)


def _form(one: Facts) -> Iterator[Wrong]:
    token, message = one["token"] or {}, "A token of GP Connect does not have its form."
    if "header" not in token:
        yield message, "Authorization: Bearer with a JWT", "none that can be read", place(one)
        return
    algorithm, kind = token["header"].get("alg"), token["header"].get("typ")
    if algorithm != "none":
        yield message, 'alg "none"', shown(algorithm), place(one)
    if not isinstance(kind, str) or kind.upper() != "JWT":
        yield message, 'typ "JWT"', shown(kind), place(one)
    if token["parts"] != 3:
        yield message, "three parts, with a dot before the empty signature", f"{token['parts']} parts", place(one)
    elif token["signature"]:
        yield message, "an empty signature", "one that is not empty", place(one)


@check("audit-token.has-its-claims", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#jwt-payload")
def has_its_claims(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every token has the ten claims, and that of a request of GP Connect 0.x (DSTU2) also ``requested_record``.

    Which of the two a request is, its address says (``/STU3/``, ``/DSTU2/``), or the operation of 0.x in its
    interaction id. In 1.x ``requested_record`` is not asked for.

    Good: ``iss``, ``sub``, ``aud``, ``exp``, ``iat``, ``reason_for_request``, ``requested_scope`` and the three
    ``requesting_…``. Bad: no ``requesting_device``.
    """
    yield from judged(ev, "tokens", _claims)


def _claims(one: Facts) -> Iterator[Wrong]:
    held = claims_of(one)
    wanted = (*CLAIMS, "requested_record") if one["line"] == "0.x" else CLAIMS
    missing = [name for name in wanted if held.get(name) in (None, "")]
    if missing:
        yield "A token lacks claims.", ", ".join(wanted), f"without {', '.join(missing)}", place(one)


@check("audit-token.is-of-now", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#exp-expiry-claim")
def is_of_now(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``exp`` is 300 s after ``iat``, both integers, ``iat`` within a minute of the request, ``aud`` the service root.

    The service root is the part of the address before the resource type; behind the URL of a proxy, that of the
    provider. For 0.x the token URL that old versions had is as good. On a stand-in on this machine the path is
    compared alone.

    Good: ``https://provider.example/A1001/STU3/1``. Bad: ``exp`` an hour ahead; ``aud`` of the Spine proxy.
    """
    yield from judged(ev, "tokens", _moment)


def _moment(one: Facts) -> Iterator[Wrong]:
    held = claims_of(one)
    start, end = held.get("iat"), held.get("exp")
    if not _whole(start) or not _whole(end):
        odd = start if not _whole(start) else end
        yield "iat or exp of a token is no integer.", "seconds since 1970", shown(odd), place(one)
    else:
        if end - start != _LIFE_S:
            yield "A token does not end 300 seconds after it was made.", "300 s", f"{end - start} s", place(one)
        if abs(start - float(one["at"])) > _SKEW_S:
            actual = f"{abs(start - float(one['at'])):.0f} s"
            yield "A token was not made when it was sent.", f"{_SKEW_S} s apart at most", actual, place(one)
    if not _is_root(held.get("aud"), one):
        yield "aud of a token is not the service root.", f'"{one["root"]}"', shown(held.get("aud")), place(one)


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_root(audience: Any, one: Facts) -> bool:
    if not isinstance(audience, str):
        return False
    said, root = audience.rstrip("/"), str(one["root"]).rstrip("/")
    if said == root or (one["line"] == "0.x" and said == _OLD_AUDIENCE):
        return True
    try:
        here, there = urlsplit(root), urlsplit(said)
        return here.hostname in _LOOPBACK and bool(here.path) and here.path == there.path
    except ValueError:
        return False


@check("audit-token.is-new-each-time", needs=lambda p, settings: [REQUESTS], source=f"{SOURCE}#jwt-generation")
def is_new_each_time(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No token is sent with two requests.

    Two requests of the same user in the same second may have tokens that are alike, since nothing in them differs:
    those that are sent within two seconds of each other are let pass.

    Good: a token each. Bad: one token for a whole session.
    """
    found = audited(ev)
    if isinstance(found, Undecided):
        yield found
        return
    held = found._replace(exchanges=[one for one in found.exchanges if one["token"]])
    first: dict[str, float] = {}
    wrong = []
    for one in held.exchanges:
        began = first.setdefault(one["token"]["digest"], float(one["at"]))
        if float(one["at"]) - began > 2:
            wrong.append(("A token is sent again.", "a new token for each request", "the same", place(one)))
    times = {int(one["at"]) for one in held.exchanges}
    if not wrong and (not times or max(times) - min(times) <= 2):
        yield found.undecided("fewer than two requests of GP Connect with tokens were captured, apart from each other")
        return
    yield from held.statements("tokens", wrong)
    yield from unread(found)
