"""Finding personal data in text: NHS numbers, contact details, dates of birth, names.

Pure, and below checks and readers, which both use it: :func:`detect` for one text, :class:`Prefilter` for the bytes
of a whole resource or log line, :func:`free_texts` for the texts of a resource with their pointers. A hit says what
kind of thing stands where and how sure that is. Its value is for comparing in memory and is never told.
"""

from __future__ import annotations

from checker.detectors.detect import ALL, detect
from checker.detectors.kind import Hit, Kind, Sureness
from checker.detectors.prefilter import Prefilter, prefilter
from checker.detectors.texts import free_texts, narratives, plain_text

__all__ = [
    "ALL",
    "Hit",
    "Kind",
    "Prefilter",
    "Sureness",
    "detect",
    "free_texts",
    "narratives",
    "plain_text",
    "prefilter",
]
