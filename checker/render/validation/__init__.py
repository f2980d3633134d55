"""One module per format of ``checker validate``: verdicts on resources in, bytes out, as they come.

A writer is given each verdict in order and then the summary. Each module has
``writer(style: Style) -> Writer`` and is imported when its format is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Literal, Protocol

import msgspec

from checker.model.validation import Judged, Summary

FORMATS: dict[str, str] = {
    "console": "checker.render.validation.console",
    "json": "checker.render.validation.json_",
    "ndjson": "checker.render.validation.ndjson",
    "junit": "checker.render.validation.junit",
    "operationoutcome": "checker.render.validation.operation_outcome",
}
"""Format name → module that has ``writer``."""

FailOn = Literal["error", "warning", "never"]


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How to write. ``width`` in characters; ``colour`` puts escape codes; ``fail_on`` as the exit code counts."""

    width: int = 100
    colour: bool = False
    fail_on: FailOn = "error"


class Writer(Protocol):
    """Takes verdicts one by one. What it returns is written at once."""

    def one(self, judged: Judged) -> bytes:
        """The bytes for one resource; may be empty when the format needs the whole first."""

    def end(self, summary: Summary) -> bytes:
        """The bytes that close the output."""


def writer(format: str, style: Style) -> Writer:
    """The writer of that format, which must be one of ``FORMATS``."""
    made: Writer = import_module(FORMATS[format]).writer(style)
    return made


def fails(judged: Judged, fail_on: FailOn) -> bool:
    """Whether the resource counts against the exit code."""
    if fail_on == "never":
        return False
    return not judged.valid or (fail_on == "warning" and judged.count("warning") > 0)
