"""The published JSON Schema of the report, made from the model so that the two cannot drift apart."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from checker.model.report import REPORT_FORMAT, Report

REPORT_SCHEMA = "report.schema.json"
"""File name under ``reports/schemas``."""

_EXIT_CODES = [0, 1, 2, 3, 4, 5, 130]
_MOMENTS = {"Report": ("as_of",), "RecordingNote": ("started", "ended")}


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a report of this format version."""
    made = msgspec.json.schema(Report)
    definitions = made["$defs"]
    # The types alone would let a report of another format or an unheard-of exit code through.
    definitions["Report"]["properties"]["format"] = {"const": REPORT_FORMAT, "default": REPORT_FORMAT}
    definitions["Report"]["properties"]["exit_code"] = {"enum": _EXIT_CODES}
    for name, fields in _MOMENTS.items():
        for field in fields:
            definitions[name]["properties"][field]["format"] = "date-time"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:nhs-standards-checker:schema:report:{REPORT_FORMAT}",
        "title": "Report of the NHS standards checker",
        **made,
    }


def schema_bytes() -> bytes:
    """The schema as it is committed: sorted, indented, with a final newline."""
    return (json.dumps(report_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
