"""Read and vread. Source: http://hl7.org/fhir/R4/http.html#read and #vread."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import answer, gives_data, resource_of
from checker.checks.refusal import refusal
from checker.fhir import bundle
from checker.model.asked import OfType, Sample
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange


def sample(p: OfType, times: int) -> Need:
    """A few resources of that type, each read by its id."""
    return Need(probe="fhir.sample", params=Sample(type=p.type, times=times))


@check(
    "read.id-is-the-id-asked",
    params=OfType,
    needs=lambda p, settings: [sample(p, 3)],
    source="http://hl7.org/fhir/R4/http.html#read",
)
def id_is_the_id_asked(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A read returns the one resource of that type whose id is the id in the URL.

    Up to three ids are taken from a search, and each is read.

    Good: ``GET Patient/a1`` answers 200 with ``{"resourceType": "Patient", "id": "a1"}``.
    Bad: the same answers with ``"id": "b2"``, with a Bundle, or with 404 although search found it.
    """
    for read in ev.children(ev.record(sample(p, 3)), "fhir.read"):
        asked = str(read.record.params["id"])
        exchange = answer(read, "read", f"the read of a {p.type}")
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        resource = resource_of(exchange, p.type, f"the read of a {p.type} that search had found")
        if not isinstance(resource, dict):
            yield resource
        elif resource.get("id") != asked:
            yield Finding(
                message=f"The read of a {p.type} returned another resource than was asked for.",
                expected="the id in the URL",
                actual="another id" if resource.get("id") else "no id",
                place=f"{exchange.request.url}#/id",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what=f"A {p.type} was read by its id.", evidence=(exchange.id,), interaction="read")


_NOT_AN_ID = frozenset({400, 422})
"""How servers say that an id is not of the form that theirs have."""


def _unknown(p: OfType) -> Need:
    return Need(probe="fhir.unknown-id", params=p)


@check(
    "read.unknown-id-is-404",
    params=OfType,
    needs=lambda p, settings: [_unknown(p)],
    source="http://hl7.org/fhir/R4/http.html#read",
)
def unknown_id_is_404(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An id that does not exist is answered with 404 (410 if it was deleted) and no data.

    The control is a read of an id that exists, in the same minute. The id is of the form that the server
    uses, a UUID or hexadecimal; where ids are numbers it is not, since a number could be somebody's, and
    a 400 then decides nothing.

    Good: ``GET Patient/no-such-id`` answers 404.
    Bad: it answers 200 with an empty body or Bundle, 400, or 500.
    """
    view = ev.record(_unknown(p))
    for control, mutant in view.pairs():
        if mutant.status in _NOT_AN_ID and control.ok and control.request.url.rpartition("/")[2].isdigit():
            message = (
                f"ids of a {p.type} are numbers here, and one of another form was refused ({mutant.status}), which "
                "does not show how a number that nobody has is told"
            )
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(control.id, mutant.id))
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="url",
            gives=p.type,
            refused=lambda exchange: exchange.status in (404, 410) and not gives_data(exchange),
            what=f"The read of a {p.type} id that does not exist",
            expected="404, or 410 if it was deleted",
        )


def _unknown_type(p: OfType) -> Need:
    return Need(probe="fhir.unknown-type", params=p)


_NOT_THERE = frozenset({400, 403, 404, 405, 410, 422, 501})
"""How servers and the gateways before them say that there is no such type."""


@check(
    "read.unknown-type-is-refused",
    params=OfType,
    needs=lambda p, settings: [_unknown_type(p)],
    source="http://hl7.org/fhir/R4/http.html#read",
)
def unknown_type_is_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A resource type that FHIR does not have is refused, with 404 at best, and no data.

    Also right are 400, 403, 405, 410, 422 and 501: some servers, and gateways that let through known
    paths only, say it so. A 401 decides nothing. The control is a read of an id that exists, in the
    same minute.

    Good: ``GET NoSuchType/1`` answers 404 with an OperationOutcome of code not-supported.
    Bad: it answers 200 with an empty Bundle, or 500.
    """
    for control, mutant in ev.record(_unknown_type(p)).pairs():
        what = "The read of a resource type that does not exist"
        if mutant.status == 401:
            yield Undecided(reason=Reason.AUTH, message=f"{what} was answered with 401", evidence=(mutant.id,))
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="url",
            gives=p.type,
            refused=lambda exchange: exchange.status in _NOT_THERE and not gives_data(exchange),
            what=what,
            expected="404",
        )


def _vread(p: OfType) -> Need:
    return Need(probe="fhir.vread", params=p)


@check(
    "read.version-is-the-version-asked",
    params=OfType,
    needs=lambda p, settings: [_vread(p)],
    source="http://hl7.org/fhir/R4/http.html#vread",
)
def version_is_the_version_asked(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A vread returns the same id and ``meta.versionId`` that were asked for.

    The current version is asked for, and version 1 where the current one is another. A server may
    have dropped old versions, so that any error is a right answer for that one; another version
    is not.

    Good: ``GET Patient/a1/_history/2`` answers with id ``a1`` and ``meta.versionId`` ``2``.
    Bad: 404 although the version was just named, or another version.
    """
    view = ev.record(_vread(p))
    exchange = answer(view, "vread", f"the vread of a {p.type}")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    resource = resource_of(exchange, p.type, f"the vread of a {p.type} version that read had named")
    if not isinstance(resource, dict):
        yield resource
        return
    yield from _same(exchange, "id", resource.get("id"), view.record.notes.get("id"))
    yield from _same(exchange, "meta.versionId", bundle.version_id(resource), view.record.notes.get("version"))
    yield Examined(what=f"A version of a {p.type} was read.", evidence=(exchange.id,), interaction="vread")
    first = view.exchange("first-version")
    if first is not None and first.ok and not first.lost and first.json().resource_type == p.type:
        yield from _same(first, "id", first.json().value.get("id"), view.record.notes.get("id"))
        yield from _same(first, "meta.versionId", bundle.version_id(first.json().value), "1")
        yield Examined(what=f"Version 1 of a {p.type} was read.", evidence=(first.id,), interaction="vread")


def _same(exchange: Exchange, name: str, found: object, asked: object) -> Iterator[Statement]:
    if found != asked:
        yield Finding(
            message=f"The vread returned another {name} than was asked for.",
            expected=f"the {name} in the URL",
            actual=f"another {name}" if found else f"no {name}",
            place=f"{exchange.request.url}#/{name.replace('.', '/')}",
            evidence=(exchange.id,),
        )
