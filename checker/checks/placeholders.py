"""Values that stand where nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_DATES = ("Date", "date", "DateTime", "recorded", "issued", "start", "end", "birthDate")
_TEXTS = frozenset({"value", "text", "display", "family", "given", "line", "city", "postalCode", "code"})


class PlaceholderParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``days``: dates that stand for none."""

    days: tuple[str, ...] = tuple(sorted(_DAYS))


class NoPlaceholders(OfEach[PlaceholderParams]):
    """What is not known is left out, and not filled with an empty text, ``N/A``, a full stop or 1900-01-01.

    Looked at are texts of names, addresses, contact points, identifiers and concepts, and dates, of every resource. A
    code that has a system is left alone: some systems have one for unknown, and that says more than nothing. So is what
    says why it is absent (data-absent-reason). Narrative, answers and results are not read. A resource counts as
    examined once.

    Good: a Patient without ``birthDate``. Bad: ``"birthDate": "1900-01-01"`` or ``"family": "Unknown"``.
    """

    id: ClassVar[str] = "value.no-placeholder"
    params_type: ClassVar[type[Params]] = PlaceholderParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = (
        "https://simplifier.net/guide/uk-core-implementation-guide-stu2/Home/Guidance/MustSupport-Guidance?version=2.0.1"
    )
    what: ClassVar[str] = "resources"
    said: ClassVar[dict[str, Said]] = {
        _EMPTY: Said("A text is empty", "no element, or one with a reason (data-absent-reason)", "an empty text"),
        _WORDS: Said("A text says that there is nothing", "no element, or one with a reason", "a placeholder"),
        _DAY: Said("A date stands for none", "no element, or one with a reason", "a day far off that nobody means"),
    }

    def faults(self, seen: Seen, params: PlaceholderParams) -> Iterator[tuple[str, str]] | None:
        """The placeholders of one resource."""
        return self._in(seen.node, params)

    def _in(self, resource: Any, params: PlaceholderParams) -> Iterator[tuple[str, str]]:
        waiting: list[tuple[Any, str, str, bool]] = [(resource, "", "", False)]
        while waiting:
            node, name, pointer, coded = waiting.pop()
            if isinstance(node, dict):
                in_system = isinstance(node.get("system"), str)
                waiting += [
                    (value, inner, f"{pointer}/{inner}", in_system)
                    for inner, value in node.items()
                    if inner not in ("div", "extension", "contained") and not inner.startswith("_")
                ]
            elif isinstance(node, list):
                waiting += [(one, name, f"{pointer}/{index}", coded) for index, one in enumerate(node)]
            elif isinstance(node, str) and (fault := _fault(node, name, coded=coded, days=params.days)):
                yield fault, pointer


def _fault(value: str, name: str, *, coded: bool, days: tuple[str, ...]) -> str:
    if not value.strip():
        return _EMPTY
    if name.endswith(_DATES):
        return _DAY if value[:10] in days else ""
    if name not in _TEXTS or (name in ("code", "display") and coded):
        return ""
    return _WORDS if _NOTHING.fullmatch(value.strip()) else ""


NO_PLACEHOLDERS = NoPlaceholders()
