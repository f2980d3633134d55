"""Counts, totals, and parts of resources; and what a client wishes for.

Source: http://hl7.org/fhir/R4/search.html#count, #total, #summary, #elements and #errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.trials import judged, needs
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Statement
from checker.model.view import EvidenceView


@check(
    "search.count-gives-no-matches",
    needs=lambda p, settings: needs("empty"),
    source="http://hl7.org/fhir/R4/search.html#count",
)
def count_gives_no_matches(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """_count=0 and _summary=count are answered with a total and no matches.

    Judged where the self link says that the parameter was used.

    Good: ``GET Patient?_summary=count`` gives ``{"type": "searchset", "total": 12}``.
    Bad: it gives twelve patients, or no total.
    """
    yield from judged(ev, ("empty", "total"))


@check(
    "search.count-agrees",
    needs=lambda p, settings: needs("counted"),
    source="http://hl7.org/fhir/R4/search.html#summary",
)
def count_agrees(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The count that _summary=count gives is the number of matches that the same search gives.

    The count is asked for before and after; where the two differ, the records changed and nothing is said.

    Good: 12, and there are 12 patients on the pages.
    Bad: 10, the length of a page.
    """
    yield from judged(ev, ("counted", "agrees"))


@check(
    "search.total-counts-matches",
    needs=lambda p, settings: needs("totals"),
    source="http://hl7.org/fhir/R4/search.html#total",
)
def total_counts_matches(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A total counts the matches, not what is included, and stays the same from page to page.

    A total may be absent. _total=accurate is judged where the self link says that it was used.

    Good: 36 on each page of 36 observations that come with their patients.
    Bad: 48, or the number of rows on the page.
    """
    yield from judged(ev, ("totals", "number"))


@check(
    "search.parts-are-told",
    needs=lambda p, settings: needs("parts"),
    source="http://hl7.org/fhir/R4/search.html#elements",
)
def parts_are_told(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """_elements and _summary keep what is asked for, and tell of what is left out.

        A server that gives whole resources is not judged by it. A resource that speaks against the server is
    read again, and counts only if it did not change meanwhile.

    Good: ``_elements=identifier`` gives id, meta with the tag SUBSETTED, and identifier.
    Bad: no tag: a client that writes it back wipes the rest of the record.
    """
    yield from judged(ev, ("parts", "told"))


@check(
    "search.unknown-parameters-are-handled",
    needs=lambda p, settings: needs("handling"),
    source="http://hl7.org/fhir/R4/search.html#errors",
)
def unknown_parameters_are_handled(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A parameter that nobody knows is refused to who asks for strict handling, and ignored for who asks for lenient.

    The control is the same search without it. For an API whose profile says that it refuses them to everybody, lenient
    handling is free.

    Good: 400 to ``Prefer: handling=strict``, 200 to ``Prefer: handling=lenient``.
    Bad: 200 to both, or 500.
    """
    rejects = getattr(ev.settings, "unknown_parameter", "ignore") == "reject"
    yield from judged(ev, ("handling", "strict-alone" if rejects else "honoured"))
