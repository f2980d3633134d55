"""What a coded value is found to be: findings, and questions that stayed open."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Severity = Literal["error", "warning", "information"]
Kind = Literal[
    "not-in-value-set",
    "not-in-maximum-value-set",
    "no-code",
    "unknown-code",
    "malformed-code",
    "display",
    "inactive",
    "abstract",
    "letter-case",
    "no-system",
    "relative-system",
    "value-set-as-system",
    "supplement-as-system",
    "misspelt-system",
    "binding-to-code-system",
    "unit-annotation",
]


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to say of a coded value.

    ``path`` is relative to the value that was judged (``coding[0].code``, empty for the value itself). ``found`` and
    ``allowed`` are short texts; ``value_set`` and ``system`` canonicals; ``strength`` that of the binding where one
    asked. ``advice`` marks best practice.
    """

    kind: Kind
    severity: Severity
    message: str
    path: str = ""
    found: str = ""
    allowed: str = ""
    fix: str = ""
    value_set: str | None = None
    system: str | None = None
    strength: str | None = None
    advice: bool = False


class Open(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question that could not be answered: to be counted and shown, neither an error nor a pass.

    ``subject`` is what was not held, as a canonical; ``value_set`` is None where the code's existence in its code
    system stayed open.
    """

    subject: str
    code: str
    path: str = ""
    system: str | None = None
    value_set: str | None = None
    strength: str | None = None
    detail: str = ""


class Judgement(msgspec.Struct, frozen=True):
    """All that was found of one value."""

    findings: tuple[Finding, ...] = ()
    open: tuple[Open, ...] = ()

    def __add__(self, other: Judgement) -> Judgement:
        if not (other.findings or other.open):
            return self
        return Judgement(self.findings + other.findings, self.open + other.open)


NOTHING = Judgement()


class CodingValue(msgspec.Struct, frozen=True):
    """The parts of a Coding or Quantity that have the right JSON type; ``path`` is where it stands in the value."""

    system: str | None
    code: str | None
    display: str | None
    version: str | None
    path: str
    in_concept: bool = False

    @property
    def shown(self) -> str:
        """``system#code``, exact."""
        return f"{self.system or '(no system)'}#{self.code or '(no code)'}"

    def at(self, name: str) -> str:
        """The relative path of one of its elements."""
        return f"{self.path}.{name}" if self.path else name


def coding_value(raw: Any, path: str, *, in_concept: bool = False, quantity: bool = False) -> CodingValue:
    """A Coding, or a Quantity's unit, whatever else stands in it."""
    parts = raw if isinstance(raw, dict) else {}

    def text(name: str) -> str | None:
        value = parts.get(name)
        return value if isinstance(value, str) and value else None

    if quantity:
        return CodingValue(text("system"), text("code"), None, None, path)
    return CodingValue(text("system"), text("code"), text("display"), text("version"), path, in_concept)


def codings(kind: str, value: Any) -> list[CodingValue]:
    """The codings of a Coding, CodeableConcept or Quantity; empty for other types and malformed values."""
    if kind == "Coding":
        return [coding_value(value, "")]
    if kind in QUANTITIES:
        return [coding_value(value, "", quantity=True)]
    if kind == "CodeableConcept" and isinstance(value, dict):
        found = value.get("coding")
        if isinstance(found, list):
            return [coding_value(one, f"coding[{at}]", in_concept=True) for at, one in enumerate(found)]
    return []


QUANTITIES = frozenset(("Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity"))
"""Quantity and the types that constrain it."""
TEXTS = frozenset(("code", "string", "uri", "url", "canonical"))
"""Primitive types whose binding is judged: the value is the code, its system follows from the value set."""
