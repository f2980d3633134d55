"""The examples of the data shopping list as NDJSON: one resource a line, to be loaded as they are."""

from __future__ import annotations

from checker.model.report import Report


def render(report: Report) -> bytes:
    """The examples; nothing at all where nothing is left to be shown."""
    examples = report.shopping_list.examples if report.shopping_list else ()
    return "".join(f"{one}\n" for one in examples).encode("utf-8")
