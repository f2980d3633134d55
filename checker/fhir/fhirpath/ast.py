"""The parts of a parsed FHIRPath expression.

Source: FHIRPath N1, http://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

from typing import Any


class Part:
    """Any part. ``at`` is its offset in the text; ``depth`` the height of the tree below it."""

    __slots__ = ("at", "depth")
    at: int
    depth: int

    def parts(self) -> tuple[Part, ...]:
        """The parts directly below."""
        return ()


class Literal(Part):
    """A literal: ``values`` has one system value, or none for ``{}``."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[Any, ...], at: int) -> None:
        self.values, self.at, self.depth = values, at, 1


class Variable(Part):
    """``$this``, ``$index`` or ``$total``; ``name`` has no dollar sign."""

    __slots__ = ("name",)

    def __init__(self, name: str, at: int) -> None:
        self.name, self.at, self.depth = name, at, 1


class External(Part):
    """``%name``: a constant of the environment."""

    __slots__ = ("name",)

    def __init__(self, name: str, at: int) -> None:
        self.name, self.at, self.depth = name, at, 1


class Member(Part):
    """A name: a child of ``source``, or of the focus when it has none (where it may be the focus's own type)."""

    __slots__ = ("name", "source")

    def __init__(self, source: Part | None, name: str, at: int) -> None:
        self.source, self.name, self.at = source, name, at
        self.depth = 1 + (source.depth if source is not None else 0)

    def parts(self) -> tuple[Part, ...]:
        """The source."""
        return (self.source,) if self.source is not None else ()


class Function(Part):
    """A function of ``source``, or of the focus when it has none."""

    __slots__ = ("arguments", "name", "source")

    def __init__(self, source: Part | None, name: str, arguments: tuple[Part, ...], at: int) -> None:
        self.source, self.name, self.arguments, self.at = source, name, arguments, at
        below = [part.depth for part in arguments]
        self.depth = 1 + max([*below, source.depth if source is not None else 0])

    def parts(self) -> tuple[Part, ...]:
        """The source and the arguments."""
        return self.arguments if self.source is None else (self.source, *self.arguments)


class Chained(Part):
    """``source.$this`` and its like: a variable evaluated after a source."""

    __slots__ = ("source", "variable")

    def __init__(self, source: Part, variable: Variable, at: int) -> None:
        self.source, self.variable, self.at, self.depth = source, variable, at, source.depth + 1

    def parts(self) -> tuple[Part, ...]:
        """Both."""
        return (self.source, self.variable)


class Indexer(Part):
    """``source[index]``."""

    __slots__ = ("index", "source")

    def __init__(self, source: Part, index: Part, at: int) -> None:
        self.source, self.index, self.at = source, index, at
        self.depth = 1 + max(source.depth, index.depth)

    def parts(self) -> tuple[Part, ...]:
        """Both."""
        return (self.source, self.index)


class Polarity(Part):
    """``+x`` or ``-x``."""

    __slots__ = ("operand", "sign")

    def __init__(self, sign: str, operand: Part, at: int) -> None:
        self.sign, self.operand, self.at, self.depth = sign, operand, at, operand.depth + 1

    def parts(self) -> tuple[Part, ...]:
        """The operand."""
        return (self.operand,)


class Binary(Part):
    """An operator with two operands."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Part, right: Part, at: int) -> None:
        self.operator, self.left, self.right, self.at = operator, left, right, at
        self.depth = 1 + max(left.depth, right.depth)

    def parts(self) -> tuple[Part, ...]:
        """Both operands."""
        return (self.left, self.right)


class TypeTest(Part):
    """``source is Type`` or ``source as Type``; ``type`` is the qualified name."""

    __slots__ = ("operator", "source", "type")

    def __init__(self, operator: str, source: Part, type_: str, at: int) -> None:
        self.operator, self.source, self.type, self.at = operator, source, type_, at
        self.depth = source.depth + 1

    def parts(self) -> tuple[Part, ...]:
        """The source."""
        return (self.source,)


class Expression:
    """A parsed expression: its ``text`` and its ``root``."""

    __slots__ = ("root", "text")

    def __init__(self, text: str, root: Part) -> None:
        self.text = text
        self.root = root

    def __repr__(self) -> str:
        return f"<Expression {self.text}>"


def type_name(part: Part) -> str | None:
    """The type specifier that an argument spells (``FHIR.Patient``), or None when it is no plain name."""
    names: list[str] = []
    step: Part | None = part
    while isinstance(step, Member):
        names.append(step.name)
        step = step.source
    return ".".join(reversed(names)) if names and step is None else None
