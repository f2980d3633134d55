"""SPDX licence expressions: MIT, Apache-2.0 OR MIT, (LGPL-2.1-or-later WITH Classpath-exception-2.0) AND BSD-2-Clause.

Source: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/. Whether an id is on the list of SPDX is not
asked: a buyer's list of decisions is.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9.:+-]+)", re.ASCII)
_ID = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\+?", re.ASCII)
_MOST_TOKENS = 200
_MOST_WAYS = 64
_DEEPEST = 20
Ways = tuple[frozenset[str], ...]
"""Each is a set of licences that together are enough."""


def ways(text: str) -> Ways | None:
    """The sets of licences by which an expression can be met; None for what is no expression, or too large.

    >>> ways("MIT OR (Apache-2.0 AND BSD-2-Clause)") == (frozenset({"MIT"}), frozenset({"Apache-2.0", "BSD-2-Clause"}))
    True
    >>> ways("MIT OR"), ways("see LICENSE file"), ways("GPL-2.0-only WITH Classpath-exception-2.0")
    (None, None, (frozenset({'GPL-2.0-only WITH Classpath-exception-2.0'}),))
    """
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()) and len(tokens) <= _MOST_TOKENS:
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        tokens.append(found[1])
        at = found.end()
    if not tokens or len(tokens) > _MOST_TOKENS:
        return None
    reader = _Reader(tokens)
    result = reader.either(0)
    return result if result is not None and reader.at == len(tokens) else None


class _Reader:
    """Reads tokens from the left; AND binds more than OR."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self.at = 0

    def either(self, depth: int) -> Ways | None:
        """One or more parts with OR between them."""
        found = self._both(depth)
        while found is not None and self._takes("OR"):
            other = self._both(depth)
            found = None if other is None else (*found, *other)[:_MOST_WAYS]
        return found

    def _both(self, depth: int) -> Ways | None:
        found = self._one(depth)
        while found is not None and self._takes("AND"):
            other = self._one(depth)
            if other is None or len(found) * len(other) > _MOST_WAYS:
                return None
            found = tuple(one | another for one in found for another in other)
        return found

    def _one(self, depth: int) -> Ways | None:
        if depth > _DEEPEST:
            return None
        if self._takes("("):
            found = self.either(depth + 1)
            return found if self._takes(")") else None
        name = self._id()
        if name and self._takes("WITH"):
            exception = self._id()
            name = f"{name} WITH {exception}" if exception else ""
        return (frozenset({name}),) if name else None

    def _takes(self, word: str) -> bool:
        there = self.at < len(self._tokens) and self._tokens[self.at].upper() == word
        self.at += there
        return there

    def _id(self) -> str:
        token = self._tokens[self.at] if self.at < len(self._tokens) else ""
        if not _ID.fullmatch(token) or token.upper() in ("AND", "OR", "WITH"):
            return ""
        self.at += 1
        return token
