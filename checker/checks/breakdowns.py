"""Errors that should not be, and errors that show too much. Source: OWASP ASVS 5.0.0 section 16.5."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.internals import shown
from checker.checks.passive import Alike, own_answers
from checker.model.asked import OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_ERRORS = Every(selector=Selector(views=("fhir",), statuses=("4xx", "5xx")), cover=("read",))


def _provoked(p: OfType) -> Need:
    """Errors that were asked for. A run that may not send deliberately wrong requests does without."""
    return Need(probe="errors.provoked", params=p, optional=True)


@check(
    "errors.no-internals",
    params=OfType,
    needs=lambda p, settings: [_ERRORS, Need(probe="fhir.unknown-id", params=p), _provoked(p)],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x25-V16-Security-Logging-and-Error-Handling.md",
)
def no_internals(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Errors show nothing of the inside: no stack trace, no error of a database, no path, no internal host.

    Looks at the first 50,000 characters of every answer with status 400 to 599, whatever its media
    type: of those that come along, of a read of an unknown id, and, where deliberately wrong requests are
    allowed, of a malformed search, an id that is none and a format that nobody has. What is looked for
    are the traces of well-known platforms, each by what only a machine writes; a finding names the sort and
    the number, never the text. FHIRPath expressions, element names and the server's own URLs are fine.

    Good: ``{"severity": "error", "code": "invalid", "diagnostics": "The value of birthdate is no date."}``.
    Bad: ``java.lang.NullPointerException at uk.example.Store.load(Store.java:87)``; ``ORA-00942``.
    """
    wrong = Alike(expected="a message for the client, and the rest in the log", place="body of the answer")
    for exchange in own_answers(ev, _ERRORS):
        if exchange.request.method == "HEAD":
            continue
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer {exchange.status} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        found = shown(exchange.body_bytes or b"", exchange.json().value, base_url=ev.supplier.base_url)
        for name in found:
            wrong.add(f"Errors show {name}.", f"{name} (masked)", exchange)
        if not found:
            yield Examined(
                what="Errors show nothing of the inside.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
    yield from wrong.findings()


_ALL = Every(selector=Selector(views=("fhir",)), cover=("capabilities", "read", "search"))
_NOT_A_FAULT = frozenset({501, 505})
"""An honest "this is not implemented" (RFC 9110 section 15.6.2) is no breakdown."""
_UNREACHED = frozenset({502, 503, 504})


@check(
    "errors.no-server-error",
    params=OfType,
    needs=lambda p, settings: [
        _ALL,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        _provoked(p),
    ],
    source="docs/policy.md#the-server-stands",
)
def no_server_error(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """No request of the run is answered with a server error, odd requests included.

    501 and 505 say what the server does not do, and are fine. 502, 503 and 504 say that something behind
    or before the server was not there: that is trouble of the network, and nothing is decided.

    Good: a malformed value is answered with 400, an unknown id with 404.
    Bad: either is answered with 500.
    """
    wrong = Alike(expected="a status below 500: 400 for what is malformed", place="status")
    for exchange in own_answers(ev, _ALL):
        status = exchange.status
        if status in _UNREACHED:
            message = f"a {exchange.http.interaction} was answered with {status}"
            yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
        elif status >= 500 and status not in _NOT_A_FAULT:
            wrong.add(f"A {exchange.http.interaction} was answered with {status}.", str(status), exchange)
        else:
            yield Examined(
                what="Nothing was answered with a server error.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
    yield from wrong.findings()
