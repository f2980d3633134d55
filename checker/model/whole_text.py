"""Text that can be written: YAML and JSON may spell a character beyond U+FFFF in two halves, or one half alone."""

from __future__ import annotations

from typing import Any


def whole_text(text: str) -> str | None:
    r"""The text with such halves joined; None where one stands alone, which no file and no header can hold.

    >>> whole_text("\ud83d\ude42") == "\U0001f642"
    True
    >>> whole_text("\ud83d") is None
    True
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            return None
    return text


def whole_value(value: Any) -> Any:
    """The same of all texts in a JSON value, keys too. Raises ``ValueError`` where half of a character stands alone."""
    if isinstance(value, str):
        found = whole_text(value)
        if found is None:
            raise ValueError("half of a character stands alone")
        return found
    if isinstance(value, dict):
        return {whole_value(name): whole_value(one) for name, one in value.items()}
    return [whole_value(one) for one in value] if isinstance(value, list) else value
