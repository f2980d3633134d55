"""Quick looks at primitive values: True is sure, False says only that the explaining tier has to look.

The forms are those of :mod:`checker.fhir.forms.lexical` and :mod:`checker.fhir.forms.primitives`; here stand the
usual cases at less cost, and everything else is put to the same functions. Texts that repeat (systems, codes, units)
are remembered; what differs from resource to resource is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date as calendar_date
from datetime import datetime
from decimal import Decimal
from typing import Any

from checker.fhir.fast.clean import Clean, Dirty
from checker.fhir.forms import characters, lexical
from checker.fhir.forms import primitives as forms

MOST_TEXTS = 20_000
"""How many texts of one kind are remembered."""
LONG = 200
"""Longer texts are not remembered."""
FEW = 30
"""With so many different strings at an element, remembering them does not pay."""

_INT32 = 2**31
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_OF_IDS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."
_FIRST, _LAST = forms.FIRST_YEAR, forms.LAST_YEAR + "\uffff"
_day = calendar_date.fromisoformat
_moment = datetime.fromisoformat
OFFSETS = frozenset(
    ["Z", "+14:00", "-14:00", *(f"{sign}{at // 60:02d}:{at % 60:02d}" for sign in "+-" for at in range(14 * 60))]
)
"""What may follow the seconds of a dateTime without a fraction."""
SEPARATORS = "--T::"
"""Every third character of a dateTime from the fifth to the seventeenth."""
FIRST, LAST = _FIRST, _LAST
moment = _moment


def look_at_ids(c: Clean) -> None:
    """Judge the ids of a resource together, each of 1 to 64 characters. Raises ``Dirty`` when one is no id."""
    if "".join(c.ids_to_look_at).encode().translate(None, _OF_IDS):
        raise Dirty("an id")


def is_date(v: Any) -> bool:
    """A date in the calendar, of a year that is likely."""
    if v.__class__ is not str or not _FIRST <= v <= _LAST:
        return False
    if len(v) == 10 and v[4:8:3] == "--":
        try:
            _day(v)
        except ValueError:
            return False
        return True
    return lexical.date(v) is None


def is_date_time(v: Any) -> bool:
    """A dateTime, of a year that is likely."""
    if v.__class__ is not str or not _FIRST <= v <= _LAST:
        return False
    if len(v) == 10:
        if v[4:8:3] == "--":
            try:
                _day(v)
            except ValueError:
                return False
            return True
    elif v[19:] in OFFSETS and v[4:17:3] == SEPARATORS:
        try:
            _moment(v)
        except ValueError:
            return lexical.date_time(v) is None
        return True
    return lexical.date_time(v) is None


def is_instant(v: Any) -> bool:
    """An instant, of a year that is likely."""
    if v.__class__ is not str or not _FIRST <= v <= _LAST:
        return False
    if v[19:] in OFFSETS and v[4:17:3] == SEPARATORS:
        try:
            _moment(v)
        except ValueError:
            return lexical.instant(v) is None
        return True
    return lexical.instant(v) is None


def is_time(v: Any) -> bool:
    """A time of the day."""
    return v.__class__ is str and v != "" and lexical.time(v) is None


def is_integer(v: Any) -> bool:
    """A whole number of 32 bits."""
    return v.__class__ is int and -_INT32 <= v < _INT32


def is_unsigned(v: Any) -> bool:
    """A whole number from 0."""
    return v.__class__ is int and 0 <= v < _INT32


def is_positive(v: Any) -> bool:
    """A whole number from 1."""
    return v.__class__ is int and 1 <= v < _INT32


def is_decimal(v: Any) -> bool:
    """A number of no more than 18 digits."""
    if v.__class__ is int:
        return bool(-(10**18) < v < 10**18)
    if v.__class__ is not Decimal:
        return False
    text = str(v)
    if len(text) <= 18 and "E" not in text:
        return True
    return (
        v.is_finite() and len(text.partition("E")[0].replace(".", "").lstrip("-0")) <= 18 and abs(v.adjusted()) <= 400
    )


def is_base64(v: Any) -> bool:
    """Base64 in one piece."""
    return v.__class__ is str and characters.is_base64(v)


def plain_characters(v: str) -> bool:
    """Whether nothing is odd about the characters of a text."""
    plain = len(v) < LONG and v.isprintable()
    if not plain and (characters.has_controls(v) or (not v.isascii() and any(one in v for one in forms.DIRECTIONS))):
        return False
    return "<" not in v or forms._TAG.search(v) is None


def is_plain(v: str, kind: str) -> bool:
    """Whether nothing is odd about a text of the kind, given that its form is right."""
    if kind == "string":
        if v[0].isspace() or v[-1].isspace():
            return False
    elif kind == "markdown" and (v.isspace() or not v):
        return False
    return plain_characters(v)


def texts(kind: str, example_urls: bool) -> tuple[set[str], Callable[[Any], bool]]:
    """For a textual primitive type: the set of remembered texts, and the look at one that is not remembered."""
    seen: set[str] = set()
    if kind == "string":
        return seen, _string(seen)
    form = lexical.CHECKS.get(kind)
    uri = kind in ("uri", "url", "canonical", "oid", "uuid")

    def look(v: Any) -> bool:
        if v.__class__ is not str or not v or (form is not None and form(v) is not None) or not is_plain(v, kind):
            return False
        if uri and not example_urls and ("example" in v or "acme" in v):
            return False
        if len(v) < LONG and len(seen) < MOST_TEXTS:
            seen.add(v)
        return True

    return seen, look


def _string(seen: set[str]) -> Callable[[Any], bool]:
    """The look at a string."""
    most, longest = MOST_TEXTS, lexical.MAX_STRING

    def look(v: Any) -> bool:
        if v.__class__ is not str:
            return False
        if len(v) < LONG and v.isprintable() and "<" not in v:
            # Of all white space only the blank is printable.
            if not v or v[0] == " " or v[-1] == " ":
                return False
        elif not v or len(v) > longest or not is_plain(v, "string"):
            return False
        if len(v) < LONG and len(seen) < most:
            seen.add(v)
        return True

    return look


def few(look: Callable[[Any], bool]) -> tuple[set[str], Callable[[Any], bool]]:
    """The first strings of one element, up to ``FEW``, and the look at one that is not among them."""
    seen: set[str] = set()

    def noticed(v: Any) -> bool:
        if not look(v):
            return False
        if len(seen) < FEW:
            seen.add(v)
        return True

    return seen, noticed


LOOKS: dict[str, Callable[[Any], object]] = {
    "id": _ID,
    "date": is_date,
    "dateTime": is_date_time,
    "instant": is_instant,
    "time": is_time,
    "integer": is_integer,
    "unsignedInt": is_unsigned,
    "positiveInt": is_positive,
    "decimal": is_decimal,
    "base64Binary": is_base64,
}
"""The look at a value of a primitive type whose values seldom repeat."""
TEXTS = frozenset({"string", "markdown", "code", "uri", "url", "canonical", "oid", "uuid"})
"""The primitive types whose values often repeat."""
