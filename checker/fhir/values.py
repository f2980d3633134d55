"""Values in a resource that may be anything, by a path; and as what a search asks for. Nothing here raises.

Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

import re
from typing import Any

from checker.fhir import identifier

_STEP = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\[([A-Za-z]+)=([^\]]{1,200})\])?")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?")
_PLAIN_WORD = re.compile(r"[A-Za-z]{3,40}")
_MOST = 64
"""A longer value is not searched by."""

NOBODYS_CODE = "no-such-code-9f6c2d"
NOBODYS_TEXT = "Zqxvnoone"
"""A text with which no name begins."""
NOBODYS_DAY = "1800-01-01"
NOBODYS_NUMBER = "-98765.4321"
NOBODYS_URI = "https://no-such-system.invalid/9f6c2d"


def values_at(resource: Any, path: str) -> list[Any]:
    """The values at a path of member names; lists on the way are walked through, choices in brackets are made."""
    found = [resource]
    for name, key, wanted in _STEP.findall(path):
        inner = [each[name] for each in found if isinstance(each, dict) and name in each]
        found = [one for each in inner for one in (each if isinstance(each, list) else [each])]
        if key:
            found = [one for one in found if isinstance(one, dict) and one.get(key) == wanted]
    return [one for one in found if one is not None]


def criterion(resource: Any, path: str, kind: str) -> str:
    """What a search by a parameter of that kind asks for to find this resource; "" if it has no such value.

    An identifier that may stand in a URL comes before one that may not.
    """
    if kind == "token" and path == "identifier":
        harmless = identifier.harmless(resource)
        if harmless is not None:
            return f"{harmless[0]}|{harmless[1]}"
    made = [_criterion(one, kind) for one in values_at(resource, path)]
    good = [one for one in made if one and len(one) <= 3 * _MOST]
    if kind == "string":
        good.sort(key=lambda one: _PLAIN_WORD.fullmatch(one) is None)
    return good[0] if good else ""


def _criterion(value: Any, kind: str) -> str:
    match kind:
        case "token":
            return _token(value)
        case "reference":
            reference = value.get("reference") if isinstance(value, dict) else value
            return reference if isinstance(reference, str) and re.fullmatch(r"[\w./:\-]{1,190}", reference) else ""
        case "date":
            text = value.get("start") if isinstance(value, dict) else value
            if not isinstance(text, str) or not _DATE.fullmatch(text):
                return ""
            return f"ge{text}" if isinstance(value, dict) else text
        case "number":
            return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return escaped(value) if isinstance(value, str) and 0 < len(value) <= _MOST else ""


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return escaped(value) if 0 < len(value) <= _MOST else ""
    if not isinstance(value, dict):
        return ""
    coding = value.get("coding")
    if isinstance(coding, list):
        return next((told for told in map(_token, coding) if told), "")
    code = value.get("code") if "code" in value else value.get("value")
    system = value.get("system")
    if not isinstance(code, str) or not code or len(code) > _MOST:
        return ""
    return f"{escaped(system)}|{escaped(code)}" if isinstance(system, str) and system else escaped(code)


def escaped(text: str) -> str:
    """As a value of a search (search.html#escaping)."""
    return re.sub(r"([\\,$|])", r"\\\1", text)


def nobodys(kind: str, known: str) -> str:
    """A value of that kind that no resource has, beside one that a resource has."""
    match kind:
        case "token":
            system = known.rpartition("|")[0]
            return f"{system}|{NOBODYS_CODE}" if system else NOBODYS_CODE
        case "date":
            return NOBODYS_DAY
        case "reference":
            kept = known.rpartition("/")[0]
            return f"{kept}/{NOBODYS_CODE}" if kept else NOBODYS_CODE
        case "number":
            return NOBODYS_NUMBER
        case "uri":
            return NOBODYS_URI
    return NOBODYS_TEXT


def date_form(resource: Any, path: str, form: str) -> tuple[str, ...]:
    """The values of a date parameter that ask for the date of a resource in that form; none if it cannot be said so.

    Of a period, ``ge`` asks by its start and ``le`` by its end: the range beyond each overlaps it (search.html#date).
    """
    held = next((one for one in values_at(resource, path) if _criterion(one, "date")), None)
    start, end = (held.get("start"), held.get("end")) if isinstance(held, dict) else (held, held)
    if not isinstance(start, str) or not isinstance(end, str) or not _DATE.fullmatch(end):
        return ()  # what has no end matches also a date that nobody has
    match form:
        case "year" | "month":
            length = 4 if form == "year" else 7
            # A month of local time is another one at its edges; and a period need not lie within it.
            fits = isinstance(held, str) and len(start) >= length and not _is_edge(start, form)
            return (start[:length],) if fits else ()
        case "ge":
            return (f"ge{start}",)
        case "le":
            return (f"le{end}",)
        case "between":
            return f"ge{start}", f"le{end}"
    return ()


def outside(form: str) -> tuple[str, ...]:
    """The same form of a date that nobody has."""
    return {
        "year": ("1800",),
        "month": ("1800-01",),
        "ge": ("ge9990-01-01",),
        "le": ("le1800-01-01",),
        "between": ("ge1800-01-01", "le1800-12-31"),
    }[form]


def _is_edge(text: str, form: str) -> bool:
    """Is it so near the end of the year or month that another time zone counts it elsewhere?"""
    if len(text) <= 10:
        return False
    return text[8:10] in ("01", "28", "29", "30", "31") and (form == "month" or text[5:7] in ("01", "12"))
