"""Collections in compiled invariants: from a path to the code that reads it from raw JSON.

The definitions tell which element is a list, of what type it is, and which JSON keys a choice has.
"""

from __future__ import annotations

from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.fhirpath.ast import (
    Binary,
    External,
    Function,
    Indexer,
    Literal,
    Member,
    Part,
    TypeTest,
    Variable,
    type_name,
)
from checker.fhir.fhirpath.compiled_code import Decision, NotLowerable, Value, any_, guarded, literals
from checker.fhir.fhirpath.conversion import INTEGERS, PRIMITIVES, QUANTITIES, STRINGS
from checker.fhir.fhirpath.environment import FIXED
from checker.fhir.fhirpath.types import derives
from checker.fhir.instance import Types

_MOMENTS = frozenset({"date", "dateTime", "instant"})
PREDICATES = frozenset({
    "not", "exists", "empty", "all", "is", "hasValue", "isDistinct", "startsWith", "endsWith", "contains", "matches",
    "allTrue", "anyTrue", "allFalse", "anyFalse",
})  # fmt: skip
"""Functions whose result is a Boolean."""


class CollectionLowering:
    """What the code is made from: the element in focus, the types, the constants gathered so far."""

    def __init__(self, element: Element, types: Types) -> None:
        self.types = types
        self.constants: dict[str, Any] = {}
        self.count = 0
        shape = element
        code = element.types[0].code if element.types else element.path
        if not element.children:
            structure = types.type(code)
            shape = structure.root if structure is not None else element
        root = types.type(element.path.partition(".")[0])
        self.is_resource = "." not in element.path and root is not None and root.kind == "resource"
        self.owner = root.root if root is not None and root.kind == "resource" else None
        kind = "resource" if self.is_resource else "object"
        self.focus = Value("t", kind, exists="True", shape=shape, type_=element.path if self.is_resource else code)

    def constant(self, value: Any) -> str:
        """A name in the code for a value."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def fresh(self) -> str:
        """The name of a variable."""
        self.count += 1
        return f"x{self.count}"

    def decision(self, part: Part, this: Value) -> Decision:
        """A part as a Boolean."""
        raise NotImplementedError

    def is_boolean(self, part: Part) -> bool:
        """Whether the part is a Boolean by its form."""
        if isinstance(part, Literal):
            return len(part.values) == 1 and isinstance(part.values[0], bool)
        if isinstance(part, Binary):
            return part.operator in ("and", "or", "xor", "implies", "=", "!=", "<", ">", "<=", ">=", "in", "contains")
        return isinstance(part, Function) and part.name in PREDICATES

    def operand(self, part: Part, this: Value) -> Value:
        """A part as an operand; computed Booleans are none."""
        if self.is_boolean(part) and not isinstance(part, Literal):
            raise NotLowerable
        return self.value(part, this)

    def keys(self, value: Value) -> list[tuple[str, Any]]:
        """The JSON keys of a choice element, each with its element and type."""
        shape = value.holder.shape if value.holder is not None else None
        return [(key, pair) for key, pair in shape.keys.items() if pair[0] is value.shape] if shape is not None else []

    def derives(self, code: str, target: str) -> bool:
        """Whether a type is another or specializes it."""
        return derives(self.types, code, target)

    def item(self, source: Value) -> Value:
        """The variable of an iteration."""
        if source.kind in ("choice", "other"):
            raise NotLowerable
        return Value(self.fresh(), source.kind, exists="True", shape=source.shape, type_=source.type)

    def as_list(self, value: Value) -> str:
        """Code for a list."""
        if value.kind in ("choice", "other"):
            raise NotLowerable
        return value.code if value.many else f"listed({value.code})"

    def narrowed(self, value: Value) -> Value:
        """A value that may be a list as a single one; several ask the interpreter."""
        return Value(f"single({value.code})", value.kind, shape=value.shape, type_=value.type) if value.many else value

    def one(self, part: Part, this: Value) -> Value:
        """A part as a single value."""
        return self.narrowed(self.operand(part, this))

    def value(self, part: Part, this: Value) -> Value:
        """A part as a collection."""
        if isinstance(part, Literal):
            return self.literal(part)
        if isinstance(part, Variable):
            if part.name != "this":
                raise NotLowerable
            return this
        if isinstance(part, External):
            return self.external(part.name)
        if isinstance(part, Member):
            return self.member(part, this)
        if isinstance(part, TypeTest) and part.operator == "as":
            return self.cast(self.value(part.source, this), part.type)
        if isinstance(part, Binary) and part.operator in ("|", "+", "-", "&"):
            return self.computed(part, this)
        if isinstance(part, Function):
            return self.function(part, this)
        if isinstance(part, Indexer):
            source, index = self.value(part.source, this), literals(part.index)
            if source.many and index == [0] and index[0] is not False and source.kind not in ("choice", "other"):
                return Value(f"first({source.code})", source.kind, shape=source.shape, type_=source.type)
        raise NotLowerable

    def literal(self, part: Literal) -> Value:
        """A literal."""
        value = part.values[0] if part.values else None
        kind = {str: "text", bool: "boolean", int: "integer"}.get(type(value))
        if kind is None:
            raise NotLowerable
        return Value(self.constant(value), kind, exists="True")

    def external(self, name: str) -> Value:
        """A constant of the environment."""
        if name in FIXED:
            return Value(self.constant(FIXED[name]), "text", exists="True")
        if name == "context" or (name == "resource" and self.is_resource):
            return self.focus
        if name == "resource" and self.owner is not None:
            return Value("given(resource)", "resource", exists="True", shape=self.owner, type_=self.owner.path)
        if name in ("resource", "rootResource"):
            structure = self.types.type("DomainResource")
            if structure is None:
                raise NotLowerable
            code = "given(root)" if name == "rootResource" else "given(resource)"
            return Value(code, "resource", exists="True", shape=structure.root, type_="DomainResource")
        raise NotLowerable

    def member(self, part: Member, this: Value) -> Value:
        """A step of a path."""
        if part.source is None and part.name[:1].isupper():
            if this.kind in ("object", "resource") and this.type and self.derives(this.type, part.name):
                return this
            raise NotLowerable
        source = this if part.source is None else self.value(part.source, this)
        shape = source.shape
        if source.kind not in ("object", "resource") or shape is None:
            raise NotLowerable
        element = shape.members.get(part.name)
        if element is None and source.type == "Resource":
            abstract = self.types.type("DomainResource")
            element = abstract.root.members.get(part.name) if abstract is not None else None
        if element is None:
            raise NotLowerable
        return self.child(source, element, part.name)

    def child(self, source: Value, element: Element, name: str) -> Value:
        """A child of an object or of many."""
        if element.choice:
            keys = frozenset(
                one
                for key, (declared, _) in (source.shape.keys.items() if source.shape is not None else ())
                if declared is element
                for one in (key, "_" + key)
            )
            helper = "any_has_choice" if source.many else "has_choice"
            exists = guarded(source.guard, f"{helper}({source.code}, {self.constant(keys)})")
            return Value("", "choice", many=source.many, exists=exists, shape=element, holder=source)
        code = element.types[0].code if element.types else "Element"
        return self.access(source, element, name, code)

    def access(self, source: Value, element: Element, key: str, code: str) -> Value:
        """A child at a JSON key of a known type."""
        many = source.many or element.is_list
        kind, shape = self.kind(element, code)
        name, companion = repr(key), repr("_" + key)
        definite = not source.many and source.exists == "True"
        if kind in ("object", "resource"):
            exists = f"({name} in {source.code})" if definite else f"{any_(source)}has({source.code}, {name})"
            helper = ("each_" if source.many else "") + ("objects" if element.is_list else "one")
            arguments = f"({source.code}, {name})"
        else:
            exists = f"{any_(source)}has_either({source.code}, {name}, {companion})"
            if definite:
                exists = f"({name} in {source.code} or {companion} in {source.code})"
            helper = self.reader(kind, source.many, element.is_list)
            arguments = f"({source.code}, {name}, {companion})"
        guard = exists if definite else source.guard
        exists = guarded(source.guard, exists)
        if not helper:
            return Value("", "other", many=many, exists=exists, guard=guard)
        return Value(helper + arguments, kind, many=many, exists=exists, shape=shape, type_=code, guard=guard)

    def reader(self, kind: str, source_many: bool, is_list: bool) -> str:
        """The helper that reads a primitive; empty when there is none."""
        if kind in ("text", "moment"):
            return ("each_" if source_many else "") + ("texts" if is_list else "text")
        return kind if kind != "other" and not source_many and not is_list else ""

    def kind(self, element: Element, code: str) -> tuple[str, Element | None]:
        """How a type is read, and the element with its members."""
        if code in STRINGS:
            return "text", None
        if code in INTEGERS:
            return "integer", None
        if code == "boolean":
            return "boolean", None
        if code in _MOMENTS:
            return "moment", None
        if code == "decimal":
            return "number", None
        if code in PRIMITIVES:
            return "other", None
        structure = self.types.type(code)
        shape = element if element.children else structure.root if structure is not None else None
        return ("resource" if code == "Resource" else "object"), shape

    def cast(self, value: Value, name: str) -> Value:
        """``as`` and ``ofType`` of a choice element."""
        if value.kind != "choice" or value.holder is None or value.shape is None or name.startswith("System."):
            raise NotLowerable
        code = name.rpartition(".")[2]
        keys = [key for key, (_, kind) in self.keys(value) if self.derives(kind.code, code)]
        if len(keys) != 1 or value.many:
            raise NotLowerable
        return self.access(value.holder, value.shape, keys[0], dict(self.keys(value))[keys[0]][1].code)

    def computed(self, part: Binary, this: Value) -> Value:
        """A union, a sum, a concatenation."""
        left, right = self.operand(part.left, this), self.operand(part.right, this)
        if part.operator == "|":
            if left.kind != right.kind or left.kind != "text":
                return self.joined(left, right)
            return Value(f"merged({self.as_list(left)}, {self.as_list(right)})", "text", many=True)
        if part.operator == "&" and left.kind == right.kind == "text":
            code = f"concatenated({self.narrowed(left).code}, {self.narrowed(right).code})"
            return Value(code, "text", exists="True")
        if part.operator != "&" and left.kind == right.kind == "integer" and left.exists == right.exists == "True":
            return Value(f"({left.code} {part.operator} {right.code})", "integer", exists="True")
        raise NotLowerable

    def joined(self, left: Value, right: Value) -> Value:
        """A union of which only the existence is known."""
        return Value("", "other", many=True, exists=f"({left.exists} or {right.exists})")

    def function(self, call: Function, this: Value) -> Value:
        """A function with a collection for its result."""
        source = self.value(call.source, this) if call.source is not None else this
        name, count = call.name, len(call.arguments)
        if name == "trace" and count == 1 and _is_text(call.arguments[0]):
            return source
        if name == "count" and not count:
            return self.counted(source)
        if name in ("ofType", "as") and count == 1:
            return self.cast(source, type_name(call.arguments[0]) or "")
        if source.kind in ("choice", "other"):
            raise NotLowerable
        if name == "extension" and count == 1 and source.shape is not None and "extension" in source.shape.members:
            return self.extension(source, source.shape.members["extension"], call.arguments[0])
        if name == "where" and count == 1:
            item = self.item(source)
            criterion = self.decision(call.arguments[0], item).true
            filtered = f"[{item.code} for {item.code} in {self.as_list(source)} if {criterion}]"
            exists = guarded(source.guard, f"any({criterion} for {item.code} in {self.as_list(source)})")
            return Value(filtered, source.kind, many=True, exists=exists, shape=source.shape, type_=source.type)
        if name == "select" and count == 1:
            item = self.item(source)
            inner = self.value(call.arguments[0], item)
            inside = self.fresh()
            code = f"[{inside} for {item.code} in {self.as_list(source)} for {inside} in {self.as_list(inner)}]"
            return Value(code, inner.kind, many=True, shape=inner.shape, type_=inner.type)
        if name in ("first", "last") and not count:
            code = f"{name}({source.code})"
            return Value(code, source.kind, shape=source.shape, type_=source.type) if source.many else source
        if name == "tail" and not count:
            code = f"{self.as_list(source)}[1:]"
            return Value(code, source.kind, many=True, shape=source.shape, type_=source.type)
        if name in ("intersect", "combine") and count == 1:
            return self.paired(name, source, self.value(call.arguments[0], this))
        if name == "length" and not count and source.kind == "text":
            return Value(f"length({self.narrowed(source).code})", "integer")
        if name == "substring" and count in (1, 2) and source.kind == "text":
            numbers = [literals(argument) for argument in call.arguments]
            if all(one is not None and len(one) == 1 and type(one[0]) is int for one in numbers):
                values = [one[0] for one in numbers if one is not None]
                start, size = (*values, None)[:2]
                return Value(f"cut({self.narrowed(source).code}, {start!r}, {size!r})", "text")
        raise NotLowerable

    def extension(self, source: Value, element: Element, argument: Part) -> Value:
        """The extensions with a url."""
        url = literals(argument)
        if url is None or len(url) != 1 or not isinstance(url[0], str):
            raise NotLowerable
        held = self.child(source, element, "extension")
        item = self.fresh()
        code = f"[{item} for {item} in {held.code} if {item}.get('url') == {self.constant(url[0])}]"
        return Value(code, "object", many=True, shape=held.shape, type_="Extension", guard=held.guard,
                     exists=guarded(held.guard, f"bool({code})"))  # fmt: skip

    def counted(self, source: Value) -> Value:
        """``count()``."""
        if source.kind in ("choice", "other"):
            raise NotLowerable
        code = f"len({source.code})" if source.many else f"int({source.exists})"
        return Value(code, "integer", exists="True")

    def paired(self, name: str, source: Value, other: Value) -> Value:
        """``intersect()`` and ``combine()``."""
        if source.kind != other.kind or source.kind not in ("text", "object") or source.type != other.type:
            raise NotLowerable
        if source.kind == "object" and (source.type in QUANTITIES or source.shape is None):
            raise NotLowerable
        if name == "combine":
            code = f"[*{self.as_list(source)}, *{self.as_list(other)}]"
        elif source.type == "Coding" or source.kind == "text":
            code = f"overlap({self.as_list(source)}, {self.as_list(other)})"
        else:
            raise NotLowerable
        return Value(code, source.kind, many=True, shape=source.shape, type_=source.type)


def _is_text(part: Part) -> bool:
    """Whether a part is a literal String."""
    return isinstance(part, Literal) and len(part.values) == 1 and isinstance(part.values[0], str)
