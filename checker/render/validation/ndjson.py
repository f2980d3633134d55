"""One line of JSON for each resource: for programs that read as it comes."""

from __future__ import annotations

import msgspec

from checker.model.validation import Judged, Summary
from checker.render.validation import Style, Writer


class _Lines:
    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def one(self, judged: Judged) -> bytes:
        return self._encoder.encode(judged) + b"\n"

    def end(self, summary: Summary) -> bytes:
        return b""


def writer(style: Style) -> Writer:
    """A line for each verdict; nothing at the end: the summary is told on stderr."""
    return _Lines()
