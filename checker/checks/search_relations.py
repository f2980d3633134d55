"""Relations between searches that hold whatever the records are.

No record need be understood for them: or is a union, and an intersection, pages make the whole.
Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.trials import judged, needs
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Statement
from checker.model.view import EvidenceView


@check(
    "search.split-parts",
    needs=lambda p, settings: needs("split"),
    source="http://hl7.org/fhir/R4/search.html#prefix",
)
def split_parts(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Two searches, before a day and from that day on, part all that has one date.

    The day is the middle one of all dates at hand. Resources without a date, with a period or with several dates are
    left out. A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: ``birthdate=lt1979-04-05`` and ``birthdate=ge1979-04-05`` give each patient once.
    Bad: a patient is in neither, or in both.
    """
    yield from judged(ev, ("split", "parted"))


@check(
    "search.missing-is-the-rest",
    needs=lambda p, settings: needs("missing"),
    source="http://hl7.org/fhir/R4/search.html#missing",
)
def missing_is_the_rest(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``:missing=true`` and ``:missing=false`` make the whole, share nothing, and are not each other's.

    Tried are parameters of five kinds, first those that some records have a value for and some have none. Judged where
    the self link says that the modifier was used. A resource that speaks against the server is read again, and counts
    only if it did not change meanwhile.

    Good: with ``death-date:missing`` true and false each patient is given once.
    Bad: a patient is in neither, or who has no general practitioner is given among those who have one.
    """
    yield from judged(ev, ("missing", "whole"))


@check(
    "search.not-is-the-rest",
    needs=lambda p, settings: needs("not"),
    source="http://hl7.org/fhir/R4/search.html#modifiers",
)
def not_is_the_rest(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A code and the same with ``:not`` part all resources that carry one code there.

        Resources without that element, or with several codes, are left out: servers differ about them. A
    resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: ``gender=female`` and ``gender:not=female`` give each patient once.
    Bad: one is in both.
    """
    yield from judged(ev, ("not", "whole"))


@check(
    "search.or-is-a-union",
    needs=lambda p, settings: needs("or"),
    source="http://hl7.org/fhir/R4/search.html#combining",
)
def or_is_a_union(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Two values with a comma between give what the one and the other give.

    A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: ``code=a,b`` gives all that ``code=a`` and ``code=b`` give.
    Bad: only what the first value gives.
    """
    yield from judged(ev, ("or", "union"))


@check(
    "search.and-is-an-intersection",
    needs=lambda p, settings: needs("and"),
    source="http://hl7.org/fhir/R4/search.html#combining",
)
def and_is_an_intersection(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Two criteria give what both give one by one.

        Chosen are two parameters whose matches overlap, and neither holds the other. A resource that speaks
    against the server is read again, and counts only if it did not change meanwhile.

    Good: ``gender=female&organization=Organization/o1`` gives the women of that organisation.
    Bad: it gives all women.
    """
    yield from judged(ev, ("and", "intersection"))


@check(
    "search.post-gives-what-get-gives",
    needs=lambda p, settings: needs("post"),
    source="http://hl7.org/fhir/R4/http.html#search",
)
def post_gives_what_get_gives(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """POST _search gives, resource by resource, what GET gives, with several criteria too.

    A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: both give the same three patients.
    Bad: POST takes the first criterion alone.
    """
    yield from judged(ev, ("post", "equal"))


@check(
    "search.pages-make-the-whole",
    needs=lambda p, settings: needs("pages"),
    source="http://hl7.org/fhir/R4/http.html#paging",
)
def pages_make_the_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Small pages hold what one large page held: nothing twice, nothing lost.

    A resource that speaks against the server is read again, and counts only if it did not change meanwhile.

    Good: four pages of three patients hold the twelve of the large page.
    Bad: eleven are on them, or one comes on two pages.
    """
    yield from judged(ev, ("pages", "concatenated"))


@check(
    "search.same-again",
    needs=lambda p, settings: needs("again"),
    source="http://hl7.org/fhir/R4/search.html#currency",
)
def same_again(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The same search asked twice gives the same set of matches.

        Their order is free. A resource that speaks against the server is read again, and counts only if it did
    not change meanwhile.

    Good: twice the same twelve patients.
    Bad: one of them is missing the second time.
    """
    yield from judged(ev, ("again", "stable"))


@check(
    "search.sorted",
    needs=lambda p, settings: needs("sort"),
    source="http://hl7.org/fhir/R4/search.html#sort",
)
def sorted_(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """_sort orders over all pages, and a minus sign turns it round.

    Tried with dates, in small pages, where the self link says that _sort was used. Resources without a date, or with
    several, may stand anywhere; so may those of which one has a zone and the other none, unless they are far apart.

    Good: ``_sort=birthdate`` begins with the oldest and goes on so on the second page.
    Bad: each page is sorted by itself.
    """
    yield from judged(ev, ("sort", "ordered"))
