"""A CapabilityStatement: its search parameters have the type of their definition.

Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.searchParam
"""

from __future__ import annotations

from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.in_reach import find

_SOURCE: Final = "http://hl7.org/fhir/R4/capabilitystatement-definitions.html"

SEARCH_TYPE = rule(
    "capability-statement-search-type",
    "error",
    "invalid",
    title="A search parameter has another type than its definition",
    why="Clients write the search by the type that is stated here, and the server reads it by the definition.",
    fix="State the type of the SearchParameter that definition names.",
    source=f"{_SOURCE}#CapabilityStatement.rest.resource.searchParam.type",
)


def check(run: Run, node: Node) -> None:
    """Judge the search parameters whose definition is at hand."""
    for rest in node.children("rest"):
        for holder in (rest, *rest.children("resource")):
            for parameter in holder.children("searchParam"):
                canonical, kind = parameter.text("definition"), parameter.text("type")
                found = find(run, parameter, canonical, "SearchParameter") if canonical is not None else None
                wanted = found[0].get("type") if found is not None else None
                if isinstance(wanted, str) and kind is not None and kind != wanted:
                    said = f"'{parameter.text('name')}' is of type {kind}, but '{canonical}' is of type {wanted}."
                    run.report(SEARCH_TYPE, parameter, said, below="type", found=kind, allowed=wanted)
