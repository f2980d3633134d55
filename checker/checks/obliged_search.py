"""Searches that an API obliges a server to take: are the criteria applied? By values that resources are known to have.

Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import cut_off, not_the_supplier, resource_of, unanswered
from checker.checks.shapes import without_query
from checker.fhir import bundle
from checker.fhir.values import values_at
from checker.model.need import Need
from checker.model.obliged import Dated, Included, Searched
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_FAULT = range(500, 600)


@check(
    "obliged.search",
    params=Searched,
    needs=lambda p, settings: [Need(probe="obliged.search", params=p), Need(probe="obliged.found", params=p.seek)],
    source="http://hl7.org/fhir/R4/search.html#parameters",
)
def search(ev: EvidenceView, p: Searched) -> Iterator[Statement]:
    """A search by these parameters finds a resource that has the values, and nothing for a value that nobody has.

    A resource that a search showed lends its values. The search by them must bring it, on one of the first pages.
    Then each parameter in turn gets a value that nobody has, and everything else stays: no match may come, or the
    value may be refused (4xx). So a parameter that is ignored shows, alone and together with others (AND). Where
    nothing is found that has the values, nothing is decided; a server error decides nothing about the second search.
    Searches for people go by POST, so that their values stand in no URL, unless the API takes GET alone.

    Good: ``Patient?family=Smith`` brings the Smith that was shown, and ``family=Zqxvnoone`` brings nobody.
    Bad: the second brings the Smith too; or the first is answered with 400.
    """
    view = ev.record(Need(probe="obliged.search", params=p))
    kind = p.seek.type
    names = " and ".join(one.name for one in p.by)
    what = f"The search for {kind} by {names}"
    id = view.record.notes.get("id")
    if not isinstance(id, str):
        yield view.undecided(what)
        return
    hits = view.exchanges("hit")
    good = False
    for statement in _brings(view, hits, kind, id, what):
        good |= isinstance(statement, Examined)
        yield statement
    if not good:
        return
    for one in p.by:
        misses = view.exchanges(f"miss {one.name}")
        yield from _brings_nothing(view, misses, kind, f"{what}, with a {one.name} that nobody has", hits[-1])


@check(
    "obliged.dates",
    params=Dated,
    needs=lambda p, settings: [Need(probe="obliged.dates", params=p), Need(probe="obliged.found", params=p.seek)],
    source="http://hl7.org/fhir/R4/search.html#date",
)
def dates(ev: EvidenceView, p: Dated) -> Iterator[Statement]:
    """A search by a date takes the year or month alone, ``ge``, ``le``, and two dates that make a period.

    The date is that of a resource which a search showed; each form of it must bring that resource, and the same form
    of a date that nobody has must not bring it. A form that the known date cannot be put into is left out: a month of
    a moment at its edge, or of a period.

    Good: ``birthdate=1948-02`` brings who was born on 29 February 1948; ``birthdate=1800-01`` brings nobody.
    Bad: 400 for ``birthdate=1948``; everybody for ``birthdate=ge1800-01-01&birthdate=le1800-12-31``.
    """
    view = ev.record(Need(probe="obliged.dates", params=p))
    id, tried = view.record.notes.get("id"), view.record.notes.get("forms")
    what = f"The search for {p.seek.type} by {p.by.name}"
    if not isinstance(id, str) or not isinstance(tried, list) or not tried:
        yield view.undecided(what)
        return
    for form in tried:
        hits = view.exchanges(f"hit {form}")
        told = f"{what}, in the form {form!r}"
        good = False
        for statement in _brings(view, hits, p.seek.type, id, told):
            good |= isinstance(statement, Examined)
            yield statement
        if good:
            misses = view.exchanges(f"miss {form}")
            other = f"{told}, of another time"
            yield from _brings_nothing(view, misses, p.seek.type, other, hits[-1], id)


def _brings(view: RecordView, hits: tuple[Exchange, ...], kind: str, id: str, what: str) -> Iterator[Statement]:
    """The search by known values: it must bring the resource that has them."""
    if not hits:
        yield view.undecided(what)
        return
    for exchange in hits:
        page = resource_of(exchange, "Bundle", what)
        if not isinstance(page, dict):
            yield without_query(page)
            return
        if id in bundle.ids(page, kind):
            yield Examined(what=f"{what} finds what has the value.", evidence=(exchange.id,), interaction="search")
            return
    if bundle.link(hits[-1].json().value, "next"):
        message = f"{what}: the resource is on none of the first {len(hits)} pages, and there are more"
        yield Undecided(reason=Reason.BUDGET, message=message, evidence=(hits[-1].id,))
        return
    shown = sum(len(bundle.ids(one.json().value, kind)) for one in hits)
    yield Finding(
        message=f"{what} does not find a {kind} that has the value.",
        expected=f"a searchset with the {kind} that a search had shown",
        actual=f"{shown} matches without it",
        place=f"{hits[0].request.url.partition('?')[0]}#/entry",
        evidence=tuple(one.id for one in hits),
    )


def _brings_nothing(
    view: RecordView, misses: tuple[Exchange, ...], kind: str, what: str, hit: Exchange, id: str = ""
) -> Iterator[Statement]:
    """The search by a value that nobody has, beside one that worked.

    ``id``: the one resource that must not come; others may, such as periods that never end. "" is any.
    """
    if not misses:
        yield view.undecided(what)
        return
    for exchange in misses:
        doubt = unanswered(exchange, what) or not_the_supplier(exchange, what)
        if doubt is None and exchange.status in _FAULT:
            message = f"{what} was answered with {exchange.status}"
            doubt = Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        if doubt is None and exchange.ok:
            doubt = cut_off(exchange, what)
        if doubt is not None:
            yield doubt
            continue
        matches = [one for _, one in bundle.matches(exchange.json().value, kind)] if exchange.ok else []
        matches = [one for one in matches if not id or one.get("id") == id]
        if exchange.ok and exchange.json().resource_type not in ("Bundle", "OperationOutcome"):
            message = f"{what} was answered with something else than a Bundle"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        elif matches:
            yield Finding(
                message=f"{what}, brings {kind} all the same: the criterion is not applied.",
                expected="no match, or a refusal of the value",
                actual=f"{len(matches)} matches",
                place=f"{exchange.request.url.partition('?')[0]}#/entry",
                evidence=(exchange.id, hit.id),
            )
        else:
            yield Examined(what=f"{what}, brings none.", evidence=(exchange.id, hit.id), interaction="search")


@check(
    "obliged.include",
    params=Included,
    needs=lambda p, settings: [Need(probe="obliged.include", params=p), Need(probe="obliged.found", params=p.seek)],
    source="http://hl7.org/fhir/R4/search.html#include",
)
def include(ev: EvidenceView, p: Included) -> Iterator[Statement]:
    """A search with this include brings along the resources of a type that its matches refer to.

    The same search is sent without and with it. What is in the second Bundle refers to resources of that type: at
    least one of them must be there. Where nothing refers to one, nothing is decided.

    Good: ``Slot?…&_include=Slot:schedule`` brings the Schedule that each Slot refers to.
    Bad: the Slots alone; or 400.
    """
    view = ev.record(Need(probe="obliged.include", params=p))
    what = f"The search for {p.seek.type} with {p.parameter}={p.value}"
    exchange, without = view.exchange("with"), view.exchange("without")
    if exchange is None or without is None:
        yield view.undecided(what)
        return
    page = resource_of(exchange, "Bundle", what)
    if isinstance(page, Finding) and not without.ok:
        # An API may ask for this include in every search: then a refusal of both says nothing of it.
        message = f"{what} was answered with {exchange.status}, and without it with {without.status}"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id, without.id))
        return
    if not isinstance(page, dict):
        yield without_query(page)
        return
    resources = [entry.get("resource") for _, entry in bundle.entries(page)]
    brought = {
        f"{one.get('resourceType')}/{one.get('id')}"
        for one in resources
        if isinstance(one, dict) and one.get("resourceType") == p.gives
    }
    wanted = {one for resource in resources for one in _references(resource, p.gives)}
    if brought & wanted:
        said = f"{what} brings along {p.gives}."
        yield Examined(what=said, evidence=(exchange.id, without.id), interaction="search")
    elif not wanted:
        message = f"{what}: nothing that came refers to a {p.gives}"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    else:
        yield Finding(
            message=f"{what} does not bring along the {p.gives} that is referred to.",
            expected=f"the {p.gives} in the Bundle, with search mode include",
            actual=f"{len(wanted)} references to {p.gives}, and none of them there",
            place=f"{exchange.request.url.partition('?')[0]}#/entry",
            evidence=(exchange.id, without.id),
        )


def _references(value: object, kind: str) -> Iterator[str]:
    """``Type/id`` of each literal reference to a type, wherever it stands. Depth is bounded by the reader of JSON."""
    if isinstance(value, list):
        for one in value:
            yield from _references(one, kind)
    elif isinstance(value, dict):
        for reference in values_at(value, "reference"):
            parts = reference.split("/_history/")[0].split("/")[-2:] if isinstance(reference, str) else []
            if len(parts) == 2 and parts[0] == kind:
                yield "/".join(parts)
        for one in value.values():
            yield from _references(one, kind)
