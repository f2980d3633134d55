"""Does a resource match a search? Yes, no, or open, where servers may rightly differ.

Source: http://hl7.org/fhir/R4/search.html; modifiers: http://hl7.org/fhir/R4/valueset-search-modifier-code.html.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from checker.fhir.search.parameters import Parameter, parameter
from checker.fhir.search.spans import PREFIXES, Span, compare, span
from checker.fhir.search.values import Held, Quantity, Target, Text, Token, Uri, values

Pairs = Sequence[tuple[str, str]]
CONTROLS = frozenset(
    {"_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total", "_format", "_contained"}
)
"""Parameters that shape the answer and choose nothing."""
_PREFIXED = re.compile(rf"({'|'.join(PREFIXES)})?(.*)", re.DOTALL)


def any_of(said: Iterable[bool | None]) -> bool | None:
    """Yes if one is yes, no if all are no."""
    found = set(said)
    return True if True in found else None if None in found else False


def all_of(said: Iterable[bool | None]) -> bool | None:
    """Yes if all are yes, no if one is no."""
    found = set(said)
    return False if False in found else None if None in found else True


def holds(resource: Any, resource_type: str, pairs: Pairs, base: str) -> bool | None:
    """Does the resource match all criteria of a search of its type?"""
    criteria = [(name, value) for name, value in pairs if name.partition(":")[0] not in CONTROLS]
    return all_of(one(resource, resource_type, name, value, base) for name, value in criteria)


def one(resource: Any, resource_type: str, name: str, value: str, base: str) -> bool | None:
    """Does the resource match one criterion, ``name:modifier`` = ``value``?"""
    plain_name, _, modifier = name.partition(":")
    known = parameter(resource_type, plain_name)
    if known is None or not isinstance(resource, dict):
        return None
    held = values(known, resource, base)
    if modifier == "missing":
        there = True if held.found else None if held.open else False
        return None if there is None else there is (value == "false")
    positive = "" if modifier == "not" else modifier
    choices = [each for each in split(value, ",") if each]
    said = [_match(known, positive, choice, each, base) for choice in choices for each in held.found]
    found = any_of([*said, *([None] if held.open else [])])
    if modifier != "not":
        return found
    return None if found is None or not held.found else not found


def _match(known: Parameter, modifier: str, choice: str, held: Held, base: str) -> bool | None:
    match held:
        case Token():
            return _token(choice, held) if not modifier else None
        case Text():
            return _text(plain(choice), modifier, held)
        case Target():
            return _target(plain(choice), modifier, held, base)
        case Span():
            return _span(choice, held) if not modifier else None
        case Quantity():
            return _quantity(choice, held) if not modifier else None
        case Uri():
            return None if modifier else True if held.uri == plain(choice) else _unless_close(held.uri, plain(choice))


def split(text: str, mark: str) -> list[str]:
    """Split at a mark that no backslash escapes. The escapes stay."""
    parts, at = [""], 0
    while at < len(text):
        step = 2 if text[at] == "\\" else 1
        if text[at] == mark:
            parts.append("")
        else:
            parts[-1] += text[at : at + step]
        at += step
    return parts


def plain(text: str) -> str:
    """The text without its escapes."""
    return re.sub(r"\\([,|$\\])", r"\1", text)


def escaped(text: str) -> str:
    """The text as it stands in a search (http://hl7.org/fhir/R4/search.html#escaping)."""
    return re.sub(r"([,|$\\])", r"\\\1", text)


def folded(text: str) -> str:
    """Without case and accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def _letters(text: str) -> str:
    """What is left of a text for a server that sets case, accents, punctuation and blanks aside."""
    return "".join(sign for sign in folded(text) if sign.isalnum())


def _unless_close(one: str, other: str) -> bool | None:
    return None if _letters(one) == _letters(other) else False


def _token(choice: str, held: Token) -> bool | None:
    parts = [plain(part) for part in split(choice, "|")]
    if len(parts) > 2:
        return None
    code = parts[-1]
    same = True if code == held.code else _unless_close(code, held.code)
    if same is False and any(_letters(code) in _letters(word) for word in held.words):
        same = None
    if len(parts) == 1:
        return same
    if held.implied:
        return None if same is not False or not code else False
    if not code:
        return held.system == parts[0] if parts[0] else None
    return same if held.system == parts[0] else False


def _text(wanted: str, modifier: str, held: Text) -> bool | None:
    if modifier == "exact":
        said: bool | None = True if wanted == held.text else None if wanted.strip() == held.text.strip() else False
    elif modifier == "contains":
        said = True if folded(wanted) in folded(held.text) else _within(wanted, held.text)
    elif modifier:
        said = None
    else:
        said = True if folded(held.text).startswith(folded(wanted)) else _within(wanted, held.text)
    return None if held.part and said else said


def _within(wanted: str, text: str) -> bool | None:
    """No, unless a server that looks at words, or sets signs aside, may find it."""
    return None if _letters(wanted) in _letters(text) else False


def _target(choice: str, modifier: str, held: Target, base: str) -> bool | None:
    if modifier and not modifier[:1].isupper():
        return None
    base_of, kind, identity = _parts(choice)
    if not identity:
        return None
    if modifier and modifier != held.type:
        return False
    if identity != held.id or (kind and kind != held.type):
        return False
    if (base_of or "") in ("", base) and not held.base:
        return True
    return None


def _parts(choice: str) -> tuple[str, str, str]:
    """Base, type and id of a reference as it is searched for."""
    rest, _, identity = choice.rpartition("/")
    base, _, kind = rest.rpartition("/")
    return base, kind, identity


def _span(choice: str, held: Span) -> bool | None:
    found = _PREFIXED.fullmatch(choice)
    asked = span(found[2]) if found else None
    return compare(found[1] or "eq", held, asked) if found and asked else None


def _quantity(choice: str, held: Quantity) -> bool | None:
    number, *unit = split(choice, "|")
    found = _PREFIXED.fullmatch(number)
    try:
        asked = float(found[2]) if found else float("nan")
    except ValueError:
        return None
    near = max(_last_place(found[2] if found else ""), _last_place(f"{held.value:.15g}"), abs(asked) * 1e-9)
    said = _numbers(found[1] or "eq" if found else "", held.value, asked, near)
    if len(unit) == 2 and any(unit):
        system, code = map(plain, unit)
        same_unit = code in (held.code, held.unit) if not system else (system, code) == (held.system, held.code)
        return said if same_unit else None  # a server may convert units
    return said


def _last_place(digits: str) -> float:
    """The unit of the last place of a number that is written without an exponent; 1 for a whole one."""
    return 10.0 ** -len(digits.lower().partition("e")[0].partition(".")[2])


def _numbers(prefix: str, held: float, asked: float, near: float) -> bool | None:
    """``near``: the unit of the last place of both; closer than that the precision decides."""
    if prefix == "ap":
        return True if held == asked else None
    if held == asked:
        return {"eq": True, "ge": True, "le": True, "ne": False}.get(prefix)
    if abs(held - asked) <= near:
        return None
    above = held > asked
    return {"eq": False, "ne": True, "gt": above, "ge": above, "sa": above}.get(prefix, not above)
