"""Regular expressions from packages and users, matched in bounded time.

Python's own engine backtracks: a pattern such as ``(a+)+$`` keeps it busy for ever. Here the pattern is read by us
(the common part of XML Schema's, Java's and Python's dialects), its worst case is estimated, and only what is cheap
goes to Python's engine; everything else runs on an automaton that reads each character once. Look-around, back
references and possessive quantifiers are not supported: :func:`compile` then gives None.

No third-party engine is used: google-re2 would do, at the price of a binary dependency for a few patterns.

Source: https://www.w3.org/TR/xmlschema11-2/#regexs; FHIRPath N1 §5.6 (``matches``: case-sensitive, ``.`` takes all)
"""

from __future__ import annotations

import re
from functools import lru_cache

from checker.fhir.regex_automaton import Automaton
from checker.fhir.regex_syntax import Node, UnsupportedRegex, cost, group_names, parse, python

MAX_PATTERN = 4_000
MAX_TEXT = 1_100_000
_CHEAP = 500_000
"""Steps that Python's engine may take at worst."""


class Pattern:
    """A pattern that can be searched for and matched in bounded time."""

    __slots__ = ("_automaton", "_cost", "_python", "_root", "text")

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self._root = root
        self._cost = cost(root)
        self._python: re.Pattern[str] | None = None
        self._automaton: Automaton | None = None

    def search(self, text: str) -> bool:
        """Whether the pattern occurs anywhere in the text. Raises ``ValueError`` beyond the work that is allowed."""
        if self._cheap(text):
            return self._compiled().search(text) is not None
        return self._machine().run(text, anywhere=True)

    def fullmatch(self, text: str) -> bool:
        """Whether the pattern is the whole text. Raises ``ValueError`` beyond the work that is allowed."""
        if self._cheap(text):
            return self._compiled().fullmatch(text) is not None
        return self._machine().run(text, anywhere=False)

    def replace(self, text: str, substitution: str) -> str | None:
        """The text with each occurrence replaced (``$1`` and ``${name}`` are groups); None when it is too costly."""
        if not self._cheap(text) or len(substitution) > MAX_PATTERN:
            return None
        names = group_names(self._root)
        return self._compiled().sub(lambda match: _expand(substitution, match, names), text)

    def _cheap(self, text: str) -> bool:
        if len(text) > MAX_TEXT:
            raise ValueError("the text is too long to be matched")
        if self._cost is None:
            return False
        factor, power = self._cost
        length = len(text) + 1
        return bool(factor * length ** (power + 1) <= _CHEAP)

    def _compiled(self) -> re.Pattern[str]:
        if self._python is None:
            self._python = re.compile(python(self._root), re.DOTALL)
        return self._python

    def _machine(self) -> Automaton:
        if self._automaton is None:
            self._automaton = Automaton(self._root)
        return self._automaton


@lru_cache(maxsize=1024)
def compile(pattern: str) -> Pattern | None:
    """A pattern, or None when it is no regular expression, too large, or uses what is not supported."""
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        root = parse(pattern)
        found = Pattern(pattern, root)
        found._machine()
        found._compiled()
    except (UnsupportedRegex, re.error, RecursionError, OverflowError):
        return None
    return found


_REFERENCE = re.compile(r"\\(.)|\$(\d)|\$\{(\w+)\}", re.ASCII | re.DOTALL)


def _expand(substitution: str, match: re.Match[str], names: dict[str, int]) -> str:
    def one(found: re.Match[str]) -> str:
        escaped, number, name = found.groups()
        if escaped is not None:
            return str(escaped)
        index = int(number) if number is not None else names.get(name, -1)
        if not 0 <= index <= len(match.groups()):
            return str(found.group())
        return match.group(index) or ""

    return _REFERENCE.sub(one, substitution)
