"""Reads in other ways: with headers, conditions, in parts, in other letters, of versions that never were.

Source: http://hl7.org/fhir/R4/http.html#read, #cread, #vread; http://hl7.org/fhir/R4/search.html#summary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, gives_data, not_the_supplier, resource_of
from checker.checks.capability import METADATA, statement_in
from checker.checks.read import sample
from checker.checks.refusal import refusal
from checker.fhir import statement as stated
from checker.model.asked import PART, OfType
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_NOT_THERE = frozenset({404, 410})
_NO_SUCH_TYPE = frozenset({400, 403, 404, 405, 410, 422, 501})
_SUBSETTED = "SUBSETTED"
_OF_VERSIONS = frozenset({"vread", "history-instance"})
_MAY_DIFFER = frozenset({"meta", "text"})


@condition("capability.versions", params=OfType, needs=lambda p, settings: [METADATA], claim=True)
def versions(ev: EvidenceView, p: OfType) -> bool | None:
    """The CapabilityStatement says that versions of this type are kept: ``versioning`` is not *no-version*, or where
    nothing is said of it, old versions or a history can be read.

    Unknown without a statement of a REST server, and where it does not speak of the type or of its versions.
    """
    statement = statement_in(ev)
    found = [one.get("versioning") for one in stated.resources(statement) if one.get("type") == p.type]
    if found and all(one is None for one in found):
        return True if _OF_VERSIONS & stated.interactions(statement).get(p.type, frozenset()) else None
    if not found or not all(isinstance(one, str) for one in found):
        return None
    return any(one != "no-version" for one in found)


@check(
    "read.headers",
    params=OfType,
    needs=lambda p, settings: [sample(p, 3)],
    source="http://hl7.org/fhir/R4/http.html#read",
)
def headers(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A read carries an ETag and Last-Modified. What stands in them is told by other requirements.

    Good: ``ETag: W/"2"`` and ``Last-Modified: Mon, 02 Mar 2026 14:05:00 GMT``.
    Bad: neither: a client cannot ask "only if it has changed", nor tell which version it amends.
    """
    for read in ev.children(ev.record(sample(p, 3)), "fhir.read"):
        what = f"the read of a {p.type}"
        exchange = answer(read, "read", what)
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        resource = resource_of(exchange, p.type, what)
        if isinstance(resource, Undecided):
            yield resource
            continue
        if isinstance(resource, Finding):  # what is wrong with the read is for another requirement to say
            message = f"{what} gave none, so that its headers say nothing"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
            continue
        missing = [name for name in ("ETag", "Last-Modified") if not (exchange.header(name) or "").strip()]
        for name in missing:
            yield Finding(
                message=f"The read of a {p.type} carries no {name}.",
                expected="ETag with the version, and Last-Modified",
                actual=f"no {name}",
                place=f"header {name}",
                evidence=(exchange.id,),
            )
        if not missing:
            yield Examined(what="A read carries ETag and Last-Modified.", evidence=(exchange.id,))


def _conditional(p: OfType) -> Need:
    return Need(probe="fhir.conditional-read", params=p)


