"""How deep JSON may nest before it is not read. No FHIR resource comes near it."""

from __future__ import annotations

import re

MAX_DEPTH = 200
"""Levels."""

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKETS = b"{}[]"
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in _BRACKETS)


def nests_too_deep(data: bytes) -> bool:
    """Does valid JSON text nest deeper than it may? Inner pairs are taken away level by level."""
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return False
    left = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not left:
            return False
        left = _without_innermost(left)
    return bool(left)


def _without_innermost(brackets: bytes) -> bytes:
    # Marked first and removed afterwards: a pair that only comes together by the removal of
    # another one is a level of its own.
    return brackets.replace(b"{}", b" ").replace(b"[]", b" ").replace(b" ", b"")
