"""The lexical forms of FHIR's primitive types: pure functions from a text to None (fine) or to what is wrong with it.

A complaint continues a sentence: '2026-02-30' is no date: *February 2026 has no day 30*.

They follow the regular expressions that R4 publishes, with these deviations, all of HL7's own validator:
the calendar is checked, the expressions of string and markdown are not applied (any character may stand in them),
an OID has a root of some length, and codes allow no white space but single spaces. Other than HL7's validator, a time
may have a fraction of a second, as R4 says.

Source: http://hl7.org/fhir/R4/datatypes.html#primitive
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date as calendar_date
from datetime import datetime

Check = Callable[[str], str | None]

MAX_STRING = 1024 * 1024
"""The greatest length of a string, in characters."""

INT32 = 2**31

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?")
_ZONE = re.compile(r"Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_ZONE_LIKE = re.compile(r"[zZ]$|[+-][0-9]{1,2}(?::?[0-9]{2})?$")
_MONTHS = (
    *("", "January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_SPACE = re.compile(r"\s")
_INTEGER = re.compile(r"0|[-+]?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_BASE64_SPACE = re.compile(r"[ \t\r\n]+")


# ---- dates and times


def date(text: str) -> str | None:
    """A year, a month or a day that is in the calendar."""
    if len(text) == 10 and text[4] == "-" and text[7] == "-":
        try:
            calendar_date.fromisoformat(text)
        except ValueError:
            return _date_complaint(text)
        return None
    return _date_complaint(text)


def date_time(text: str) -> str | None:
    """A date, or a date and time with seconds and time zone."""
    if "T" not in text:
        found = _date_complaint(text)
        return found if found is None or len(text) < 11 else _day_and_more(text) or found
    return None if _is_plain(text) else _moment_complaint(text)


def instant(text: str) -> str | None:
    """A date and time with seconds and time zone, always."""
    if "T" in text:
        return None if _is_plain(text) else _moment_complaint(text)
    wrong = _day_and_more(text) or _date_complaint(text)
    return wrong or "an instant has a time and a time zone, such as 2026-03-01T09:30:00Z"


def time(text: str) -> str | None:
    """Hours, minutes and seconds, without a time zone."""
    if _ZONE_LIKE.search(text):
        return "a time of the day has no time zone: hh:mm:ss"
    return _time_complaint(text)


def _is_plain(text: str) -> bool:
    """Whether it is a good moment in one of its two usual lengths: the quick way to yes."""
    size = len(text)
    if size == 25:
        zone = text[19] in "+-" and text[22] == ":" and text[20:] <= "14:00" and text[23] < "6"
    else:
        zone = size == 20 and text[19] == "Z"
    if not zone or not (text[4] == text[7] == "-" and text[10] == "T" and text[13] == text[16] == ":"):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _date_complaint(text: str) -> str | None:
    found = _DATE.fullmatch(text)
    if found is None:
        if not text.isascii():
            return "only the digits 0 to 9 and hyphens stand in a date"
        if "/" in text or "." in text:
            return "it has to be written YYYY-MM-DD, with hyphens"
        if re.fullmatch(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}", text):
            return "the year comes first: YYYY-MM-DD"
        if re.fullmatch(r"[0-9]{8}", text):
            return "hyphens go between year, month and day: YYYY-MM-DD"
        if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}(-[0-9]{1,2})?", text):
            return "month and day have two digits: YYYY-MM-DD"
        if "T" in text or (len(text) > 11 and text[10] == " "):
            return "a date has no time: YYYY-MM-DD"
        return "it has to be written YYYY-MM-DD, YYYY-MM or YYYY"
    year, month, day = found.groups()
    if year == "0000":
        return "there is no year 0000"
    if month is None:
        return None
    if not 1 <= int(month) <= 12:
        return f"there is no month {month}"
    if day is not None and not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        return f"{_MONTHS[int(month)]} {year} has no day {day}"
    return None


def _day_and_more(text: str) -> str | None:
    if len(text) > 10 and text[10] in " t" and text[:10].count("-") == 2:
        return "a T goes between date and time: YYYY-MM-DDThh:mm:ss and the time zone"
    return None


def _moment_complaint(text: str) -> str | None:
    day, _, rest = text.partition("T")
    wrong = _date_complaint(day)
    if wrong is not None:
        return wrong
    if len(day) != 10:
        return "with a time, the date is complete: YYYY-MM-DDThh:mm:ss and the time zone"
    zone = _ZONE_LIKE.search(rest)
    clock = rest[: zone.start()] if zone else rest
    wrong = _time_complaint(clock)
    if wrong is not None:
        return wrong
    if zone is None:
        return "the time zone is missing: Z for UTC, or an offset such as +01:00"
    if not _ZONE.fullmatch(zone.group()):
        return f"{zone.group()} is no time zone: Z, or an offset such as +01:00 (no more than 14:00)"
    return None


def _time_complaint(text: str) -> str | None:
    found = _TIME.fullmatch(text)
    if found is None:
        if re.fullmatch(r"[0-9]{2}:[0-9]{2}", text):
            return "the seconds are missing: hh:mm:ss"
        return "a time is written hh:mm:ss"
    hour, minute, second, _ = found.groups()
    if int(hour) > 23:
        return f"there is no hour {hour} (midnight is 00:00:00)"
    if int(minute) > 59:
        return f"there is no minute {minute}"
    return f"there is no second {second}" if int(second) > 60 else None


# ---- numbers and truth


def boolean(text: str) -> str | None:
    """Truth as XML writes it."""
    return None if text in ("true", "false") else "it has to be true or false"


def integer(text: str) -> str | None:
    """A whole number of 32 bits with a sign."""
    if not _INTEGER.fullmatch(text):
        return "it has to be a whole number in digits, without a leading zero"
    return _in_range(text, -INT32)


def unsigned_int(text: str) -> str | None:
    """A whole number from 0."""
    if not _INTEGER.fullmatch(text) or text.startswith("+"):
        return "it has to be a whole number in digits, without a leading zero or sign"
    return _in_range(text, 0)


def positive_int(text: str) -> str | None:
    """A whole number from 1."""
    if not _INTEGER.fullmatch(text):
        return "it has to be a whole number in digits, without a leading zero"
    return _in_range(text, 1)


def _in_range(text: str, least: int) -> str | None:
    return whole(int(text), least) if len(text) < 20 else f"it has to be between {least} and {INT32 - 1}"


def whole(value: int, least: int) -> str | None:
    """A number within a 32-bit range that begins with ``least``."""
    return None if least <= value < INT32 else f"it has to be between {least} and {INT32 - 1}"


def decimal(text: str) -> str | None:
    """A decimal number, which may have an exponent."""
    return None if _DECIMAL.fullmatch(text) else "it has to be a number such as 0.5 or -12"


# ---- texts


def string(text: str) -> str | None:
    """Any text of no more than 1,048,576 characters that is not empty."""
    return f"it has {len(text):,} characters; {MAX_STRING:,} are allowed" if len(text) > MAX_STRING else None


def code(text: str) -> str | None:
    """A text without white space at its ends, and none within but single spaces."""
    if text[:1].isspace() or text[-1:].isspace():
        return "a code has no white space before or after it"
    if "  " in text:
        return "a code has no two spaces in a row"
    if any(char.isspace() for char in text.replace(" ", "")):
        return "a code has no white space but single spaces"
    return None


def id_(text: str) -> str | None:
    """Up to 64 letters, digits, hyphens and dots."""
    if _ID.fullmatch(text):
        return None
    if len(text) > 64:
        return f"an id has no more than 64 characters, this one has {len(text):,}"
    return "an id has only letters A-Z and a-z, digits, hyphens and dots"


def uri(text: str) -> str | None:
    """A URI without white space; ``urn:uuid:`` and ``urn:oid:`` well formed."""
    if _SPACE.search(text):
        return "it has white space, and a URI has none"
    if text.startswith("oid:"):
        return "a URI of an OID begins with urn:oid:"
    if text.startswith("uuid:"):
        return "a URI of a UUID begins with urn:uuid:"
    if text.startswith("urn:uuid:"):
        return _uuid_part(text[9:].partition("#")[0])
    return _oid_part(text[8:]) if text.startswith("urn:oid:") else None


def canonical(text: str) -> str | None:
    """An absolute URI, which may have ``|version``, or a reference to a contained resource."""
    if text.startswith("urn:uuid:") and "|" in text:
        return uri(text.partition("#")[0].rpartition("|")[0])
    wrong = uri(text.partition("|")[0] if text.startswith("urn:oid:") else text)
    if wrong is None and not text.startswith("#") and not is_absolute(text):
        return "a canonical is an absolute URL, or # and the id of a contained resource"
    return wrong


def oid(text: str) -> str | None:
    """A URI of an OID."""
    return uri(text) or (None if text.startswith("urn:oid:") else "it has to begin with urn:oid:")


def uuid(text: str) -> str | None:
    """A URI of a UUID, in lower case."""
    return uri(text) or (None if text.startswith("urn:uuid:") else "it has to begin with urn:uuid:")


def _uuid_part(text: str) -> str | None:
    if _UUID.fullmatch(text):
        return None
    if _UUID.fullmatch(text.lower()):
        return "a UUID is in lower case"
    return "a UUID has 32 hexadecimal digits in groups of 8-4-4-4-12"


def _oid_part(text: str) -> str | None:
    if not _OID.fullmatch(text):
        return "an OID is numbers separated by dots that begins with 0, 1 or 2, and none of them has a leading zero"
    if text.rfind(".") < 4 and not text.startswith("1.3"):
        return "the OID is too short to be anyone's own"
    return None


def is_absolute(text: str) -> bool:
    """Whether a URI has a scheme.

    >>> is_absolute("urn:oid:2.16.1"), is_absolute("http://hl7.org/fhir"), is_absolute("Library/1")
    (True, True, False)
    """
    return _ABSOLUTE.fullmatch(text) is not None


def base64(text: str) -> str | None:
    """Base64 with padding; white space may stand between."""
    packed = _BASE64_SPACE.sub("", text) if _BASE64_SPACE.search(text) else text
    if not _BASE64.fullmatch(packed):
        return "it has characters that Base64 has not (A-Z, a-z, 0-9, + and /, = at the end)"
    return "its length is no multiple of four characters: it is cut, or lacks =" if len(packed) % 4 else None


CHECKS: dict[str, Check] = {
    "base64Binary": base64,
    "boolean": boolean,
    "canonical": canonical,
    "code": code,
    "date": date,
    "dateTime": date_time,
    "decimal": decimal,
    "id": id_,
    "instant": instant,
    "integer": integer,
    "oid": oid,
    "positiveInt": positive_int,
    "string": string,
    "time": time,
    "unsignedInt": unsigned_int,
    "uri": uri,
    "url": uri,
    "uuid": uuid,
}
"""The check of each primitive type by its code; ``markdown`` and ``xhtml`` have none."""

NUMBERS = frozenset({"integer", "unsignedInt", "positiveInt", "decimal"})
"""The primitive types that JSON writes as a number."""
