"""Where an object stands: paths and positions for what the fast tier noted, worked out afterwards.

One pass over the JSON notes what holds what; typed nodes are made only on the way to the objects asked for.
"""

from __future__ import annotations

from typing import Any, Protocol

from checker.fhir.forms.json_form import MAX_DEPTH
from checker.fhir.forms.json_scan import scan
from checker.fhir.forms.positions import Lines, Place, Position, find
from checker.fhir.instance import Key, Node, Tree

_MOST_WAYS = 20_000
_MOST_TRIED = 12
_ALONE = -1
"""In place of the index of what is in no array."""
_Held = dict[int, tuple[Any, str, int]]


class Ways:
    """The ways to the objects of instances, for all instances: property names, and the steps of FHIRPath for them."""

    __slots__ = ("_tried", "known", "types")

    def __init__(self, types: Any) -> None:
        self.types = types
        self.known: dict[tuple[str, ...], str] = {}
        self._tried: dict[tuple[str, int], list[tuple[tuple[Key, ...], str]]] = {}

    def known_at(self, about: Any, holder: Any, root: dict[str, Any], located: Located) -> str:
        """The FHIRPath location of an object: first it is looked for where such objects stood before.

        ``about``: what was said of it; the same is mostly said at the same few places. ``located``: who else knows.
        """
        if holder is root:
            return ""
        key = (root["resourceType"], id(about))
        tried = self._tried.get(key)
        if tried is not None:
            for steps, path in tried:
                if _is_at(holder, root, steps):
                    return path
        path, steps = located.located(holder)
        if _is_at(holder, root, steps) and not _leads_through_resources(root, steps):
            if tried is None:
                if len(self._tried) >= _MOST_WAYS:
                    self._tried.clear()
                tried = self._tried[key] = []
            if len(tried) < _MOST_TRIED:
                tried.append((steps, path))
        return path


class Located(Protocol):
    """Who knows where the objects of an instance stand."""

    def located(self, holder: Any) -> tuple[str, tuple[Key, ...]]:
        """The FHIRPath location of an object, and the way to it in the JSON."""
        ...


class Places:
    """The objects of one instance by their identity, and where they stand."""

    def __init__(self, root: dict[str, Any], ways: Ways) -> None:
        self._root = root
        self._ways = ways
        self._nodes: dict[int, Node] = {}
        self._held: _Held | None = None
        self._text: tuple[Place, Lines] | None = None

    def of(self, holder: Any) -> tuple[str, tuple[Key, ...]]:
        """The FHIRPath location of an object of the instance, and the way to it in the JSON."""
        node = self._node(holder, self._all())
        return node.path, node.json_path

    def path(self, holder: Any) -> str:
        """The FHIRPath location of an object of the instance.

        Objects that lie alike in two resources of a type have the same path but for the indexes.
        """
        held, root = self._all(), self._root
        names: list[str] = []
        indexes: list[int] = []
        at = holder
        while at is not root:
            if "resourceType" in at:
                return self.of(holder)[0]
            at, name, index = held[id(at)]
            names.append(name)
            if index != _ALONE:
                names.append("[]")
                indexes.append(index)
        names.append(root["resourceType"])
        way = tuple(names)
        known = self._ways.known
        path = known.get(way)
        if path is None:
            node = self._node(holder, held)
            if len(known) < _MOST_WAYS:
                known[way] = _without_numbers(node)
            return node.path
        indexes.reverse()
        return path % tuple(indexes)

    def _all(self) -> _Held:
        if self._held is None:
            self._held = _held(self._root)
        return self._held

    def _node(self, wanted: Any, held: _Held) -> Node:
        if not self._nodes:
            self._nodes[id(self._root)] = Tree(self._root, self._ways.types).root
        way = [wanted]
        while id(way[-1]) not in self._nodes:
            way.append(held[id(way[-1])][0])
        node = self._nodes[id(way.pop())]
        while way:
            below = way.pop()
            _, key, index = held[id(below)]
            node = self._nodes[id(below)] = _child(node, key.removeprefix("_"), index, below)
        return node

    def position(self, data: bytes, steps: tuple[Key, ...]) -> Position:
        """Line and column of the value at the end of a way through the JSON."""
        if self._text is None:
            text = data.decode()
            self._text = scan(text, MAX_DEPTH).root, Lines(text)
        root, lines = self._text
        return lines.position(find(root, steps).mark)


def _is_at(holder: Any, root: dict[str, Any], steps: tuple[Key, ...]) -> bool:
    at: Any = root
    try:
        for step in steps:
            at = at[step]
    except (LookupError, TypeError):
        return False
    return at is holder


def _leads_through_resources(root: dict[str, Any], steps: tuple[Key, ...]) -> bool:
    """Does a path hang on more than the names of the properties: on the type of a resource in between?"""
    at: Any = root
    for step in steps:
        at = at[step]
        if "resourceType" in at:
            return True
    return False


def _without_numbers(node: Node) -> str:
    """The path of a node with a place for each index."""
    if node.parent is None:
        return node.path.replace("%", "%%")
    own = node.path[len(node.parent.path) :].replace("%", "%%")
    if node.index is not None:
        own = own.replace(f"[{node.index}]", "[%d]", 1)
    return _without_numbers(node.parent) + own


def _held(root: dict[str, Any]) -> _Held:
    """For each object: what holds it, by which property, and its place in that where it is an array."""
    found: _Held = {}
    waiting = [root]
    while waiting:
        at = waiting.pop()
        for key, value in at.items():
            if value.__class__ is dict:
                found[id(value)] = (at, key, _ALONE)
                waiting.append(value)
            elif value.__class__ is list:
                for index, one in enumerate(value):
                    if one.__class__ is dict:
                        found[id(one)] = (at, key, index)
                        waiting.append(one)
    return found


def _child(node: Node, key: str, index: int, value: Any) -> Node:
    if node.shape is None:
        raise KeyError(key)
    children = node.children(node.shape.keys[key][0].plain_name)
    if 0 <= index < len(children) and (children[index].value is value or children[index].extra is value):
        return children[index]
    return next(child for child in children if child.value is value or child.extra is value)
