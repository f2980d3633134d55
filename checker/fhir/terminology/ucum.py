"""The Unified Code for Units of Measure: is a code well formed, and which units compare with which.

Source: https://ucum.org/ucum sections 2 and 3. Case-sensitive symbols only, as FHIR has them
(http://hl7.org/fhir/R4/ucum.html). Where public software is kinder than the grammar, so is this: an annotation
may hold blanks, and may follow a number or a bracket.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

import msgspec

from checker.fhir.terminology.data.ucum_atoms import ATOMS, BASE_UNITS, PREFIXES

SYSTEM: Final = "http://unitsofmeasure.org"

_LONGEST: Final = 500
"""Characters of a code that are looked at: no unit in use has a tenth of it."""
_DEEPEST: Final = 40
"""Brackets within brackets."""
_LARGEST_POWER: Final = 60
"""Beyond it a unit is well formed, and not reckoned with."""

_ATOM: Final = {code: (takes_prefix == "m", value, unit) for code, takes_prefix, value, unit in ATOMS}
_BASE: Final = {code: index for index, code in enumerate(BASE_UNITS)}
_LONGEST_PREFIX: Final = 2
_SYMBOL = re.compile(r"(?:[^\[\]{}()./\s0-9+\-]|\[[^\[\]{}\s]*\]|10[*^])+")
_POWER = re.compile(r"[+-]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_ANNOTATION = re.compile(r"\{[ -z|~]*\}")


class Malformed(Exception):
    """Not a UCUM code; the text says what is wrong with it."""


class Unit(msgspec.Struct, frozen=True):
    """What a unit measures: a number of base units.

    ``dimension`` holds the powers of metre, second, gram, radian, kelvin, coulomb and candela;
    ``kind`` is empty for a ratio scale, else the name of the procedure or function behind the unit
    (an arbitrary unit such as ``[IU]``, a function such as that of ``Cel``).
    """

    factor: Fraction
    dimension: tuple[int, ...]
    kind: str = ""


_ONE: Final = Unit(Fraction(1), (0,) * len(BASE_UNITS))


@lru_cache(maxsize=4096)
def fault(code: str) -> str:
    """What is wrong with the code as UCUM, empty if it is well formed.

    >>> fault("mm[Hg]"), fault("Kg")
    ('', "'Kg' is no unit")
    """
    try:
        _parse(code)
    except Malformed as wrong:
        return str(wrong)
    return ""


@lru_cache(maxsize=4096)
def unit(code: str) -> Unit | None:
    """The unit in base units; None if the code is malformed or out of what is reckoned with."""
    try:
        return _parse(code).unit
    except (Malformed, OverflowError, ZeroDivisionError):
        return None


def comparable(one: str, other: str) -> bool | None:
    """Do the two units measure the same kind of thing? None if either is not understood."""
    left, right = unit(one), unit(other)
    if left is None or right is None:
        return None
    if "arbitrary" in left.kind or "arbitrary" in right.kind:
        return left.kind == right.kind and left.dimension == right.dimension
    return left.dimension == right.dimension


def converted(value: Fraction, source: str, target: str) -> Fraction | None:
    """That many ``source`` units in ``target`` units; None if they do not compare or lie on curved scales.

    Degrees Celsius and Fahrenheit are converted; logarithmic units only to themselves.
    """
    left, right = unit(source), unit(target)
    if left is None or right is None or not comparable(source, target):
        return None
    if left == right:
        return value
    base = _to_base(value, left)
    return None if base is None else _from_base(base, right)


_OFFSETS: Final = {
    "special:Cel": (Fraction(1), Fraction(27315, 100)),
    "special:degF": (Fraction(5, 9), Fraction(45967, 100)),
}
"""Scale and zero of the temperatures: kelvin = (value + zero) x scale."""


def _to_base(value: Fraction, unit_: Unit) -> Fraction | None:
    if unit_.kind in _OFFSETS:
        scale, zero = _OFFSETS[unit_.kind]
        return (value * unit_.factor + zero) * scale
    return None if "special" in unit_.kind else value * unit_.factor


def _from_base(base: Fraction, unit_: Unit) -> Fraction | None:
    if unit_.kind in _OFFSETS:
        scale, zero = _OFFSETS[unit_.kind]
        return (base / scale - zero) / unit_.factor
    return None if "special" in unit_.kind else base / unit_.factor


class _Reader:
    """One pass over a code. ``unit`` is None once the powers grow beyond what is reckoned with."""

    __slots__ = ("at", "depth", "text", "unit")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.unit: Unit | None = None

    def read(self) -> None:
        if self._here() == "/":
            self.at += 1
            self.unit = _power(self._term(), -1)
        else:
            self.unit = self._term()
        if self.at < len(self.text):
            raise Malformed(f"unexpected '{self.text[self.at]}' at position {self.at + 1}")

    def _here(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _term(self) -> Unit | None:
        product = self._component()
        while self._here() in (".", "/") and self._here():
            sign = 1 if self._here() == "." else -1
            self.at += 1
            product = _times(product, _power(self._component(), sign))
        return product

    def _component(self) -> Unit | None:
        here = self._here()
        if here == "(":
            found = self._bracket()
        elif here == "{":
            found = _ONE
        elif not here:
            raise Malformed("a unit is missing at the end")
        else:
            found = self._simple()
        if self._here() == "{":
            self._annotation()
        return found

    def _bracket(self) -> Unit | None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Malformed(f"more than {_DEEPEST} brackets within brackets")
        self.at += 1
        found = self._term()
        if self._here() != ")":
            raise Malformed("a bracket is not closed")
        self.at += 1
        self.depth -= 1
        return found

    def _annotation(self) -> None:
        matched = _ANNOTATION.match(self.text, self.at)
        if not matched:
            raise Malformed("an annotation in braces is not closed, or holds a character beyond ASCII")
        self.at = matched.end()

    def _simple(self) -> Unit | None:
        matched = _SYMBOL.match(self.text, self.at)
        if not matched:
            return self._number()
        self.at = matched.end()
        found: Unit | None = _named(matched.group())
        power = _POWER.match(self.text, self.at)
        if power:
            self.at = power.end()
            digits = power.group()
            found = None if len(digits) > 4 else _power(found, int(digits))
        return found

    def _number(self) -> Unit | None:
        matched = _DIGITS.match(self.text, self.at)
        if not matched:
            raise Malformed(f"unexpected '{self._here()}' at position {self.at + 1}")
        self.at = matched.end()
        digits = matched.group()
        if not digits.strip("0"):
            raise Malformed("a factor of zero")
        return None if len(digits) > 30 else Unit(Fraction(int(digits)), _ONE.dimension)


def _parse(code: str) -> _Reader:
    if not code:
        raise Malformed("empty")
    if len(code) > _LONGEST:
        raise Malformed(f"longer than {_LONGEST} characters")
    reader = _Reader(code)
    reader.read()
    return reader


def _named(symbol: str) -> Unit:
    """The unit of a symbol, prefix and all. Raises Malformed if there is none."""
    if symbol in _ATOM or symbol in _BASE:
        return _atom(symbol)
    for length in range(1, _LONGEST_PREFIX + 1):
        prefix, rest = symbol[:length], symbol[length:]
        if prefix in PREFIXES and (rest in _BASE or (rest in _ATOM and _ATOM[rest][0])):
            base = _atom(rest)
            return Unit(base.factor * Fraction(PREFIXES[prefix]), base.dimension, base.kind)
    raise Malformed(f"'{symbol}' is no unit")


@lru_cache(maxsize=512)
def _atom(code: str) -> Unit:
    if code in _BASE:
        return Unit(Fraction(1), tuple(int(index == _BASE[code]) for index in range(len(BASE_UNITS))))
    _, value, of = _ATOM[code]
    if value == "arbitrary":
        return Unit(Fraction(1), _ONE.dimension, f"arbitrary:{'[IU]' if code == '[iU]' else code}")
    inner = _parse(of).unit or _ONE
    if value.startswith("special:"):
        return Unit(inner.factor, inner.dimension, value)
    return Unit(inner.factor * Fraction(value), inner.dimension, inner.kind)


def _power(base: Unit | None, exponent: int) -> Unit | None:
    if base is None or abs(exponent) > _LARGEST_POWER:
        return None
    kind = base.kind if exponent == 1 else base.kind and f"{base.kind}^{exponent}"
    return Unit(base.factor**exponent, tuple(part * exponent for part in base.dimension), kind)


def _times(left: Unit | None, right: Unit | None) -> Unit | None:
    if left is None or right is None or max(map(abs, (*left.dimension, *right.dimension))) > 10 * _LARGEST_POWER:
        return None
    if left.factor.numerator.bit_length() + left.factor.denominator.bit_length() > 20_000:
        return None
    kind = ".".join(sorted(part for part in (left.kind, right.kind) if part))
    return Unit(
        left.factor * right.factor, tuple(a + b for a, b in zip(left.dimension, right.dimension, strict=True)), kind
    )
