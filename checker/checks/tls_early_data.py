"""Early data of TLS 1.3: requests that can be sent again by whoever recorded them. Source: RFC 8446 section 8."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_TICKETS = Need(probe="tls.tickets", params=NoParams())


@check(
    "tls.no-early-data",
    needs=lambda p, settings: [_TICKETS],
    source="https://www.rfc-editor.org/rfc/rfc8446#section-8",
)
def no_early_data(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No session ticket of TLS 1.3 allows early data (``max_early_data_size``, RFC 8446 section 4.6.1).

    Read are the tickets that come over one connection, from the handshake to the end of an answer. Without a ticket
    there is nothing that early data could go with, as there is none before TLS 1.3.

    Good: tickets without the extension early_data, or with 0 bytes; no ticket. Bad: a ticket for 16384 bytes.
    """
    answers = ev.record(_TICKETS).exchanges("shown")
    for answer in answers[-1:]:  # before it, one that was asked for a client certificate
        seen = answer.http.connection
        if seen is None or seen.tickets is None:
            message = "this computer's TLS library does not show tickets"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(answer.id,))
        elif seen.early_data:
            yield Finding(
                message="Early data is taken.",
                expected="0 bytes",
                actual=f"{seen.early_data} bytes",
                place=answer.request.url,
                evidence=(answer.id,),
            )
        elif answer.response is None or not seen.version:
            told = answer.failure.message if answer.failure else f"the alert '{answer.alert}'"
            message = f"the connection came to no answer ({told})"
            reason = answer.failure.reason if answer.failure else Reason.PREREQUISITE
            yield Undecided(reason=reason, message=message, evidence=(answer.id,))
        else:
            yield Examined(
                what=f"{seen.version}, {seen.tickets} tickets, none of which allows early data.", evidence=(answer.id,)
            )
