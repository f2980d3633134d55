"""A small resource that shows one element: what the StructureDefinition demands, and that element besides.

Fixed and patterned values are taken over, a required binding gives the first code of its value set, and everything
else is invented (:mod:`checker.fhir.example.values`). Nothing here says that the result is valid: who hands it out
asks the validator.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from checker.fhir.definitions.ir import Element, ElementType, Structure
from checker.fhir.example.codes import first_code
from checker.fhir.example.values import complex_, identifier, primitive

_DEEPEST = 8
_COMPANIONS = {
    "AllergyIntolerance": ("clinicalStatus",),
    "Appointment": ("start", "end"),
    "Appointment.participant": ("actor",),
    "Consent": ("policyRule",),
    "MedicationAdministration.dosage": ("dose",),
    "Organization": ("name",),
    "RequestGroup.action": ("resource",),
}
"""Path → what an invariant of R4 asks for there, though nothing of it is mandatory."""
_CHOSEN = {"Questionnaire.item.type": "string"}
"""Path → code, where the first of its value set would ask for more."""
_EXAMPLE = "example"
_CODED = ("CodeableConcept", "Coding", "Quantity")
"""What is fixed below these says what they mean: they are nothing without it."""
_CODINGS = ((ElementType(code="CodeableConcept"),), (ElementType(code="Coding"),))


def example_of(
    definitions: Any, structure: Structure, element: str, *, type_: str = "", target: str = ""
) -> dict[str, Any]:
    """A resource of ``structure`` that shows the element of that id.

    ``type_``: the type that a choice is to have. ``target``: the resource type that a reference is to lead to.
    """
    return _Builder(definitions, element, type_, target).resource(structure)


class _Builder:
    def __init__(self, definitions: Any, wanted: str, type_: str, target: str) -> None:
        self._definitions = definitions
        self._wanted = wanted
        self._type = type_
        self._target = target

    def resource(self, structure: Structure) -> dict[str, Any]:
        """The whole resource."""
        made: dict[str, Any] = {"resourceType": structure.type, "id": _EXAMPLE}
        if structure.derivation == "constraint":
            made["meta"] = {"profile": [structure.url]}
        self._fill(made, structure.root, 0)
        return made

    def _fill(self, made: dict[str, Any], element: Element, depth: int, *, deep: bool = False) -> None:
        """Add what an element demands below it, and what is wanted; what stands there is left as it is.

        ``deep``: what is fixed too, though it is not mandatory.
        """
        wanted = _COMPANIONS.get(element.path, ())
        for child in element.children.values():
            for one in self._to_make(child, child.name in wanted or (deep and _demands(child))):
                self._put(made, child, one, depth)

    def _to_make(self, child: Element, companion: bool) -> list[Element]:
        """The element itself or its slices, each once."""
        slices = [one for one in child.slices if one.max != 0 and (one.min > 0 or self._leads(one))]
        if slices:  # a blood pressure is two: R4 asks for both, whatever the definition says of the second
            both = child.path == "Observation.component"
            return [one for one in child.slices if one in slices or (both and one.must_support)]
        return [child] if child.max != 0 and (child.min > 0 or companion or self._leads(child)) else []

    def _leads(self, element: Element) -> bool:
        """Is it the element that is wanted, or above it?"""
        return self._wanted == element.id or self._wanted.startswith((f"{element.id}.", f"{element.id}:"))

    def _put(self, made: dict[str, Any], child: Element, one: Element, depth: int) -> None:
        kind = self._type_of(one, child)
        if kind is None or depth > _DEEPEST:
            return
        name = child.plain_name
        if child.choice:
            name += kind.code[:1].upper() + kind.code[1:]
        if name in made and one is child and not self._leads(child):
            return
        old = made.get(name)
        value = self._value(one, child, kind, depth, old if isinstance(old, dict) else None)
        if child.is_list:
            listed = made.setdefault(name, [])
            listed.append(value)
        else:
            made[name] = value

    def _type_of(self, one: Element, child: Element) -> ElementType | None:
        types = one.types or child.types
        if self._wanted in (one.id, child.id) and self._type:
            types = tuple(kind for kind in types if kind.code == self._type) or types
        if self._wanted in (one.id, child.id) and self._target and not self._type:
            types = tuple(kind for kind in types if kind.target_profiles) or types
        return types[0] if types else None

    def _value(self, one: Element, child: Element, kind: ElementType, depth: int, old: dict[str, Any] | None) -> Any:
        fixed = one.fixed or child.fixed
        if fixed is not None:
            return deepcopy(fixed.value)
        pattern = one.pattern or child.pattern
        if pattern is not None and not isinstance(pattern.value, dict):
            return deepcopy(pattern.value)
        simple = primitive(kind.code)
        if simple is not None:
            return self._simple(one, child, kind.code, simple)
        if kind.code == "Reference":
            return self._reference(one, kind)
        if kind.code == "Extension" and kind.profiles:
            return self._extension(kind.profiles[0])
        made = old if old is not None else self._complex(one, child, kind.code, pattern is not None)
        if pattern is not None:
            made = _over(made, pattern.value)
        self._below(made, one, child, kind.code, depth)
        if kind.code == "Identifier" and isinstance(made.get("system"), str):
            made["value"] = identifier(made["system"])
        return made

    def _simple(self, one: Element, child: Element, code: str, simple: Any) -> Any:
        if one.path in _CHOSEN:
            return _CHOSEN[one.path]
        binding = one.binding or child.binding
        if binding is not None and code in ("code", "string", "uri"):
            coded = first_code(self._definitions, binding.value_set)
            if coded is not None:
                return coded["code"]
        if binding is not None and "/mimetypes" in (binding.value_set or ""):
            return "text/plain"
        return simple

    def _complex(self, one: Element, child: Element, code: str, patterned: bool) -> dict[str, Any]:
        binding = one.binding or child.binding
        strict = binding is not None and "required" in (binding.strength, "required" if binding.max_value_set else "")
        own = any(_demands(below) for part in (one, child) for below in part.children.values())
        if code in ("CodeableConcept", "Coding") and not patterned and not own and binding is not None:
            sets = (binding.max_value_set, binding.value_set) if strict else (binding.value_set,)
            coded = next((found for name in sets if (found := first_code(self._definitions, name))), None)
            if coded is not None:
                return {"coding": [coded]} if code == "CodeableConcept" else dict(coded)
        if patterned or (code in ("CodeableConcept", "Coding") and own):
            return {}
        return complex_(code) or {}

    def _below(self, made: dict[str, Any], one: Element, child: Element, code: str, depth: int) -> None:
        """What stands below: as the definition has it, else as the type has it."""
        source = one if one.children else child
        if source.children:
            for name, below in source.children.items():
                if below.fixed is not None and (below.min > 0 or name in made):
                    made[name] = deepcopy(below.fixed.value)
            for name in [name for name, below in source.children.items() if below.max == 0]:
                made.pop(name, None)
            for name, below in source.children.items():
                if name in made and below.slices and below.is_list and any(each.min for each in below.slices):
                    del made[name]
            self._fill(made, source, depth + 1, deep=code in _CODED)
        if code == "Coding" and "code" not in made:
            binding = one.binding or child.binding
            coded = first_code(self._definitions, binding.value_set) if binding is not None else None
            if coded is not None and coded["system"] == made.get("system", coded["system"]):
                made.update(coded)
        if not made:
            found = self._definitions.type(code)
            if found is not None:
                self._fill(made, found.root, depth + 1)
        if not made:
            made["extension"] = [
                {"url": "https://supplier.example/StructureDefinition/example", "valueString": "Example"}
            ]

    def _reference(self, one: Element, kind: ElementType) -> dict[str, Any]:
        target = self._target if self._wanted == one.id else ""
        names = [name for profile in kind.target_profiles if (name := self._target_type(profile)) != "Resource"]
        return {"reference": f"{target or (names[0] if names else 'Patient')}/{_EXAMPLE}"}

    def _target_type(self, profile: str) -> str:
        found = self._definitions.structure(profile)
        return found.type if found is not None else profile.rpartition("/")[2]

    def _extension(self, canonical: str) -> dict[str, Any]:
        found = self._definitions.structure(canonical)
        made: dict[str, Any] = {"url": canonical.partition("|")[0]}
        if found is not None:
            self._fill(made, found.root, 1)
            value = found.root.children.get("value[x]")
            if not any(name.startswith("value") for name in made) and "extension" not in made and value is not None:
                self._put(made, value, value, 1)
        return made


def _demands(element: Element) -> bool:
    """Is something fixed by it, or asked for?"""
    if element.min > 0 or element.fixed or element.pattern or any(one.min for one in element.slices):
        return True
    return any(_demands(below) for below in element.children.values()) if element.types[:1] in _CODINGS else False


def _over(value: Any, pattern: Any) -> Any:
    """What the pattern demands, laid over a value."""
    if isinstance(value, dict) and isinstance(pattern, dict):
        return {**value, **{name: _over(value.get(name), one) for name, one in pattern.items()}}
    return deepcopy(pattern)
