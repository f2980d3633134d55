"""Two forms of one snapshot held against each other, element by element, on everything that is a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Element = Mapping[str, Any]

FACTS = (
    "min", "max", "type", "binding", "constraint", "mustSupport", "isModifier", "isSummary", "slicing", "sliceName",
    "contentReference", "base", "condition", "maxLength", "representation",
)  # fmt: skip
VALUES = ("fixed", "pattern", "minValue", "maxValue", "defaultValue")
URL_SLICING = [{"type": "value", "path": "url"}]
BINDING_RULES = frozenset(
    f"http://hl7.org/fhir/StructureDefinition/elementdefinition-{name}ValueSet" for name in ("max", "min")
)


class Difference(NamedTuple):
    """Where two snapshots differ. ``fact``: *missing* or *extra* for a whole element, *order*, or a member of it."""

    url: str
    element: str
    fact: str
    ours: Any
    theirs: Any


def differences(
    url: str, ours: Iterable[Element], theirs: Iterable[Element], *, by_hand: frozenset[str] = frozenset()
) -> Iterator[Difference]:
    """Where they differ. Constraints whose key is in ``by_hand`` are left out of the comparison."""
    left = {element["id"]: element for element in ours}
    right = {element["id"]: element for element in theirs}
    for identity in sorted(right.keys() - left.keys()):
        yield Difference(url, identity, "missing", None, right[identity])
    for identity in sorted(left.keys() - right.keys()):
        yield Difference(url, identity, "extra", left[identity], None)
    common = [identity for identity in left if identity in right]
    if common != [identity for identity in right if identity in left]:
        yield Difference(url, "", "order", None, None)
    for identity in common:
        one, other = left[identity], right[identity]
        keys = {key for key in (*one, *other) if key.startswith(VALUES)}
        for key in (*FACTS, *sorted(keys)):
            value, wanted = (normal(key, element, url, by_hand) for element in (one, other))
            if value != wanted:
                yield Difference(url, identity, key, value, wanted)


def normal(key: str, element: Element, url: str, by_hand: frozenset[str] = frozenset()) -> Any:
    """An element's member in the one form that it is compared in: what says the same is the same."""
    value = element.get(key)
    if key in ("mustSupport", "isModifier", "isSummary"):
        return value or False
    if key == "condition":
        return sorted(value or ())
    if key == "constraint":
        told = [
            (one.get("key"), one.get("severity", "error"), one.get("expression", ""), one.get("source", url))
            for one in value or ()
            if one.get("key") not in by_hand
        ]
        return sorted(told)
    if key == "binding" and value:
        kept = [one for one in value.get("extension", ()) if one["url"] in BINDING_RULES]
        return {part: value.get(part) for part in ("strength", "valueSet")} | {"extension": kept}
    if key == "slicing" and value:
        if value.get("discriminator") == URL_SLICING and value.get("rules") == "open":
            return None  # extensions are sliced by url whether somebody says so or not
        return {"ordered": False} | {part: one for part, one in value.items() if part not in ("description", "id")}
    if key == "contentReference" and value:
        return value.rpartition("#")[2]
    return value
