"""Find the element that a path of a definition names, through the types of the elements on the way."""

from __future__ import annotations

from typing import Literal

from checker.fhir.definitions.ir import Element
from checker.fhir.instance import Types

_DEEPEST = 60


def at_path(types: Types, path: str) -> Element | Literal[False] | None:
    """The element of a path that starts with a FHIR type (``Patient.name.given``).

    False when there is surely none, None when the type is not known.
    """
    first, *rest = path.split(".")
    structure = types.type(first)
    if structure is None:
        return False if first.isalnum() and first[:1].isalpha() else None
    return below(types, structure.root, rest)


def below(types: Types, element: Element, steps: list[str]) -> Element | Literal[False] | None:
    """The element below another one; ``[x]`` and slice names (``:name``) may stand in the steps."""
    if len(steps) > _DEEPEST:
        return None
    found = [element]
    for step in steps:
        name = step.partition(":")[0]
        after: list[Element] = []
        unknown = False
        for one in found:
            holders, missing = _holders(types, one)
            unknown = unknown or missing
            after.extend(child for holder in holders if (child := _child(holder, name)) is not None)
        if not after:
            return None if unknown else False
        found = after[:20]
    return found[0]


def _child(holder: Element, name: str) -> Element | None:
    child = holder.children.get(name) or holder.members.get(name.removesuffix("[x]"))
    if child is None and name in holder.keys:
        child = holder.keys[name][0]
    return child


def _holders(types: Types, element: Element) -> tuple[list[Element], bool]:
    """The elements that hold the children of this one, and whether some type is not known."""
    if element.children:
        return [element], False
    holders, unknown = [], not element.types
    for kind in element.types:
        structure = types.type(kind.code)
        if structure is None:
            unknown = True
        else:
            holders.append(structure.root)
            unknown = unknown or structure.abstract
    return holders, unknown
