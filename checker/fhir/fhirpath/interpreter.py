"""The interpreter: evaluates a parsed expression over nodes and system values.

It is the oracle for everything that is faster. A collection is a list; ``{}`` is the empty one.

Source: FHIRPath N1, http://hl7.org/fhirpath/N1/; http://hl7.org/fhir/R4/fhirpath.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.fhirpath import arithmetic, comparison
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
)
from checker.fhir.fhirpath.conversion import Collection, boolean, describe, integer, single, string, value_of
from checker.fhir.fhirpath.environment import Environment
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.parser import parse
from checker.fhir.fhirpath.types import derives, is_type, narrows
from checker.fhir.fhirpath.values import Quantity, TypeInfo
from checker.fhir.instance import Node


class Scope:
    """Where a part of an expression is evaluated.

    ``this`` is what names without a source start from (``$this``); ``index`` and ``total`` belong to the
    iteration; ``variables`` are those of ``defineVariable``.
    """

    __slots__ = ("defining", "env", "index", "this", "total", "variables")

    def __init__(
        self,
        env: Environment,
        this: Collection,
        index: Collection,
        total: Collection,
        variables: dict[str, Collection],
        defining: bool,
    ) -> None:
        self.env, self.this, self.index, self.total = env, this, index, total
        self.variables, self.defining = variables, defining

    def each(self, item: Any, index: int, total: Collection | None = None) -> Scope:
        """The scope of one iteration."""
        variables = dict(self.variables) if self.defining else self.variables
        return Scope(self.env, [item], [index], self.total if total is None else total, variables, self.defining)

    def over(self, this: Collection) -> Scope:
        """The same with another focus."""
        variables = dict(self.variables) if self.defining else self.variables
        return Scope(self.env, this, self.index, self.total, variables, self.defining)

    def apart(self) -> Scope:
        """A scope whose variables are not seen outside."""
        return self.over(self.this) if self.defining else self

    # ---- for the functions

    def evaluate(self, part: Part) -> Collection:
        """An argument, evaluated in this scope."""
        return _EVALUATE[type(part)](part, self)

    def argument(self, part: Part) -> Collection:
        """An argument whose variables stay inside."""
        return _EVALUATE[type(part)](part, self.apart())

    def text(self, part: Part, what: str) -> str | None:
        """A String argument."""
        return string(self.argument(part), what)

    def number(self, part: Part, what: str) -> int | None:
        """An Integer argument."""
        return integer(self.argument(part), what)

    def holds(self, part: Part, what: str) -> bool | None:
        """A criterion: its singleton evaluation as a Boolean."""
        return boolean(self.evaluate(part), what)


def evaluate(expression: Expression | str, focus: Collection, env: Environment | None = None) -> Collection:
    """Evaluate an expression over a focus of nodes (or system values).

    Raises :class:`FHIRPathSyntaxError` for a text that cannot be parsed and :class:`FHIRPathError` when the
    evaluation has no result.
    """
    if isinstance(expression, str):
        expression = parse(expression)
    given = env if env is not None else Environment()
    scope = Scope(_focused(given, focus), focus, [], [], {}, "defineVariable" in expression.text)
    try:
        return scope.evaluate(expression.root)
    except RecursionError:
        raise FHIRPathError("the expression or the data is nested too deep to be evaluated") from None


def holds(expression: Expression | str, focus: Collection, env: Environment | None = None) -> bool | None:
    """An invariant: the evaluation as a Boolean (any single item that is none counts as true); None when empty.

    Raises what :func:`evaluate` raises, and :class:`FHIRPathError` for several items.
    """
    return boolean(evaluate(expression, focus, env), "an invariant")


def _focused(env: Environment, focus: Collection) -> Environment:
    """The environment with ``%context`` filled in."""
    if env.context is not None:
        return env
    own = Environment.__new__(Environment)
    for name in Environment.__slots__:
        setattr(own, name, getattr(env, name))
    own.context = focus
    return own


# ---- the parts


def _literal(part: Literal, scope: Scope) -> Collection:
    return list(part.values)


def _variable(part: Variable, scope: Scope) -> Collection:
    return scope.this if part.name == "this" else scope.index if part.name == "index" else scope.total


def _external(part: External, scope: Scope) -> Collection:
    if part.name in scope.variables:
        return scope.variables[part.name]
    return scope.env.constant(part.name, scope.this)


def _member(part: Member, scope: Scope) -> Collection:
    name = part.name
    if part.source is None:
        if name[:1].isupper():
            own = [item for item in scope.this if isinstance(item, Node) and derives(item.tree.types, item.type, name)]
            if own:
                return own
        return members(scope.this, name)
    return members(_EVALUATE[type(part.source)](part.source, scope), name)


def members(focus: Collection, name: str) -> Collection:
    """The children of that name of all items."""
    if len(focus) == 1 and isinstance(focus[0], Node):
        return focus[0].children(name)
    found: Collection = []
    for item in focus:
        if isinstance(item, Node):
            found.extend(item.children(name))
        elif isinstance(item, TypeInfo) and name in ("namespace", "name", "baseType"):
            found.append(item.base if name == "baseType" else getattr(item, name))
        elif isinstance(item, Quantity) and name in ("value", "unit"):
            found.append(getattr(item, name))
    return found


def _function(part: Function, scope: Scope) -> Collection:
    found = FUNCTIONS.get(part.name)
    if found is None:
        raise FHIRPathError(f"there is no function {part.name}()")
    function, least, most = found
    count = len(part.arguments)
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise FHIRPathError(f"{part.name}() takes {wanted} arguments and is given {count}")
    focus = scope.this if part.source is None else _EVALUATE[type(part.source)](part.source, scope)
    return function(part, focus, scope)


def _chained(part: Chained, scope: Scope) -> Collection:
    source = scope.evaluate(part.source)
    return source if part.variable.name == "this" else _variable(part.variable, scope)


def _indexer(part: Indexer, scope: Scope) -> Collection:
    source = scope.evaluate(part.source)
    index = integer(scope.argument(part.index), "[ ]")
    return [source[index]] if index is not None and 0 <= index < len(source) else []


def _polarity(part: Polarity, scope: Scope) -> Collection:
    item = single(scope.evaluate(part.operand), f"{part.sign} (sign)")
    if item is None:
        return []
    value = value_of(item)
    result = arithmetic.negated(value)
    if result is NotImplemented:
        raise FHIRPathError(f"{part.sign} does not take {describe(item)}")
    return [value if part.sign == "+" else result]


def _type_test(part: TypeTest, scope: Scope) -> Collection:
    source = scope.evaluate(part.source)
    item = single(source, part.operator)
    types = scope.env.types_for(source)
    if part.operator == "is":
        return [] if item is None else [is_type(item, part.type, types)]
    if item is None:
        is_type(True, part.type, types)  # an unknown type is an error whatever the data
        return []
    return [item] if narrows(item, part.type, types) else []


def _binary(part: Binary, scope: Scope) -> Collection:
    return _OPERATORS[part.operator](part, scope)


def _operands(part: Binary, scope: Scope) -> tuple[Collection, Collection]:
    return scope.argument(part.left), scope.argument(part.right)


def _result(answer: bool | None) -> Collection:
    return [] if answer is None else [answer]


def _equal(part: Binary, scope: Scope) -> Collection:
    return _result(comparison.equal_collections(*_operands(part, scope)))


def _unequal(part: Binary, scope: Scope) -> Collection:
    answer = comparison.equal_collections(*_operands(part, scope))
    return _result(None if answer is None else not answer)


def _equivalent(part: Binary, scope: Scope) -> Collection:
    answer = comparison.equivalent_collections(*_operands(part, scope))
    return [answer == (part.operator == "~")]


_ORDERS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}


def _ordered(part: Binary, scope: Scope) -> Collection:
    order = comparison.order(*_operands(part, scope), part.operator)
    return [] if order is None else [_ORDERS[part.operator](order)]


def _calculated(part: Binary, scope: Scope) -> Collection:
    return arithmetic.calculate(part.operator, *_operands(part, scope))


def _concatenated(part: Binary, scope: Scope) -> Collection:
    left, right = _operands(part, scope)
    return [(string(left, "&") or "") + (string(right, "&") or "")]


def _union(part: Binary, scope: Scope) -> Collection:
    left, right = _operands(part, scope)
    return comparison.distinct([*left, *right])


def _membership(part: Binary, scope: Scope) -> Collection:
    left, right = _operands(part, scope)
    item, items = (single(left, "in"), right) if part.operator == "in" else (single(right, "contains"), left)
    return [] if item is None else [item in comparison.Seen(items)]


def _and(part: Binary, scope: Scope) -> Collection:
    left = boolean(scope.argument(part.left), "and")
    if left is False:
        return [False]
    right = boolean(scope.argument(part.right), "and")
    return [False] if right is False else _result(True if left and right else None)


def _or(part: Binary, scope: Scope) -> Collection:
    left = boolean(scope.argument(part.left), "or")
    if left:
        return [True]
    right = boolean(scope.argument(part.right), "or")
    return [True] if right else _result(None if left is None or right is None else False)


def _xor(part: Binary, scope: Scope) -> Collection:
    left = boolean(scope.argument(part.left), "xor")
    right = boolean(scope.argument(part.right), "xor")
    return [] if left is None or right is None else [left != right]


def _implies(part: Binary, scope: Scope) -> Collection:
    left = boolean(scope.argument(part.left), "implies")
    if left is False:
        return [True]
    right = boolean(scope.argument(part.right), "implies")
    return [True] if right else _result(None if left is None else right)


_OPERATORS: dict[str, Callable[[Binary, Scope], Collection]] = {
    "=": _equal,
    "!=": _unequal,
    "~": _equivalent,
    "!~": _equivalent,
    **dict.fromkeys(_ORDERS, _ordered),
    **dict.fromkeys(("+", "-", "*", "/", "div", "mod"), _calculated),
    "&": _concatenated,
    "|": _union,
    "in": _membership,
    "contains": _membership,
    "and": _and,
    "or": _or,
    "xor": _xor,
    "implies": _implies,
}

_EVALUATE: dict[type[Part], Callable[[Any, Scope], Collection]] = {
    Literal: _literal,
    Variable: _variable,
    External: _external,
    Member: _member,
    Function: _function,
    Chained: _chained,
    Indexer: _indexer,
    Polarity: _polarity,
    TypeTest: _type_test,
    Binary: _binary,
}

from checker.fhir.fhirpath.functions import FUNCTIONS  # noqa: E402 - the functions need Scope
