"""The CapabilityStatement: what the server says of itself.

Source: http://hl7.org/fhir/R4/capabilitystatement.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, resource_of
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

METADATA = Need(probe="fhir.capabilities", params=NoParams())
_REQUIRED = ("status", "date", "kind", "fhirVersion", "format")


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
    exchange = ev.record(METADATA).exchange("metadata")
    if exchange is None or not exchange.ok:
        return None
    body = exchange.json()
    if body.resource_type != "CapabilityStatement":
        return None
    resources = list(_rest_resources(body.value))
    if not resources:
        return None
    named = [resource.get("interaction", []) for resource in resources if resource.get("type") == p.type]
    if not all(isinstance(codes, list) for codes in named):
        return None  # nothing follows from what cannot be read
    codes = [one.get("code") if isinstance(one, dict) else None for several in named for one in several]
    if p.interaction in codes:
        return True
    return False if all(isinstance(code, str) for code in codes) else None


def _rest_resources(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rests = statement.get("rest")
    for rest in rests if isinstance(rests, list) else ():
        if isinstance(rest, dict) and rest.get("mode") == "server":
            resources = rest.get("resource")
            for resource in resources if isinstance(resources, list) else ():
                if isinstance(resource, dict):
                    yield resource
