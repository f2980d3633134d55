"""The headers of the NHS API platform: which are asked for, and which come back.

Source: the OpenAPI documents of APIs that NHS England publishes, for example
https://github.com/NHSDigital/personal-demographics-service-api/tree/master/specification.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import gives_data
from checker.checks.passive import Alike, own_answers
from checker.checks.refusal import refusal
from checker.model.asked import OfHeader, OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SOURCE = "https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir"
_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("read", "search"))
_BETWEEN = frozenset({407, 429, 502, 503, 504})
"""What something before the server answers: it may never have seen the header."""


@condition("settings.header-is-required", params=OfHeader, needs=lambda p, settings: [], claim=False)
def header_is_required(ev: EvidenceView, p: OfHeader) -> bool | None:
    """The profile says, in the setting ``required-headers``, that requests without this header are refused."""
    return p.name.lower() in {name.lower() for name in ev.settings.required_headers}


@condition("settings.request-id-is-echoed", params=OfType, needs=lambda p, settings: [], claim=False)
def request_id_is_echoed(ev: EvidenceView, p: OfType) -> bool | None:
    """The profile says, in the setting ``request-id``, that X-Request-ID comes back."""
    return ev.settings.request_id == "echo"


def _explained(exchange: Exchange) -> bool:
    """400 with an OperationOutcome, and nothing of a record."""
    return exchange.status == 400 and exchange.json().resource_type == "OperationOutcome" and not gives_data(exchange)


@check(
    "headers.request-id-is-validated",
    params=OfHeader,
    needs=lambda p, settings: [Need(probe="platform.request-id", params=p)],
    source=_SOURCE,
)
def request_id_is_validated(ev: EvidenceView, p: OfHeader) -> Iterator[Statement]:
    """A request without X-Request-ID, or with one that is no UUID, is refused with 400 and an OperationOutcome.

    The control is the same search with the header as every request of the run has it. Base FHIR leaves this header
    to the server, so a profile must ask for it with the setting ``required-headers``.

    Good: a search without X-Request-ID answers 400 with an OperationOutcome whose coding is MISSING_VALUE.
    Bad: it answers 200: nobody can be asked later what happened to that request.
    """
    for control, mutant in ev.record(Need(probe="platform.request-id", params=p)).pairs():
        how = "without" if mutant.request.alteration.startswith("without") else "with a malformed"
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives="Bundle",
            refused=_explained,
            what=f"A search {how} {p.name}",
            expected="400 with an OperationOutcome",
        )


@check(
    "headers.required-is-enforced",
    params=OfHeader,
    needs=lambda p, settings: [Need(probe="platform.required-header", params=p)],
    source=_SOURCE,
)
def required_is_enforced(ev: EvidenceView, p: OfHeader) -> Iterator[Statement]:
    """A request without a header that the API requires is refused with 400 and an OperationOutcome.

    The control is the same search with the headers that the run sends: where they lack this one, the control is
    refused too, and nothing is decided.

    Good: a user-restricted search without NHSD-Session-URID answers 400 with MISSING_VALUE.
    Bad: it answers 200, and nobody knows in which role the user asked.
    """
    for control, mutant in ev.record(Need(probe="platform.required-header", params=p)).pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives="Bundle",
            refused=_explained,
            what=f"A search without {p.name}",
            expected="400 with an OperationOutcome",
        )


@check(
    "headers.ids-come-back",
    params=OfType,
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="platform.correlation", params=p),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        Need(probe="fhir.unknown-id", params=p),
    ],
    source=_SOURCE,
)
def ids_come_back(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every answer, also an error, carries the X-Request-ID of its request; and X-Correlation-ID, where one was sent.

    Letter case is free: both are UUIDs. Left out are 407, 429, 502, 503 and 504, which something between may have
    answered, and requests whose X-Request-ID was left out or spoilt on purpose.

    Good: the 404 to a read of an unknown id carries the X-Request-ID that was sent.
    Bad: only answers with 200 do; or the value is another.
    """
    lost = Alike(expected="the value that was sent", place="header X-Request-ID")
    for exchange in own_answers(ev, _ANSWERS):
        if exchange.status in _BETWEEN or exchange.request.alteration.partition(":")[2].lower() == "x-request-id":
            continue
        problem = _echo_problem(exchange, "X-Request-ID", exchange.http.request_id)
        if problem:
            lost.add(f"X-Request-ID {problem} the answer.", problem, exchange)
        else:
            what = "Answers carry the X-Request-ID of their request."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from lost.findings()
    yield from _correlated(ev, p)


def _correlated(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    view = ev.record(Need(probe="platform.correlation", params=p))
    for exchange in view.exchanges("marked"):
        sent = exchange.request.header("X-Correlation-ID") or ""
        if exchange.response is None or exchange.status in _BETWEEN:
            message = f"a request with X-Correlation-ID got no answer of the server ({exchange.status or 'none'})"
            yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
            continue
        problem = _echo_problem(exchange, "X-Correlation-ID", sent)
        if problem:
            yield Finding(
                message=f"X-Correlation-ID {problem} an answer {exchange.status}.",
                expected="the value that was sent",
                actual=problem,
                place="header X-Correlation-ID",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what="Answers carry the X-Correlation-ID of their request.", evidence=(exchange.id,))


def _echo_problem(exchange: Exchange, name: str, sent: str) -> str:
    """What is wrong with the header that should come back; "" if nothing is."""
    values = exchange.response.values(name) if exchange.response is not None else ()
    if not values:
        return "is not in"
    if any(value.strip().lower() != sent.lower() for value in values):
        return "has another value in"
    return ""


@check(
    "access.nobody-is-told-401",
    params=OfType,
    needs=lambda p, settings: [Need(probe="access.without-token", params=p)],
    source=_SOURCE,
)
def nobody_is_told_401(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A read and a search without a credential are answered with 401 and an OperationOutcome.

    Stricter than that they are refused (``access.refused-without-token``): 403 says that the credential is not
    enough, and there was none; and a client that speaks FHIR reads an OperationOutcome, not a page. The control is
    the same request with the credential.

    Good: 401 with ``{"resourceType": "OperationOutcome", …}``. Bad: 403; 401 with HTML; 302 to a login page.
    """
    view = ev.record(Need(probe="access.without-token", params=p))
    for control, mutant in view.pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="Bundle" if mutant.http.interaction == "search" else p.type,
            refused=lambda one: one.status == 401 and one.json().resource_type == "OperationOutcome",
            what=f"A {mutant.http.interaction} of {p.type} without a credential",
            expected="401 with an OperationOutcome",
        )
    for kind in ("bare-read", "bare-search"):
        for exchange in view.exchanges(kind):
            if exchange.ok and gives_data(exchange):
                yield Finding(
                    message=f"A {exchange.http.interaction} of {p.type} without any credential gave data.",
                    expected="401 with an OperationOutcome",
                    actual=f"{exchange.status} with data",
                    place=exchange.request.url,
                    evidence=(exchange.id,),
                )
