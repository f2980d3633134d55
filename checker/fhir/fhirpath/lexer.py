"""From the text of an expression to its tokens.

Source: FHIRPath N1, http://hl7.org/fhirpath/N1/#lexical-elements
"""

from __future__ import annotations

import re

from checker.fhir.fhirpath.errors import FHIRPathSyntaxError

MAX_LENGTH = 50_000
"""Longer expressions are refused: the longest of R4 core has under 2,000 characters."""

_TOKENS = re.compile(
    r"""(?P<skip>\s+|//[^\r\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<delimited>`(?:[^`\\]|\\.)*`)
    |(?P<time>@T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)
    |(?P<date>@\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<variable>\$(?:this|index|total)\b)
    |(?P<symbol><=|>=|!=|!~|[.\[\](){},%|<>=~+\-*/&])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_SPACE = re.compile(r"\s+")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"r": "\r", "n": "\n", "t": "\t", "f": "\f"}


class Token:
    """``kind`` is a group of the lexer (``string``, ``name``, ``symbol`` …) or ``end``; ``text`` as written."""

    __slots__ = ("at", "kind", "text")

    def __init__(self, kind: str, text: str, at: int) -> None:
        self.kind, self.text, self.at = kind, text, at

    def is_(self, *texts: str) -> bool:
        """Whether it is one of these symbols or bare words."""
        return self.kind in ("symbol", "name") and self.text in texts


def tokens(text: str) -> list[Token]:
    """All tokens, with an ``end`` at the end. Raises :class:`FHIRPathSyntaxError`."""
    if len(text) > MAX_LENGTH:
        raise FHIRPathSyntaxError(f"the expression has more than {MAX_LENGTH} characters", MAX_LENGTH)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text.startswith("/*", at) and text.find("*/", at + 2) < 0:
            raise FHIRPathSyntaxError("the comment has no end", at)
        match = _TOKENS.match(text, at) or _SPACE.match(text, at)
        if match is None:
            raise FHIRPathSyntaxError(f"{text[at : at + 12]!r} is no FHIRPath", at)
        kind = match.lastgroup
        if kind is not None and kind != "skip":
            found.append(Token(kind, match.group(), at))
        at = match.end()
    found.append(Token("end", "", len(text)))
    return found


def unescape(quoted: str) -> str:
    """The content of a quoted string or delimited identifier.

    A backslash before any other character than those of the specification is dropped.
    """
    inner = quoted[1:-1]
    return _ESCAPE.sub(_unescape_one, inner) if "\\" in inner else inner


def _unescape_one(match: re.Match[str]) -> str:
    escape = match.group(1)
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    return _ESCAPED.get(escape, escape)
