"""Booleans in compiled invariants.

Each is compiled twice, as *surely true* and as *surely false*; neither holds for an empty result.
"""

from __future__ import annotations

import re

from checker.fhir.fhirpath.ast import Binary, Function, Literal, Part, TypeTest, type_name
from checker.fhir.fhirpath.compiled_code import Decision, NotLowerable, Value, certain, literals, open_
from checker.fhir.fhirpath.conversion import QUANTITIES
from checker.fhir.fhirpath.lowering_collections import PREDICATES, CollectionLowering

_OF_ITEM = re.compile(r"text\((x\d+), ('\w+'), '_\w+'\)")
"""The code that reads a text of the object of an iteration."""
_QUANTIFIERS = frozenset({"allTrue", "anyTrue", "allFalse", "anyFalse"})


class Lowering(CollectionLowering):
    """From the parts of an invariant to code."""

    def decision(self, part: Part, this: Value) -> Decision:
        """A part as a Boolean."""
        if isinstance(part, Binary):
            return self.operator(part, this)
        if isinstance(part, Literal) and len(part.values) == 1 and isinstance(part.values[0], bool):
            return certain(repr(part.values[0]))
        if isinstance(part, TypeTest) and part.operator == "is":
            return self.is_type(self.value(part.source, this), part.type)
        if isinstance(part, Function):
            found = self.predicate(part, this)
            if found is not None:
                return found
        return self.truth(self.value(part, this))

    def truth(self, value: Value) -> Decision:
        """Singleton evaluation as a Boolean."""
        if value.many:
            raise NotLowerable
        if value.kind == "boolean":
            return open_(value.code)
        return Decision(value.exists, "False")

    def operator(self, part: Binary, this: Value) -> Decision:
        """An operator with a Boolean result."""
        name = part.operator
        if name in ("and", "or", "xor", "implies"):
            a, b = self.decision(part.left, this), self.decision(part.right, this)
            if name == "and":
                return Decision(f"({a.true} and {b.true})", f"({a.false} or {b.false})")
            if name == "or":
                return Decision(f"({a.true} or {b.true})", f"({a.false} and {b.false})")
            if name == "implies":
                return Decision(f"({a.false} or {b.true})", f"({a.true} and {b.false})")
            return Decision(
                f"(({a.true} and {b.false}) or ({a.false} and {b.true}))",
                f"(({a.true} and {b.true}) or ({a.false} and {b.false}))",
            )
        if name in ("=", "!="):
            found = self.equality(part, this)
            return found if name == "=" else Decision(found.false, found.true)
        if name in ("<", ">", "<=", ">="):
            return self.order(part, this)
        if name in ("in", "contains"):
            left, right = (part.left, part.right) if name == "in" else (part.right, part.left)
            return self.membership(self.value(left, this), right, this)
        raise NotLowerable

    def equality(self, part: Binary, this: Value) -> Decision:
        """``=``."""
        if self.is_boolean(part.left) and self.is_boolean(part.right):
            a, b = self.decision(part.left, this), self.decision(part.right, this)
            return Decision(
                f"(({a.true} and {b.true}) or ({a.false} and {b.false}))",
                f"(({a.true} and {b.false}) or ({a.false} and {b.true}))",
            )
        left, right = self.operand(part.left, this), self.operand(part.right, this)
        if left.kind == right.kind == "resource" and not left.many and not right.many:
            return open_(f"equal({left.code}, {right.code})")
        if left.kind != right.kind or left.kind not in ("text", "boolean", "integer"):
            raise NotLowerable
        if left.many or right.many:
            return open_(f"equal_lists({self.as_list(left)}, {self.as_list(right)})")
        found = open_(f"equal({left.code}, {right.code})")
        read = _OF_ITEM.fullmatch(left.code) if right.code in self.constants else None
        if read is not None:  # looked at with care only where it is not what is wanted
            found.true = f"({read[1]}.get({read[2]}) == {right.code} or unlike({left.code}))"
        return found

    def order(self, part: Binary, this: Value) -> Decision:
        """``<``, ``>``, ``<=``, ``>=``."""
        left, right = self.one(part.left, this), self.one(part.right, this)
        least, most = {"<": (-1, -1), "<=": (-1, 0), ">": (1, 1), ">=": (0, 1)}[part.operator]
        if left.kind == right.kind and left.kind in ("integer", "text"):
            return open_(f"below({left.code}, {right.code}, {least}, {most})")
        if {left.kind, right.kind} <= {"integer", "number"}:
            return open_(f"numbers({left.code}, {right.code}, {least}, {most})")
        if left.type == right.type and left.type in QUANTITIES and left.kind == right.kind == "object":
            return open_(f"quantities({left.code}, {right.code}, {least}, {most})")
        if left.kind == right.kind == "moment":
            return open_(f"moments({left.code}, {right.code}, {least}, {most})")
        raise NotLowerable

    def membership(self, item: Value, part: Part, this: Value) -> Decision:
        """``in``, or ``contains`` turned round."""
        item = self.narrowed(item)
        choices = literals(part)
        if choices is not None:
            kind = {str: "text", int: "integer"}.get(type(choices[0])) if choices else None
            if item.kind != kind or not all(type(one) is type(choices[0]) for one in choices):
                raise NotLowerable
            return open_(f"member({item.code}, {self.constant(frozenset(choices))})")
        others = self.value(part, this)
        if item.kind != others.kind or item.kind not in ("text", "integer"):
            raise NotLowerable
        return open_(f"member({item.code}, {self.as_list(others)})")

    def is_type(self, value: Value, name: str) -> Decision:
        """``is``: of a choice by its JSON key, of a resource by its ``resourceType``."""
        code = name.rpartition(".")[2]
        structure = self.types.type(code)
        if name.startswith("System.") or structure is None or value.many:
            raise NotLowerable
        if value.kind == "resource" and structure.kind == "resource" and not structure.abstract:
            return open_(f"equal(type_of({value.code}), {code!r})")
        if value.kind != "choice" or value.holder is None or value.holder.many or value.shape is None:
            raise NotLowerable
        keys = [key for key, (_, kind) in self.keys(value) if self.derives(kind.code, code)]
        mine = self.constant(frozenset(one for key in keys for one in (key, "_" + key)))
        chosen = f"has_choice({value.holder.code}, {mine})"
        return Decision(chosen, f"({value.exists} and not {chosen})")

    def predicate(self, call: Function, this: Value) -> Decision | None:
        """A function with a Boolean result; None when it is no such function."""
        name = call.name
        if name not in PREDICATES:
            return None
        if name == "not":
            inner = self.decision(call.source, this) if call.source is not None else self.truth(this)
            return Decision(inner.false, inner.true)
        if not call.arguments and isinstance(call.source, Function) and call.source.name == "select":
            found = self.selected(name, call.source, this)
            if found is not None:
                return found
        if name in _QUANTIFIERS:
            raise NotLowerable
        if name in ("exists", "all", "empty") and call.source is not None and self.is_boolean(call.source):
            raise NotLowerable
        source = self.value(call.source, this) if call.source is not None else this
        if name in ("exists", "empty") and not call.arguments:
            found = certain(source.exists)
            return found if name == "exists" else Decision(found.false, found.true)
        if name in ("exists", "all") and len(call.arguments) == 1:
            item = self.item(source)
            criterion = self.decision(call.arguments[0], item)
            word = "any" if name == "exists" else "all"
            return certain(f"{word}({criterion.true} for {item.code} in {self.as_list(source)})")
        if name == "is" and len(call.arguments) == 1:
            return self.is_type(source, type_name(call.arguments[0]) or "")
        if name == "hasValue" and not call.arguments:
            if source.many or source.kind not in ("text", "boolean", "integer", "number", "moment"):
                raise NotLowerable
            return certain(f"({source.code} is not None)")
        if name == "isDistinct" and not call.arguments and source.kind == "text" and source.many:
            return certain(f"distinct({source.code})")
        if name in ("startsWith", "endsWith", "contains", "matches") and len(call.arguments) == 1:
            return self.text_test(name, self.narrowed(source), call.arguments[0])
        raise NotLowerable

    def selected(self, name: str, select: Function, this: Value) -> Decision | None:
        """``select(Boolean)`` followed by a quantifier: empty results are left out, as the selection does."""
        if len(select.arguments) != 1 or not self.is_boolean(select.arguments[0]):
            return None
        source = self.value(select.source, this) if select.source is not None else this
        item = self.item(source)
        one = self.decision(select.arguments[0], item)
        each = f"for {item.code} in {self.as_list(source)}"
        code = {
            "exists": f"any({one.true} or {one.false} {each})",
            "empty": f"(not any({one.true} or {one.false} {each}))",
            "allTrue": f"(not any({one.false} {each}))",
            "anyTrue": f"any({one.true} {each})",
            "allFalse": f"(not any({one.true} {each}))",
            "anyFalse": f"any({one.false} {each})",
        }.get(name)
        return certain(code) if code is not None else None

    def text_test(self, name: str, source: Value, argument: Part) -> Decision:
        """A test of a text against a literal."""
        literal = literals(argument)
        if source.kind != "text" or literal is None or len(literal) != 1 or not isinstance(literal[0], str):
            raise NotLowerable
        if name == "matches":
            from checker.fhir import bounded_regex

            pattern = bounded_regex.compile(literal[0])
            if pattern is None:
                raise NotLowerable
            return open_(f"found({self.constant(pattern)}, {source.code})")
        helper = {"startsWith": "starts", "endsWith": "ends", "contains": "holds"}[name]
        return open_(f"{helper}({source.code}, {self.constant(literal[0])})")
