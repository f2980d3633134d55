"""Types: ``is``, ``as``, ``ofType`` and ``type()`` against the FHIR and System namespaces.

Source: FHIRPath N1 §6.3 (types), §10 (types and reflection); http://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from typing import Any

from checker.fhir.fhirpath.conversion import system_type
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.values import Quantity, TypeInfo
from checker.fhir.instance import Node, Types

SYSTEM = frozenset({"Any", "Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity"})


def base_of(types: Types, code: str) -> str | None:
    """The code of the type that a FHIR type specializes, or None."""
    structure = types.type(code)
    base = structure.base if structure is not None else None
    return base.rpartition("/")[2] if base else None


def derives(types: Types, code: str, target: str) -> bool:
    """Whether a FHIR type is the target or specializes it."""
    step: str | None = code
    for _ in range(20):
        if step == target:
            return True
        if step is None:
            return False
        step = base_of(types, step)
    return False


def is_type(item: Any, name: str, types: Types | None) -> bool:
    """Whether the item is of the type that the name specifies, or of one below it.

    Raises :class:`FHIRPathError` for a name that is no type.
    """
    namespace, code = _specified(name, types)
    if isinstance(item, Node):
        return namespace != "System" and derives(item.tree.types, item.type, code)
    if isinstance(item, Quantity) and code == "Quantity":
        return namespace != "FHIR"
    return namespace != "FHIR" and (system_type(item) == code or code == "Any")


def narrows(item: Any, name: str, types: Types | None) -> bool:
    """Whether ``as`` and ``ofType`` let the item pass: as ``is``, but a primitive type must be the very one."""
    if not is_type(item, name, types):
        return False
    if not isinstance(item, Node):
        return True
    code = name.rpartition(".")[2]
    structure = item.tree.types.type(code)
    return item.type == code or structure is None or structure.kind != "primitive-type"


def _specified(name: str, types: Types | None) -> tuple[str, str]:
    """Namespace (empty when none was written) and name of a type specifier."""
    namespace, dot, code = name.rpartition(".")
    if dot and namespace not in ("FHIR", "System"):
        raise FHIRPathError(f"{name} is no type: its namespace is not known")
    if namespace == "System":
        return namespace, code
    known = types is None or types.type(code) is not None
    if not known and (namespace == "FHIR" or code not in SYSTEM):
        raise FHIRPathError(f"{name} is no type")
    return namespace, code


def type_info(item: Any) -> TypeInfo:
    """What ``type()`` tells of an item."""
    if isinstance(item, Node):
        base = base_of(item.tree.types, item.type)
        return TypeInfo("FHIR", item.type, f"FHIR.{base}" if base else "System.Any")
    return TypeInfo("System", system_type(item), "System.Any")
