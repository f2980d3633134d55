"""Writes to a test system: created, updated, patched, deleted. Source: http://hl7.org/fhir/R4/http.html."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, not_the_supplier
from checker.fhir import offered
from checker.fhir import statement as stated
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

HTTP = "http://hl7.org/fhir/R4/http.html"
METADATA = Need(probe="fhir.capabilities", params=NoParams())
_CREATE = Need(probe="write.create", params=NoParams())
_UPDATE = Need(probe="write.update", params=NoParams())
_DELETE = Need(probe="write.delete", params=NoParams())
_VERSIONED = re.compile(rf"(.*/)?{offered.KIND}/[A-Za-z0-9\-.]{{1,64}}/_history/[A-Za-z0-9\-.]{{1,64}}")
REFUSED = frozenset({400, 409, 412, 422})
"""Statuses by which a server refuses what was written, as against the writer or the address."""


class Claimed(Params, frozen=True, kw_only=True):
    """What the CapabilityStatement claims of writes: a code of an interaction, or the name of an element."""

    what: str


def claims(ev: EvidenceView) -> dict[str, Any] | None:
    """What is declared of the type that is written; None when there is no readable statement."""
    exchange = ev.record(METADATA).exchange("metadata")
    found = exchange.json().value if exchange is not None and exchange.ok else None
    if not list(stated.rests(found)):
        return None
    return next((one for one in stated.resources(found) if one.get("type") == offered.KIND), {})


@condition("write.is-declared", params=Claimed, needs=lambda p, settings: [METADATA], claim=True)
def is_declared(ev: EvidenceView, p: Claimed) -> bool | None:
    """The CapabilityStatement declares it for Patient: an interaction, or an element that is neither false nor
    ``not-supported``. ``batch`` and ``transaction`` are declared of the whole server,
    ``versioned-update`` as its versioning.
    """
    found = claims(ev)
    if found is None:
        return None
    if p.what in ("batch", "transaction"):
        exchange = ev.record(METADATA).exchange("metadata")
        rests = stated.rests(exchange.json().value if exchange is not None else None)
        parts = [one.get("interaction") for one in rests]
        return any(
            isinstance(one, dict) and one.get("code") == p.what
            for part in parts
            if isinstance(part, list)
            for one in part
        )
    if p.what == "versioned-update":
        return found.get("versioning") == p.what
    listed = found.get("interaction")
    codes = [one.get("code") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return p.what in codes or found.get(p.what) not in (None, False, "not-supported")


def seen(view: RecordView, role: str, what: str) -> Exchange | Undecided:
    """The answer in that role, or the doubt that stands in the way."""
    found = answer(view, role, what)
    return found if isinstance(found, Undecided) else not_the_supplier(found, what) or found


def worked(view: RecordView, role: str, what: str) -> Exchange | Undecided:
    """Like ``seen``, for a control: without success nothing follows."""
    found = seen(view, role, what)
    if isinstance(found, Undecided) or found.ok:
        return found
    message = f"{what} was answered with {found.status}, so nothing follows"
    return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(found.id,))


def taken(ev: EvidenceView, exchange: Exchange) -> bool:
    """Does the answer to a create say that something was made: 201, an address of its own, or the resource?

    200 alone is no word of it: a login page has that, too.
    """
    if exchange.status == 201:
        return True
    place = exchange.header("Location") or ""
    return exchange.ok and (
        offered.address_in(ev.supplier.base_url, place) != "" or exchange.json().resource_type == offered.KIND
    )


def created(ev: EvidenceView, view: RecordView, role: str, what: str) -> Exchange | Undecided:
    """Like ``worked``, for a create: nothing follows from one whose answer does not say that it was taken."""
    found = worked(view, role, what)
    if isinstance(found, Undecided) or taken(ev, found):
        return found
    message = f"{what} was answered with {found.status}, and not a word of what was made"
    return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(found.id,))


def wrong(exchange: Exchange, message: str, expected: str, actual: str) -> Finding:
    """One thing wrong with one answer."""
    where = exchange.request.url
    return Finding(message=message, expected=expected, actual=actual[:120], place=where, evidence=(exchange.id,))


def right(what: str, *exchanges: Exchange) -> Examined:
    """One thing that is as it should be."""
    return Examined(what=what, evidence=tuple(one.id for one in exchanges))


def with_status(exchange: Exchange, what: str, expected: tuple[int, ...]) -> Statement:
    """Is the status one of those expected?"""
    if exchange.status in expected:
        return right(f"{what}: answered with {exchange.status}.", exchange)
    return wrong(
        exchange, f"{what}: answered with {exchange.status}.", " or ".join(map(str, expected)), str(exchange.status)
    )


@check("write.create-is-told", needs=lambda p, settings: [_CREATE], source=f"{HTTP}#create")
def create_is_told(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A create answers 201 with a Location of id and version; the id that the client put in is ignored.

    What is read at that address has that id, a versionId and a lastUpdated. A server without versions need not name
    one in the Location.

    Good: 201 with ``Location: [base]/Patient/7/_history/1``. Bad: 200; no Location; the client's own id.
    """
    view = ev.record(_CREATE)
    made = seen(view, "create", "a create")
    if isinstance(made, Undecided):
        yield made
        return
    if made.status in REFUSED:
        message = f"a valid patient was refused with {made.status}"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(made.id,))
        return
    yield with_status(made, "A create", (201,))
    place = made.header("Location") or ""
    if made.ok and not _VERSIONED.fullmatch(place):
        found = claims(ev) or {}
        bare = offered.address_in(ev.supplier.base_url, place) and found.get("versioning") == "no-version"
        if not bare:
            actual = "another form" if place else "no such header"
            yield wrong(
                made, "The Location does not name id and version.", "[base]/Patient/[id]/_history/[vid]", actual
            )
    if not offered.address_in(ev.supplier.base_url, place):
        return
    if "/chosen-by-the-client/" in f"{place}/":
        yield wrong(made, "The id that the client sent was kept.", "an id of the server's", "the client's")
    read = worked(view, "read", "a read of what was created")
    yield read if isinstance(read, Undecided) else _stored(read)


