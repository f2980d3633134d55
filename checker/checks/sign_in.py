"""How a client signs its users in with NHS CIS2 or NHS login: what it asks for, and how it is registered.

Source: NHS CIS2 Authentication guidance; OpenID Connect Core 1.0 section 3.1.2.1; NIST SP 800-63B.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.client_requests import (
    AUTHORISE,
    CALLBACK,
    CONFIGURATION,
    REQUESTS,
    Facts,
    Seen,
    captured,
    declared,
    host_of,
    place,
    shown,
    unread,
)
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_GUIDE = (
    "https://digital.nhs.uk/services/care-identity-service/applications-and-services/cis2-authentication/"
    "guidance-for-developers/detailed-guidance"
)
_FEWEST_BITS = 64
_SIGNED = "private-key-jwt"
Wrong = tuple[str, str, str, str]


@check("sign-in.code-flow-with-fresh-state", needs=lambda p, settings: [REQUESTS], source=_GUIDE)
def code_flow_with_fresh_state(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every request to sign in asks for a code, with ``state`` and ``nonce`` that are new each time and not guessed.

    Two such requests at least have to be captured. Unguessed is a value whose characters can hold 64 bits that are not
    the same in an earlier one: a counter or a time does not. In a HAR file the same request may stand several times
    while a user signs in, and is one as long as no code came back.

    Good: a UUID each. Bad: ``response_type=id_token``; no nonce; ``state=1001``, then ``state=1002``.
    """
    found = captured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    asked = found._replace(exchanges=list(_flows(found)))
    if len(asked.exchanges) < 2:
        yield found.undecided("fewer than two requests to sign in were captured, so that nothing tells what is new")
        if not asked.exchanges:
            return
    yield from asked.statements("requests to sign in", _flow_faults(asked))
    yield from unread(found)


def _flows(found: Seen) -> Iterator[Facts]:
    """Each request to sign in once: a browser asks the same again on its way through the pages of the provider."""
    open_flow: set[tuple[Any, ...]] = set()
    for one in found.of(AUTHORISE, CALLBACK).exchanges:
        if one["kind"] == CALLBACK:
            open_flow.clear()
            continue
        key = (one["url"], one["client"], *((one[name] or {}).get("digest") for name in ("state", "nonce")))
        if one["form"] == "har" and key in open_flow:
            continue
        open_flow.add(key)
        yield one


def _flow_faults(asked: Seen) -> Iterator[Wrong]:
    known: set[str] = set()
    for one in asked.exchanges:
        if one["response_type"] != "code":
            yield "A sign-in does not ask for a code.", "response_type=code", shown(one["response_type"]), place(one)
        for name in ("state", "nonce"):
            value = one[name]
            if value is None:
                yield f"A sign-in has no {name}.", f"a new {name}", "none", place(one)
                continue
            held = f"{name} {value['digest']}"
            if held in known:
                yield f"Two sign-ins have the same {name}.", "a new one each time", "the same", place(one)
            elif value["bits"] < _FEWEST_BITS:
                actual = f"{value['length']} characters, of which {value['bits']} bits may be chance"
                yield f"The {name} of a sign-in can be guessed.", f"{_FEWEST_BITS} bits or more", actual, place(one)
            known.add(held)


