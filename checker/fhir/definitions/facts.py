"""The facts of a definition: what the embedded packs keep of it (``pack.expanded`` leads back to FHIR's own form).

Left out is what describes (texts, publishers, dates, mappings, examples) and what repeats: ids that follow from path
and slice name, a ``base`` that is the element's own, ``min`` 0 and ``max`` ``*``, the constraints of *Element* and
*Extension* that stand on every element and that the validator states itself, a source that is the definition's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.fhir.definitions.lower import BY_HAND

Facts = dict[str, Any]

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_KEPT_EXTENSIONS = frozenset(
    {
        f"{_EXT}{name}"
        for name in (
            "elementdefinition-maxValueSet", "elementdefinition-minValueSet", "elementdefinition-bestpractice",
            "elementdefinition-allowedUnits", "elementdefinition-profile-element", "regex", "minLength",
            "maxDecimalPlaces", "structuredefinition-fhir-type", "structuredefinition-hierarchy",
        )
    }
)  # fmt: skip
"""Extensions of definitions that say something to a validator."""

_STRUCTURE = (
    "resourceType", "id", "url", "version", "name", "status", "experimental", "fhirVersion", "kind", "abstract",
    "context", "contextInvariant", "type", "baseDefinition", "derivation",
)  # fmt: skip
_ELEMENT = (
    "path", "representation", "sliceName", "sliceIsConstraining", "min", "max", "base", "contentReference", "maxLength",
    "mustSupport", "isModifier",
)  # fmt: skip
_VALUES = ("fixed", "pattern", "minValue", "maxValue", "defaultValue")
_TYPE = ("code", "profile", "targetProfile", "aggregation", "versioning")
_CODE_SYSTEM = (
    "resourceType", "id", "url", "identifier", "version", "name", "status", "experimental", "caseSensitive", "valueSet",
    "hierarchyMeaning", "compositional", "versionNeeded", "content", "supplements",
)  # fmt: skip
_VALUE_SET = ("resourceType", "id", "url", "version", "name", "status", "experimental", "immutable")
_UNSHOWN = ("http://snomed.info/sct", "http://loinc.org")
"""Systems whose displays are not kept: they are not ours to give, and nothing can be held to a part of them."""


def structure_facts(definition: Mapping[str, Any], *, differential: bool) -> Facts:
    """A StructureDefinition with its differential alone, or with its snapshot alone."""
    facts = _chosen(definition, _STRUCTURE)
    if facts.get("abstract") is False:
        del facts["abstract"]
    url = str(definition.get("url", ""))
    part = "differential" if differential else "snapshot"
    elements = definition.get(part, {}).get("element", [])
    facts[part] = {"element": [_element(one, url, differential=differential) for one in elements]}
    return facts


def _element(element: Mapping[str, Any], url: str, *, differential: bool) -> Facts:
    facts = _chosen(element, _ELEMENT)
    if differential:
        facts["id"] = element.get("id", element.get("path"))
        if facts["id"] == facts.get("path"):
            del facts["id"]
        facts = {key: facts[key] for key in ("id", *_ELEMENT) if key in facts}
    else:
        for key in ("mustSupport", "isModifier"):
            if not facts.get(key):
                facts.pop(key, None)
        own = {"path": facts["path"], "min": facts.get("min", 0), "max": facts.get("max", "*")}
        if facts.get("base") == own:
            del facts["base"]
        if facts.get("min") == 0:
            del facts["min"]
        if facts.get("max") == "*":
            del facts["max"]
    slicing = element.get("slicing")
    if slicing:
        facts["slicing"] = {
            key: value for key, value in slicing.items() if key in ("discriminator", "ordered", "rules")
        }
    if "type" in element:
        facts["type"] = [_with_extensions(_chosen(one, _TYPE), one) for one in element["type"]]
    for key, value in element.items():
        if key.startswith(_VALUES):
            facts[key] = value
    constraints = [_constraint(one, url) for one in element.get("constraint", []) if one.get("key") not in BY_HAND]
    if constraints:
        facts["constraint"] = constraints
    if "binding" in element:
        facts["binding"] = _with_extensions(_chosen(element["binding"], ("strength", "valueSet")), element["binding"])
    return facts


def _constraint(constraint: Mapping[str, Any], url: str) -> Facts:
    facts = _chosen(constraint, ("key", "severity", "expression", "source"))
    if facts.get("source") == url:
        del facts["source"]
    return _with_extensions(facts, constraint)


def code_system_facts(system: Mapping[str, Any]) -> Facts:
    """A CodeSystem with its codes, displays, hierarchy and properties."""
    facts = _chosen(system, _CODE_SYSTEM)
    identifiers = [_chosen(one, ("system", "value")) for one in facts.pop("identifier", [])]
    if identifiers:
        facts["identifier"] = identifiers
    if "property" in system:
        facts["property"] = [_chosen(one, ("code", "uri", "type")) for one in system["property"]]
    if "filter" in system:
        facts["filter"] = [_chosen(one, ("code", "operator", "value")) for one in system["filter"]]
    if "concept" in system:
        facts["concept"] = [_concept(one) for one in system["concept"]]
    return facts


def _concept(concept: Mapping[str, Any]) -> Facts:
    facts = _chosen(concept, ("code", "display", "property"))
    if facts.get("display") == facts.get("code"):
        del facts["display"]
    if "concept" in concept:
        facts["concept"] = [_concept(one) for one in concept["concept"]]
    return facts


def value_set_facts(value_set: Mapping[str, Any], *, expandable: bool) -> Facts:
    """A ValueSet with its composition; with its expansion too unless it is ``expandable`` from the composition."""
    facts = _chosen(value_set, _VALUE_SET)
    compose = value_set.get("compose")
    if compose:
        kept = _chosen(compose, ("lockedDate", "inactive"))
        for key in ("include", "exclude"):
            if key in compose:
                kept[key] = [_include(one) for one in compose[key]]
        facts["compose"] = kept
    expansion = value_set.get("expansion")
    if expansion and expansion.get("contains") and not expandable:
        kept = _chosen(expansion, ("total", "offset"))
        parameters = [
            one for one in expansion.get("parameter", []) if one.get("name") in ("version", "used-codesystem")
        ]
        if parameters:
            kept["parameter"] = parameters
        kept["contains"] = [_contained(one) for one in expansion["contains"]]
        facts["expansion"] = kept
    return facts


def _include(include: Mapping[str, Any]) -> Facts:
    facts = _chosen(include, ("system", "version", "valueSet", "filter"))
    if "concept" in include:
        facts["concept"] = [_shown(one, ("code", "display"), include.get("system")) for one in include["concept"]]
    return facts


def _contained(entry: Mapping[str, Any]) -> Facts:
    keys = ("system", "abstract", "inactive", "version", "code", "display")
    facts = _shown(entry, keys, entry.get("system"))
    if "contains" in entry:
        facts["contains"] = [_contained(one) for one in entry["contains"]]
    return facts


def _shown(entry: Mapping[str, Any], keys: tuple[str, ...], system: object) -> Facts:
    facts = _chosen(entry, keys)
    if system in _UNSHOWN:
        facts.pop("display", None)
    return facts


def _chosen(holder: Mapping[str, Any], keys: tuple[str, ...]) -> Facts:
    return {key: holder[key] for key in keys if key in holder}


def _with_extensions(facts: Facts, holder: Mapping[str, Any]) -> Facts:
    kept = [one for one in holder.get("extension", []) if one.get("url") in _KEPT_EXTENSIONS]
    return facts | {"extension": kept} if kept else facts
