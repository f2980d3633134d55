"""The quality of fields as a table for a spreadsheet: one row per field, in the form of ``csv``."""

from __future__ import annotations

import csv
import io

from checker.model.report import Report
from checker.render.csv_ import cell
from checker.render.quality import by_type

COLUMNS = (
    *("type", "field", "path", "resources", "valid", "untested", "default", "invalid", "missing"),
    *("distinct", "shared", "least complete %", "least valid %", "most default %", "score %"),
    *("profile", "supplier", "as of", "note"),
)
"""The header. What was not counted, or not asked for, is empty."""


def render(report: Report) -> bytes:
    """The table, header first; the header alone when the profile does not ask for it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    profile = f"{report.profile.id}@{report.profile.version}" + (" modified" if report.profile.modified else "")
    context = (profile, report.supplier.name, report.as_of.isoformat(), report.disclaimer)
    for group in by_type(report.data_quality) if report.data_quality else ():
        for line in group.lines:
            field = line.field
            limits = (field.distinct, field.shared, field.least_complete, field.least_valid, field.most_default)
            told = (field.type, field.name, field.path, str(field.resources), *map(str, line.numbers))
            known = ("" if one is None else str(one) for one in limits)
            writer.writerow([cell(text) for text in (*told, *known, line.score, *context)])
    return stream.getvalue().encode("utf-8")
