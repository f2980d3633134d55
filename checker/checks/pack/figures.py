"""Figures of an evidence pack: decimals, never floats; durations and months as they are counted in contracts."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_FIGURE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)
CENT = Decimal("0.01")
_WIDE = Context(prec=250)
"""Wide enough for the product of any figures that the schemas let through."""


def decimal(text: str) -> Decimal:
    """A figure that its schema has let through. Raises ``ValueError`` for what is none, or not finite.

    >>> decimal("99.90")
    Decimal('99.90')
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not a figure: {text[:40]!r}") from None
    if not found.is_finite():
        raise ValueError(f"not a figure: {text[:40]!r}")
    return found


def figure(text: str) -> Decimal | None:
    """The figure in a cell of a table; None for what is none, or has no end.

    >>> figure("1.250"), figure("1e9"), figure("")
    (Decimal('1.250'), None, None)
    """
    return Decimal(text) if _FIGURE.fullmatch(text) else None


def in_digits(figure: Decimal) -> str:
    """A figure in plain digits.

    >>> in_digits(Decimal("1E+3")), in_digits(Decimal("12.50"))
    ('1000', '12.50')
    """
    return f"{figure:f}"


def rounded(figure: Decimal, places: int = 2) -> Decimal:
    """A figure with so many places, halves away from zero, as money is rounded.

    >>> rounded(Decimal("2.005")), rounded(Decimal("43.2"), 1)
    (Decimal('2.01'), Decimal('43.2'))
    """
    return figure.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_WIDE)


def places(text: str) -> int:
    """How many places a figure is written with.

    >>> places("99.90"), places("43")
    (2, 0)
    """
    return len(text.partition(".")[2])


def agree(declared: str, found: Decimal) -> bool:
    """Is a declared figure the one that was found, rounded to the places that it is written with?

    >>> agree("43.2", Decimal("43.2000")), agree("43", Decimal("43.2")), agree("43.1", Decimal("43.2"))
    (True, True, False)
    """
    return rounded(found, places(declared)) == decimal(declared)


def span(text: str) -> timedelta | None:
    """The length of an ISO 8601 duration of days, hours, minutes and seconds; None for another text.

    >>> span("PT4H"), span("P1DT30M"), span("P"), span("P1M")
    (datetime.timedelta(seconds=14400), datetime.timedelta(days=1, seconds=1800), None, None)
    """
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()) or text.endswith("T"):
        return None
    days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def minutes(length: timedelta) -> Decimal:
    """A length in minutes, exactly.

    >>> minutes(timedelta(minutes=43, seconds=12))
    Decimal('43.2')
    """
    return Decimal(length // timedelta(seconds=1)) / 60


def whole_months(start: date, end: date) -> int:
    """How many whole months lie between two days; negative where the end comes first.

    >>> whole_months(date(2026, 1, 31), date(2026, 2, 28)), whole_months(date(2026, 1, 1), date(2027, 1, 1))
    (0, 12)
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if end.day < start.day else 0)
