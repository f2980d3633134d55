"""The parser: a Pratt parser over the tokens, bounded in depth.

Source: FHIRPath N1, http://hl7.org/fhirpath/N1/grammar.html and §6.8 (operator precedence)
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

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
from checker.fhir.fhirpath.errors import FHIRPathSyntaxError
from checker.fhir.fhirpath.lexer import Token, tokens, unescape
from checker.fhir.fhirpath.temporal import parse_date, parse_date_time, parse_time
from checker.fhir.fhirpath.values import CALENDAR, Quantity

MAX_DEPTH = 200
"""Deeper trees are refused: the deepest of R4 core has under 60 levels."""

_BINDING = {
    "implies": 1,
    "or": 2,
    "xor": 2,
    "and": 3,
    "in": 4,
    "contains": 4,
    "=": 5,
    "~": 5,
    "!=": 5,
    "!~": 5,
    "<": 6,
    ">": 6,
    "<=": 6,
    ">=": 6,
    "|": 7,
    "is": 8,
    "as": 8,
    "+": 9,
    "-": 9,
    "&": 9,
    "*": 10,
    "/": 10,
    "div": 10,
    "mod": 10,
}
_UNARY = 11
_RESERVED = frozenset({"and", "or", "xor", "implies", "div", "mod", "true", "false"})


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Parse an expression. Raises :class:`FHIRPathSyntaxError` with the position where it goes wrong."""
    parser = _Parser(text)
    root = parser.expression(0)
    if parser.token.kind != "end":
        raise parser.unexpected()
    return Expression(text, root)


class _Parser:
    __slots__ = ("depth", "index", "list", "token")

    def __init__(self, text: str) -> None:
        self.list = tokens(text)
        self.index = 0
        self.depth = 0
        self.token: Token = self.list[0]

    def unexpected(self) -> FHIRPathSyntaxError:
        token = self.token
        what = "the end of the expression" if token.kind == "end" else repr(token.text)
        return FHIRPathSyntaxError(f"{what} is not expected here", token.at)

    def next(self) -> Token:
        token = self.token
        self.index += 1
        if token.kind != "end":
            self.token = self.list[self.index]
        return token

    def expect(self, symbol: str) -> None:
        if not self.token.is_(symbol):
            raise self.unexpected()
        self.next()

    def bounded(self, part: Part) -> Part:
        if part.depth > MAX_DEPTH:
            raise FHIRPathSyntaxError(f"the expression is nested more than {MAX_DEPTH} deep", part.at)
        return part

    def expression(self, least: int) -> Part:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FHIRPathSyntaxError(f"the expression is nested more than {MAX_DEPTH} deep", self.token.at)
        left = self.unary()
        while True:
            token = self.token
            power = _BINDING.get(token.text, -1) if token.kind in ("symbol", "name") else -1
            if power <= least:
                break
            self.next()
            if token.text in ("is", "as"):
                left = TypeTest(token.text, left, self.type_specifier(), token.at)
            else:
                left = Binary(token.text, left, self.expression(power), token.at)
            self.bounded(left)
        self.depth -= 1
        return left

    def unary(self) -> Part:
        token = self.token
        if token.is_("+", "-"):
            self.next()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise FHIRPathSyntaxError(f"the expression is nested more than {MAX_DEPTH} deep", token.at)
            operand = self.unary()
            self.depth -= 1
            return Polarity(token.text, operand, token.at)
        return self.postfix(self.term())

    def postfix(self, part: Part) -> Part:
        while True:
            token = self.token
            if token.is_("."):
                self.next()
                part = self.invocation(part)
            elif token.is_("["):
                self.next()
                index = self.expression(0)
                self.expect("]")
                part = Indexer(part, index, token.at)
            else:
                return part
            self.bounded(part)

    def invocation(self, source: Part) -> Part:
        token = self.next()
        if token.kind == "variable":
            return Chained(source, Variable(token.text[1:], token.at), token.at)
        if token.kind not in ("name", "delimited"):
            self.back(token)
            raise self.unexpected()
        return self.named(source, token)

    def back(self, token: Token) -> None:
        self.index = self.list.index(token)
        self.token = token

    def named(self, source: Part | None, token: Token) -> Part:
        name = unescape(token.text) if token.kind == "delimited" else token.text
        if not self.token.is_("("):
            return Member(source, name, token.at)
        self.next()
        arguments: list[Part] = []
        if not self.token.is_(")"):
            arguments.append(self.expression(0))
            while self.token.is_(","):
                self.next()
                arguments.append(self.expression(0))
        self.expect(")")
        return Function(source, name, tuple(arguments), token.at)

    def term(self) -> Part:
        token = self.next()
        kind = token.kind
        if kind == "delimited" or (kind == "name" and token.text not in _RESERVED):
            return self.named(None, token)
        if kind == "name" and token.text in ("true", "false"):
            return Literal((token.text == "true",), token.at)
        if kind == "string":
            return Literal((unescape(token.text),), token.at)
        if kind == "number":
            return self.number(token)
        if kind == "variable":
            return Variable(token.text[1:], token.at)
        if kind in ("date", "time"):
            return self.temporal(token)
        if token.is_("("):
            inner = self.expression(0)
            self.expect(")")
            return inner
        if token.is_("{"):
            self.expect("}")
            return Literal((), token.at)
        if token.is_("%"):
            name = self.next()
            if name.kind in ("string", "delimited"):
                return External(unescape(name.text), token.at)
            if name.kind == "name":
                return External(name.text, token.at)
            self.back(name)
            raise self.unexpected()
        self.back(token)
        raise self.unexpected()

    def number(self, token: Token) -> Part:
        value: int | Decimal = Decimal(token.text) if "." in token.text else _integer(token)
        unit = self.token
        if unit.kind == "string":
            self.next()
            return Literal((Quantity(Decimal(value), unescape(unit.text)),), token.at)
        if unit.kind == "name" and unit.text in CALENDAR:
            self.next()
            return Literal((Quantity(Decimal(value), CALENDAR[unit.text], calendar=True),), token.at)
        return Literal((value,), token.at)

    def temporal(self, token: Token) -> Part:
        text = token.text[1:]
        value: object | None
        if token.kind == "time":
            value = parse_time(text[1:])
        elif "T" in text:
            value = parse_date_time(text.removesuffix("T"))
        else:
            value = parse_date(text)
        if value is None:
            raise FHIRPathSyntaxError(f"{token.text} is no date or time of the calendar", token.at)
        return Literal((value,), token.at)

    def type_specifier(self) -> str:
        names = []
        while True:
            token = self.next()
            if token.kind == "delimited":
                names.append(unescape(token.text))
            elif token.kind == "name" and token.text not in _RESERVED:
                names.append(token.text)
            else:
                self.back(token)
                raise self.unexpected()
            # A dot after the type belongs to it only when a name follows that is no function.
            following = self.list[self.index + 1 : self.index + 3]
            if self.token.is_(".") and following[0].kind in ("name", "delimited") and not following[1].is_("("):
                self.next()
                continue
            return ".".join(names)


def _integer(token: Token) -> int:
    if len(token.text) > 30:
        raise FHIRPathSyntaxError(f"{token.text[:20]}… is too large a number", token.at)
    return int(token.text)