@check(
    "sign-in.as-registered",
    needs=lambda p, settings: [REQUESTS, CONFIGURATION],
    source="docs/policy.md#users-are-sent-to-sign-in-as-the-client-is-registered",
)
def as_registered(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What sign-ins ask for is what is declared: ``redirect_uri`` letter by letter, no more scopes, no other ``vtr``.

    Held against are ``redirect-uris``, ``scopes`` and ``vectors-of-trust`` of ``cis2``, of ``nhs-login`` for one
    that has ``vtr`` or goes to NHS login, or of ``nhs-api-platform`` for one that goes there. What the
    configuration does not list is not compared, and leaves a doubt.

    Good: ``redirect_uri=https://records.supplier.example/signed-in``, which is listed. Bad: the same with ``/x``.
    """
    found = captured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    asked = found._replace(exchanges=list(_flows(found)))
    if not asked.exchanges:
        yield found.undecided("no request to sign in was captured")
        return
    sections, faults, evidence = declared(ev)
    asked = asked._replace(evidence=(*asked.evidence, *evidence))
    wrong: list[Wrong] = []
    doubts: dict[str, Undecided] = {}
    for one in asked.exchanges:
        name = _registered_at(one)
        said = sections.get(name)
        if said is None:
            doubts[name] = _not_declared(name, faults, evidence)
            continue
        for member, values in _asked_for(one):
            if values and member not in said:
                message = f"the section {name!r} of the identity configuration does not list {member}"
                doubts[f"{name} {member}"] = asked.undecided(message)
            wrong += [_odd(member, value, one) for value in values if value not in said.get(member, values)]
    yield from asked.statements("requests to sign in", wrong)
    yield from doubts.values()
    yield from unread(found)


def _registered_at(one: Facts) -> str:
    """The section of the configuration: the platform too signs users in for its clients, by its own registration."""
    host = host_of(one["url"])
    if host.endswith("api.service.nhs.uk"):
        return "nhs-api-platform"
    return "nhs-login" if one["vtr"] or host.endswith(("login.nhs.uk", "signin.nhs.uk")) else "cis2"


def _asked_for(one: Facts) -> Iterator[tuple[str, list[str]]]:
    """The member of the declared configuration, and what of it a sign-in asks for."""
    yield "redirect-uris", [one["redirect_uri"]]
    yield "scopes", one["scope"].split()
    if one["vtr"]:
        yield "vectors-of-trust", re.findall(r"[A-Za-z][A-Za-z0-9.]*", one["vtr"])


def _odd(member: str, value: str, one: Facts) -> Wrong:
    message = f"A sign-in asks for what is not among the declared {member}."
    return message, f"one of {member}", shown(value), place(one)


@check("sign-in.by-private-key", needs=lambda p, settings: [REQUESTS, CONFIGURATION], source=_GUIDE)
def by_private_key(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The client proves who it is to CIS2 by a signed JWT whose key it publishes, and by no secret.

    Looked at is ``cis2`` of the declared configuration, and captured requests that change a code for tokens at CIS2 or
    NHS login: one with a client secret is a fault whatever is declared. What is sent to the API platform, which signs
    users in with CIS2 for its clients, is not looked at.

    Good: ``client-authentication: private-key-jwt`` with ``jwks-url``. Bad: ``client-secret``.
    """
    sections, faults, evidence = declared(ev)
    said = sections.get("cis2")
    found = captured(ev)
    if isinstance(found, Seen):
        codes = found.codes()
        message = "A code is changed for tokens with a client secret."
        wrong = [
            (message, "client_assertion", "a secret (masked)", place(one)) for one in codes.exchanges if one["secret"]
        ]
        if wrong:
            yield from codes.statements("requests for tokens", wrong)
    if said is None:
        yield _not_declared("cis2", faults, evidence)
        return
    if said["client-authentication"] != _SIGNED:
        yield Finding(
            message="The client is registered with CIS2 to prove who it is by a secret.",
            expected=_SIGNED,
            actual=said["client-authentication"],
            place="/cis2/client-authentication",
            evidence=evidence,
        )
    elif not said.get("jwks-url"):
        yield Finding(
            message="The client's keys are not hosted.",
            expected="jwks-url",
            actual="none",
            place="/cis2",
            evidence=evidence,
        )
    yield Examined(what="the registration with CIS2", evidence=evidence)


def _not_declared(section: str, faults: tuple[str, ...], evidence: tuple[str, ...]) -> Undecided:
    wrong = next((one for one in faults if one.startswith(f"/{section}") or not one.startswith("/")), "")
    if wrong:
        message = f"the section {section!r} of the identity configuration does not fit its schema: {wrong}"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    message = f"no identity configuration with a section {section!r} was submitted"
    return Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)


class SessionParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The longest session in hours, and the longest idle time in minutes at AAL2 and AAL3."""

    hours: int = 12
    idle_aal2: int = 30
    idle_aal3: int = 15


@check("sign-in.sessions-end", params=SessionParams, needs=lambda p, settings: [CONFIGURATION], source=_GUIDE)
def sessions_end(ev: EvidenceView, p: SessionParams) -> Iterator[Statement]:
    """A session ends after 12 hours, and after 30 minutes without use at AAL2, or 15 at AAL3.

    Looked at is ``sessions`` of the declared configuration, which has an entry for each level that ``cis2`` names
    under ``assurance``. What is declared is not tried out.

    Good: ``{level: aal2, hours: "10", idle-minutes: "20"}``. Bad: ``idle-minutes: "60"``.
    """
    sections, faults, evidence = declared(ev)
    sessions, cis2 = sections.get("sessions"), sections.get("cis2")
    if sessions is None or cis2 is None:
        yield _not_declared("sessions" if sessions is None else "cis2", faults, evidence)
        return
    missing = sorted({*cis2["assurance"]} - {one["level"] for one in sessions})
    if missing:
        message = f"no sessions are declared at {', '.join(missing)}"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    for at, one in enumerate(sessions):
        idle = p.idle_aal3 if one["level"] == "aal3" else p.idle_aal2
        for name, most in (("hours", p.hours), ("idle-minutes", idle)):
            if float(one[name]) > most:
                yield Finding(
                    message=f"A session at {one['level'].upper()} lasts too long.",
                    expected=f"{name} {most} at most",
                    actual=one[name],
                    place=f"/sessions/{at}/{name}",
                    evidence=evidence,
                )
    yield Examined(what="declared sessions", evidence=evidence, count=len(sessions))
