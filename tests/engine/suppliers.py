"""Suppliers that are wrong in one way each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from checker.model.ask import HandshakeAsk, HelloAsk, HttpAsk
from checker.model.evidence import Handshake, RawAttempt, RawExchange
from checker.model.exchange import Failure
from checker.model.terms import Reason
from tests.engine.scripted import (
    BASE,
    Change,
    Reply,
    Scripted,
    certificate,
    changed,
    good_handshake,
    good_hellos,
    healthy,
    json_reply,
    patient,
)


def edited(reply: Reply, **changes: Any) -> Reply:
    """The same answer with other members in its JSON."""
    return replace(reply, body=json.dumps({**json.loads(reply.body), **changes}).encode())


def open_to_all(ask: HttpAsk, reply: Reply) -> Reply:
    if ask.request.identity:
        return reply
    named = msgspec.structs.replace(ask.request, identity="default")
    return healthy(msgspec.structs.replace(ask, request=named))


def no_signature_check(ask: HttpAsk, reply: Reply) -> Reply:
    plain = msgspec.structs.replace(ask.request, alteration="")
    return healthy(msgspec.structs.replace(ask, request=plain)) if ask.request.alteration else reply


def everything_exists(ask: HttpAsk, reply: Reply) -> Reply:
    return json_reply(patient("p1")) if reply.status == 404 else reply


def other_id(ask: HttpAsk, reply: Reply) -> Reply:
    return edited(reply, id="p7") if ask.interaction == "read" and reply.status == 200 else reply


def other_version(ask: HttpAsk, reply: Reply) -> Reply:
    wrong = ask.interaction == "vread" and reply.status == 200
    return edited(reply, meta={"versionId": "9"}) if wrong else reply


def loses_a_row(ask: HttpAsk, reply: Reply) -> Reply:
    page = json.loads(reply.body) if "page=2" in ask.request.url else None
    return edited(reply, entry=page["entry"][:1]) if page else reply


def repeats_a_row(ask: HttpAsk, reply: Reply) -> Reply:
    return edited(reply, entry=[{"resource": patient("p1")}]) if "page=4" in ask.request.url else reply


def goes_in_circles(ask: HttpAsk, reply: Reply) -> Reply:
    back = [{"relation": "next", "url": f"{BASE}/Patient?_count=2&page=2"}]
    return edited(reply, link=back) if "page=3" in ask.request.url else reply


def wrong_media_type(ask: HttpAsk, reply: Reply) -> Reply:
    plain = tuple((name, "application/json" if name == "Content-Type" else value) for name, value in reply.headers)
    return replace(reply, headers=plain) if reply.status == 200 else reply


def errors_in_html(ask: HttpAsk, reply: Reply) -> Reply:
    return replace(reply, body=b"<html>no</html>") if reply.status >= 400 else reply


def bad_number(ask: HttpAsk, reply: Reply) -> Reply:
    """The second patient's NHS number is wrong wherever it is shown over the interface."""
    good = patient("p2")["identifier"][0]["value"]
    bad = good[:-1] + str((int(good[-1]) + 1) % 10)
    return replace(reply, body=reply.body.replace(good.encode(), bad.encode()))


def bare_statement(ask: HttpAsk, reply: Reply) -> Reply:
    empty = {"resourceType": "CapabilityStatement"}
    return json_reply(empty) if ask.request.url.endswith("/metadata") else reply


def no_patients(ask: HttpAsk, reply: Reply) -> Reply:
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    return json_reply(empty) if "/Patient?" in ask.request.url and reply.status == 200 else reply


def old_tls(ask: HelloAsk, at: datetime) -> RawExchange:
    good = good_hellos(ask, at)
    spoken = RawAttempt(sent="tls1.1", answer="server-hello", version=0x0302, at=at)
    attempts = tuple(spoken if one.sent == "tls1.1" else one for one in good.attempts)
    return msgspec.structs.replace(good, attempts=attempts)


def expired(ask: HandshakeAsk, at: datetime) -> Handshake:
    good = good_handshake(ask, at)
    chain = (certificate(not_after=at - timedelta(days=1)),)
    attempts = tuple(msgspec.structs.replace(one, chain=chain) for one in good.attempts)
    return msgspec.structs.replace(good, attempts=attempts)


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        open_to_all,
        no_signature_check,
        everything_exists,
        other_id,
        other_version,
        loses_a_row,
        repeats_a_row,
        goes_in_circles,
        wrong_media_type,
        errors_in_html,
        bad_number,
        bare_statement,
        no_patients,
    )
}
CAUGHT_BY = {
    "open_to_all": "AUTH-001",
    "no_signature_check": "AUTH-007",
    "everything_exists": "FHIR-READ-004",
    "other_id": "FHIR-READ-001",
    "other_version": "FHIR-VREAD-001",
    "loses_a_row": "FHIR-SRCH-011",
    "repeats_a_row": "FHIR-SRCH-011",
    "goes_in_circles": "FHIR-SRCH-011",
    "wrong_media_type": "FHIR-MIME-001",
    "errors_in_html": "FHIR-HTTP-003",
    "bad_number": "DH-NHSNO-01",
    "bare_statement": "FHIR-CAP-002",
    "old_tls": "TLS-002",
    "expired": "CERT-003",
    "unlogged": "DH-AUD-01",
}
"""Fault → the requirement that must fail."""


def supplier(name: str) -> Scripted:
    """``healthy`` or one of the faulty ones."""
    special: dict[str, Callable[[], Scripted]] = {
        "healthy": Scripted,
        "old_tls": lambda: Scripted(hellos=old_tls),
        "expired": lambda: Scripted(handshake=expired),
        "unlogged": lambda: Scripted(logs=lambda sent_id: sent_id > "8"),
    }
    return special[name]() if name in special else Scripted(answer=changed(CHANGES[name]))


ALL = ("healthy", *CHANGES, "old_tls", "expired", "unlogged")


def failing(reason: Reason = Reason.NETWORK, cause: str = "dns") -> Failure:
    return Failure(reason=reason, cause=cause, message="Nothing came back.")
