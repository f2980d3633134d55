"""Restricted patients in searches: not by where they live, not by who is related, and not by counting."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import cut_off, not_the_supplier, resource_of
from checker.checks.labels import PATIENTS, shown
from checker.checks.restricted import PDS, RESTRICTED_RELATIONS, patient_of
from checker.checks.tallied import Tallied
from checker.fhir import bundle
from checker.model.asked import LOCATION_SEARCHES
from checker.model.need import Need, ScanNeed
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_BY_LOCATION = Need(probe="restricted.by-location", params=NoParams())
_RELATED = Need(probe="restricted.related", params=NoParams())
_RELATIONS = ScanNeed(scan=RESTRICTED_RELATIONS.id, params=NoParams())
_NOTHING_KNOWN = "a restricted patient to look for"
_NOT_FOUND = 404


@check("restricted.not-by-location", needs=lambda p, settings: [_BY_LOCATION, PATIENTS], source=PDS)
def not_by_location(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by postcode or by general practitioner gives no restricted patient, even where they match.

    Searched is for a restricted patient by ``_id``: alone, when they are found, and again among those who have a
    postcode or a practitioner (``:missing=false``), when they must not be. The control is an unrestricted patient:
    found among those who have one, and not among those who have none; and one who is shown without must be found among
    those. Nothing is decided where no restricted patient is known, and where these criteria are not looked at.

    Good: ``GET Patient?_id=x&address-postalcode:missing=false`` gives nobody, where x is restricted.
    Bad: it gives x.
    """
    for name, exchange in _asked(ev, "hidden"):
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        found = [one for _, one in bundle.matches(exchange.json().value, "Patient")]
        if found:
            yield Finding(
                message=f"A search by {name} gives a restricted patient.",
                expected="none, even where one matches",
                actual="a restricted patient",
                place=f"{exchange.request.url}#/entry",
                evidence=(exchange.id,),
            )
        else:
            said = f"A search for all who have a value for {name} gives no restricted patient."
            yield Examined(what=said, evidence=(exchange.id,), interaction="search")


