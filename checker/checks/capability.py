"""The CapabilityStatement: what the server says of itself.

Source: http://hl7.org/fhir/R4/capabilitystatement.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import answer, resource_of
from checker.fhir import statement as stated
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

METADATA = Need(probe="fhir.capabilities", params=NoParams())
_REQUIRED = ("status", "date", "kind", "fhirVersion", "format")


@check(
    "capability.is-served",
    needs=lambda p, settings: [METADATA],
    source="http://hl7.org/fhir/R4/codesystem-capability-statement-kind.html",
)
def is_served(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """GET [base]/metadata answers with 200 and a CapabilityStatement.

    What the statement says is not looked at here. It may be open to all or need a credential: it
    is asked for as everything else is, and a 401 or 403 decides nothing.

    Good: 200 with ``{"resourceType": "CapabilityStatement", …}``.
    Bad: 404, an HTML page, or another resource.
    """
    exchange = answer(ev.record(METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    statement = resource_of(exchange, "CapabilityStatement", "GET metadata")
    if not isinstance(statement, dict):
        yield statement
        return
    what = "GET metadata answered with a CapabilityStatement."
    yield Examined(what=what, evidence=(exchange.id,), interaction="capabilities")


@check(
    "capability.r4-instance",
    needs=lambda p, settings: [METADATA],
    source="http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.fhirVersion",
)
def r4_instance(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """GET [base]/metadata answers with a CapabilityStatement of this FHIR version, for an instance.

    It must carry status, date, kind, fhirVersion and format (each 1..1 or 1..*), name the version
    that the profile sets (4.0.1 for R4), and speak of a running instance (kind ``instance``),
    since a running server describes itself and not a kind of software.

    Good: ``{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance", …}``.
    Bad: ``{"resourceType": "CapabilityStatement", "fhirVersion": "4.3.0", "kind": "capability"}``.
    """
    exchange = answer(ev.record(METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    statement = resource_of(exchange, "CapabilityStatement", "GET metadata")
    if not isinstance(statement, dict):
        yield statement
        return
    for name in _REQUIRED:
        if not statement.get(name):
            yield Finding(
                message=f"The CapabilityStatement has no {name}.",
                expected=f"{name} with a value",
                actual="missing or empty",
                place=f"/{name}",
                evidence=(exchange.id,),
            )
    for name, wanted in (("fhirVersion", ev.settings.fhir_version), ("kind", "instance")):
        found = statement.get(name)
        if found and found != wanted:
            yield Finding(
                message=f"The CapabilityStatement says {name} {str(found)[:40]!r}.",
                expected=wanted,
                actual=str(found)[:40],
                place=f"/{name}",
                evidence=(exchange.id,),
            )
    yield Examined(what="The CapabilityStatement was read.", evidence=(exchange.id,), interaction="capabilities")


class Interaction(Params, frozen=True, kw_only=True):
    """A resource type and an interaction code of http://hl7.org/fhir/R4/valueset-type-restful-interaction.html."""

    type: str
    interaction: str


@condition("capability.interaction", params=Interaction, needs=lambda p, settings: [METADATA], claim=True)
def interaction(ev: EvidenceView, p: Interaction) -> bool | None:
    """The CapabilityStatement claims this interaction for this resource type.

    Unknown when there is no readable statement, or one that lists no REST interface at all: an
    empty statement claims nothing, and nothing follows from it.
    """
    resources = list(stated.resources(statement_in(ev)))
    if not resources:
        return None
    named = [resource.get("interaction", []) for resource in resources if resource.get("type") == p.type]
    if not all(isinstance(codes, list) for codes in named):
        return None  # nothing follows from what cannot be read
    codes = [one.get("code") if isinstance(one, dict) else None for several in named for one in several]
    if p.interaction in codes:
        return True
    return False if all(isinstance(code, str) for code in codes) else None


class SearchParameter(Params, frozen=True, kw_only=True):
    """A resource type and the name of a search parameter."""

    type: str
    name: str


@condition("capability.search-parameter", params=SearchParameter, needs=lambda p, settings: [METADATA], claim=True)
def search_parameter(ev: EvidenceView, p: SearchParameter) -> bool | None:
    """The CapabilityStatement claims this search parameter, for this resource type or for all of them.

    Unknown when there is no readable statement, or one that lists no REST interface at all.
    """
    statement = statement_in(ev)
    resources = list(stated.resources(statement))
    if not resources:
        return None
    parts = [*stated.rests(statement), *(resource for resource in resources if resource.get("type") == p.type)]
    listed = [stated.parameters(part) for part in parts]
    if any(names is not None and p.name in names for names in listed):
        return True
    return None if None in listed else False  # nothing follows from what cannot be read


def statement_in(ev: EvidenceView) -> object:
    """The parsed CapabilityStatement; None when there is none that can be read."""
    exchange = ev.record(METADATA).exchange("metadata")
    if exchange is None or not exchange.ok:
        return None
    body = exchange.json()
    return body.value if body.resource_type == "CapabilityStatement" else None
