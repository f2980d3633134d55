"""Static checks of an expression against the definitions: what can never be right, whatever the data.

Known paths are followed through the definitions. An element that its type does not have, a type that does not exist,
an unknown function, a function on a type that it never takes, and order asked of an unordered collection are
problems. What cannot be known (any resource, ``resolve()``, constants of the caller) is let pass.

Source: FHIRPath N1 §11 (type safety and strict evaluation)
"""

from __future__ import annotations

from checker.fhir.definitions.ir import Element
from checker.fhir.fhirpath.ast import (
    Binary,
    Chained,
    Expression,
    External,
    Function,
    Indexer,
    Literal,
    Member,
    Part,
    Polarity,
    TypeTest,
    Variable,
    type_name,
)
from checker.fhir.fhirpath.conversion import STRINGS, system_type
from checker.fhir.fhirpath.functions import FUNCTIONS
from checker.fhir.fhirpath.types import SYSTEM, derives
from checker.fhir.instance import Types

_SAME = frozenset({"where", "first", "last", "tail", "skip", "take", "single", "distinct", "trace", "checkModifiers",
                   "exclude", "intersect", "sort", "defineVariable"})  # fmt: skip
_ORDERED = frozenset({"first", "last", "tail", "skip", "take"})
_BOOLEAN = frozenset({"empty", "not", "exists", "all", "allTrue", "anyTrue", "allFalse", "anyFalse", "subsetOf",
                      "supersetOf", "isDistinct", "startsWith", "endsWith", "contains", "matches", "matchesFull", "is",
                      "hasValue", "memberOf", "conformsTo", "htmlChecks", "comparable"})  # fmt: skip
_OF_STRING = frozenset({"indexOf", "lastIndexOf", "substring", "startsWith", "endsWith", "contains", "upper", "lower",
                        "replace", "matches", "matchesFull", "replaceMatches", "length", "toChars", "split", "trim",
                        "encode", "decode", "escape", "unescape"})  # fmt: skip
_TEXT = frozenset({"substring", "upper", "lower", "replace", "replaceMatches", "toChars", "split", "trim", "join",
                   "encode", "decode", "escape", "unescape", "toString"})  # fmt: skip
_INTEGER = frozenset({"count", "length", "indexOf", "lastIndexOf", "toInteger", "ceiling", "floor", "truncate"})
_PER_ITEM = frozenset({"where", "select", "all", "exists", "repeat", "aggregate", "sort"})
_LOGIC = frozenset({"and", "or", "xor", "implies", "=", "!=", "~", "!~", "<", ">", "<=", ">=", "in", "contains"})

Kind = tuple[str, str, Element | None]
"""Namespace, name, and the element whose children are its members (for FHIR types)."""


class Static:
    """What is known of a collection: the types its items may have (None: unknown), and whether it has an order."""

    __slots__ = ("kinds", "ordered")

    def __init__(self, kinds: tuple[Kind, ...] | None, *, ordered: bool = True) -> None:
        self.kinds, self.ordered = kinds, ordered


_UNKNOWN = Static(None)


def problems(expression: Expression, code: str | None, types: Types) -> list[str]:
    """What is wrong with the expression when its focus is of the type; empty when nothing is known to be."""
    analysis = _Analysis(types)
    structure = types.type(code) if code else None
    focus = Static((("FHIR", code or "", structure.root),)) if structure is not None else _UNKNOWN
    analysis.of(expression.root, focus)
    return analysis.problems


