"""Pieces of code that the compiler of invariants puts together.

Names of a package go in as literals only (``repr``) or as constants beside the code.
"""

from __future__ import annotations

from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.fhirpath.ast import Binary, Literal, Part


class NotLowerable(Exception):
    """The expression, or a part of it, is left to the interpreter."""


class Value:
    """Code for a collection.

    ``kind``: ``text``, ``boolean``, ``integer``, ``number``, ``moment``, ``object``, ``resource``, ``choice`` or
    ``other``. ``many`` tells whether ``code`` gives a list; otherwise a value or None. ``exists`` is code for its
    existence, ``guard`` cheap code without which there is nothing. ``shape`` has the members of an object. A ``choice``
    has its ``holder`` instead of code.
    """

    __slots__ = ("code", "exists", "guard", "holder", "kind", "many", "shape", "type")

    def __init__(
        self,
        code: str,
        kind: str,
        *,
        many: bool = False,
        exists: str = "",
        shape: Element | None = None,
        type_: str = "",
        holder: Value | None = None,
        guard: str = "",
    ) -> None:
        self.code, self.kind, self.many, self.shape, self.type = code, kind, many, shape, type_
        self.holder, self.guard = holder, guard
        self.exists = exists or (f"bool({code})" if many else f"({code} is not None)")


class Decision:
    """Code of a Boolean: ``true`` when it is surely true, ``false`` when surely false."""

    __slots__ = ("false", "true")

    def __init__(self, true: str, false: str) -> None:
        self.true, self.false = true, false


def certain(code: str) -> Decision:
    """A Boolean that is never empty."""
    return Decision(code, f"(not {code})")


def open_(code: str) -> Decision:
    """A call that gives True, False or None."""
    return Decision(f"({code} is True)", f"({code} is False)")


def any_(source: Value) -> str:
    """The prefix of the helper for many objects."""
    return "any_" if source.many else ""


def guarded(guard: str, code: str) -> str:
    """The code behind a cheap test."""
    return f"({guard} and {code})" if guard else code


def literals(part: Part) -> list[Any] | None:
    """The values of a literal, or of a union of literals; None for anything else."""
    if isinstance(part, Literal):
        return list(part.values)
    if isinstance(part, Binary) and part.operator == "|":
        left, right = literals(part.left), literals(part.right)
        return None if left is None or right is None else [*left, *right]
    return None
