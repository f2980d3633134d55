"""The system types that Python has no class for: Quantity, and what ``type()`` tells.

Boolean, String, Integer and Decimal are ``bool``, ``str``, ``int`` and :class:`decimal.Decimal`; Date, DateTime and
Time stand in :mod:`checker.fhir.fhirpath.temporal`.

Source: FHIRPath N1, §2.1.8 (Quantity), §10.2 (reflection)
"""

from __future__ import annotations

from decimal import Decimal

CALENDAR = {
    word: unit
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for word in (unit, unit + "s")
}
"""The calendar duration words, singular and plural, by the singular."""


class Quantity:
    """A number with a unit.

    ``calendar`` is true for a calendar duration (``1 year``), false for a UCUM unit (``1 'a'``), and None for a
    FHIR Quantity in years or months, which may be taken for either.
    """

    __slots__ = ("calendar", "unit", "value")

    def __init__(self, value: Decimal, unit: str, *, calendar: bool | None = False) -> None:
        self.value, self.unit, self.calendar = value, unit, calendar

    def __str__(self) -> str:
        number = f"{self.value:f}"
        if not self.calendar:
            return f"{number} '{self.unit}'"
        return f"{number} {self.unit}" if self.value == 1 else f"{number} {self.unit}s"

    def __repr__(self) -> str:
        return f"Quantity({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and (self.value, self.unit, self.calendar) == (
            other.value,
            other.unit,
            other.calendar,
        )

    def __hash__(self) -> int:
        return hash((self.value, self.unit))


class TypeInfo:
    """What ``type()`` gives: the namespace (``System`` or ``FHIR``), the name, and the base type."""

    __slots__ = ("base", "name", "namespace")

    def __init__(self, namespace: str, name: str, base: str) -> None:
        self.namespace, self.name, self.base = namespace, name, base

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}"

    def __repr__(self) -> str:
        return f"TypeInfo({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeInfo) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))