@check(
    "restricted.not-countable",
    needs=lambda p, settings: [_BY_LOCATION, PATIENTS],
    source="docs/policy.md#what-is-hidden-is-not-counted",
)
def not_countable(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A search by location that hides a restricted patient does not count them either.

    The searches are those of restricted.not-by-location, and the same with ``_summary=count``. Where a page does not
    show the patient, its ``total`` and that count must not be above the number of matches that it shows.

    Good: no match, total 0. Bad: no match, and a count of 1.
    """
    for name, exchange in _asked(ev, "hidden"):
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        held = sum(1 for _ in bundle.matches(exchange.json().value, "Patient"))
        counted = ev.record(_BY_LOCATION).exchange(f"{name} count")
        totals = [
            (one, total)
            for one in (exchange, counted)
            if one is not None and one.ok and one.json().resource_type == "Bundle"
            if type(total := one.json().value.get("total")) is int
        ]
        for one, total in totals:
            if total > held:
                yield Finding(
                    message=f"A search by {name} counts {total} patients and shows {held}.",
                    expected="as many as are shown",
                    actual=f"{total - held} more",
                    place=f"{one.request.url}#/total",
                    evidence=(one.id, exchange.id),
                    count=total - held,
                )
            else:
                said = f"A search for all who have a value for {name} counts what it shows."
                yield Examined(what=said, evidence=(one.id,), interaction="search")
        if not totals:
            message = f"the search by {name} came without a total"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))


@check("restricted.no-related-persons", needs=lambda p, settings: [_RELATED, PATIENTS, _RELATIONS], source=PDS)
def no_related_persons(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No related people are given for a restricted patient, and none in the export says where to find them.

    The control is a search for the related people of a patient who has some: it must find them and nobody
    else's. In the export a RelatedPerson of a restricted patient may be there, without address and contact point.

    Good: ``GET RelatedPerson?patient=Patient/x`` answers with an empty Bundle, where x is restricted.
    Bad: it gives the mother of x.
    """
    scan = ev.scan(_RELATIONS)
    if isinstance(scan.state, Tallied):
        for statement in RESTRICTED_RELATIONS.finish(scan.state, NoParams()):
            if isinstance(statement, Finding):
                yield statement
    view = ev.record(_RELATED)
    known, _ = shown(ev.record(PATIENTS))
    id, other = view.record.notes.get("id"), view.record.notes.get("control")
    exchange, control = view.exchange("related"), view.exchange("control")
    if not known or exchange is None:
        yield view.undecided("the related people of a restricted patient")
        return
    if exchange.status in (404, 400, 403, 501) and not bundle.ids(exchange.json().value, "RelatedPerson"):
        if control is None:
            message = f"related people are not offered here ({exchange.status})"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        else:
            said = f"The related people of a restricted patient are refused ({exchange.status})."
            yield Examined(what=said, evidence=(exchange.id,), interaction="search")
        return
    page = resource_of(exchange, "Bundle", "the search for related people of a restricted patient")
    if not isinstance(page, dict):
        yield page
        return
    found = [one for _, one in bundle.matches(page, "RelatedPerson") if patient_of(one) == id]
    if found:
        yield Finding(
            message="Related people of a restricted patient are given.",
            expected="none",
            actual=f"{len(found)} RelatedPerson",
            place="RelatedPerson?patient#/entry",
            evidence=(exchange.id,),
            count=len(found),
        )
    elif control is None or not _is_of(control, other):
        message = "no search for related people of another patient shows that 'patient' is looked at: load some"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    else:
        said = "A restricted patient has no related people in a search that gives those of others."
        yield Examined(what=said, evidence=(exchange.id, control.id), interaction="search")


def _is_of(control: Exchange, id: object) -> bool:
    found = [patient_of(one) for _, one in bundle.matches(control.json().value, "RelatedPerson")]
    return control.ok and bool(found) and all(one == id for one in found)


def _asked(ev: EvidenceView, role: str) -> Iterator[tuple[str, Exchange | Undecided]]:
    """Each search by location whose criterion is looked at, by its parameter; or why not."""
    view = ev.record(_BY_LOCATION)
    id = view.record.notes.get("id")
    if id not in shown(ev.record(PATIENTS))[0]:
        yield "", view.undecided(_NOTHING_KNOWN)
        return
    for name in LOCATION_SEARCHES:
        exchange, control = view.exchange(f"{name} {role}"), view.record.notes.get(name)
        if exchange is None or control is None:
            continue  # the record says why
        what = f"the search by {name}"
        doubt = not_the_supplier(exchange, what) or cut_off(exchange, what)
        told = {one: _ids(view.exchange(one)) for one in ("alone", f"{name} control", f"{name} without")}
        lacking = view.record.notes.get(f"{name} lacking")
        tells_apart = lacking is None or _ids(view.exchange(f"{name} lacking")) == (lacking,)
        if doubt is not None:
            yield name, doubt
        elif not tells_apart or (told["alone"], told[f"{name} control"], told[f"{name} without"]) != (
            (id,),
            (control,),
            (),
        ):
            message = f"{what} by _id and :missing is not offered here, or its criteria are not looked at"
            yield name, Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        elif _ids(exchange) is None:
            message = f"{what} was answered with {exchange.status}"
            yield name, Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        else:
            yield name, exchange


def _ids(exchange: Exchange | None) -> tuple[str, ...] | None:
    """The ids of a search; None when it gave no Bundle. One that finds nobody may be answered with 404."""
    if exchange is None or exchange.lost:
        return None
    if exchange.status == _NOT_FOUND:
        return ()
    body = exchange.json()
    return bundle.ids(body.value, "Patient") if exchange.ok and body.resource_type == "Bundle" else None
