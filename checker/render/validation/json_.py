"""One JSON document: the verdict on each resource, then the summary of the run."""

from __future__ import annotations

import msgspec

from checker import DISCLAIMER, __version__
from checker.model.validation import Judged, Summary
from checker.render.validation import Style, Writer


class _Document:
    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._started = False

    def one(self, judged: Judged) -> bytes:
        head = b",\n" if self._started else self._head()
        return head + self._encoder.encode(judged)

    def end(self, summary: Summary) -> bytes:
        head = b"" if self._started else self._head()
        return head + b'\n],"summary":' + self._encoder.encode(summary) + b"}\n"

    def _head(self) -> bytes:
        self._started = True
        tool = {"name": "nhs-standards-checker", "version": __version__, "disclaimer": DISCLAIMER}
        return b'{"tool":' + self._encoder.encode(tool) + b',"results":[\n'


def writer(style: Style) -> Writer:
    """``{"tool", "results": [...], "summary"}``, one result a line, written as it comes."""
    return _Document()
