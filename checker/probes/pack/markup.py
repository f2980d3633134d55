"""HTML made ready for a parser that is slow on some of it: without comments, scripts, styles and what never ends.

The standard library's parser looks through the rest of a page for each comment or tag that has no end, so that a small
file of these can hold it for hours. Here they are taken out in one pass; lines keep their numbers.
"""

from __future__ import annotations

import re

_ASIDE = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)|<[!?][^>]*>", re.DOTALL | re.IGNORECASE
)
_MOST_TAGS = 200_000


class TooMuch(Exception):
    """More markup than a page has."""


def plain(text: str) -> str:
    """The elements and the text alone. Raises ``TooMuch``.

    >>> plain("<p>a<!-- b --><script>c</script></p>"), plain("<p>a<!-- b <p>c</p>"), plain("<p>a</p><p <p <p")
    ('<p>a</p>', '<p>a', '<p>a</p>')
    """
    kept = _ASIDE.sub(_lines, text[: text.rfind(">") + 1])
    kept = kept[: kept.rfind(">") + 1] if "<" in kept else kept
    if kept.count("<") > _MOST_TAGS:
        raise TooMuch
    return kept


def _lines(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")
