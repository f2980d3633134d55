"""What FHIRPath expressions ask of a validation: references, value sets, StructureDefinitions and their slices.

Source: http://hl7.org/fhir/R4/fhirpath.html#functions
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.instance import Node, Tree
from checker.fhir.validation.coded import coded_values
from checker.fhir.validation.run import Run

if TYPE_CHECKING:
    from checker.fhir.fhirpath import Environment


class Services:
    """Answers for the expressions of one node. ``unknown`` names what could not be answered, or is None."""

    __slots__ = ("run", "unknown")

    def __init__(self, run: Run) -> None:
        self.run = run
        self.unknown: str | None = None

    def environment(self, focus: Node, at: Node, now: datetime | None = None) -> Environment:
        """Where an expression on ``focus`` is evaluated; ``%resource`` is the one round ``at``."""
        from checker.fhir.fhirpath import Environment

        return Environment(
            types=self.run.library,
            resource=at.resource,
            root_resource=at.root_resource,
            context=[focus],
            resolve=self.resolve,
            member_of=self.member_of,
            conforms_to=self.conforms_to,
            html_checks=self.html_checks,
            in_slice=self.in_slice,
            element_definition=self.element_definition,
            now=now,
        )

    def resolve(self, reference: str, node: Node | None) -> Node | None:
        """The resource that a reference leads to, where it is at hand."""
        return self.run.resolver.resolve(reference, node).node if node is not None else None

    def member_of(self, value_set: str, item: Any) -> bool | None:
        """Is a code, Coding or CodeableConcept in the value set? None when that is not known."""
        value, kind = (item.value, item.type) if isinstance(item, Node) else (item, "code")
        outcomes = [
            self.run.terminology.validate(value_set, system, code, code_only=bare).outcome
            for system, code, bare in coded_values(value, kind)
        ]
        if "in" in outcomes:
            return True
        if "unknown" in outcomes:
            self.unknown = value_set
            return None
        return False

    def conforms_to(self, canonical: str, node: Node) -> bool | None:
        """Does a node meet a StructureDefinition? None when that is not held."""
        from checker.fhir.validation.walk import attempt

        structure = self.run.library.structure(canonical)
        if structure is None:
            self.unknown = canonical
            return None
        return not attempt(self.run, node, structure).failed

    def html_checks(self, node: Node) -> bool:
        """Does a narrative keep the rules of XHTML in FHIR?"""
        from checker.fhir.validation.special.narrative import html_checks

        return html_checks(node.value) if isinstance(node.value, str) else True

    def in_slice(self, canonical: str, name: str, node: Node) -> bool | None:
        """Is a node in that slice of its element in a StructureDefinition? None when there is no such slice."""
        from checker.fhir.validation.slicing import members

        structure = self.run.library.structure(canonical)
        if structure is None:
            self.unknown = canonical
            return None
        element = _element_of(structure, node)
        if element is None or all(one.slice_name != name for one in element.slices):
            return None
        return bool(members(self.run, element, name, [node]))

    def element_definition(self, node: Node) -> Node | None:
        """The ElementDefinition of R4 that a node is declared by; that of its type for the root of a resource."""
        declared = node.declared
        url = declared.structure if declared is not None and node.name != "contained" else None
        identity = declared.id if url is not None and declared is not None else node.type
        structure = self.run.library.type(node.type) if url is None else None
        url = url or (structure.url if structure is not None else None)
        raw = self.run.library.raw(url, "StructureDefinition") if url is not None else None
        if raw is None:
            return None
        for snapshot in Tree(raw, self.run.library).root.children("snapshot"):
            for one in snapshot.children("element"):
                if (one.text("id") or one.text("path")) == identity:
                    return one
        return None


def _element_of(structure: Structure, node: Node) -> Element | None:
    """The element of the StructureDefinition that a node is an occurrence of, below the nearest node of its type."""
    names: list[str] = []
    at: Node | None = node
    while at is not None and at.type != structure.type:
        names.append(at.name)
        at = at.parent
    element: Element | None = structure.root if at is not None else None
    for name in reversed(names):
        if element is None:
            return None
        element = next((one for one in element.children.values() if one.plain_name == name), None)
    return element
