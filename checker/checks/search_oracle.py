"""Searches against an oracle of our own: the resources that the server itself has shown.

What each search must give is worked out from them; where servers may rightly differ, nothing is said.
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
    "search.finds-what-is-there",
    needs=lambda p, settings: needs("declared"),
    source="http://hl7.org/fhir/R4/search.html#introduction",
)
def finds_what_is_there(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by a declared parameter finds every resource that was shown and that matches.

    Up to 32 declared parameters are tried, the types in turn, each by a value that the fewest of all resources at
    hand hold. Parameters with a definition of somebody else's, and values that could be a national number, are left
        out. A search that is refused with 4xx is left aside. A resource that speaks against the server is read
    again, and counts only if it did not change meanwhile.

    Good: ``GET Condition?code=http://snomed.info/sct|73211009`` gives both conditions that carry it.
    Bad: it gives one of them.
    """
    yield from judged(ev, ("declared", "recall"))


@check(
    "search.gives-nothing-else",
    needs=lambda p, settings: needs("declared"),
    source="http://hl7.org/fhir/R4/search.html#introduction",
)
def gives_nothing_else(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by a declared parameter gives no match that surely does not match.

    The same searches; each match is held against the criteria. Left open are values that differ in case, blanks or
    signs alone, what stands in a display, units that a server may convert, and partial matches of dates. R4 lets a
    server give more if it thinks it relevant; our policy does not, for the parameters that it declares.

    Good: ``GET Patient?gender=female`` gives women.
    Bad: it gives a man among them, or everybody.
    """
    yield from judged(ev, ("declared", "precision"))


@check(
    "search.dates",
    needs=lambda p, settings: needs("prefixes"),
    source="http://hl7.org/fhir/R4/search.html#date",
)
def dates(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by date keeps to its prefix, also at the day itself, and takes a year for all its days.

    Tried are eq, ge, le, gt and lt at a day that is held, ne, sa and eb for one parameter, the year of that day,
    and a window of days around an instant. A date without a zone may be read in any zone, so that instants near the
    edge of a day decide nothing; nor do dates that overlap the one that is asked.

    Good: ``GET Patient?birthdate=ge1983-06-17`` gives who was born on that day and later.
    Bad: who was born on that day is left out, or somebody born before is given.
    """
    yield from judged(ev, ("prefixes", "both"))


@check(
    "search.strings",
    needs=lambda p, settings: needs("string-forms"),
    source="http://hl7.org/fhir/R4/search.html#string",
)
def strings(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by string finds what begins so, whatever the case and accents; :exact and :contains do as they say.

    Tried with the beginning of a value in small letters, in capitals and without accents. The modifiers are judged
    where the self link says that they were used. What holds the text elsewhere, or for who sets signs aside, is left
    open.

    Good: ``GET Patient?family=eastw`` finds Éastwickham.
    Bad: nobody is found, or ``family:exact=éastwickham`` finds Éastwickham.
    """
    yield from judged(ev, ("string-forms", "both"))


@check(
    "search.tokens",
    needs=lambda p, settings: needs("token-forms"),
    source="http://hl7.org/fhir/R4/search.html#token",
)
def tokens(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The four forms of a token choose as they say: code, system|code, system| and |code.

    Elements whose system is implied by a binding decide nothing for the forms with a system.

    Good: ``code=|73211009`` does not find a condition whose code has a system.
    Bad: it finds it, since the pipe is cut off.
    """
    yield from judged(ev, ("token-forms", "both"))


@check(
    "search.references",
    needs=lambda p, settings: needs("reference-forms"),
    source="http://hl7.org/fhir/R4/search.html#reference",
)
def references(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A reference is found by its id, by Type/id and by its absolute URL alike.

    Tried with ``patient`` and ``encounter``, where a bare id is clear, and with ``subject:Patient`` where the self
    link says that it was used.

    Good: ``patient=p1``, ``patient=Patient/p1`` and ``patient=https://server/fhir/Patient/p1`` find the same.
    Bad: one of them finds nothing.
    """
    yield from judged(ev, ("reference-forms", "both"))


@check(
    "search.quantities",
    needs=lambda p, settings: needs("quantity-forms"),
    source="http://hl7.org/fhir/R4/search.html#quantity",
)
def quantities(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by quantity or number keeps to its prefix and unit.

    Tried are a value that is held, as it is and with ge and le, and values well below and above it with gt and lt.
    Numbers that differ by less than the precision of the one that is asked, and other units, are left open.

    Good: ``value-quantity=gt70|http://unitsofmeasure.org|kg`` gives what is above 70 kg.
    Bad: it gives 62 kg too.
    """
    yield from judged(ev, ("quantity-forms", "both"))


@check(
    "search.every-type-by-id-and-date",
    needs=lambda p, settings: needs("standing"),
    source="http://hl7.org/fhir/R4/search.html#id",
)
def every_type_by_id_and_date(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each type that is declared as searchable is found by _id and by _lastUpdated.

    Searched is by an id that was shown, and by a window of days around the earliest time stamp. A refusal counts: a
    client that keeps a copy cannot do without these two. It does not for a type that is shown of one patient at a time.

    Good: ``GET Condition?_id=c1`` gives that condition alone.
    Bad: it gives all conditions, or 400.
    """
    yield from judged(ev, ("standing", "both"))
