"""A sample of text for patients, of which only counts are kept: sentences, words, syllables. English alone.

A syllable is a run of vowels, a silent *e* at the end left out, at least one to a word. That is a rule of thumb: about
nine words in ten come out right, and the mistakes go both ways.
"""

from __future__ import annotations

import re
from typing import Any

_MOST_BYTES = 2 * 1024 * 1024
_CLOSED = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"<!DOCTYPE", b"<html")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_SENTENCE_ENDS = re.compile(r"(?<![.!?])[.!?]++(?=[\s\"'”’)]|$)|\n\s*\n|\n\s*[-*•]\s|\n#+\s")


class PlainText:
    """Reads such a file. What is no plain text is named in ``unread``."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._size = 0
        self._unread: list[str] = []
        self._counts = [0, 0, 0]

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._size += len(chunk)
        if self._size <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        if self._size > _MOST_BYTES:
            self._unread.append(f"it is longer than {_MOST_BYTES} bytes")
        elif bytes(self._held).lstrip().startswith(_CLOSED):
            self._unread.append("it is a document of an office program, a PDF or a page, and plain text is asked for")
        else:
            try:
                found = counted(self._held.decode("utf-8-sig"))
                self._counts = [one + more for one, more in zip(self._counts, found, strict=True)]
            except UnicodeDecodeError:
                self._unread.append("it is not UTF-8")
        self._held, self._size = bytearray(), 0

    def facts(self) -> dict[str, Any]:
        """``sentences``, ``words``, ``syllables``, and ``unread``: why not."""
        sentences, words, syllables = self._counts
        return {"sentences": sentences, "words": words, "syllables": syllables, "unread": self._unread}


def counted(text: str) -> tuple[int, int, int]:
    r"""Sentences, words and syllables of a text. A paragraph and an item of a list end a sentence too.

    >>> counted("Call us today. We can help you, by telephone too."), counted("- Rest\n- Drink water\n")
    ((2, 10, 13), (2, 3, 4))
    """
    said = [words for part in _SENTENCE_ENDS.split(text.replace("\r\n", "\n")) if (words := _WORD.findall(part))]
    return len(said), sum(map(len, said)), sum(syllables(word) for words in said for word in words)


def syllables(word: str) -> int:
    """About how many syllables a word has.

    >>> syllables("appointment"), syllables("home"), syllables("table"), syllables("NHS")
    (3, 1, 2, 1)
    """
    plain = word.casefold()
    found = len(_VOWELS.findall(plain))
    if plain.endswith("e") and not plain.endswith(("le", "ee", "ye")) and found > 1:
        found -= 1
    return max(found, 1)
