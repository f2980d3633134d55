"""Whether one StructureDefinition asks all that another one asks, read off their compiled forms.

What conforms to the former then conforms to the latter; but for a few elements, which are named. "No" says nothing:
only what is plain to see is seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from checker.fhir.definitions.ir import Element, Slicing, Structure

_CHILDREN = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)*")
_WHOLE = "$this"
_EQUAL = ("min_value", "max_value", "max_length", "limits", "is_list", "choice", "name")


class Difference(NamedTuple):
    """Where alone one StructureDefinition may say more than another one: JSON names of properties of the resource.

    ``bindings``: there, other bindings. ``more``: there, anything.
    """

    bindings: tuple[str, ...]
    more: tuple[str, ...]


def difference(strict: Structure, loose: Structure) -> Difference | None:
    """Where ``loose`` may say more of a resource than ``strict`` does; None where that may be anywhere.

    Of two resources that conform to ``strict``, of which the same is said, which have the same codes and texts in
    ``bindings`` and nothing in ``more``, ``loose`` says the same.
    """
    if strict.type != loose.type or strict.problems or loose.problems:
        return None
    if not _asks_as_much(strict.root, loose.root, bindings=True) or not _has_slices(strict.root, loose.root, _Pass()):
        return None
    bindings: list[str] = []
    more: list[str] = []
    for name, child in loose.root.children.items():
        own = strict.root.children.get(name)
        if own is not None and _covers(own, child, _Pass(bindings=True)):
            continue
        if child.choice or child.name != name:
            return None
        (bindings if own is not None and _covers(own, child, _Pass()) else more).extend((name, f"_{name}"))
    return Difference(tuple(bindings), tuple(more))


@dataclass
class _Pass:
    """One comparison of two trees. ``bindings``: are they compared too? ``met``: pairs that were begun."""

    bindings: bool = False
    met: set[tuple[int, int]] = field(default_factory=set)


def _covers(strict: Element, loose: Element, at: _Pass) -> bool:
    if strict is loose or (id(strict), id(loose)) in at.met:
        return True
    at.met.add((id(strict), id(loose)))
    if not _asks_as_much(strict, loose, bindings=at.bindings):
        return False
    if strict.max == 0:
        return True
    return _has_slices(strict, loose, at) and all(
        name in strict.children and _covers(strict.children[name], child, at) for name, child in loose.children.items()
    )


def _asks_as_much(strict: Element, loose: Element, *, bindings: bool) -> bool:
    """The element itself, whatever is below it."""
    if strict.min < loose.min or (loose.max is not None and (strict.max is None or strict.max > loose.max)):
        return False
    if any(getattr(strict, name) != getattr(loose, name) for name in _EQUAL):
        return False
    if loose.fixed not in (None, strict.fixed) or loose.pattern not in (None, strict.pattern):
        return False
    if bindings and loose.binding not in (None, strict.binding):
        return False
    return _types(strict) <= _types(loose) and _constraints(loose) <= _constraints(strict)


def _types(element: Element) -> set[tuple[object, ...]]:
    """What its types ask. That one of them must be supported asks nothing of a resource."""
    return {
        (one.code, one.profiles, one.target_profiles, one.aggregation, one.versioning, one.system)
        for one in element.types
    }


def _constraints(element: Element) -> set[tuple[str, str]]:
    return {(one.key, one.expression) for one in element.constraints}


def _has_slices(strict: Element, loose: Element, at: _Pass) -> bool:
    """Has the one all slices of the other, told apart by the same?"""
    if not loose.slices:
        return True
    slicing, held = loose.slicing, {one.slice_name: one for one in strict.slices}
    if slicing is None or slicing != strict.slicing:
        return False
    if slicing.rules != "open" and len(held) != len(loose.slices):
        return False
    return all(
        one.slice_name in held
        and _is_told_alike(held[one.slice_name], one, slicing)
        and _covers(held[one.slice_name], one, at)
        for one in loose.slices
    )


def _is_told_alike(strict: Element, loose: Element, slicing: Slicing) -> bool:
    """Do the same items belong to both slices? What they are told apart by is the same for both."""
    if not slicing.discriminators or _types(strict) != _types(loose):
        return False
    for one in slicing.discriminators:
        if one.path != _WHOLE and not _CHILDREN.fullmatch(one.path):
            return False
        own, other = strict, loose
        if (own.fixed, own.pattern) != (other.fixed, other.pattern):
            return False
        for name in one.path.split(".") if one.path != _WHOLE else ():
            mine, others = own.members.get(name), other.members.get(name)
            if mine is None and others is None:
                break  # both leave it to the type, or to what stands above it
            if mine is None or others is None:
                return False
            own, other = mine, others
            if _types(own) != _types(other) or (own.fixed, own.pattern) != (other.fixed, other.pattern):
                return False
        if own.binding != other.binding and one.path != _WHOLE:
            return False
    return True
