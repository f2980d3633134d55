"""String functions.

Source: FHIRPath N1 §5.6, and the additional functions of FHIRPath 2.1 (encode, escape, trim, split, join …)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import Collection, string
from checker.fhir.fhirpath.errors import FHIRPathError

if TYPE_CHECKING:
    from checker.fhir import bounded_regex
    from checker.fhir.fhirpath.interpreter import Scope

MAX_TEXT = 10_000_000
"""Texts longer than this are not made."""


def _of_text(function: Callable[[str], Collection]) -> Callable[[Function, Collection, Scope], Collection]:
    """A function of the text alone."""

    def call(call: Function, focus: Collection, scope: Scope) -> Collection:
        text = string(focus, f"{call.name}()")
        return [] if text is None else function(text)

    return call


def _with_text(function: Callable[[str, str], Collection]) -> Callable[[Function, Collection, Scope], Collection]:
    """A function of the text and one String argument."""

    def call(call: Function, focus: Collection, scope: Scope) -> Collection:
        text = string(focus, f"{call.name}()")
        argument = scope.text(call.arguments[0], f"{call.name}()")
        return [] if text is None or argument is None else function(text, argument)

    return call


def _substring(call: Function, focus: Collection, scope: Scope) -> Collection:
    text = string(focus, "substring()")
    start = scope.number(call.arguments[0], "substring()")
    if text is None or start is None or not 0 <= start < len(text):
        return []
    length = scope.number(call.arguments[1], "substring()") if len(call.arguments) > 1 else None
    return [text[start:] if length is None else text[start : start + max(length, 0)]]


def _replace(call: Function, focus: Collection, scope: Scope) -> Collection:
    text = string(focus, "replace()")
    pattern, other = (scope.text(argument, "replace()") for argument in call.arguments)
    if text is None or pattern is None or other is None:
        return []
    if (text.count(pattern) + 1) * len(other) > MAX_TEXT:
        raise FHIRPathError("replace() makes too long a text")
    return [text.replace(pattern, other)]


def _regex(pattern: str, what: str) -> bounded_regex.Pattern:
    from checker.fhir import bounded_regex

    found = bounded_regex.compile(pattern)
    if found is None:
        raise FHIRPathError(f"{what}() cannot use the regular expression {pattern[:80]!r}")
    return found


def _matches(text: str, pattern: str) -> Collection:
    return [_regex(pattern, "matches").search(text)]


def _matches_full(text: str, pattern: str) -> Collection:
    return [_regex(pattern, "matchesFull").fullmatch(text)]


def _replace_matches(call: Function, focus: Collection, scope: Scope) -> Collection:
    text = string(focus, "replaceMatches()")
    pattern, other = (scope.text(argument, "replaceMatches()") for argument in call.arguments)
    if text is None or pattern is None or other is None:
        return []
    if not pattern:
        return [text]
    result = _regex(pattern, "replaceMatches").replace(text, other)
    if result is None:
        raise FHIRPathError(f"replaceMatches() cannot use the regular expression {pattern[:80]!r}")
    return [result]


def _join(call: Function, focus: Collection, scope: Scope) -> Collection:
    separator = scope.text(call.arguments[0], "join()") if call.arguments else ""
    texts = [string([item], "join()") for item in focus]
    return [(separator or "").join(text or "" for text in texts)] if focus else []


def _split(text: str, separator: str) -> Collection:
    return list(text.split(separator)) if separator else list(text)


# ---- encode, escape


def _encode(text: str, encoding: str) -> Collection:
    from base64 import b64encode, urlsafe_b64encode

    data = text.encode("utf-8", "surrogatepass")
    if encoding == "hex":
        return [data.hex()]
    if encoding == "base64":
        return [b64encode(data).decode()]
    return [urlsafe_b64encode(data).decode()] if encoding == "urlbase64" else []


def _decode(text: str, encoding: str) -> Collection:
    from base64 import b64decode

    try:
        if encoding == "hex":
            data = bytes.fromhex(text)
        elif encoding in ("base64", "urlbase64"):
            data = b64decode(text, b"-_" if encoding == "urlbase64" else None, validate=True)
        else:
            return []
        return [data.decode("utf-8")]
    except ValueError:
        return []


def _escape(text: str, target: str) -> Collection:
    if target == "html":
        for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
            text = text.replace(plain, entity)
        return [text]
    if target == "json":
        import json

        return [json.dumps(text, ensure_ascii=False)[1:-1]]
    return []


def _unescape(text: str, target: str) -> Collection:
    if target == "html":
        import html

        return [html.unescape(text)]
    return [_JSON_ESCAPE.sub(_unescape_json, text)] if target == "json" else []


_JSON_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_JSON_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape_json(match: re.Match[str]) -> str:
    escape = match.group(1)
    return chr(int(escape[1:], 16)) if len(escape) == 5 else _JSON_ESCAPED.get(escape, escape)


FUNCTIONS = {
    "indexOf": (_with_text(lambda text, other: [text.find(other)]), 1, 1),
    "lastIndexOf": (_with_text(lambda text, other: [text.rfind(other)]), 1, 1),
    "substring": (_substring, 1, 2),
    "startsWith": (_with_text(lambda text, other: [text.startswith(other)]), 1, 1),
    "endsWith": (_with_text(lambda text, other: [text.endswith(other)]), 1, 1),
    "contains": (_with_text(lambda text, other: [other in text]), 1, 1),
    "upper": (_of_text(lambda text: [text.upper()]), 0, 0),
    "lower": (_of_text(lambda text: [text.lower()]), 0, 0),
    "trim": (_of_text(lambda text: [text.strip()]), 0, 0),
    "length": (_of_text(lambda text: [len(text)]), 0, 0),
    "toChars": (_of_text(lambda text: list(text)), 0, 0),
    "replace": (_replace, 2, 2),
    "matches": (_with_text(_matches), 1, 2),
    "matchesFull": (_with_text(_matches_full), 1, 2),
    "replaceMatches": (_replace_matches, 2, 2),
    "split": (_with_text(_split), 1, 1),
    "join": (_join, 0, 1),
    "encode": (_with_text(_encode), 1, 1),
    "decode": (_with_text(_decode), 1, 1),
    "escape": (_with_text(_escape), 1, 1),
    "unescape": (_with_text(_unescape), 1, 1),
}
