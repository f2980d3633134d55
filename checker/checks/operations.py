"""Declared operations that read and change nothing. Source: http://hl7.org/fhir/R4/operations.html."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, not_the_supplier, resource_of
from checker.checks.capability import METADATA, statement_in
from checker.fhir import bundle, known_operations
from checker.fhir import statement as stated
from checker.fhir.known_operations import ReadOnly
from checker.model.asked import OfType, ReadOnlyOperations
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_NOT_SERVED = frozenset({404, 405, 501})
_WANTING = frozenset({400, 422})
_ACCEPTED = 202


def _operations(p: ReadOnlyOperations) -> Need:
    return Need(probe="fhir.operations", params=p)


@condition("operations.read-only", needs=lambda p, settings: [METADATA], claim=True)
def read_only(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement declares an operation of HL7's that changes nothing and can be tried.

    Unknown without a statement of a REST server.
    """
    statement = statement_in(ev)
    if not any(True for _ in stated.resources(statement)):
        return None
    return bool(known_operations.declared(statement))


@check(
    "operations.declared-are-served",
    params=ReadOnlyOperations,
    needs=lambda p, settings: [METADATA, _operations(p)],
    source="http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.operation",
)
def declared_are_served(ev: EvidenceView, p: ReadOnlyOperations) -> Iterator[Statement]:
    """A declared operation that reads and changes nothing is there, and gives what its definition says.

    Tried by GET, as such operations must be callable, are those of HL7's that can be called without knowing the data:
    ``$everything`` and ``$meta`` of a patient that search found, ``$lookup``, ``$expand`` and ``$validate-code`` with
    administrative-gender. An operation that wants other parameters (400 or 422 with an OperationOutcome) is there.
    Operations of the supplier's own, and those that write or export, are not tried.

    Good: ``Patient/a1/$everything`` answers with a Bundle in which that patient is.
    Bad: it is declared, and answered with 404, 405 or 501, or with a Bundle of others.
    """
    statement = statement_in(ev)
    view = ev.record(_operations(p))
    tried = [one for one in known_operations.declared(statement) if view.exchange(one.role) is not None]
    left = known_operations.others(statement)
    shown = tuple(one.id for one in ev.record(METADATA).exchanges("metadata"))
    yield Examined(what=f"Operations tried: {len(tried)}. Of other sorts: {left}.", evidence=shown, count=0)
    if not tried:
        yield view.undecided("a declared operation")
    for one in tried:
        what = f"the declared operation {one.role}"
        exchange = answer(view, one.role, what)
        yield from (exchange,) if isinstance(exchange, Undecided) else _judged(exchange, one, what)


def _judged(exchange: Exchange, one: ReadOnly, what: str) -> Iterator[Statement]:
    doubt = not_the_supplier(exchange, what)
    if doubt is not None:
        yield doubt
    elif exchange.status in _WANTING:
        outcome = exchange.json()
        if outcome.resource_type != "OperationOutcome":
            message = f"{what} was answered with {exchange.status} and no OperationOutcome"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        elif "not-supported" in _codes(outcome.value):
            yield _not_served(exchange, what, f"{exchange.status}, not-supported")
        else:
            yield Examined(what=f"{one.role} is there, and wants something more.", evidence=(exchange.id,))
    elif exchange.status in _NOT_SERVED:
        yield _not_served(exchange, what, str(exchange.status))
    elif exchange.status == _ACCEPTED:
        yield Examined(what=f"{one.role} is there, and is answered later.", evidence=(exchange.id,))
    else:
        found = resource_of(exchange, one.gives, what)
        if not isinstance(found, dict):
            yield found
        elif one.name == "everything" and not _holds_its_patient(exchange, found):
            yield Finding(
                message=f"{one.role} gives a Bundle without the patient that it was asked for.",
                expected="the patient among the entries",
                actual="a Bundle without that patient",
                place=f"{exchange.request.url}#/entry",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what=f"{one.role} is there.", evidence=(exchange.id,))


def _holds_its_patient(exchange: Exchange, found: dict[str, Any]) -> bool:
    """On the first page, or the page says that there is more."""
    asked = exchange.request.url.partition("?")[0].split("/")[-2]
    resources = (entry.get("resource") for _, entry in bundle.entries(found))
    there = any(
        isinstance(one, dict) and (one.get("resourceType"), one.get("id")) == ("Patient", asked) for one in resources
    )
    return there or bool(bundle.link(found, "next"))


def _not_served(exchange: Exchange, what: str, actual: str) -> Finding:
    return Finding(
        message=f"{what[0].upper()}{what[1:]} is not served.",
        expected="200, or no declaration of it",
        actual=actual,
        place=exchange.request.url,
        evidence=(exchange.id,),
    )


def _codes(outcome: Any) -> frozenset[str]:
    found = outcome.get("issue") if isinstance(outcome, dict) else None
    codes = [one.get("code") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return frozenset(code for code in codes if isinstance(code, str))


def _validate(p: OfType) -> Need:
    return Need(probe="fhir.validate-operation", params=p)


@condition("operations.validate", needs=lambda p, settings: [METADATA], claim=True)
def validates(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement declares $validate for Patient. Unknown without a statement of a REST server."""
    statement = statement_in(ev)
    if not any(True for _ in stated.resources(statement)):
        return None
    return known_operations.declares_validate(statement, "Patient")


@check(
    "operations.validate-tells",
    params=OfType,
    needs=lambda p, settings: [_validate(p)],
    source="http://hl7.org/fhir/R4/resource-operation-validate.html",
)
def validate_tells(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """$validate answers 200 with an OperationOutcome, for what is valid and for what is not: that is the answer.

    A Patient of nobody is offered, and the same with a gender that FHIR does not have. Nothing is stored by it. Whether
    the fault is seen is a matter of how well a server validates, and not of this requirement.

    Good: 200 with an OperationOutcome whose issue has severity error.
    Bad: 400 or 422 for the invalid one: a client cannot tell its question from a mistake in asking.
    """
    for control, mutant in ev.record(_validate(p)).pairs():
        for exchange, kind in ((control, "valid"), (mutant, "invalid")):
            what = f"$validate of a Patient that is {kind}"
            found = resource_of(exchange, "OperationOutcome", what)
            if isinstance(found, dict):
                yield Examined(what=f"{what} is answered with an OperationOutcome.", evidence=(exchange.id,))
            else:
                yield found