def _stored(read: Exchange) -> Statement:
    value = read.json().value
    meta = value.get("meta") if isinstance(value, dict) else None
    missing = [name for name in ("versionId", "lastUpdated") if not (isinstance(meta, dict) and meta.get(name))]
    if missing or not isinstance(value, dict) or not value.get("id"):
        return wrong(read, "What was created lacks what the server sets.", "id and meta", ", ".join(missing) or "no id")
    return right("What was created has id, versionId and lastUpdated.", read)


@check("write.refusal-is-explained", needs=lambda p, settings: [_CREATE], source=f"{HTTP}#create")
def refusal_is_explained(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What cannot be parsed, or is of another type than its address, is refused with 400 (or 422) and explained.

    The control is a create that works.

    Good: 400 with an OperationOutcome. Bad: 500; 201; 400 that explains nothing.
    """
    view = ev.record(_CREATE)
    control = created(ev, view, "create", "a create")
    if isinstance(control, Undecided):
        yield control
        return
    for role, what in (("syntax", "A body that is no JSON"), ("other-type", "A resource of another type")):
        found = seen(view, role, what)
        if isinstance(found, Undecided):
            yield found
        elif found.status not in (400, 422):
            yield wrong(found, f"{what}: answered with {found.status}.", "400 or 422", str(found.status))
        elif found.json().resource_type != "OperationOutcome":
            yield wrong(found, f"{what} is refused without a reason.", "an OperationOutcome", "another body")
        else:
            yield right(f"{what} is refused with {found.status} and explained.", found, control)


@check("write.update-by-id", needs=lambda p, settings: [_UPDATE], source=f"{HTTP}#update")
def update_by_id(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An update answers 200 with ETag and Last-Modified; a body without the id of the address is refused with 400.

    Good: 400 to another id and to none. Bad: 200: the record of one patient is written into another's.
    """
    view = ev.record(_UPDATE)
    control = worked(view, "update", "an update")
    if isinstance(control, Undecided):
        yield control
        return
    yield with_status(control, "An update", (200,))
    for name in ("ETag", "Last-Modified"):
        if not control.header(name):
            yield wrong(control, f"An update is answered without {name}.", name, "no such header")
    for role, what in (("other-id", "An update with another id in its body"), ("no-id", "An update without an id")):
        found = seen(view, role, what)
        if isinstance(found, Undecided):
            yield found
        elif found.status == 422:
            yield right(f"{what} is refused with 422.", found, control)
        else:
            yield with_status(found, what, (400,))


@check("write.stale-is-refused", needs=lambda p, settings: [_UPDATE], source=f"{HTTP}#concurrency")
def stale_is_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An update that names a version no longer in force is refused with 412, and changes nothing.

    409, as STU3 had it, refuses too. An update that names no version may be taken: R4 lets a server refuse it, and
    servers differ in whether *versioned-update* says that they do. The control is an update with the version in force.

    Good: 412. Bad: 200: what somebody else wrote meanwhile is lost without a word.
    """
    view = ev.record(_UPDATE)
    control = worked(view, "update", "an update with the version in force")
    if isinstance(control, Undecided):
        yield control
        return
    if not any(name == "If-Match" for name, _ in control.request.headers):
        yield Undecided(reason=Reason.PREREQUISITE, message="a create was answered without an ETag, so none is stale")
        return
    found = seen(view, "stale", "a stale update")
    yield found if isinstance(found, Undecided) else with_status(found, "A stale update", (412, 409))
    before, after = seen(view, "before", "a read"), seen(view, "after-stale", "a read")
    if isinstance(before, Exchange) and isinstance(after, Exchange) and before.ok and after.ok:
        if _born(before) != _born(after):
            yield wrong(after, "A stale update was stored.", "the record as it was", "another date of birth")
        else:
            yield right("A stale update changed nothing.", before, after)
    found = seen(view, "untagged", "an update without If-Match")
    if isinstance(found, Exchange) and found.status in (400, 412, 428, 409):
        yield right(f"An update that names no version is refused with {found.status}.", found)


def _born(exchange: Exchange) -> object:
    value = exchange.json().value
    return value.get("birthDate") if isinstance(value, dict) else None


@check("write.patch", needs=lambda p, settings: [_UPDATE], source=f"{HTTP}#patch")
def patch(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A JSON Patch is taken and done, and refused where it names a version no longer in force.

    A server that takes patches in another form only answers 415: that leaves the row open.

    Good: 200, and the element is changed. Bad: 200, and nothing is.
    """
    view = ev.record(_UPDATE)
    done = seen(view, "patch", "a JSON Patch")
    if isinstance(done, Undecided):
        yield done
        return
    other = (done.header("Accept-Patch") or "").lower()
    if done.status == 415 and other and "json-patch" not in other:
        message = "patches are taken in another form only"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(done.id,))
        return
    yield with_status(done, "A JSON Patch", (200,) if done.status != 204 else (204,))
    if not done.ok:
        return
    after = worked(view, "after-patch", "a read of what was patched")
    if isinstance(after, Undecided):
        yield after
    elif _born(after) != "1970-01-06":
        yield wrong(after, "A JSON Patch was not done.", "the element is replaced", "it is not")
    else:
        yield right("A JSON Patch was done.", done, after)
    stale = seen(view, "stale-patch", "a stale patch")
    yield stale if isinstance(stale, Undecided) else with_status(stale, "A stale patch", (412, 409))


