r"""Makes visible what hides in text: a supplier's words must not steer a terminal, a parser or an eye.

A report quotes what a stranger's server said. Control characters move the cursor, bidirectional
controls make one string look like another, and characters outside XML 1.0 cost a whole JUnit
file. Each becomes an escape that a person can read, such as ``\x1b``. A backslash itself stays
as it is, so that commands can be copied.
"""

from __future__ import annotations

import re

# Ranges are written out, not asked of `unicodedata`: its tables change with the Python version,
# and the same report must give the same bytes on each.
_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e"  # format characters
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, bidirectional controls
    "\ud800-\udfff"  # lone surrogates
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"  # noncharacters, byte order mark, annotations
    "\U000e0000-\U000e007f"  # invisible tags
    + "".join(f"{chr((plane << 16) + 0xFFFE)}{chr((plane << 16) + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""The text with every hidden character as an escape; tabs and newlines stay.

    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _HIDDEN.sub(_escape, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The visible text on one line: tabs and newlines become single spaces, ends are trimmed."""
    return " ".join(part for part in re.split("[\t\n ]+", visible(text)) if part)


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters; a cut text says so at its end."""
    mark = " [truncated]"
    return text if len(text) <= limit else text[: max(0, limit - len(mark))] + mark