@check(
    "read.conditions",
    params=OfType,
    needs=lambda p, settings: [_conditional(p)],
    source="http://hl7.org/fhir/R4/http.html#cread",
)
def conditions(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A conditional read is answered with 304 or with the resource, and with 304 only where nothing has changed.

    A resource that was just read is read again with ``If-None-Match`` and its ETag, with a tag that no version has, and
    with ``If-Modified-Since`` and its Last-Modified, as far as it has them. Conditions may be ignored.

    Good: 304 to its own tag and 200 to the other; or 200 to all.
    Bad: 412 or 500; or 304 to a tag of nobody's: a client would keep a record that is long out of date.
    """
    view = ev.record(_conditional(p))
    for role in ("same-tag", "other-tag", "same-time"):
        exchange = view.exchange(role)
        if exchange is None:
            continue
        name = "If-Modified-Since" if role == "same-time" else "If-None-Match"
        what = f"a read of a {p.type} with {name}"
        exchange_or_doubt = answer(view, role, what)
        doubt = exchange_or_doubt if isinstance(exchange_or_doubt, Undecided) else not_the_supplier(exchange, what)
        if doubt is not None:
            yield doubt
            continue
        stale = role == "other-tag" and exchange.status == 304
        found = None if exchange.status == 304 else resource_of(exchange, p.type, what)
        if stale:
            yield Finding(
                message=f"A {p.type} is said to be unchanged to a client that names a version which never was.",
                expected="200 with the resource",
                actual="304",
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        elif isinstance(found, Finding | Undecided):
            yield found
        else:
            yield Examined(what=f"A read with {name} is answered with {exchange.status}.", evidence=(exchange.id,))


def _part(p: OfType) -> Need:
    return Need(probe="fhir.part", params=p)


@check(
    "read.part-is-marked",
    params=OfType,
    needs=lambda p, settings: [_part(p)],
    source="http://hl7.org/fhir/R4/http.html#read",
)
def part_is_marked(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A read with ``_summary`` or ``_elements`` gives a part that is tagged SUBSETTED, or the whole resource.

    A resource that was just read is read again with ``_summary=true`` and with ``_elements=identifier``. What lacks
    members that the whole has is a part; narrative and meta may differ either way. A refusal with 400 is right too.

    Good: ``"meta": {"tag": [{"code": "SUBSETTED", …}]}``.
    Bad: a part without the tag: written back by a client, it deletes the rest.
    """
    view = ev.record(_part(p))
    wholes = {}
    for read in ev.children(view, "fhir.read"):
        exchange = read.exchange("read")
        if exchange is not None and exchange.ok and isinstance(exchange.json().value, dict):
            wholes[exchange.request.url] = exchange
    for role in ("summary", "elements"):
        what = f"a read of a {p.type} with _{role}"
        found = answer(view, role, what)
        if isinstance(found, Undecided):
            yield found
            continue
        doubt = not_the_supplier(found, what)
        whole = wholes.get(found.request.url.partition("?")[0])
        if doubt is None and whole is None:
            doubt = Undecided(reason=Reason.PREREQUISITE, message=f"{what}: the read of the whole did not work")
        if doubt is not None:
            yield doubt
        elif found.status in (400, 422) and not gives_data(found):
            yield Examined(what=f"_{role} is refused on a read.", evidence=(found.id,))
        elif whole is not None:
            yield from _parted(found, whole, role, p.type)


def _parted(found: Exchange, whole: Exchange, role: str, kind: str) -> Iterator[Statement]:
    resource = resource_of(found, kind, f"a read of a {kind} with _{role}")
    if not isinstance(resource, dict):
        yield resource
        return
    both = (found.id, whole.id)
    left_out = set(whole.json().value) - set(resource) - _MAY_DIFFER
    lost = role == "elements" and PART in left_out
    if lost or resource.get("id") != whole.json().value.get("id"):
        yield Finding(
            message=f"A read of a {kind} with _{role} lacks what was asked for.",
            expected=f"its id, and {PART}",
            actual=f"without {PART}" if lost else "another id",
            place=found.request.url,
            evidence=both,
        )
    elif left_out and not _is_tagged(resource):
        yield Finding(
            message=f"A read of a {kind} with _{role} gives a part of it that is not marked as one.",
            expected="meta.tag with the code SUBSETTED",
            actual=f"{len(left_out)} members fewer than the whole, and no such tag",
            place=f"{found.request.url}#/meta/tag",
            evidence=both,
        )
    else:
        said = "a part, and says so" if left_out else "the whole resource"
        yield Examined(what=f"A read with _{role} gives {said}.", evidence=both)


def _is_tagged(resource: dict[str, Any]) -> bool:
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(isinstance(one, dict) and one.get("code") == _SUBSETTED for one in tags)


def _unknown_version(p: OfType) -> Need:
    return Need(probe="fhir.unknown-version", params=p)


@check(
    "read.unknown-version-is-404",
    params=OfType,
    needs=lambda p, settings: [_unknown_version(p)],
    source="http://hl7.org/fhir/R4/http.html#vread",
)
def unknown_version_is_404(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A version that never was is answered with 404 and no data. The control is the version that is there.

    Where version ids are numbers, one that is none may be refused with 400, which decides nothing. A version that is a
    deletion is not looked for: a run that writes nothing cannot know of one.

    Good: ``GET Patient/a1/_history/no-such-version`` answers 404.
    Bad: it answers 200 with the current version, or 500.
    """
    for control, mutant in ev.record(_unknown_version(p)).pairs():
        what = f"The read of a {p.type} version that never was"
        if mutant.status in (400, 422) and control.ok and control.request.url.rpartition("/")[2].isdigit():
            message = f"{what}: version ids are numbers here, and one of another form was refused ({mutant.status})"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(control.id, mutant.id))
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


def _lower_case(p: OfType) -> Need:
    return Need(probe="fhir.type-in-lower-case", params=p)


@check(
    "read.type-is-case-sensitive",
    params=OfType,
    needs=lambda p, settings: [_lower_case(p)],
    source="http://hl7.org/fhir/R4/http.html#general",
)
def type_is_case_sensitive(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A resource type in lower case is another address, and nothing is there.

    A known id is read (control), and in the same minute with the type in lower case. 404 is best; 400, 403, 405, 410,
    422 and 501 are refusals too. A 401 decides nothing.

    Good: ``GET patient/a1`` answers 404.
    Bad: it answers with the resource that Patient/a1 is.
    """
    for control, mutant in ev.record(_lower_case(p)).pairs():
        what = f"The read of a {p.type} with its type in lower case"
        if mutant.status == 401:
            yield Undecided(reason=Reason.AUTH, message=f"{what} was answered with 401", evidence=(mutant.id,))
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="url",
            gives=p.type,
            refused=lambda exchange: exchange.status in _NO_SUCH_TYPE and not gives_data(exchange),
            what=what,
            expected="404",
        )
