"""Looks at the characters of long texts that take no longer than reading them: by tables over their bytes."""

from __future__ import annotations

from typing import Final

_MARKED: Final = bytes(one if one > 31 or one in b"\t\n\r" else ord("?") for one in range(256))
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDING: Final = frozenset({b"", b"=", b"=="})


def has_controls(text: str) -> bool:
    """Whether a text has control characters that cannot be written in XML: those below U+0020 but tab and line ends.

    Raises ``UnicodeEncodeError`` for half characters (surrogates).
    """
    written = text.encode()
    return written.translate(_MARKED) != written


def is_base64(text: str) -> bool:
    """Whether a text is Base64 in one piece, with padding, and not empty."""
    if len(text) % 4 or not text.isascii():
        return False
    written = text.encode()
    rest = written.translate(None, _BASE64)
    return rest in _PADDING and len(written) > len(rest) and written.endswith(rest)
