"""Where an object stands: paths and positions for what the fast tier noted, worked out afterwards.

One pass over the JSON notes what holds what; typed nodes are made only on the way to the objects asked for.
"""

from __future__ import annotations

from typing import Any

from checker.fhir.forms.json_form import MAX_DEPTH
from checker.fhir.forms.json_scan import scan
from checker.fhir.forms.positions import Lines, Place, Position, find
from checker.fhir.instance import Key, Node, Tree


class Places:
    """The objects of one instance by their identity, and where they stand."""

    def __init__(self, root: dict[str, Any], types: Any) -> None:
        self._tree = Tree(root, types)
        self._nodes: dict[int, Node] = {id(root): self._tree.root}
        self._held: dict[int, tuple[Any, str, int]] | None = None
        self._text: tuple[Place, Lines] | None = None

    def of(self, holder: Any) -> tuple[str, tuple[Key, ...]]:
        """The FHIRPath location of an object of the instance, and the way to it in the JSON."""
        if self._held is None:
            self._held = _held(self._tree.raw)
        node = self._node(holder, self._held)
        return node.path, node.json_path

    def _node(self, wanted: Any, held: dict[int, tuple[Any, str, int]]) -> Node:
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


def _held(root: dict[str, Any]) -> dict[int, tuple[Any, str, int]]:
    """For each object: what holds it, by which property, and its place in that where it is an array."""
    found: dict[int, tuple[Any, str, int]] = {}
    waiting = [root]
    while waiting:
        at = waiting.pop()
        for key, value in at.items():
            if value.__class__ is dict:
                found[id(value)] = (at, key, 0)
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
    if index < len(children) and (children[index].value is value or children[index].extra is value):
        return children[index]
    return next(child for child in children if child.value is value or child.extra is value)
