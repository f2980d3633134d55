"""What the CapabilityStatement says of UK Core.

Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.supportedProfile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, resource_of
from checker.checks.capability import METADATA
from checker.checks.fhir_judging import UK_CORE, definitions_missing, structure
from checker.fhir import statement as stated
from checker.model.asked import Declared
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_MOST_NAMED = 12


@check(
    "capability.names-uk-core",
    params=Declared,
    needs=lambda p, settings: [METADATA, Need(probe="fhir.declared", params=p)],
    source="http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.supportedProfile",
)
def names_uk_core(ev: EvidenceView, p: Declared) -> Iterator[Statement]:
    """For each type that it serves and UK Core profiles, the CapabilityStatement names a StructureDefinition of it.

    Looked at are ``rest.resource.profile`` and ``rest.resource.supportedProfile``. A StructureDefinition of one's own
    that derives from UK Core's does not show as such here: name UK Core's beside it. Each type that is declared for
    search is also asked for a few resources, which the other requirements then look at.

    Good: ``"supportedProfile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]``.
    Bad: a resource Patient with neither.
    """
    exchange = answer(ev.record(METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    statement = resource_of(exchange, "CapabilityStatement", "GET metadata")
    if not isinstance(statement, dict):
        yield statement
        return
    if why := definitions_missing():
        yield Undecided(reason=Reason.PREREQUISITE, message=f"{why} (--package)", evidence=(exchange.id,))
        return
    served, without = _served(statement)
    if not served:
        message = "the CapabilityStatement lists no resource type that UK Core has a StructureDefinition for"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
        return
    if without:
        yield Finding(
            message="The CapabilityStatement names no StructureDefinition of UK Core for: "
            f"{', '.join(without[:_MOST_NAMED])}{' …' if len(without) > _MOST_NAMED else ''}",
            expected="profile or supportedProfile with the canonical of UK Core",
            actual=f"none for {len(without)} of {len(served)} types",
            place="/rest/resource",
            evidence=(exchange.id,),
            count=len(without),
        )
    what = f"{len(served)} resource types of the CapabilityStatement"
    yield Examined(what=what, evidence=(exchange.id,), interaction="capabilities", count=len(served))


def _served(statement: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The types that UK Core has StructureDefinitions for, and those of them for which none is named."""
    served, without = [], []
    for resource in stated.resources(statement):
        kind = resource.get("type")
        if not isinstance(kind, str) or structure(UK_CORE + kind) is None:
            continue
        served.append(kind)
        listed = resource.get("supportedProfile")
        named = [resource.get("profile"), *(listed if isinstance(listed, list) else ())]
        if not any(isinstance(one, str) and one.startswith(f"{UK_CORE}{kind}") for one in named):
            without.append(kind)
    return sorted(set(served)), sorted(set(without))
