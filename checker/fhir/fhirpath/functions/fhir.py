"""The functions that FHIR adds.

Source: http://hl7.org/fhir/R4/fhirpath.html#functions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import Collection, describe, has_value, single, value_of
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.instance import Node

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope


def _extension(call: Function, focus: Collection, scope: Scope) -> Collection:
    url = scope.text(call.arguments[0], "extension()")
    return [
        one
        for item in focus
        if isinstance(item, Node)
        for one in item.children("extension")
        if url is not None and one.text("url") == url
    ]


def _has_value(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [len(focus) == 1 and has_value(focus[0])]


def _get_value(call: Function, focus: Collection, scope: Scope) -> Collection:
    if len(focus) != 1 or not has_value(focus[0]):
        return []
    value = value_of(focus[0])
    return [] if value is None else [value]


def _resolve(call: Function, focus: Collection, scope: Scope) -> Collection:
    """What references, canonicals and URIs point to; those that lead nowhere are left out."""
    found: Collection = []
    for item in focus:
        node = item if isinstance(item, Node) else None
        text = node.text("reference") if node is not None and node.type == "Reference" else value_of(item)
        if not isinstance(text, str):
            continue
        target = scope.env.resolve(text, node) if scope.env.resolve is not None else _contained(text, node)
        if target is not None:
            found.append(target)
    return found


def _contained(text: str, node: Node | None) -> Node | None:
    """A resource contained in the instance, by ``#id``; ``#`` alone is the container."""
    if node is None or not text.startswith("#"):
        return None
    root = node.root_resource
    if text == "#":
        return root
    return next((one for one in root.children("contained") if one.text("id") == text[1:]), None)


def _member_of(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, "memberOf()")
    value_set = scope.text(call.arguments[0], "memberOf()")
    if item is None or value_set is None:
        return []
    if scope.env.member_of is None:
        raise FHIRPathError("memberOf() has no terminology here")
    answer = scope.env.member_of(value_set, item)
    return [] if answer is None else [answer]


def _conforms_to(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, "conformsTo()")
    canonical = scope.text(call.arguments[0], "conformsTo()")
    if item is None or canonical is None:
        return []
    if not isinstance(item, Node):
        raise FHIRPathError(f"conformsTo() does not take {describe(item)}")
    answer = scope.env.conforms_to(canonical, item) if scope.env.conforms_to is not None else None
    if answer is None:
        raise FHIRPathError(f"conformsTo() finds no StructureDefinition {canonical}")
    return [answer]


def _html_checks(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, f"{call.name}()")
    if item is None:
        return []
    if not isinstance(item, Node) or scope.env.html_checks is None:
        raise FHIRPathError(f"{call.name}() cannot be evaluated here")
    return [scope.env.html_checks(item)]


def _check_modifiers(call: Function, focus: Collection, scope: Scope) -> Collection:
    """The input, when no element in it has a modifier extension but those that are named."""
    known = {scope.text(argument, "checkModifiers()") for argument in call.arguments}
    for item in focus:
        for one in item.children("modifierExtension") if isinstance(item, Node) else ():
            if one.text("url") not in known:
                raise FHIRPathError(f"the modifier extension {one.text('url')} is not expected at {one.path}")
    return focus


def _slice(call: Function, focus: Collection, scope: Scope) -> Collection:
    """The items that are in a slice, by the StructureDefinition's canonical and the slice's name."""
    canonical, name = (scope.text(argument, "slice()") for argument in call.arguments)
    if canonical is None or name is None:
        return []
    found: Collection = []
    for item in focus:
        if not isinstance(item, Node):
            raise FHIRPathError(f"slice() does not take {describe(item)}")
        answer = scope.env.in_slice(canonical, name, item) if scope.env.in_slice is not None else None
        if answer is None:
            raise FHIRPathError(f"slice() finds no slice {name} of {item.path} in {canonical}")
        if answer:
            found.append(item)
    return found


def _element_definition(call: Function, focus: Collection, scope: Scope) -> Collection:
    """The ElementDefinition of each element; what was computed has none."""
    if focus and scope.env.element_definition is None:
        raise FHIRPathError("elementDefinition() has no definitions here")
    nodes = (item for item in focus if isinstance(item, Node))
    found = (scope.env.element_definition(node) for node in nodes) if scope.env.element_definition is not None else ()
    return [one for one in found if one is not None]


def _subsumes(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, f"{call.name}()")
    other = single(scope.argument(call.arguments[0]), f"{call.name}()")
    if item is None or other is None:
        return []
    if scope.env.subsumes is None:
        raise FHIRPathError(f"{call.name}() has no terminology here")
    pair = (item, other) if call.name == "subsumes" else (other, item)
    answer = scope.env.subsumes(*pair)
    return [] if answer is None else [answer]


FUNCTIONS: dict[str, tuple[Callable[[Function, Collection, Scope], Collection], int, int]] = {
    "extension": (_extension, 1, 1),
    "hasValue": (_has_value, 0, 0),
    "getValue": (_get_value, 0, 0),
    "resolve": (_resolve, 0, 0),
    "memberOf": (_member_of, 1, 1),
    "conformsTo": (_conforms_to, 1, 1),
    "htmlChecks": (_html_checks, 0, 0),
    "htmlChecks2": (_html_checks, 0, 0),
    "checkModifiers": (_check_modifiers, 0, 20),
    "slice": (_slice, 2, 2),
    "elementDefinition": (_element_definition, 0, 0),
    "subsumes": (_subsumes, 1, 1),
    "subsumedBy": (_subsumes, 1, 1),
}