class _Analysis:
    def __init__(self, types: Types) -> None:
        self.types = types
        self.problems: list[str] = []

    def say(self, message: str) -> Static:
        if message not in self.problems:
            self.problems.append(message)
        return _UNKNOWN

    def of(self, part: Part, this: Static) -> Static:
        if isinstance(part, Literal):
            return (
                Static(tuple(("System", system_type(value), None) for value in part.values))
                if part.values
                else (_UNKNOWN)
            )
        if isinstance(part, Variable):
            return this if part.name == "this" else _UNKNOWN
        if isinstance(part, External):
            return _UNKNOWN
        if isinstance(part, Member):
            return self.member(part, this)
        if isinstance(part, Function):
            return self.function(part, this)
        if isinstance(part, Chained):
            return self.of(part.source, this)
        if isinstance(part, Indexer):
            source = self.of(part.source, this)
            self.of(part.index, this)
            if not source.ordered:
                self.say("an index is asked of a collection without order")
            return source
        if isinstance(part, Polarity):
            return self.of(part.operand, this)
        if isinstance(part, TypeTest):
            self.of(part.source, this)
            return _one("Boolean") if self.type(part.type) and part.operator == "is" else self.narrowed(part.type)
        return self.binary(part, this) if isinstance(part, Binary) else _UNKNOWN

    def member(self, part: Member, this: Static) -> Static:
        if part.source is None and part.name[:1].isupper() and self.types.type(part.name) is not None:
            if this.kinds is None or any(derives(self.types, code, part.name) for _, code, _ in this.kinds):
                return this
            return self.say(f"the context is no {part.name}")
        source = this if part.source is None else self.of(part.source, this)
        if source.kinds is None:
            return _UNKNOWN
        found: list[Kind] = []
        for namespace, code, shape in source.kinds:
            if namespace == "FHIR" and (shape is None or code in ("Resource", "DomainResource", "Element")):
                return _UNKNOWN
            if namespace == "System" and code in ("Quantity", "TypeInfo"):
                return _UNKNOWN
            declared = shape.members.get(part.name) if shape is not None else None
            if declared is not None:
                found += self.kinds(declared)
        if not found:
            names = " or ".join(sorted({code for _, code, _ in source.kinds}))
            return self.say(f"{part.name} is no element of {names}")
        return Static(tuple(found), ordered=source.ordered)

    def kinds(self, element: Element) -> list[Kind]:
        found: list[Kind] = []
        for kind in element.types:
            structure = self.types.type(kind.code)
            shape = element if element.children else structure.root if structure is not None else None
            found.append(("FHIR", kind.code, shape))
        return found

    def type(self, name: str) -> bool:
        namespace, _, code = name.rpartition(".")
        if namespace == "System" or (not namespace and code in SYSTEM) or self.types.type(code) is not None:
            return True
        self.say(f"{name} is no type")
        return False

    def narrowed(self, name: str) -> Static:
        code = name.rpartition(".")[2]
        structure = self.types.type(code)
        if self.type(name) and structure is not None:
            return Static((("FHIR", code, structure.root),))
        return _UNKNOWN

    def function(self, call: Function, this: Static) -> Static:
        source = this if call.source is None else self.of(call.source, this)
        known = FUNCTIONS.get(call.name)
        if known is None:
            return self.say(f"there is no function {call.name}()")
        if not known[1] <= len(call.arguments) <= known[2]:
            return self.say(f"{call.name}() is given {len(call.arguments)} arguments")
        if call.name in ("is", "as", "ofType"):
            name = type_name(call.arguments[0])
            if name is None:
                return self.say(f"{call.name}() takes the name of a type")
            return _one("Boolean") if self.type(name) and call.name == "is" else self.narrowed(name)
        if call.name in _ORDERED and not source.ordered:
            self.say(f"{call.name}() is asked of a collection without order")
        if call.name in _OF_STRING and source.kinds is not None and not any(map(_is_string, source.kinds)):
            self.say(f"{call.name}() takes a String")
        inner = source if call.name in _PER_ITEM or call.name == "iif" else this
        if call.name == "repeat":
            return self.repeated(call, source)
        found = [self.of(argument, inner) for argument in call.arguments]
        if call.name in ("where", "all", "exists", "iif") and found and not _may_be_boolean(found[0]):
            self.say(f"the criterion of {call.name}() is no Boolean")
        return self.result(call, source, found)

    def repeated(self, call: Function, source: Static) -> Static:
        """The elements of a repeat may be those of any round: two rounds are looked at."""
        count = len(self.problems)
        first = self.of(call.arguments[0], source)
        said = len(self.problems)
        second = self.of(call.arguments[0], first)
        del self.problems[said if said > count else count :]
        if first.kinds is None or second.kinds is None:
            return _UNKNOWN
        return Static((*first.kinds, *second.kinds), ordered=first.ordered)

    def result(self, call: Function, source: Static, arguments: list[Static]) -> Static:
        if call.name in _SAME:
            return source
        if call.name in _BOOLEAN:
            return _one("Boolean")
        if call.name in _TEXT:
            return _one("String")
        if call.name in _INTEGER:
            return _one("Integer")
        if call.name == "select":
            return arguments[0]
        if call.name in ("union", "combine"):
            return _either(source, arguments[0])
        if call.name == "iif" and len(arguments) > 1:
            return _either(arguments[1], arguments[2] if len(arguments) > 2 else arguments[1])
        if call.name in ("children", "descendants"):
            return Static(None, ordered=False)
        if call.name == "extension":
            return self.narrowed("Extension")
        if call.name == "slice":
            return source
        if call.name == "elementDefinition":
            return self.narrowed("ElementDefinition")
        return _UNKNOWN

    def binary(self, part: Binary, this: Static) -> Static:
        left, right = self.of(part.left, this), self.of(part.right, this)
        if part.operator in _LOGIC:
            return _one("Boolean")
        if part.operator == "|":
            return _either(left, right)
        return _one("String") if part.operator == "&" else _UNKNOWN


def _one(name: str) -> Static:
    return Static((("System", name, None),))


def _either(left: Static, right: Static) -> Static:
    if left.kinds is None or right.kinds is None:
        return Static(None, ordered=left.ordered and right.ordered)
    return Static((*left.kinds, *right.kinds), ordered=left.ordered and right.ordered)


def _is_string(kind: Kind) -> bool:
    return kind[1] == "String" if kind[0] == "System" else kind[1] in STRINGS


def _may_be_boolean(found: Static) -> bool:
    """Whether a criterion may be a Boolean; elements may, by their mere presence."""
    return found.kinds is None or any(kind[0] == "FHIR" or kind[1] == "Boolean" for kind in found.kinds)
