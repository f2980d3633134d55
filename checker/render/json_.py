"""The report as JSON: the one source from which every other format renders."""

from __future__ import annotations

from typing import Any

from checker.model.report import Report
from checker.model.value import canonical, plain
from checker.render.visible import visible


def render(report: Report) -> bytes:
    """The canonical JSON form, one line and a final newline.

    A lone surrogate has no UTF-8 form. It may reach a report from an answer that was not text;
    then hidden characters become escapes, for the whole report must not be lost over one.
    """
    try:
        return report.to_json()
    except UnicodeEncodeError:
        return canonical(_writable(plain(report))) + b"\n"


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, (list, tuple)):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {visible(name): _writable(item) for name, item in value.items()}
    return value
