"""Samples of messages in a pack, and what a validator said of them, joined by digest."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given
from checker.checks.pack.given import of_table, table, whole
from checker.checks.pack.said import Part, grouped, shown
from checker.checks.register import day
from checker.model.need import Need
from checker.model.verdict import Finding, Undecided
from checker.model.view import EvidenceView

KIND = "message-validation"
_COLUMNS = ("sha256", "validator", "validated", "errors", "nhs-number?")


def validation() -> Need:
    """The need of the table of validations."""
    return of_table(KIND, *_COLUMNS)


def validated(ev: EvidenceView) -> Given | Undecided:
    """The lines of the table by digest, or why there are none."""
    found = table(ev, KIND, *_COLUMNS)
    if isinstance(found, Undecided):
        return found
    lines = [{**row, "sha256": row["sha256"].casefold()} for row in found.facts]
    return found._replace(facts=grouped(lines, "sha256"))


def digests(ev: EvidenceView) -> dict[str, str]:
    """The digest of the bytes of each artefact of the pack that is there, by its id."""
    pack = whole(ev)
    if isinstance(pack, Undecided):
        return {}
    named = pack.facts["named"]
    return {str(one["what"]).removeprefix("artefact "): str(one["found"]) for one in named if one["found"]}


def not_valid(
    rows: Given, message: Part, known: dict[str, str], place: str, *, numbered: bool = False
) -> Iterator[Finding]:
    """What is wrong with the sample of a message: it is not there, nobody validated these bytes, or they have errors.

    ``numbered``: the message has to carry an NHS number too, as the line says.
    """
    sample = message.get("sample", "")
    if sample not in known:
        yield rows.finding("The sample of a message is not in the pack.", "an artefact", shown(sample) or "none", place)
        return
    lines = rows.facts.get(known[sample], [])
    if not lines:
        said = "No validation is of these bytes."
        yield rows.finding(said, f"a line with sha256 {known[sample][:12]}…", "none", place)
    for row in lines:
        where = f"message-validation line {row['line']}"
        if row["errors"] != "0":
            yield rows.finding(
                "The sample of a message is not valid.", "0 errors", shown(row["errors"], 20) or "?", where
            )
        if not row["validator"]:
            yield rows.finding("It is not said what validated a message.", "a validator", "none", where)
        when = day(row["validated"].partition("T")[0])
        if when is None or when > rows.on:
            said = "A message was validated on a day that is none, or is yet to come."
            yield rows.finding(said, f"by {rows.on}", shown(row["validated"], 20) or "none", where)
        if numbered and row.get("nhs-number", "").casefold() != "yes":
            said = "A message between health and social care carries no NHS number."
            yield rows.finding(said, "nhs-number: yes", shown(row.get("nhs-number", ""), 20) or "not said", where)
