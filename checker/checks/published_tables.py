"""Published tables of counts: disclosure control as for Hospital Episode Statistics since September 2018."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_TABLES = Need(probe="tables.published", params=NoParams())
_SOURCE = (
    "https://digital.nhs.uk/data-and-information/data-tools-and-services/data-services/hospital-episode-statistics/"
    "change-to-disclosure-control-methodology-for-hes-and-ecds-from-september-2018"
)


@check("tables.small-numbers", needs=lambda p, settings: [_TABLES], source=_SOURCE)
def small_numbers(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """In published tables sub-national counts from 1 to 7 are ``*``, and all others are rounded to the nearest 5.

    Zero is shown. Looked at are the columns of whole numbers in every CSV file of the artefact ``tables``; years,
    codes, ages and rates are no counts. National rows (England, UK, or so called by a column ``level``) are exempt.

    Good: ``*``, ``0``, ``15``. Bad: ``4``; ``13``.
    """
    said = {
        "small": ("A count from 1 to 7 is shown", "*"),
        "unrounded": ("A count is not rounded", "a multiple of 5"),
    }
    yield from _judged(ev, said, "cells", "cells with a count")


@check("tables.no-recoverable-cell", needs=lambda p, settings: [_TABLES], source=_SOURCE)
def no_recoverable_cell(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No suppressed cell of a published table can be worked out from the other cells of its row or column.

    It can where it is the only ``*`` of a line that has a total and where numbers are exact: one of them is no multiple
    of 5. Where all are rounded the difference is not the cell, nor is it below a national total, which is exact by the
    rules, as long as the others are rounded. Totals are columns and rows called Total or All, and a national row.
    Cells that another table gives away are not looked for: nothing in a CSV file says that a column of the same name
    counts the same people in the same months, and to guess it would be a finding against tables of two years.

    Good: two ``*`` beside a total of 43; one ``*`` beside 40 among rounded numbers. Bad: one ``*`` beside 43.
    """
    said = {"recoverable": ("A suppressed cell can be worked out", "a second * in the line, or rounded numbers")}
    yield from _judged(ev, said, "lines_with_totals", "rows and columns with a total")


@check("tables.averages-rest-on-enough", needs=lambda p, settings: [_TABLES], source=_SOURCE)
def averages_rest_on_enough(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Sub-national means and medians of published tables rest on eight people or more, or show ``*``.

    Averages are columns whose name says mean, median or average; a column called n, count, number, patients or people
    says on how many they rest. Without one it stays open.

    Good: mean 4.2, n 15. Bad: mean 4.2, n 6; mean 4.2, n ``*``.
    """
    said = {"averages": ("An average rests on fewer than eight people", "*")}
    yield from _judged(ev, said, "averages", "averages with the number of people")
    without = sum(int(table.facts.get("averages_without_n", 0)) for table in _tables(ev))
    if without:
        message = f"{without} averages do not say on how many people they rest"
        yield Undecided(reason=Reason.NO_DATA, message=message)


def _tables(ev: EvidenceView) -> list[Artefact]:
    view = ev.record(_TABLES)
    return [payload for item in view.evidence("tables") if isinstance(payload := item.read(), Artefact)]


def _judged(ev: EvidenceView, said: Mapping[str, tuple[str, str]], count: str, what: str) -> Iterator[Statement]:
    view = ev.record(_TABLES)
    evidence = tuple(item.id for item in view.evidence("tables"))
    tables = _tables(ev)
    if not tables or any(one.facts.get("problem") for one in tables):
        yield view.undecided("the published tables")
    for table in tables:
        yield from _findings(table, said, evidence)
        for why in (*table.facts.get("unread", ()), *table.facts.get("not_read", ())):
            yield Undecided(reason=Reason.NO_DATA, message=f"{table.artefact}: {why}", evidence=evidence)
    if examined := sum(int(table.facts.get(count, 0)) for table in tables):
        yield Examined(what=f"{examined} {what} in published tables", evidence=evidence, count=examined)


def _findings(table: Artefact, said: Mapping[str, tuple[str, str]], evidence: tuple[str, ...]) -> Iterator[Finding]:
    faults: Mapping[str, Any] = table.facts.get("faults", {})
    for rule, (message, expected) in said.items():
        if found := faults.get(rule):
            places = tuple(f"{table.artefact}: {place}" for place in found["places"])
            yield Finding(
                message=message,
                expected=expected,
                actual="another number",
                place=places[0],
                evidence=evidence,
                count=int(found["count"]),
                examples=places,
            )
