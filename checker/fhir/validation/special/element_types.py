"""The types of an element definition: what they are constrained to and refer to, and what may be said of them.

Source: http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.definitions.ir import Structure
from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.json_shape import choice, dicts, text, texts

_SOURCE: Final = "http://hl7.org/fhir/R4/elementdefinition-definitions.html"

STRUCTURE_UNKNOWN = rule(
    "element-definition-structure-unknown",
    "warning",
    "exception",
    title="A StructureDefinition or value set that an element names is not at hand",
    why="Whether it fits could not be judged, and validators cannot apply it.",
    fix="Give it to the validator in a package, or mend the canonical.",
    source=f"{_SOURCE}#ElementDefinition.type",
)
STRUCTURE = rule(
    "element-definition-structure",
    "error",
    "exception",
    title="The StructureDefinition that an element names does not fit its type",
    why="No value can be of the type and satisfy it.",
    fix="Name one of the type; of a resource, where the element refers to one; of a modifier, where it is one.",
    source=f"{_SOURCE}#ElementDefinition.type.profile",
)
ASKED = rule(
    "element-definition-type",
    "error",
    "business-rule",
    title="Something is said of an element that does not go with its type",
    why="Validators cannot act on it.",
    fix="Leave it out, or choose a type that it goes with.",
    source=_SOURCE,
)


def _words(text_: str) -> frozenset[str]:
    return frozenset(text_.split())


_RANGED: Final = _words(
    "integer integer64 decimal instant date dateTime time positiveInt unsignedInt Age Count Distance Duration "
    "Money Quantity MoneyQuantity SimpleQuantity"
)
_LONG: Final = _words(
    "integer integer64 decimal instant string uri date dateTime time canonical code id markdown oid "
    "positiveInt unsignedInt url uuid"
)
_BOUND: Final = _words(
    "string uri code oid url uuid Age CodeableConcept CodeableReference Coding Distance Duration Quantity "
    "Range Extension MoneyQuantity SimpleQuantity"
)
_TARGETED: Final = frozenset({"Reference", "canonical", "CodeableReference"})
_CANONICAL: Final = _words(
    "ActivityDefinition CapabilityStatement ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap "
    "EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable ExampleScenario GraphDefinition "
    "ImplementationGuide Library Measure MessageDefinition NamingSystem OperationDefinition PlanDefinition "
    "Questionnaire ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis SearchParameter "
    "StructureDefinition StructureMap TerminologyCapabilities TestScript ValueSet Resource "
    "SubstanceSpecification"
)
_SYSTEM: Final = "http://hl7.org/fhirpath/"


def check(run: Run, element: Node, path: str, snapshot: bool) -> None:
    """Judge the types of one element, and what goes with them."""
    held: dict[str, Any] = element.value
    codes: set[str] = set()
    for index, one in enumerate(dicts(held.get("type"))):
        code = text(one.get("code"))
        if code is None or code.startswith(_SYSTEM):
            continue
        codes.add(code)
        where = f"type[{index}]"
        for place, canonical in enumerate(texts(one.get("profile"))):
            _profile(run, element, path, code, canonical, f"{where}.profile[{place}]")
        targets = texts(one.get("targetProfile"))
        if targets and code not in _TARGETED:
            said = f"Only references and canonicals have targets, not a {code}."
            run.report(ASKED, element, said, below=where, found=code)
            continue
        for place, canonical in enumerate(targets):
            _target(run, element, code, canonical, f"{where}.targetProfile[{place}]")
    if not codes or any(run.library.type(code) is None for code in codes):
        return
    for name, allowed in (("maxLength", _LONG), ("minValue", _RANGED), ("maxValue", _RANGED), ("binding", _BOUND)):
        if (name in held or choice(held, name)[0]) and not codes & allowed:
            kinds = ", ".join(sorted(codes))
            run.report(ASKED, element, f"{name} does not go with the type {kinds}.", found=name)
    if snapshot:
        _values(run, element, held, codes)
    _binding(run, element, held.get("binding"))


def _values(run: Run, element: Node, held: dict[str, Any], codes: set[str]) -> None:
    known = {code.lower() for code in codes}
    for stem in ("defaultValue", "fixed", "pattern"):
        kind, _ = choice(held, stem)
        if kind and kind.lower() not in known:
            kinds = ", ".join(sorted(codes))
            said = f"The value of {stem} is a {kind}, but the element is of type {kinds}."
            run.report(ASKED, element, said, below=f"{stem}{kind}", found=kind, allowed=kinds)


def _is_a(run: Run, structure: Structure, code: str) -> bool:
    step: Structure | None = structure
    for _ in range(20):
        if step is None:
            return False
        if code in (step.type, step.url):
            return True
        step = run.library.structure(step.base) if step.base is not None else None
    return False


def _profile(run: Run, element: Node, path: str, code: str, canonical: str, where: str) -> None:
    if canonical.startswith("#") or "#" in canonical:
        return
    structure = run.library.structure(canonical)
    if structure is None:
        said = f"The StructureDefinition '{canonical}' is not at hand."
        run.report(STRUCTURE_UNKNOWN, element, said, below=where, found=canonical)
        return
    if not _is_a(run, structure, code):
        said = f"'{canonical}' is about {structure.type}, not {code}."
        run.report(STRUCTURE, element, said, below=where, found=canonical)
    elif structure.type == "Extension":
        modifier = path.endswith(".modifierExtension")
        if structure.root.is_modifier != modifier:
            what = "is a modifier, but does" if structure.root.is_modifier else "is no modifier, but does"
            stands = "not stand in modifierExtension" if structure.root.is_modifier else "stand in modifierExtension"
            said = f"The extension '{canonical}' {what} {stands}."
            run.report(STRUCTURE, element, said, below=where, found=canonical)


def _target(run: Run, element: Node, code: str, canonical: str, where: str) -> None:
    structure = run.library.structure(canonical)
    if structure is None:
        said = f"The StructureDefinition '{canonical}' is not at hand."
        run.report(STRUCTURE_UNKNOWN, element, said, below=where, found=canonical)
    elif structure.kind == "logical":
        return
    elif code == "canonical" and structure.type not in _CANONICAL:
        said = f"'{canonical}' is about {structure.type}, which no canonical leads to."
        run.report(STRUCTURE, element, said, below=where, found=canonical)
    elif code != "canonical" and structure.kind != "resource":
        said = f"'{canonical}' is about {structure.type}, which is no resource."
        run.report(STRUCTURE, element, said, below=where, found=canonical)


def _binding(run: Run, element: Node, binding: Any) -> None:
    value_set = text(binding.get("valueSet")) if isinstance(binding, dict) else None
    if value_set is None or value_set.startswith("#"):
        return
    if run.library.raw(value_set, "ValueSet") is not None:
        return
    other = run.library.raw(value_set)
    if other is not None:
        said = f"'{value_set}' is a {other.get('resourceType')}, not a ValueSet."
        run.report(STRUCTURE, element, said, below="binding", found=value_set)
    else:
        said = f"The value set '{value_set}' is not at hand."
        run.report(STRUCTURE_UNKNOWN, element, said, below="binding", found=value_set)
