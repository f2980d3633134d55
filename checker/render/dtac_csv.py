"""The DTAC form as a table for a spreadsheet: its questions in order, each with answer, evidence, verdict and rows.

The verdict of a question follows from the rows that decide it, and from nothing that the supplier says of it: one that
fails makes it *not met*, one that is open or was not judged *not decided*. What only a person decides is never
*met* here.
"""

from __future__ import annotations

import csv
import io
import re

from checker.model.dtac import Decided, DtacQuestion
from checker.model.report import Report, Row
from checker.model.terms import Outcome
from checker.render.csv_ import cell

COLUMNS = (
    *("code", "topic", "answer", "evidence", "verdict", "why", "rows", "who decides", "weight"),
    *("form version", "profile", "supplier", "product", "version", "as of", "note"),
)
"""The header."""
MET, NOT_MET, NOT_DECIDED = "met", "not met", "not decided"
_OF_THE_FORM = "DT-FORM-"
_ANSWER = re.compile(r"\banswers ([A-D][0-9.]+)")
PERSON, PASSED_OVER = "a person decides", "passed over"


def render(report: Report) -> bytes:
    """The table, header first; the header alone when the profile does not ask for it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    note = report.dtac
    profile = f"{report.profile.id}@{report.profile.version}" + (" modified" if report.profile.modified else "")
    supplier = report.supplier
    for one in note.questions if note else ():
        verdict, why = judged(report, one)
        told = (one.code, one.topic, one.answer, " ".join(one.evidence), verdict, why, " ".join(one.rows))
        stands = (one.decided, _weight(one))
        about = (supplier.name, supplier.product, supplier.version, report.as_of.isoformat(), report.disclaimer)
        context = (note.version if note else "", profile, *about)
        writer.writerow([cell(text) for text in (*told, *stands, *context)])
    return stream.getvalue().encode("utf-8")


def judged(report: Report, question: DtacQuestion) -> tuple[str, str]:
    """The verdict of a question, and a few words why."""
    if not question.asked:
        return PASSED_OVER, "the form leads past it"
    found = {row.id: row for row in report.rows if row.id in question.rows}
    failed = [name for name in question.rows if name in found and _fails(found[name], question.code)]
    if failed:
        covered = [name for name in failed if found[name].verdict.cover != "none"]
        return NOT_MET, f"fails: {' '.join(failed)}" + (f" (covered: {' '.join(covered)})" if covered else "")
    absent = [name for name in question.rows if name not in found]
    quiet = (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE)
    unsure = [name for name in question.rows if name in found and found[name].verdict.outcome not in quiet]
    here = (Outcome.PASS, Outcome.FAIL)  # one that fails at another question alone is quiet here
    passed = [name for name in question.rows if name in found and found[name].verdict.outcome in here]
    said = "; ".join(
        f"{word}: {' '.join(names)}"
        for word, names in (("open", unsure), ("not judged by this profile", absent), ("passes", passed))
        if names
    )
    if not question.answer or not question.told:
        why = "none of the answers that the form has" if question.answer else "no answer"
        return NOT_DECIDED, "; ".join(filter(None, (why, said)))
    if question.decided is Decided.PERSON:
        return PERSON, said
    if unsure or absent or not passed:
        return NOT_DECIDED, said or "no row applies"
    return (MET if question.decided is Decided.MACHINE else PERSON), said


def _fails(row: Row, code: str) -> bool:
    """Does a row fail for this question? A row on the form itself says at which answer it does."""
    if row.verdict.outcome is not Outcome.FAIL:
        return False
    if not row.id.startswith(_OF_THE_FORM):
        return True
    places = [_ANSWER.search(one.place) for one in row.verdict.findings]
    return any(place is None or place.group(1) == code for place in places) or not places


def _weight(question: DtacQuestion) -> str:
    if question.criterion:
        return "criterion"
    return "compared" if question.code.startswith("D") else "not assessed"
