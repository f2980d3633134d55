"""Whether the bytes of a line can hold anything at all: one search, so that lines without a candidate cost nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

from checker.detectors.kind import Kind

_LEFT = rb"(?:^|[^0-9A-Za-z]|\\[a-z]|%[0-9A-Fa-f]{2})"
_RIGHT = rb"(?:$|[^0-9A-Za-z])"
_MARKED = rb"<[^<>]*>|&#?[0-9A-Za-z]+;|\\[a-z]|%[0-9A-Fa-f]{2}"
"""Tags, entities, and escapes of JSON and of URLs: blanks or nothing in the text that is meant."""
_GAP = rb"(?:[^0-9A-Za-z]|" + _MARKED + rb")*"
"""What may stand between the parts of a number. Loops and no counts, which would make RE2's automaton large."""
_DIALLED = rb"(?:[ ()\-\x80-\xff]|" + _MARKED + rb")*[0-9]"
_TYPED = (
    rb"(?:\"(?:text|div|comment|description|conclusion|title|note|valueString|valueMarkdown|details?|patientInstruction)\""
    rb"|\"reference\"[^{}]*\"display\"|\"display\"[^{}]*\"reference\"[^{}]*)[ ]*:[ ]*\"(?:[^\"\\]|\\.)*"
)
"""Where people type, and the displays of references: displays of codes are full of words with capitals."""
_PATTERNS: dict[Kind, bytes] = {
    Kind.NHS_NUMBER: _LEFT + rb"[0-9]{3}" + _GAP + rb"[0-9]{3}" + _GAP + rb"[0-9]{4}" + _RIGHT,
    Kind.NINO: _LEFT
    + _GAP.join([rb"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]", rb"[0-9]{2}", rb"[0-9]{2}", rb"[0-9]{2}", rb"[A-D]"])
    + _RIGHT,
    Kind.EMAIL: rb"[A-Za-z0-9._%+'\-]@[A-Za-z0-9]",
    Kind.PHONE: rb"(?:\+44|" + _LEFT + rb"(?:0044|0(?:\)|" + _GAP + rb"[127])))(?:" + _DIALLED + rb"){7}",
    Kind.POSTCODE: _LEFT
    + rb"[A-PR-UWYZ][A-HK-YZ]?[0-9][0-9A-HJKMNP-Y]?"
    + _GAP
    + rb"[0-9][ABD-HJLNP-UW-Z]{2}"
    + _RIGHT,
    Kind.BIRTH_DATE: (
        rb"(?i:d\.? ?o\.? ?b\b|date"
        + _GAP
        + rb"of"
        + _GAP
        + rb"birth|birth"
        + _GAP
        + rb"day|[^\"]birth"
        + _GAP
        + rb"date|born)"
    ),
    Kind.TITLED_NAME: rb"(?:Mr|Mrs|Ms|Miss|Mx)" + _GAP + rb"(?:[A-Z]|\xc3)",
    Kind.NAME_PAIR: _TYPED + rb"[a-z\x80-\xff],?(?:[ \x80-\xff]|" + _MARKED + rb")+(?:[A-Z][a-z']|\xc3[\x80-\x9e])",
}
"""Each lets through whatever the detector of its kind could find in the text that the bytes stand for, and more."""
_ESCAPED = rb"\\u[0-9A-Fa-f]{4}"
"""A character that is written by its number may be any: such a line is always looked at."""

Search = Callable[[bytes], Any]


class Prefilter:
    """May a line of bytes hold one of some kinds? Asked again of the very same object, it answers from memory."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._last: tuple[bytes, bool] | None = None

    def may_hold(self, line: bytes) -> bool:
        """False: certainly not. True: look."""
        last = self._last
        if last is not None and last[0] is line:
            return last[1]
        found = self._search(line) is not None
        self._last = (line, found)
        return found


def pattern_of(kinds: Iterable[Kind]) -> bytes:
    """The one pattern of some kinds, which RE2 and ``re`` understand alike."""
    wanted = frozenset(kinds)
    return b"|".join([*(_PATTERNS[kind] for kind in Kind if kind in wanted), _ESCAPED])


@cache
def prefilter(kinds: frozenset[Kind]) -> Prefilter:
    """The prefilter of some kinds: on RE2 where it is installed (extra ``fast``), else on ``re``; answers are equal."""
    pattern = pattern_of(kinds)
    return Prefilter(with_re2(pattern) or with_re(pattern))


def with_re(pattern: bytes) -> Search:
    """Search by the standard library."""
    return re.compile(pattern, re.ASCII).search


def with_re2(pattern: bytes) -> Search | None:
    """Search by RE2 in time linear to the line; None where it is not installed."""
    try:
        re2 = import_module("re2")
    except ImportError:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    search: Search = re2.compile(pattern, options).search
    return search
