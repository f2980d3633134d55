"""A list of ElementDefinitions as a tree, and back: snapshots (for differentials see ``differential.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

Element = dict[str, Any]

TYPES = "http://hl7.org/fhir/StructureDefinition/"
"""What the canonical of each of FHIR's own types starts with."""
MAX_DEPTH = 48
"""Longest element path, in segments. The deepest known definitions have about fifteen."""
MAX_ELEMENTS = 50_000
"""Most elements that one definition may have, given or generated. The largest known have about two thousand."""

TEXT = frozenset(
    {
        "short", "definition", "comment", "requirements", "alias", "mapping", "example", "meaningWhenMissing",
        "isModifierReason", "orderMeaning", "label", "code",
    }
)  # fmt: skip
"""Members of an ElementDefinition that describe, and constrain nothing."""

_OBJECTS = frozenset({"type", "constraint", "extension", "example", "mapping", "code"})
_STRINGS = frozenset({"representation", "condition", "alias"})
_INTEGERS = frozenset({"min", "maxLength"})
_BOOLEANS = frozenset({"isModifier", "isSummary", "mustSupport", "sliceIsConstraining"})
_OBJECT = frozenset({"slicing", "base", "binding"})
_TEXTS = frozenset({"id", "path", "max", "sliceName", "contentReference"})

_INNER: dict[str, dict[str, type]] = {
    "type": {"code": str, "profile": list, "targetProfile": list, "aggregation": list, "versioning": str},
    "constraint": {"key": str, "severity": str, "human": str, "expression": str, "source": str},
    "slicing": {"discriminator": dict, "rules": str, "ordered": bool},
    "binding": {"strength": str, "valueSet": str},
    "base": {"path": str, "min": int, "max": str},
    "extension": {"url": str},
}
"""What the members of an ElementDefinition hold that say a rule. ``list`` is one of texts, ``dict`` one of objects."""


class Report(Protocol):
    """Called once for each fault, with an element id and a text."""

    def __call__(self, where: str, text: str, /, *, lost: bool = False) -> None:
        """``lost``: something that the definition asks is not looked at."""


