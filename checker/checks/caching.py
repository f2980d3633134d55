"""Whether shared caches may keep answers with data of patients."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.headers import directives, holds_patient_data
from checker.checks.passive import Alike, own_answers
from checker.model.asked import OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_DATA = Every(
    selector=Selector(views=("fhir",), interactions=("read", "vread", "search", "page", "history"), statuses=("2xx",)),
    cover=("read", "search"),
)


@check(
    "headers.not-shared",
    params=OfType,
    needs=lambda p, settings: [
        _DATA,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
    ],
    source="https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.7",
)
def not_shared(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Answers with data of patients carry Cache-Control with no-store or private, so that no proxy keeps them.

    Looks at every successful read, vread, search, page and history that holds a resource about a patient. That a
    copy may stay on the device that asked (``private``) is for the stricter rule on no-store.

    Good: ``Cache-Control: no-store``; ``Cache-Control: private, max-age=60``. Bad: none; ``public, max-age=3600``.
    """
    wrong = Alike(expected="Cache-Control: no-store, or private", place="header Cache-Control")
    for exchange in own_answers(ev, _DATA):
        response = exchange.response
        if response is None or response.wire.encoded_bytes == 0:
            continue
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer to a {exchange.http.interaction} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        if not holds_patient_data(exchange):
            continue
        value = ", ".join(response.values("Cache-Control"))
        names = {part.partition("=")[0].strip().lower() for part in value.split(",")}
        names |= set(directives(value, ",") or ())
        if names & {"no-store", "private"}:
            yield Examined(
                what="Answers with data of patients are kept by no shared cache.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
        else:
            message = "A shared cache may keep answers with data of patients."
            wrong.add(message, value[:80] or "no such header", exchange)
    yield from wrong.findings()
