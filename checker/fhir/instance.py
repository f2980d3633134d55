"""An instance as a tree of typed nodes over its JSON values.

The explaining tier of the validator and the FHIRPath interpreter see an instance as :class:`Node`: a JSON value
with its FHIR type, its companion ``_`` object, and its place. Nodes are made on demand and never change the
JSON. JSON read from XML has the same form, so nothing here knows of XML.

Source: http://hl7.org/fhir/R4/json.html and http://hl7.org/fhir/R4/datatypes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from checker.fhir.definitions.ir import Element, Structure

Key = str | int
"""One step of a JSON path: a property name or an index."""


class Types(Protocol):
    """What gives the base definitions of FHIR types."""

    def type(self, code: str) -> Structure | None:
        """The StructureDefinition of a type (``Patient``, ``HumanName``, ``string``), or None when unknown."""


class Tree:
    """What the nodes of one instance share: the types, and the root.

    ``raw`` is the instance (a dict). ``positions`` is the business of who read the text, not of this tree.
    """

    __slots__ = ("raw", "root", "types")

    def __init__(self, raw: dict[str, Any], types: Types) -> None:
        self.raw = raw
        self.types = types
        self.root = resource_node(self, raw, None, "", None)


class Node:
    """One element of an instance.

    - ``value``: the JSON value: a dict for a complex type or resource; text, number or boolean for a primitive;
      None where a primitive has only extensions. It may be of a wrong JSON type: readers test it.
    - ``extra``: the ``_name`` companion of a primitive (a dict with ``id`` and ``extension``), or None.
    - ``type``: the FHIR type code: ``Patient``, ``Quantity``, ``string``, ``BackboneElement``; empty when unknown.
    - ``declared``: the element of the *base* definition that declares it; None for the root of an instance.
    - ``shape``: the element whose children are its properties: the root of its type's definition, or the
      backbone element itself; None when the type is unknown.
    - ``name`` is the FHIRPath name (no ``[x]``), ``index`` its place in a JSON array or None.
    """

    __slots__ = ("_found", "declared", "extra", "index", "name", "parent", "shape", "tree", "type", "value")

    def __init__(
        self,
        tree: Tree,
        parent: Node | None,
        name: str,
        index: int | None,
        value: Any,
        extra: dict[str, Any] | None,
        kind: str,
        declared: Element | None,
        shape: Element | None,
    ) -> None:
        self.tree = tree
        self.parent = parent
        self.name = name
        self.index = index
        self.value = value
        self.extra = extra
        self.type = kind
        self.declared = declared
        self.shape = shape
        self._found: dict[str, list[Node]] | None = None

    # ---- below

    def children(self, name: str) -> list[Node]:
        """The child nodes of that FHIRPath name, in order; empty when there is none."""
        found = self._found
        if found is not None and (known := found.get(name)) is not None:
            return known
        value = self.value
        holder = value if isinstance(value, dict) else self.extra
        declared = self.shape.members.get(name) if self.shape is not None else None
        if declared is None or not isinstance(holder, dict):
            return []
        if not declared.choice and name not in holder and "_" + name not in holder:  # as most are of what may stand
            return []
        nodes = list(self._gather(holder, declared, name))
        if found is None:
            self._found = {name: nodes}
        else:
            found[name] = nodes
        return nodes

    def all_children(self) -> Iterator[Node]:
        """All child nodes that the definition knows, in the order of the definition."""
        held = self.holder
        if self.shape is not None and held:
            for name, element in self.shape.members.items():
                if element.choice or name in held or "_" + name in held:
                    yield from self.children(name)

    def descendants(self) -> Iterator[Node]:
        """All nodes below, parents before children."""
        for child in self.all_children():
            yield child
            yield from child.descendants()

    def _gather(self, holder: dict[str, Any], declared: Element, name: str) -> Iterator[Node]:
        if declared.choice and self.shape is not None:
            for key, (element, kind) in self.shape.keys.items():
                if element is declared and (key in holder or "_" + key in holder):
                    yield from self._nodes(holder, key, name, declared, kind.code)
        else:
            code = declared.types[0].code if declared.types else "Element"
            yield from self._nodes(holder, name, name, declared, code)

    def _nodes(self, holder: dict[str, Any], key: str, name: str, declared: Element, code: str) -> Iterator[Node]:
        value, extra = holder.get(key), holder.get("_" + key)
        if isinstance(value, list) or isinstance(extra, list):
            values = value if isinstance(value, list) else []
            extras = extra if isinstance(extra, list) else []
            for index in range(max(len(values), len(extras))):
                one = values[index] if index < len(values) else None
                other = extras[index] if index < len(extras) else None
                if one is not None or other is not None:
                    yield self._node(name, index, one, other, declared, code)
        elif value is not None or extra is not None:
            yield self._node(name, None, value, extra, declared, code)

    def _node(self, name: str, index: int | None, value: Any, extra: Any, declared: Element, code: str) -> Node:
        companion = extra if isinstance(extra, dict) else None
        if code == "Resource" and isinstance(value, dict):
            return resource_node(self.tree, value, self, name, declared, index)
        if declared.children:
            shape: Element | None = declared
        else:
            structure = self.tree.types.type(code)
            shape = structure.root if structure is not None else None
        return Node(self.tree, self, name, index, value, companion, code, declared, shape)

    # ---- above

    @property
    def resource(self) -> Node:
        """The nearest resource that holds this node (itself, when it is one): FHIRPath's ``%resource``."""
        node = self
        while node.parent is not None and not node.is_resource:
            node = node.parent
        return node

    @property
    def root_resource(self) -> Node:
        """The resource that is not contained in another: FHIRPath's ``%rootResource``.

        For a contained resource that is its container; an entry of a FHIR Bundle is a root of its own.
        """
        node = self.resource
        while node.name == "contained" and node.parent is not None:
            node = node.parent.resource
        return node

    @property
    def is_resource(self) -> bool:
        """Whether the node is a resource (the root, an entry's resource, a contained one, a parameter's)."""
        return self.parent is None or (self.declared is not None and _resource_typed(self.declared))

    # ---- place

    @property
    def path(self) -> str:
        """FHIRPath location, such as ``Patient.name[0].given[1]`` or ``Observation.value.ofType(Quantity).unit``."""
        if self.parent is None:
            return self.type or "Resource"
        text = f"{self.parent.path}.{self.name}"
        if self.index is not None:
            text += f"[{self.index}]"
        if self.declared is not None and self.declared.choice:
            text += f".ofType({self.type})"
        return text

    @property
    def json_key(self) -> str:
        """The JSON property name: ``valueQuantity`` for a value of a choice element."""
        if self.declared is not None and self.declared.choice:
            return self.name + self.type[:1].upper() + self.type[1:]
        return self.name

    @property
    def json_path(self) -> tuple[Key, ...]:
        """The way to the value in the JSON: ``("name", 0, "given", 1)``. Choices with their type in the name."""
        steps: list[Key] = []
        node: Node = self
        while node.parent is not None:
            if node.index is not None:
                steps.append(node.index)
            steps.append(node.json_key if node.value is not None or node.extra is None else "_" + node.json_key)
            node = node.parent
        return tuple(reversed(steps))

    @property
    def holder(self) -> dict[str, Any]:
        """The dict that has the properties below: the value of a complex type, the companion of a primitive."""
        value = self.value
        if isinstance(value, dict):
            return value
        return self.extra if self.extra is not None else {}

    def text(self, name: str) -> str | None:
        """The text value of a single child, or None when it is absent or no text."""
        value = self.holder.get(name)
        return value if isinstance(value, str) else None

    def __repr__(self) -> str:
        return f"<Node {self.path}>"


def _resource_typed(element: Element) -> bool:
    return any(kind.code == "Resource" for kind in element.types)


def resource_node(
    tree: Tree, raw: dict[str, Any], parent: Node | None, name: str, declared: Element | None, index: int | None = None
) -> Node:
    """A node for a resource, by its ``resourceType``; with no shape when the type is unknown."""
    kind = raw.get("resourceType")
    kind = kind if isinstance(kind, str) else ""
    structure = tree.types.type(kind) if kind else None
    shape = structure.root if structure is not None and structure.kind == "resource" else None
    return Node(tree, parent, name, index, raw, None, kind, declared, shape)
