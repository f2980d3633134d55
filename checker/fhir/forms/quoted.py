"""Values as a message quotes them: short, on one line, whatever they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def shown(text: str, length: int = 80) -> str:
    """One line of no more than ``length`` characters.

    >>> shown("a" * 100) == "a" * 79 + "…"
    True
    """
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: length + 1])
    return line if len(line) <= length else line[: length - 1] + "…"


def quoted(text: str) -> str:
    """A text of the instance as every message quotes it: exactly, in single quotation marks (200 characters at most).

    >>> quoted("m"), quoted("")
    ("'m'", "''")
    """
    return f"'{shown(text, 200)}'"


def sentence(text: str) -> str:
    """A message that ends as a sentence does. What it begins with is left alone: it may be a code.

    >>> sentence("m is no code"), sentence("What is it?"), sentence("'a' is said: …")
    ('m is no code.', 'What is it?', "'a' is said: …")
    """
    return text if text.endswith((".", "?", "!", "…")) else text + "."


def capital(text: str) -> str:
    """A message with its first word as a sentence begins. A first word that is no plain word is left as it stands.

    >>> capital("the code is unknown"), capital("'m' is no code"), capital("http://loinc.org is known")
    ('The code is unknown', "'m' is no code", 'http://loinc.org is known')
    """
    word = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if word.isalpha() and word.islower() else text


def numeral(value: Any) -> str:
    """A number in digits; any other value as Python writes it.

    >>> numeral(7), numeral(10**5000)
    ('7', 'a number of very many digits')
    """
    if isinstance(value, int) and not -(10**80) < value < 10**80:
        return "a number of very many digits"  # beyond some length Python does not even write it
    return shown(str(value)) if isinstance(value, str | int | float | Decimal) else f"a {type(value).__name__}"
