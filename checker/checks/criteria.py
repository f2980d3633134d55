"""Search by criteria: what finds nothing, what is sent by POST, what is malformed.

Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checker.checks.bodies import answer, cut_off, not_the_supplier, resource_of
from checker.checks.refusal import refusal
from checker.fhir import bundle
from checker.model.asked import Criterion, OfType
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

REFUSED = frozenset({400, 422})
"""How a server says that it does not take a criterion."""


def by_id(p: OfType) -> Need:
    """The searches by a known and an unknown ``_id``."""
    return Need(probe="search.by-id", params=p)


def found(p: OfType) -> Need:
    """The search for all of a type."""
    return Need(probe="fhir.search", params=p)


def narrowed(exchange: Exchange, name: str, id: object) -> bool:
    """Did the search give that one resource and no other?"""
    return exchange.ok and bundle.ids(exchange.json().value, name) == (id,)


def is_alone(ev: EvidenceView, p: OfType) -> bool:
    """Does the search for all show fewer than two? Then one match does not show that a criterion counted."""
    exchange = ev.record(found(p)).exchange("search")
    return exchange is None or len(bundle.ids(exchange.json().value, p.type)) < 2


@check(
    "search.no-match-is-an-empty-bundle",
    params=OfType,
    needs=lambda p, settings: [by_id(p), found(p)],
    source="http://hl7.org/fhir/R4/http.html#search",
)
def no_match_is_an_empty_bundle(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A search that finds nothing is answered with 200 and a searchset without matches.

    Searched is by an ``_id`` that nobody has; the control is the same search by one that is there, and
    must find it and nothing else: a server may ignore ``_id``, and then nothing is decided. An entry
    of mode ``outcome`` is no match; ``total`` may be absent, else it is 0. A 400 may mean that the id is
    of a form that this server never gives: it decides nothing either.

    Good: ``GET Patient?_id=no-such-id`` answers 200 with ``{"type": "searchset", "total": 0}``.
    Bad: 404, 204, or a Bundle that holds other patients.
    """
    view = ev.record(by_id(p))
    known = view.record.notes.get("id")
    what = f"The search for a {p.type} that does not exist"
    for control, mutant in view.pairs():
        both = (control.id, mutant.id)
        doubt = not_the_supplier(mutant, what) or _unread(mutant, what)
        if doubt is not None:
            yield doubt
        elif control.ok and not control.lost and not _is_applied(ev, p, control, mutant, known):
            message = f"{what}: a search by a known _id did not give that {p.type} alone, so _id is not applied here"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=both)
        elif mutant.status in REFUSED:
            message = f"{what}: this id was refused ({mutant.status}), which does not show how nothing found is told"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=both)
        else:
            yield from refusal(
                control,
                mutant,
                differs_in="url",
                gives="Bundle",
                refused=_is_empty,
                what=what,
                expected="200 with a Bundle of type searchset, without matches, total 0 or absent",
            )


def _is_applied(ev: EvidenceView, p: OfType, control: Exchange, mutant: Exchange, known: object) -> bool:
    """Is ``_id`` a criterion here? Where there is one resource only, an ignored criterion gives it too."""
    ignored = is_alone(ev, p) and known in bundle.ids(mutant.json().value, p.type)
    return narrowed(control, p.type, known) and not ignored


def _unread(mutant: Exchange, what: str) -> Undecided | None:
    """The doubt in an answer that should have a body which cannot be looked at."""
    return cut_off(mutant, what) if mutant.response is not None else None


def _is_empty(exchange: Exchange) -> bool:
    body = exchange.json()
    if exchange.status != 200 or body.resource_type != "Bundle" or body.value.get("type") != "searchset":
        return False
    return not any(True for _ in bundle.data(body.value)) and body.value.get("total") in (None, 0)


def _by_post(p: OfType) -> Need:
    return Need(probe="search.by-post", params=p)


@check(
    "search.post-is-get",
    params=OfType,
    needs=lambda p, settings: [_by_post(p), by_id(p), found(p)],
    source="http://hl7.org/fhir/R4/http.html#search",
)
def post_is_get(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A search by POST finds what the same search by GET finds.

    ``POST [type]/_search`` with ``_id`` in a form body is held against ``GET [type]?_id=…``, which must
    have found that one resource and no other. Nothing is changed by it.

    Good: both give the same patient.
    Bad: POST answers 404, 405 or 415, or gives all patients because the body is not read.
    """
    known = ev.record(by_id(p)).record.notes.get("id")
    controls = [control for control, _ in ev.record(by_id(p)).pairs()]
    what = f"the search for a {p.type} by POST"
    exchange = answer(ev.record(_by_post(p)), "post", what)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    if not controls or not narrowed(controls[0], p.type, known):
        message = f"{what}: by GET, a search by _id did not give that {p.type} alone, so there is nothing to compare"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return
    if is_alone(ev, p):
        message = f"{what}: there is one {p.type} only, so it does not show whether the body is read: load a second"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
        return
    page = resource_of(exchange, "Bundle", what)
    if not isinstance(page, dict):
        yield page
    elif narrowed(exchange, p.type, known):
        said = f"A {p.type} was found by POST as by GET."
        yield Examined(what=said, evidence=(exchange.id, controls[0].id), interaction="search")
    else:
        others = sum(1 for one in bundle.ids(page, p.type) if one != known)
        yield Finding(
            message=f"A search for a {p.type} by POST finds something else than by GET.",
            expected="the resource that GET found, and no other",
            actual=f"{others} other matches" if others else "not that resource",
            place=f"{exchange.request.url}#/entry",
            evidence=(exchange.id, controls[0].id),
        )


def _malformed(p: Criterion) -> Need:
    return Need(probe="search.malformed-value", params=p)


@check(
    "search.malformed-value-is-refused",
    params=Criterion,
    needs=lambda p, settings: [_malformed(p)],
    source="http://hl7.org/fhir/R4/search.html#errors",
)
def malformed_value_is_refused(ev: EvidenceView, p: Criterion) -> Iterator[Statement]:
    """A value that a search parameter cannot take is refused with 400 (or 422), never ignored.

    The control is the same search with a value that it takes. An answer without matches is not
    held against a server, nor are matches beside an OperationOutcome that tells of the value; matches
    alone are: who mistyped a birth date is shown all patients. Where the control finds nobody either, an answer
    without matches shows nothing. A 500 is no refusal.

    Good: ``GET Patient?birthdate=not-a-date`` answers 400 with an OperationOutcome.
    Bad: it answers 200 with every patient, or 500.
    """
    for control, mutant in ev.record(_malformed(p)).pairs():
        what = f"The search for {p.type} by a malformed {p.parameter}"
        doubt = not_the_supplier(mutant, what) or _unread(mutant, what)
        if doubt is not None:
            yield doubt
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="url",
            gives="Bundle",
            refused=_not_ignored,
            unsure=_by_want_of(control, p.type),
            what=what,
            expected="400 with an OperationOutcome",
        )


def _by_want_of(control: Exchange, kind: str) -> Callable[[Exchange], str]:
    """Why an answer without matches shows nothing: there would be none for a right value."""
    empty = not bundle.ids(control.json().value, kind)
    return lambda mutant: "the control finds nothing either" if empty and mutant.ok else ""


def _not_ignored(exchange: Exchange) -> bool:
    if exchange.ok:
        body = exchange.json()
        if body.resource_type == "OperationOutcome":
            return True
        kinds = [kind for _, kind in bundle.kinds(body.value)]
        return body.resource_type == "Bundle" and (not kinds or "OperationOutcome" in kinds)
    return 400 <= exchange.status < 500
