"""Where the brackets of a JSON text stand, found block by block without parsing it."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Possessive throughout: no part of the text is read more often than twice.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_OTHER = rb'[^"{}\[\]]*+'
_FLAT = _OTHER + rb"(?:" + _STRING + _OTHER + rb")*+"
_LEAF = rb"[{\[]" + _FLAT + rb"[}\]]"
_NO_BRACKET = re.compile(_FLAT, re.DOTALL)
_NO_BRANCH = re.compile(_OTHER + rb"(?:(?:" + _STRING + rb"|" + _LEAF + rb")" + _OTHER + rb")*+", re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_QUOTE = 0x22
OPENING = frozenset(b"{[")


class Brackets:
    """Finds ``{ } [ ]`` outside strings. A string may go on from one block to the next.

    While ``skim`` is set, pairs with no bracket between them are passed over, which is faster;
    it may be set and cleared at any bracket.
    """

    def __init__(self) -> None:
        self.skim = False
        self._inside = False
        self._escaped = False

    def find(self, block: bytes) -> Iterator[int]:
        """The positions in this block; blocks are given in order."""
        at, size = 0, len(block)
        if self._escaped and block:
            at, self._escaped = 1, False
        if self._inside:
            at = self._to_quote(block, at)
        while at < size:
            match = (_NO_BRANCH if self.skim else _NO_BRACKET).match(block, at)
            at = match.end() if match else at
            if at == size:
                return
            if block[at] == _QUOTE:
                self._to_quote(block, at + 1)
                return
            yield at
            at += 1

    def _to_quote(self, block: bytes, at: int) -> int:
        match = _STRING_REST.match(block, at)
        end = match.end() if match else at
        if end < len(block) and block[end] == _QUOTE:
            self._inside = False
            return end + 1
        self._inside = True
        self._escaped = end < len(block)  # a backslash is the last byte: what it escapes is still to come
        return len(block)