@check("write.prefer", needs=lambda p, settings: [_UPDATE], source=f"{HTTP}#ops")
def prefer(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``Prefer: return=`` minimal, representation and OperationOutcome are honoured.

    Good: no body, the resource, an OperationOutcome. Bad: always the same.
    """
    view = ev.record(_UPDATE)
    for role, wish, body in (
        ("update", "minimal", ""),
        ("representation", "representation", offered.KIND),
        ("outcome", "OperationOutcome", "OperationOutcome"),
    ):
        found = worked(view, role, f"an update with return={wish}")
        if isinstance(found, Undecided):
            yield found
        elif found.lost:
            yield Undecided(reason=Reason.NO_DATA, message="a body cannot be looked at", evidence=(found.id,))
        elif found.json().resource_type != body:
            actual = "a resource" if found.json().resource_type == offered.KIND else "another body, or none"
            yield wrong(found, f"Prefer: return={wish} is not honoured.", body or "no body", actual)
        else:
            yield right(f"Prefer: return={wish} is honoured.", found)


@check("write.update-as-create", needs=lambda p, settings: [_UPDATE, METADATA], source=f"{HTTP}#upsert")
def update_as_create(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An update at an address not in use creates where ``updateCreate`` is declared, and is refused where it is not.

    Good: 201 and ``updateCreate: true``; 405 and no such word. Bad: 201 though it is not declared.
    """
    found = claims(ev)
    control = worked(ev.record(_UPDATE), "update", "an update")
    made = seen(ev.record(_UPDATE), "by-update", "an update at an address not in use")
    if found is None:
        yield Undecided(reason=Reason.PREREQUISITE, message="there is no CapabilityStatement to hold it against")
    elif isinstance(control, Undecided):
        yield control
    elif isinstance(made, Undecided):
        yield made
    elif found.get("updateCreate") is True:
        yield with_status(made, "An update at an address not in use", (201,))
    else:
        yield with_status(made, "An update at an address not in use", (404, 405, 400, 409, 422))


@check("write.deleted-is-gone", needs=lambda p, settings: [_DELETE], source=f"{HTTP}#delete")
def deleted_is_gone(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What is deleted is gone: reads answer 410 or 404, a search no longer finds it, a second delete does no harm.

    The search counts only where it found the patient before.

    Good: 204, 410, not found, 204. Bad: 200 to a read of what was deleted.
    """
    view = ev.record(_DELETE)
    done = seen(view, "delete", "a delete")
    if isinstance(done, Undecided):
        yield done
        return
    yield with_status(done, "A delete", (200, 202, 204))
    if not done.ok or (done.status == 202 and view.record.notes.get("found-after")):
        return
    read = seen(view, "read", "a read of what was deleted")
    yield read if isinstance(read, Undecided) else with_status(read, "A read of what was deleted", (410, 404))
    search = seen(view, "search", "a search for what was deleted")
    if isinstance(search, Undecided):
        yield search
    elif view.record.notes.get("found-before") and view.record.notes.get("found-after"):
        yield wrong(search, "A search finds what was deleted.", "it is not found", "it is")
    elif view.record.notes.get("found-before") and search.ok and search.json().resource_type == "Bundle":
        yield right("A search no longer finds what was deleted.", search)
    again = seen(view, "again", "a second delete")
    if isinstance(again, Exchange) and again.status not in (404, 410):
        yield with_status(again, "A second delete", (200, 202, 204))
