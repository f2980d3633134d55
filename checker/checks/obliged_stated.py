"""What an API obliges a server to say of itself: types, parameters, StructureDefinitions, operations.

Each check is generic; what is asked for comes from the obligations of a profile. Source: docs/obligations.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, not_the_supplier, resource_of
from checker.checks.capability import METADATA, statement_in
from checker.checks.shapes import problems
from checker.fhir import statement as stated
from checker.model.need import Need
from checker.model.obliged import ClaimedStructure, Offered, Operation, StatementShape
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_CAPABILITY = "http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource"
_NOT_THERE = frozenset({404, 405, 501})


def _statement(ev: EvidenceView) -> dict[str, Any] | Finding | Undecided:
    exchange = answer(ev.record(METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        return exchange
    return resource_of(exchange, "CapabilityStatement", "GET metadata")


def _at(ev: EvidenceView) -> tuple[str, ...]:
    return tuple(one.id for one in ev.record(METADATA).exchanges("metadata"))


def _of_type(statement: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in stated.resources(statement) if one.get("type") == kind]


@check("obliged.declared", params=Offered, needs=lambda p, settings: [METADATA], source=_CAPABILITY)
def declared(ev: EvidenceView, p: Offered) -> Iterator[Statement]:
    """The CapabilityStatement lists these interactions, search parameters and includes for the type.

    A search parameter may also be listed for all types (``rest.searchParam``). That they work is for other
    requirements; here it is what the server says of itself.

    Good: ``{"type": "Patient", "interaction": [{"code": "search-type"}], "searchParam": [{"name": "identifier", …}]}``.
    Bad: the type is missing, or the parameter works and is not listed.
    """
    statement = _statement(ev)
    if not isinstance(statement, dict):
        yield statement
        return
    resources = _of_type(statement, p.type)
    if not resources:
        yield Finding(
            message=f"The CapabilityStatement does not list {p.type}.",
            expected=f"rest.resource of type {p.type}",
            actual="no such resource",
            place="/rest/resource",
            evidence=_at(ev),
        )
        return
    listed: dict[str, set[str]] = {
        "interaction": set().union(*(_texts(one.get("interaction"), "code") for one in resources)),
        "searchParam": set().union(
            *(_texts(one.get("searchParam"), "name") for one in (*resources, *stated.rests(statement)))
        ),
        "searchInclude": set().union(*(_texts(one.get("searchInclude"), "") for one in resources)),
    }
    wanted = {"interaction": p.interactions, "searchParam": p.search, "searchInclude": p.includes}
    for place, names in wanted.items():
        missing = [name for name in names if name not in listed[place] and "*" not in listed[place]]
        if missing:
            yield Finding(
                message=f"The CapabilityStatement does not list for {p.type}: {', '.join(missing)}.",
                expected=f"{place} with {', '.join(missing)}",
                actual=f"{len(missing)} of {len(names)} missing",
                place=f"/rest/resource/{place}",
                evidence=_at(ev),
                count=len(missing),
            )
    said = f"The CapabilityStatement was held against what is asked for {p.type}."
    yield Examined(what=said, evidence=_at(ev), interaction="capabilities")


def _texts(listed: Any, key: str) -> set[str]:
    found = listed if isinstance(listed, list) else ()
    texts = [one.get(key) if isinstance(one, dict) else one for one in found] if key else found
    return {one for one in texts if isinstance(one, str)}


@check("obliged.statement", params=StatementShape, needs=lambda p, settings: [METADATA], source=_CAPABILITY)
def statement_holds(ev: EvidenceView, p: StatementShape) -> Iterator[Statement]:
    """The CapabilityStatement holds the elements that this API asks for.

    Good: ``messaging.supportedMessage`` is there where the API exchanges messages.
    Bad: it is not.
    """
    statement = _statement(ev)
    if not isinstance(statement, dict):
        yield statement
        return
    for place, expected, actual in problems(statement, p.expect):
        yield Finding(
            message=f"The CapabilityStatement does not hold {place} as asked.",
            expected=expected,
            actual=actual,
            place=f"/{place.replace('.', '/')}",
            evidence=_at(ev),
        )
    yield Examined(what="The CapabilityStatement was read.", evidence=_at(ev), interaction="capabilities")


@check(
    "obliged.structure-definition",
    params=ClaimedStructure,
    needs=lambda p, settings: [METADATA],
    source=f"{_CAPABILITY}.supportedProfile",
)
def structure_definition(ev: EvidenceView, p: ClaimedStructure) -> Iterator[Statement]:
    """The CapabilityStatement claims this StructureDefinition for the type.

    Looked at are ``profile`` and ``supportedProfile`` of the type; in STU3 a ``profile`` is a reference, and the
    statement's own ``profile`` lists all of them. A version behind ``|`` is free. Whether records conform is for the
    requirements that look at records.

    Good: ``"supportedProfile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]``.
    Bad: neither names it.
    """
    statement = _statement(ev)
    if not isinstance(statement, dict):
        yield statement
        return
    named: list[Any] = []
    for part in (*_of_type(statement, p.type), {"supportedProfile": statement.get("profile")}):
        listed = part.get("supportedProfile")
        named += [part.get("profile"), *(listed if isinstance(listed, list) else ())]
    texts = [one.get("reference") if isinstance(one, dict) else one for one in named]
    if any(isinstance(one, str) and one.partition("|")[0] == p.canonical for one in texts):
        said = f"The CapabilityStatement claims {p.canonical.rpartition('/')[2]}."
        yield Examined(what=said, evidence=_at(ev), interaction="capabilities")
        return
    yield Finding(
        message=f"The CapabilityStatement does not claim {p.canonical.rpartition('/')[2]} for {p.type}.",
        expected=p.canonical,
        actual="not among profile and supportedProfile",
        place="/rest/resource/supportedProfile",
        evidence=_at(ev),
    )


def _operation_needs(p: Operation) -> list[Need]:
    return [METADATA, *([Need(probe="obliged.operation", params=p)] if p.ask != "never" else [])]


@check(
    "obliged.operation",
    params=Operation,
    needs=lambda p, settings: _operation_needs(p),
    source="http://hl7.org/fhir/R4/operations.html",
)
def operation(ev: EvidenceView, p: Operation) -> Iterator[Statement]:
    """The CapabilityStatement lists the operation, and it is there.

    It is called without what it needs, if that changes nothing; so is one that nobody has. 404, 405 or 501 says that it
    is not there, unless the other one is answered otherwise; where both get one answer, nothing is decided.
    An operation that changes something is not called: then the statement alone is looked at.

    Good: ``POST Patient/$match`` without parameters gives 400 or 422, and ``$no-such-operation`` gives 404.
    Bad: both give 404; or the statement does not list it.
    """
    statement = statement_in(ev)
    name = p.name.removeprefix("$")
    parts = [*stated.rests(statement), *(one for one in stated.resources(statement) if one.get("type") == p.type)]
    named: set[str] = set().union(*(_texts(part.get("operation"), "name") for part in parts))
    if not isinstance(statement, dict):
        yield ev.record(METADATA).undecided("the CapabilityStatement")
    elif name not in named and p.name not in named:
        yield Finding(
            message=f"The CapabilityStatement does not list the operation {p.name}.",
            expected=f"operation with name {name}",
            actual="no such operation",
            place="/rest/resource/operation" if p.type else "/rest/operation",
            evidence=_at(ev),
        )
    else:
        yield Examined(what=f"{p.name} is listed.", evidence=_at(ev), interaction="capabilities")
    if p.ask != "never":
        yield from _is_there(ev, p)


def _differ(one: Exchange, other: Exchange) -> bool:
    return one.json().resource_type != other.json().resource_type


def _is_there(ev: EvidenceView, p: Operation) -> Iterator[Statement]:
    view = ev.record(Need(probe="obliged.operation", params=p))
    asked = answer(view, "asked", f"the call of {p.name}")
    nobodys = answer(view, "nobodys", "the call of an operation that nobody has")
    if isinstance(asked, Undecided):
        yield asked
        return
    doubt = not_the_supplier(asked, f"the call of {p.name}")
    if doubt is not None:
        yield doubt
    elif asked.status in _NOT_THERE:
        yield Finding(
            message=f"The operation {p.name} is not there: answered with {asked.status}.",
            expected="its result, or 400 or 422 for what is missing",
            actual=str(asked.status),
            place=asked.request.url,
            evidence=(asked.id,),
        )
    elif isinstance(nobodys, Undecided):
        yield nobodys
    elif nobodys.status == asked.status and not (asked.ok and _differ(asked, nobodys)):
        message = f"{p.name} and an operation that nobody has are both answered with {asked.status}"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(asked.id, nobodys.id))
    else:
        yield Examined(what=f"{p.name} is there.", evidence=(asked.id, nobodys.id), interaction="operation")
