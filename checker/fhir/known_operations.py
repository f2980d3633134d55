"""Operations of R4 that read and change nothing, as far as they can be called without knowing the server's data.

Source: http://hl7.org/fhir/R4/operationslist.html; each OperationDefinition says ``affectsState`` false.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.fhir import statement as stated
from checker.model.value import Value

_HOME = "http://hl7.org/fhir/OperationDefinition/"
_GENDER = "http://hl7.org/fhir/administrative-gender"
_GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"


class ReadOnly(Value, frozen=True, kw_only=True):
    """One operation: on which type it stands, whether on an instance of it, with which query, and what it gives."""

    definition: str
    """The end of its canonical."""
    name: str
    type: str
    of_instance: bool = False
    query: tuple[tuple[str, str], ...] = ()
    gives: str

    @property
    def role(self) -> str:
        """How it is called in records: ``Patient $everything``."""
        return f"{self.type} ${self.name}"


READ_ONLY = (
    ReadOnly(definition="Patient-everything", name="everything", type="Patient", of_instance=True, gives="Bundle"),
    ReadOnly(
        definition="CodeSystem-lookup",
        name="lookup",
        type="CodeSystem",
        query=(("system", _GENDER), ("code", "male")),
        gives="Parameters",
    ),
    ReadOnly(
        definition="ValueSet-expand", name="expand", type="ValueSet", query=(("url", _GENDERS),), gives="ValueSet"
    ),
    ReadOnly(
        definition="ValueSet-validate-code",
        name="validate-code",
        type="ValueSet",
        query=(("url", _GENDERS), ("system", _GENDER), ("code", "male")),
        gives="Parameters",
    ),
    ReadOnly(definition="Resource-meta", name="meta", type="Patient", of_instance=True, gives="Parameters"),
)
"""Those that are tried, those first that care depends on most."""
VALIDATE = "Resource-validate"


def declared(statement: Any) -> tuple[ReadOnly, ...]:
    """Those of :data:`READ_ONLY` that a CapabilityStatement declares, by type, name and definition of HL7's."""
    found = frozenset(_declared(statement))
    return tuple(one for one in READ_ONLY if (one.type, one.name, one.definition) in found)


def declares_validate(statement: Any, resource_type: str) -> bool:
    """Does it declare $validate for that type?"""
    return (resource_type, "validate", VALIDATE) in frozenset(_declared(statement))


def others(statement: Any) -> int:
    """How many declared operations of resource types are not among them."""
    known = {(one.type, one.name, one.definition) for one in READ_ONLY}
    return sum(1 for one in frozenset(_declared(statement)) if one not in known)


def _declared(statement: Any) -> Iterator[tuple[str, str, str]]:
    """Type, name and end of the definition of each declared operation; the name may be written with its ``$``."""
    for resource in stated.resources(statement):
        kind, listed = resource.get("type"), resource.get("operation")
        for one in listed if isinstance(listed, list) else ():
            name, definition = (one.get("name"), one.get("definition")) if isinstance(one, dict) else (None, None)
            if not (isinstance(kind, str) and isinstance(name, str) and isinstance(definition, str)):
                continue
            canonical = definition.partition("|")[0]
            end = canonical.removeprefix(_HOME) if canonical.startswith(_HOME) else ""
            yield kind, name.removeprefix("$"), end
