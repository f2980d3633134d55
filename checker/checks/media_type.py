"""Media types. Source: http://hl7.org/fhir/R4/http.html#mime-type."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.passive import Alike
from checker.model.asked import OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement
from checker.model.view import EvidenceView

_FHIR = ("application/fhir+json", "application/fhir+xml")
_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("capabilities", "read", "search"))


@check(
    "media-type.fhir",
    params=OfType,
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
    ],
    source="http://hl7.org/fhir/R4/http.html#mime-type",
)
def fhir(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every FHIR answer that has a body and succeeded is labelled application/fhir+json or +xml.

    Looks at all answers of the FHIR endpoint with a 2xx status and a body, whoever asked for
    them; at least one statement of capabilities, one search and one read are among them.
    Parameters such as charset, and letter case, are free (RFC 9110 §8.3.1). Errors are left out:
    a gateway may answer them; so are answers to a request for another format (``_format``).

    Good: ``Content-Type: application/fhir+json;charset=UTF-8``.
    Bad: ``Content-Type: application/json``, ``application/json+fhir`` (DSTU2), or none.
    """
    wrong = Alike(expected="application/fhir+json or application/fhir+xml", place="header Content-Type")
    for exchange in ev.every(_ANSWERS):
        response = exchange.response
        if response is None or not 200 <= response.status < 300 or response.wire.encoded_bytes == 0:
            continue
        if "_format=" in exchange.request.url:
            continue
        found = (response.header("Content-Type") or "").partition(";")[0].strip().lower()
        if found in _FHIR:
            yield Examined(
                what="Answers carry a FHIR media type.", evidence=(exchange.id,), interaction=exchange.http.interaction
            )
        else:
            message = f"The answer to a {exchange.http.interaction} has the media type {found[:60] or '(none)'}."
            wrong.add(message, found[:60] or "no Content-Type", exchange)
    yield from wrong.findings()
