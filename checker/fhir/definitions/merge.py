"""What an element becomes when a differential constrains it. The rules of a profile's element, one member at a time."""

from __future__ import annotations

from typing import Any

from checker.fhir.definitions.elements import Element, Report

_REPLACED = frozenset(
    {
        "min", "max", "mustSupport", "isModifier", "isSummary", "maxLength", "slicing", "sliceName",
        "sliceIsConstraining", "contentReference", "representation", "short", "definition", "comment", "requirements",
        "label", "meaningWhenMissing", "isModifierReason", "orderMeaning",
    }
)  # fmt: skip
_ADDED = ("alias", "mapping", "example", "code")
"""Lists to which a differential adds."""
_ANYTHING = frozenset({"*", "Element", "BackboneElement", "Resource", "DomainResource"})
"""Types that stand for more than themselves; FHIRPath's system types do so too (they are written with a slash)."""
_VALUES = ("fixed", "pattern", "minValue", "maxValue", "defaultValue")


def constrained(base: Element, change: Element, origin: str, report: Report, *, slice_: bool = False) -> Element:
    """``base`` as ``change`` constrains it. New; neither is altered.

    ``origin``: canonical of the StructureDefinition that the change stands in, the source of its constraints.
    ``slice_``: the change makes or constrains a slice, which may have a smaller ``min`` than the whole.
    """
    result = dict(base)
    where = str(change.get("id") or change.get("path") or base.get("path", ""))
    for key, value in change.items():
        if key in _REPLACED:
            result[key] = value
        elif key == "type":
            result["type"] = _types(base.get("type", []), value, where, report)
            result.pop("contentReference", None)
        elif key == "binding":
            result["binding"] = _binding(base.get("binding"), value)
        elif key == "constraint":
            result["constraint"] = _constraints(base.get("constraint", []), value, origin, where, report)
        elif key == "condition":
            result["condition"] = list(dict.fromkeys([*base.get("condition", []), *value]))
        elif key == "extension":
            result["extension"] = _extensions(base.get("extension", []), value)
        elif key in _ADDED:
            result[key] = [*base.get(key, []), *(one for one in value if one not in base.get(key, []))]
        elif key.startswith(_VALUES):
            _replace_value(result, key, value)
        elif key.startswith("_"):
            result[key] = value
    _check_cardinality(base, result, where, report, slice_=slice_)
    return result


def over(profile: Element, usage: Element) -> Element:
    """The root of a type's StructureDefinition, ``profile``, as the template of an element that is typed by it.

    The element as it stands in the base (``usage``) adds what the root does not say: its constraints come after.
    """
    result = {key: value for key, value in profile.items() if key not in ("id", "path", "sliceName", "base", "slicing")}
    for key, value in usage.items():
        if key == "constraint":
            known = {one.get("key") for one in profile.get("constraint", [])}
            more = [one for one in value if one.get("key") not in known]
            result["constraint"] = [*profile.get("constraint", []), *more]
        elif key == "condition":
            result["condition"] = list(dict.fromkeys([*profile.get("condition", []), *value]))
        elif key == "base":
            result["base"] = value
        elif key not in ("id", "path", "sliceName", "slicing") and key not in result:
            result[key] = value
    return result


def sourced(element: Element, origin: str) -> Element:
    """The element with a source at each constraint that names none."""
    constraints = element.get("constraint")
    if not constraints or all("source" in one for one in constraints):
        return element
    return element | {"constraint": [one if "source" in one else one | {"source": origin} for one in constraints]}


def _types(base: list[dict[str, Any]], types: list[dict[str, Any]], where: str, report: Report) -> list[dict[str, Any]]:
    """The types that a differential gives. Those that the base does not allow are reported, and kept as they stand."""
    allowed = {one.get("code") for one in base}
    open_ = not allowed or any(str(code) in _ANYTHING or "/" in str(code) for code in allowed)
    for one in types:
        if not open_ and one.get("code") not in allowed:
            report(where, f"type {one.get('code')!r} is not among those of the base")
    return types


def _binding(base: dict[str, Any] | None, binding: dict[str, Any]) -> dict[str, Any]:
    """A binding that leaves out strength or value set keeps those of the base, but not the base's extensions."""
    if not base:
        return binding
    kept = {key: value for key, value in base.items() if key in ("strength", "valueSet")}
    return kept | binding


def _constraints(
    base: list[dict[str, Any]], added: list[dict[str, Any]], origin: str, where: str, report: Report
) -> list[dict[str, Any]]:
    """Constraints accumulate by key: a key of the base cannot be given another meaning."""
    known = {one.get("key"): one for one in base}
    result = list(base)
    for one in added:
        key = one.get("key")
        if key not in known:
            known[key] = one if "source" in one else one | {"source": origin}
            result.append(known[key])
        elif known[key].get("expression") != one.get("expression"):
            report(where, f"constraint {key!r} of the base is kept, the one that redefines it is not used", lost=True)
    return result


def _extensions(base: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    urls = {one.get("url") for one in added}
    return [*(one for one in base if one.get("url") not in urls), *added]


def _replace_value(result: Element, key: str, value: Any) -> None:
    """A fixed or pattern value takes the place of one of another type (``fixedUri``, ``fixedString``)."""
    stem = next(stem for stem in _VALUES if key.startswith(stem))
    for other in [one for one in result if one.startswith(stem) and one != key]:
        del result[other]
    result[key] = value


def _check_cardinality(base: Element, result: Element, where: str, report: Report, *, slice_: bool) -> None:
    low, least = result.get("min"), base.get("min")
    if low is not None and least is not None and low < least and not slice_:
        report(where, f"min {low} is less than the base's {least}")
    high, most = bound(result.get("max")), bound(base.get("max"))
    if high is not None and most is not None and high > most and not slice_:
        report(where, f"max {result['max']} is more than the base's {base['max']}")


def bound(text: object) -> float | None:
    """A ``max`` as a number: infinity for ``*``, None for what is no maximum."""
    if text == "*":
        return float("inf")
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else None
