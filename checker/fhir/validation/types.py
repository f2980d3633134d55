"""Which FHIR type is a kind of which.

Source: http://hl7.org/fhir/R4/types.html and http://hl7.org/fhir/R4/resource.html
"""

from __future__ import annotations

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.instance import Node
from checker.fhir.validation.run import Library

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_STEPS = 20


def is_a(library: Library, code: str, wanted: str) -> bool:
    """Whether the type ``code`` is ``wanted``, or comes from it and ``wanted`` is abstract.

    Patient is a DomainResource and a Resource. A code is no string here, though its definition comes from string:
    where a string is asked for, no other type may stand.
    """
    if code == wanted:
        return True
    general = library.type(wanted)
    if general is None or not general.abstract:
        return False
    for _ in range(_STEPS):
        structure = library.type(code)
        if structure is None or not structure.base or not structure.base.startswith(_BASE):
            return False
        code = structure.base.removeprefix(_BASE)
        if code == wanted:
            return True
    return False


def is_base(structure: Structure) -> bool:
    """Whether the structure defines a type itself (and so is judged for every instance of it anyway)."""
    return structure.url == _BASE + structure.type


def type_root(library: Library, node: Node) -> Element | None:
    """The root element of the base definition of the node's type."""
    structure = library.type(node.type) if node.type else None
    return structure.root if structure is not None else None


def codes(element: Element) -> tuple[str, ...]:
    """The type codes of an element, each once."""
    return tuple(dict.fromkeys(kind.code for kind in element.types))
