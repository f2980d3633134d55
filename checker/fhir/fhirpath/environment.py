"""What an expression is evaluated in: its resources, constants, and the services that it may call.

Source: FHIRPath N1 §9; http://hl7.org/fhir/R4/fhirpath.html#variables and #functions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from checker.fhir.fhirpath.conversion import UCUM, Collection
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.instance import Node, Types

FIXED = {
    "ucum": UCUM,
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "us-zip": "[0-9]{5}(-[0-9]{4}){0,1}",
}
_PREFIXED = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "cs-": "http://hl7.org/fhir/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}


class Environment:
    """The environment of an evaluation. All is optional; what is absent and asked for is a :class:`FHIRPathError`.

    - ``types``: the FHIR types; by default those of the focus.
    - ``resource``, ``root_resource``: by default those of the focus. ``context`` is the focus itself.
    - ``constants``: further ``%name`` values.
    - ``resolve(text, node)``: the node that a reference points to, or None. Contained resources are found without it.
    - ``member_of(value_set, item)``: whether a code, Coding or CodeableConcept is in a value set; None when unknown.
    - ``conforms_to(canonical, node)``: whether a node satisfies a StructureDefinition; None when that is not held.
    - ``html_checks(node)``: whether a narrative's XHTML keeps FHIR's rules.
    - ``in_slice(canonical, name, node)``: whether a node is in a slice; None when the slice is not held.
    - ``element_definition(node)``: the ElementDefinition of a node as a node, or None.
    - ``subsumes(code, other)``: whether a coding subsumes another; None when unknown.
    - ``now``: the instant of the evaluation, with a time zone.
    - ``trace(name, items)`` takes what ``trace()`` sees.
    """

    __slots__ = (
        "conforms_to",
        "constants",
        "context",
        "element_definition",
        "html_checks",
        "in_slice",
        "member_of",
        "now",
        "resolve",
        "resource",
        "root_resource",
        "subsumes",
        "trace",
        "types",
    )

    def __init__(
        self,
        *,
        types: Types | None = None,
        resource: Node | None = None,
        root_resource: Node | None = None,
        context: Collection | None = None,
        constants: Mapping[str, Collection] | None = None,
        resolve: Callable[[str, Node | None], Node | None] | None = None,
        member_of: Callable[[str, Any], bool | None] | None = None,
        conforms_to: Callable[[str, Node], bool | None] | None = None,
        html_checks: Callable[[Node], bool] | None = None,
        in_slice: Callable[[str, str, Node], bool | None] | None = None,
        element_definition: Callable[[Node], Node | None] | None = None,
        subsumes: Callable[[Any, Any], bool | None] | None = None,
        now: datetime | None = None,
        trace: Callable[[str, Collection], None] | None = None,
    ) -> None:
        self.types = types
        self.resource = resource
        self.root_resource = root_resource
        self.context = context
        self.constants = dict(constants or {})
        self.resolve = resolve
        self.member_of = member_of
        self.conforms_to = conforms_to
        self.html_checks = html_checks
        self.in_slice = in_slice
        self.element_definition = element_definition
        self.subsumes = subsumes
        self.now = now
        self.trace = trace

    def types_for(self, items: Collection) -> Types | None:
        """The types to look names up in."""
        if self.types is not None:
            return self.types
        for item in (*items, *(self.context or ())):
            if isinstance(item, Node):
                return item.tree.types
        return None

    def constant(self, name: str, focus: Collection) -> Collection:
        """The value of ``%name``. Raises :class:`FHIRPathError` when there is none."""
        if name in self.constants:
            return list(self.constants[name])
        if name == "context":
            return self.context if self.context is not None else focus
        if name in ("resource", "rootResource"):
            return self._resource(name, focus)
        if name in FIXED:
            return [FIXED[name]]
        for prefix, base in _PREFIXED.items():
            if name.startswith(prefix):
                return [base + name.removeprefix(prefix)]
        if name == "terminologies":
            raise FHIRPathError(
                "%terminologies is a terminology server, and none is asked here; memberOf() is answered"
            )
        raise FHIRPathError(f"there is no constant %{name}")

    def _resource(self, name: str, focus: Collection) -> Collection:
        held = self.resource if name == "resource" else self.root_resource
        if held is not None:
            return [held]
        for item in self.context if self.context is not None else focus:
            if isinstance(item, Node):
                return [item.resource if name == "resource" else item.root_resource]
        return []

    def is_constant(self, name: str) -> bool:
        """Whether the name is taken by the environment itself."""
        return (
            name in self.constants
            or name in FIXED
            or name in ("context", "resource", "rootResource")
            or name.startswith(tuple(_PREFIXED))
        )
