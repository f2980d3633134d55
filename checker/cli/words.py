"""Text for a terminal: nothing that a supplier sent may steer it."""

from __future__ import annotations

import unicodedata


def plain_line(text: str) -> str:
    """One line without control characters, bidirectional controls or line separators."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs"):
        return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    return character


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "fault"), counted(0, "place")
    ('1 fault', '0 places')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