class Node:
    """An element with its children in order, and the slices of it (re-slices beside the slice they re-slice)."""

    __slots__ = ("children", "element", "name", "slices")

    def __init__(self, name: str, element: Element) -> None:
        self.name = name
        self.element = element
        self.children: list[Node] = []
        self.slices: list[Node] = []

    def copy(self) -> Node:
        """Another node with the same element, children and slices: the lists are its own, what is in them is shared."""
        other = Node(self.name, self.element)
        other.children = self.children.copy()
        other.slices = self.slices.copy()
        return other

    def child(self, name: str) -> Node | None:
        """The child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def slice(self, name: str) -> Node | None:
        """The slice of that name."""
        return next((one for one in self.slices if one.element.get("sliceName") == name), None)


def sound(element: object, report: Report, *, text: bool) -> Element | None:
    """The element with only what has the JSON type that it must have; None when it has no usable path.

    ``text``: keep what describes, too. Each member that is dropped for its type is reported.
    """
    if not isinstance(element, dict):
        report("", "an element is not an object", lost=True)
        return None
    path = element.get("path")
    if not isinstance(path, str) or not path or "" in path.split("."):
        report(str(element.get("id", "")), "an element has no path", lost=True)
        return None
    if path.count(".") >= MAX_DEPTH:
        report(path[:80], f"an element path has more than {MAX_DEPTH} parts", lost=True)
        return None
    kept: Element = {}
    for key, value in element.items():
        if not text and key in TEXT:
            continue
        if _fits(key, value):
            where = str(element.get("id") or path)
            kept[key] = value if key not in _INNER else _sound_within(key, value, where, report)
        elif key == "max" and isinstance(value, int) and not isinstance(value, bool):
            kept[key] = str(value)
            report(str(element.get("id") or path), "max is a number, not a string")
        else:
            report(str(element.get("id") or path), f"{key} has the wrong JSON type", lost=True)
    return kept


def _sound_within(key: str, value: Any, where: str, report: Report) -> Any:
    """The same one level down, in an object or a list of objects."""
    if isinstance(value, list):
        return [_sound_within(key, one, where, report) for one in value]
    wrong = [name for name, kind in _INNER[key].items() if name in value and not _holds(value[name], kind)]
    for name in wrong:
        report(where, f"{key}.{name} has the wrong JSON type", lost=True)
    return {name: one for name, one in value.items() if name not in wrong} if wrong else value


def _holds(value: object, kind: type) -> bool:
    if kind is list or kind is dict:
        sound = _is_text if kind is list else _is_discriminator
        return isinstance(value, list) and all(sound(one) for one in value)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _is_text(one: object) -> bool:
    return one is None or isinstance(one, str)  # null holds the place of an extension


def _is_discriminator(one: object) -> bool:
    return isinstance(one, dict) and all(isinstance(one.get(name, ""), str) for name in ("type", "path"))


def _fits(key: str, value: object) -> bool:
    if key in _TEXTS:
        return isinstance(value, str)
    if key in _INTEGERS:
        return isinstance(value, int) and not isinstance(value, bool)
    if key in _BOOLEANS:
        return isinstance(value, bool)
    if key in _OBJECT:
        return isinstance(value, dict)
    if key in _OBJECTS:
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if key in _STRINGS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return value is not None


def tree(elements: Iterable[object], report: Report, *, text: bool = False) -> Node | None:
    """The tree of a snapshot; None when there is no element. Faults are reported and left out."""
    stack: list[Node] = []  # the open element of each depth
    heads: list[dict[str, Node]] = []  # at each depth: the unsliced elements that a slice may belong to
    for count, raw in enumerate(elements):
        if count >= MAX_ELEMENTS:
            report("", f"more than {MAX_ELEMENTS} elements", lost=True)
            break
        element = sound(raw, report, text=text)
        if element is None:
            continue
        parts = element["path"].split(".")
        depth = len(parts) - 1
        if not stack:
            if depth:
                report(element["path"], "the first element is not the root", lost=True)
                return None
            stack, heads = [Node(parts[0], element)], [{}]
            continue
        if depth == 0:
            report(element["path"], "a second root element", lost=True)
            continue
        name = _choice_name(parts[-1], element)
        if depth > len(stack) or not _belongs(parts, stack, depth):
            where = str(element.get("id") or element["path"])
            report(where, "the element's parent is missing or not before it", lost=True)
            continue
        node = Node(name, element)
        del stack[depth:], heads[depth:]
        known = heads[depth - 1]
        head = known.get(name)
        if head is None:
            known[name] = node
            stack[-1].children.append(node)
            if name != parts[-1] and "sliceName" not in element:
                node.element = element | {"path": ".".join([*parts[:-1], name])}
        else:
            if "sliceName" not in element and name == parts[-1]:
                report(str(element.get("id") or element["path"]), "an element appears twice", lost=True)
                continue
            if "sliceName" not in element:
                node.element = element | {"sliceName": parts[-1]}
            head.slices.append(node)
        stack.append(node)
        heads.append({})
    return stack[0] if stack else None


def _belongs(parts: list[str], stack: list[Node], depth: int) -> bool:
    """Is the element's parent open? A choice may be written with its type in the path of the children."""
    return all(
        part == node.name or (node.name.endswith("[x]") and part.startswith(node.name[:-3]))
        for part, node in zip(parts[1:depth], stack[1:depth], strict=True)
    )


def _choice_name(name: str, element: Element) -> str:
    """``value[x]`` for an element that an older generator renamed to ``valueQuantity``."""
    base = element.get("base")
    path = base.get("path") if isinstance(base, dict) else None
    if isinstance(path, str) and path.endswith("[x]") and not name.endswith("[x]"):
        stem = path.rpartition(".")[2]
        if name.startswith(stem[:-3]):
            return stem
    return name


def flatten(root: Node, type_name: str) -> list[Element]:
    """The elements in snapshot order, each with the id and path of its place. Elements are new, members shared.

    It stops after ``MAX_ELEMENTS`` and one more: trees share parts, so that a small one may say very much.
    """
    return list(islice(_flat(root, type_name, type_name), MAX_ELEMENTS + 1))


def _flat(node: Node, identity: str, path: str) -> Iterator[Element]:
    element = {"id": identity, "path": path}
    element.update((key, value) for key, value in node.element.items() if key not in ("id", "path"))
    yield element
    for child in node.children:
        here, there = f"{identity}.{child.name}", f"{path}.{child.name}"
        yield from _flat(child, here, there)
        for one in child.slices:
            yield from _flat(one, f"{here}:{one.element.get('sliceName')}", there)
