"""Read JSON of which nothing is sure: what is of the wrong JSON type counts as absent.

Other rules say that it is wrong; the rules here must only not stumble over it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

_MOST_DIGITS: Final = 500
"""Powers of ten beyond this are no numbers that anybody means."""


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON array; a single object counts as an array of one."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """A text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def texts(value: Any) -> list[str]:
    """The texts of a JSON array."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def number(value: Any) -> Decimal | None:
    """A finite number, or None. A text that spells a number counts: the definitions of others are read kindly."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        read = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return read if read.is_finite() and abs(read.adjusted()) < _MOST_DIGITS else None


def integer(value: Any) -> int | None:
    """A whole number of a size that a count may have, or None."""
    read = number(value)
    return int(read) if read is not None and abs(read) < 2**63 and read == read.to_integral_value() else None


def extensions(holder: Any, url: str) -> list[dict[str, Any]]:
    """The extensions of that url on an object."""
    found = holder.get("extension") if isinstance(holder, dict) else None
    return [one for one in dicts(found) if one.get("url") == url]


def extension_value(holder: Any, url: str) -> Any:
    """The value of the first extension of that url, whatever its type, or None."""
    return next((value_of(one) for one in extensions(holder, url)), None)


def value_of(holder: dict[str, Any], stem: str = "value") -> Any:
    """The value of the choice element ``stem[x]``, or None."""
    return choice(holder, stem)[1]


def choice(holder: dict[str, Any], stem: str = "value") -> tuple[str, Any]:
    """The type suffix (``Coding``, ``Date``) and the value of the choice element ``stem[x]``."""
    for key, value in holder.items():
        if key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper() and value is not None:
            return key[len(stem) :], value
    return "", None
