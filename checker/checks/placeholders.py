"""Values that stand where nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from checker.checks.each import OfEach
from checker.checks.tallied import Said
from checker.model.scan import Look, Seen
from checker.model.value import Params

_EMPTY, _WORDS, _DAY = "empty", "placeholder", "first-day"
_NOTHING = re.compile(
    r"[\s.\-_?*/#]*|n\s*/\s*a|n\.a\.|not\s+(?:known|applicable|recorded|available|given)|unknown|unspecified"
    r"|undefined|tbc|tba|tbd|to be (?:confirmed|advised)|placeholder",
    re.IGNORECASE,
)
"""No word that is somebody's name: Null, Nil, None, Test and X are."""
_DAYS = frozenset({"1900-01-01", "1899-12-30", "1899-12-31", "1753-01-01", "0001-01-01", "9999-12-31"})
_PLAIN_DAY = re.compile(r"[0-9A-Za-z:.+\-]+", re.ASCII)
_DATES = ("Date", "date", "DateTime", "recorded", "issued", "start", "end", "authoredOn", "created", "sent", "received")
_TEXTS = frozenset({"value", "text", "display", "family", "given", "line", "city", "postalCode", "code"})


_PASSED_OVER = frozenset({"div", "extension", "contained"})


class PlaceholderParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``days``: dates that stand for none."""

    days: tuple[str, ...] = tuple(sorted(_DAYS))


class NoPlaceholders(OfEach[PlaceholderParams]):
    """What is not known is left out, and not filled with an empty text, ``N/A``, a full stop or 1900-01-01.

    Looked at are texts of names, addresses, contact points, identifiers and concepts, and dates, of every resource. A
    code that has a system is left alone: some systems have one for unknown, and that says more than nothing. So is what
    says why it is absent (data-absent-reason). Narrative, answers and results are not read. A resource that has such
    a text or date, or an empty text anywhere, counts as examined, once.

    Good: a Patient without ``birthDate``. Bad: ``"birthDate": "1900-01-01"`` or ``"family": "Unknown"``.
    """

    id: ClassVar[str] = "value.no-placeholder"
    params_type: ClassVar[type[Params]] = PlaceholderParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = (
        "https://simplifier.net/guide/uk-core-implementation-guide-stu2/Home/Guidance/MustSupport-Guidance?version=2.0.1"
    )
    what: ClassVar[str] = "resources with such texts and dates"
    said: ClassVar[dict[str, Said]] = {
        _EMPTY: Said("A text is empty", "no element, or one with a reason (data-absent-reason)", "an empty text"),
        _WORDS: Said("A text says that there is nothing", "no element, or one with a reason", "a placeholder"),
        _DAY: Said("A date stands for none", "no element, or one with a reason", "a day far off that nobody means"),
    }

    def faults(self, seen: Seen, params: PlaceholderParams) -> Iterator[tuple[str, str]] | None:
        """The placeholders of one resource."""
        text = seen.about.text
        if text is not None and not _may_have(text, params.days):
            return iter(()) if _has_read(seen.node) else None
        found = _look(seen.node, params.days)
        if found is None:
            return None
        return self._in(seen.node, params) if found else iter(())

    def _in(self, resource: Any, params: PlaceholderParams) -> Iterator[tuple[str, str]]:
        """Each fault with its place."""
        waiting: list[tuple[Any, str, str, bool]] = [(resource, "", "", False)]
        while waiting:
            node, name, pointer, coded = waiting.pop()
            if isinstance(node, dict):
                in_system = isinstance(node.get("system"), str)
                waiting += [
                    (value, inner, f"{pointer}/{inner}", in_system)
                    for inner, value in node.items()
                    if inner not in _PASSED_OVER and not inner.startswith("_")
                ]
            elif isinstance(node, list):
                waiting += [(one, name, f"{pointer}/{index}", coded) for index, one in enumerate(node)]
            elif isinstance(node, str) and (fault := _fault(node, name, coded=coded, days=params.days)):
                yield fault, pointer


def _look(resource: Any, days: tuple[str, ...]) -> bool | None:
    """Whether there is any fault; None where there is nothing to read. Places are not worked out: most have none."""
    read = False
    waiting: list[tuple[Any, str, bool]] = [(resource, "", False)]
    while waiting:
        node, name, coded = waiting.pop()
        if isinstance(node, dict):
            coded = isinstance(node.get("system"), str)
            items = [(one, inner) for inner, one in node.items() if inner not in _PASSED_OVER and inner[:1] != "_"]
        else:
            items = [(one, name) for one in node]
        for value, inner in items:
            if value.__class__ is str:
                fault = _fault(value, inner, coded=coded, days=days)
                if fault:
                    return True
                read = read or fault is not None
            elif value.__class__ is dict or value.__class__ is list:
                waiting.append((value, inner, coded))
    return False if read else None


def _may_have(text: bytes, days: tuple[str, ...]) -> bool:
    """May a resource have a fault, by its JSON? Saying no takes a fraction of looking at each value."""
    escapes = b"\\" in text
    if not text.isascii() or (escapes and (b"\\u" in text or b"\\/" in text)):
        return True
    return _faults_in_json(days, escapes).search(text.lower()) is not None


@lru_cache(maxsize=64)
def _faults_in_json(days: tuple[str, ...], escapes: bool) -> re.Pattern[bytes]:
    r"""What every fault looks like in JSON of small ASCII letters without ``\u`` and ``\/``. It finds a little more.

    ``escapes``: blanks may be written as ``\n`` and the like.
    """
    if not all(_PLAIN_DAY.fullmatch(day) for day in days):
        return re.compile(b"")
    blank = r"(?:[\x00-\x20]|\\[nrtf])*+" if escapes else r"[\x00-\x20]*+"
    signs = r"(?:[\x00-\x20.\-_?*#/]|\\[nrtf])*+" if escapes else r"[\x00-\x20.\-_?*#/]*+"
    words = rf"n(?:{blank}/|\.a\.|ot[\x00-\x20\\])|un(?:known|specified|defined)|tb[cad]|to be (?:con|adv)|placeholder"
    numbers = "|".join(re.escape(day.lower()) for day in days)
    begins = "".join(sorted({re.escape(day[:1].lower()) for day in days}))
    # Of most texts the first character tells that there is nothing.
    first = rf'(?=[\x00-\x20.\-_?*#/"nutp{begins}{chr(92) * 2 if escapes else ""}])'
    return re.compile(rf'"{first}{signs}(?=["nutp{begins}])(?:"|{words}|{numbers or words})'.encode())


def _has_read(resource: Any) -> bool:
    """Is there anything to read in a resource without a fault? Not looked at is what comes after the first."""
    if len(resource) <= _USUAL and any(resource[name].__class__ is str for name in _read_at_once(tuple(resource))):
        return True
    waiting: list[tuple[Any, str, bool]] = [(resource, "", False)]
    while waiting:
        node, name, coded = waiting.pop()
        if node.__class__ is dict:
            coded = isinstance(node.get("system"), str)
            for inner, value in node.items():
                if inner in _PASSED_OVER or inner[:1] == "_":
                    continue
                if value.__class__ is str:
                    if _is_read(_sort(inner), coded=coded):
                        return True
                elif value.__class__ is dict or value.__class__ is list:
                    waiting.append((value, inner, coded))
        elif node.__class__ is list:
            waiting += [(one, name, coded) for one in node]
        elif node.__class__ is str and _is_read(_sort(name), coded=coded):
            return True
    return False


@lru_cache(maxsize=4096)
def _read_at_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Which of the properties of an object are read, if they are texts, whatever stands beside them."""
    return tuple(name for name in names if _is_read(_sort(name), coded=True) and name[:1] != "_")


def _is_read(sort: int, *, coded: bool) -> bool:
    return not (sort == _OTHER or (sort == _OF_CODE and coded))


_USUAL = 50
"""So many properties have the objects that are worth remembering."""
_DATE, _TEXT, _OF_CODE, _OTHER = range(4)


@lru_cache(maxsize=4096)
def _sort(name: str) -> int:
    if name.endswith(_DATES):
        return _DATE
    if name not in _TEXTS:
        return _OTHER
    return _OF_CODE if name in ("code", "display") else _TEXT


def _fault(value: str, name: str, *, coded: bool, days: tuple[str, ...]) -> str | None:
    """The fault of a value, "" if it has none; None where no fault is looked for."""
    if not value or value.isspace():
        return _EMPTY
    sort = _sort(name)
    if sort == _DATE:
        return _DAY if value[:10] in days else ""
    if not _is_read(sort, coded=coded):
        return None
    return _WORDS if _NOTHING.fullmatch(value.strip()) else ""


NO_PLACEHOLDERS = NoPlaceholders()
