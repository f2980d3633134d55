"""What every check on a body has to say first: was there one, and is it FHIR JSON at all?"""

from __future__ import annotations

from typing import Any

from checker.fhir import bundle
from checker.model.terms import Reason
from checker.model.verdict import Finding, Undecided
from checker.model.view import Exchange, RecordView

_NOT_THE_SUPPLIER = frozenset({401, 403, 407, 408, 429, 502, 503, 504})
"""Statuses that say nothing about what is asked: no access, or a gateway in trouble."""


def answer(view: RecordView, role: str, what: str) -> Exchange | Undecided:
    """The exchange in that role if it has a response, else why not."""
    exchange = view.exchange(role)
    if exchange is None:
        return view.undecided(what)
    return unanswered(exchange, what) or exchange


def unanswered(exchange: Exchange, what: str) -> Undecided | None:
    """Why there is nothing to judge in an exchange; None if there is an answer."""
    if exchange.response is not None:
        return None
    reason = exchange.failure.reason if exchange.failure else Reason.NETWORK
    message = exchange.failure.message if exchange.failure else "no answer"
    return Undecided(reason=reason, message=f"{what}: {message}", evidence=(exchange.id,))


def not_the_supplier(exchange: Exchange, what: str) -> Undecided | None:
    """The doubt in an answer that says nothing about what was asked: no access, or a gateway in trouble."""
    if exchange.status not in _NOT_THE_SUPPLIER:
        return None
    reason = Reason.AUTH if exchange.status in (401, 403, 407) else Reason.NETWORK
    return Undecided(reason=reason, message=f"{what} was answered with {exchange.status}", evidence=(exchange.id,))


def cut_off(exchange: Exchange, what: str) -> Undecided | None:
    """The doubt in an answer whose body cannot be looked at; None if it can."""
    if exchange.failure is None and not exchange.lost:
        return None
    reason = exchange.failure.reason if exchange.failure else exchange.evidence.withheld or Reason.NO_DATA
    return Undecided(reason=reason, message=f"{what}: the body cannot be looked at", evidence=(exchange.id,))


def resource_of(exchange: Exchange, resource_type: str, what: str) -> dict[str, Any] | Finding | Undecided:
    """The resource in a successful answer, or the finding or doubt that stands in the way.

    401, 403, 429 and gateway errors are doubts, since they say nothing about FHIR; any other
    status that is not 200, and a body that is not the resource, are findings.
    """
    nothing = unanswered(exchange, what)
    if nothing is not None:
        return nothing
    url = exchange.request.url
    elsewhere = not_the_supplier(exchange, what)
    if elsewhere is not None:
        return elsewhere
    if exchange.status == 406 or (exchange.status == 200 and is_xml(exchange)):
        message = f"{what}: no JSON is offered, and XML is not read yet"
        return Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    expected = f"200 with a {resource_type} resource in FHIR JSON"
    if exchange.status != 200:
        return Finding(
            message=f"{what} was answered with {exchange.status}.",
            expected=expected,
            actual=str(exchange.status),
            place=url,
            evidence=(exchange.id,),
        )
    unread = cut_off(exchange, what)
    if unread is not None:
        return unread
    body = exchange.json()
    if body.problem:
        return Finding(
            message=f"{what}: the body cannot be read as FHIR JSON.",
            expected=expected,
            actual=body.problem,
            place=url,
            evidence=(exchange.id,),
        )
    if body.resource_type != resource_type or not isinstance(body.value, dict):
        return Finding(
            message=f"{what}: the answer is not a {resource_type}.",
            expected=expected,
            actual=f"resourceType {_type_name(body.resource_type)}",
            place=f"{url}#/resourceType",
            evidence=(exchange.id,),
        )
    return body.value


def is_fhir(exchange: Exchange) -> bool:
    """Is there a resource in the body, or FHIR in XML? A page of HTML says nothing about how FHIR is served."""
    return bool(exchange.json().resource_type) or is_xml(exchange)


def is_xml(exchange: Exchange) -> bool:
    """Is the body labelled as FHIR in XML, which is not read yet?"""
    return (exchange.header("Content-Type") or "").partition(";")[0].strip().lower() == "application/fhir+xml"


def _type_name(found: str) -> str:
    """A type name may stand in a report; whatever else a body says in its place may not."""
    if not found:
        return "missing"
    return found if found.isascii() and found.isalnum() and len(found) <= 40 else "that is no type name"


def gives_data(exchange: Exchange) -> bool:
    """Does the answer hold a record: a resource that is no OperationOutcome, bare or in a Bundle?"""
    body = exchange.json()
    if body.resource_type == "Bundle":
        resources = [entry.get("resource") for _, entry in bundle.entries(body.value)]
        kinds = [r.get("resourceType") for r in resources if isinstance(r, dict)]
    else:
        kinds = [body.resource_type]
    return any(kind and kind != "OperationOutcome" for kind in kinds)
