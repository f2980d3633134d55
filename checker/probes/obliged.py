"""Probes for what an API says a server must offer: searches, includes, operations, refusals, answers, all as data.

They decide what to ask next, never whether it conforms. Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from checker.fhir import bundle, values
from checker.model.dressing import filled, unknown_names
from checker.model.exchange import Request, joined
from checker.model.need import AtMost, Budget, Need
from checker.model.obliged import (
    By,
    Dated,
    Included,
    Pairs,
    Searched,
    Seek,
    Sought,
)
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.view import Exchange, RecordView
from checker.probes.fhir import ACCEPT, absent_id, get, read_need
from checker.probes.forms import is_test

_PATIENTS = 5
"""So many patients are tried for what belongs to them."""
_PAGES = 4
"""So many pages of a search by known values are followed."""
_PEOPLE = frozenset({"Patient", "Person", "RelatedPerson"})


def found_need(seek: Seek) -> Need:
    """The search that others go on from."""
    return Need(probe="obliged.found", params=seek)


def url_of(s: Session, path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A URL below the base; a name may come several times."""
    text = "&".join(f"{quote(name, safe='_:.-')}={quote(value, safe='|,:')}" for name, value in pairs)
    address = s.url(path) if path else s.url("").rstrip("/")
    return f"{address}?{text}" if text else address


def is_filled(s: Session, texts: Sequence[str]) -> bool:
    """Is every value known that these texts hold? If not, the record says which is missing."""
    missing = [name for text in texts for name in unknown_names(text, s.supplier)]
    if missing:
        told = ", ".join(dict.fromkeys(missing))
        s.short(Reason.NO_DATA, f"supplier.toml does not say under [known]: {told}")
    return not missing


def pairs_of(s: Session, pairs: Pairs) -> list[tuple[str, str]]:
    """Names and values, with what the supplier's file knows put in."""
    return [(name, filled(value, s.supplier) or "") for name, value in pairs]


@probe("obliged.found", "1", params=Seek, budget=lambda p: Budget(requests=2 + _PATIENTS), interactions=("search",))
async def found(s: Session, p: Seek) -> None:
    """A search for a few resources of a type; where that finds none, one for each of a few patients."""
    if not is_filled(s, [value for _, value in p.query]):
        return
    asked = pairs_of(s, p.query) or [("_count", "5")]
    first = await s.send(get(url_of(s, p.type, asked)), "found", interaction="search")
    if bundle.ids(first.json().value, p.type) or not first.http.response:
        return
    if p.through:
        patients = await s.send(get(s.url("Patient", _count="5")), "patients", interaction="search")
        for id in bundle.ids(patients.json().value, "Patient")[:_PATIENTS]:
            pairs = [(p.through, f"Patient/{id}"), *pairs_of(s, p.query)]
            one = await s.send(get(url_of(s, p.type, pairs)), "found", interaction="search")
            if one.ok and bundle.ids(one.json().value, p.type):
                return
    s.short(Reason.NO_DATA, _why_none(first, p.type))


def _why_none(first: Exchange, kind: str) -> str:
    if not first.ok:
        return f"the search for {kind} was answered with {first.status}"
    return f"the search for {kind} found nothing: load at least one synthetic {kind}"


@probe(
    "obliged.interaction",
    "1",
    params=Sought,
    uses=lambda p: (found_need(p.seek), AtMost(need=read_need(p.seek.type), times=1)),
    budget=lambda p: Budget(),
)
async def interaction(s: Session, p: Sought) -> None:
    """Search, and read the first that was found where it is the read that is asked about."""
    view = await s.need(found_need(p.seek))
    if p.code == "read":
        ids = [id for one in view.exchanges("found") for id in bundle.ids(one.json().value, p.seek.type)]
        if not ids:
            s.short(Reason.NO_DATA, f"no {p.seek.type} was found that could be read")
        await s.each([read_need(p.seek.type, id) for id in ids[:1]])


class _Chosen(NamedTuple):
    """A resource to search for: its id, the values to search by, and all of it."""

    id: str
    held: dict[str, str]
    resource: dict[str, Any]


def _chosen(view: RecordView, kind: str, by: Sequence[By], given: dict[str, str]) -> _Chosen | None:
    """The first resource that has a value for each parameter. ``given`` values are known."""
    for exchange in view.exchanges("found"):
        if not exchange.ok:
            continue
        for _, resource in bundle.matches(exchange.json().value, kind):
            id = resource.get("id")
            held = {one.name: given.get(one.name) or values.criterion(resource, one.path, one.kind) for one in by}
            if bundle.is_id(id) and all(held.values()):
                return _Chosen(id, held, resource)
    return None


async def _known(s: Session, seek: Seek, by: Sequence[By]) -> _Chosen | None:
    """A resource to search for, with the values to search by; the record says if there is none."""
    view = await s.need(found_need(seek))
    known = _chosen(view, seek.type, by, dict(pairs_of(s, seek.query)))
    if known is None:
        names = ", ".join(one.name for one in by)
        s.short(Reason.NO_DATA, f"no {seek.type} that was found has a value for {names}: load one")
    else:
        s.note("id", known.id)
    return known


class _Asking:
    """Searches of one kind for one type, by POST as long as that is of use and values are of people."""

    def __init__(self, s: Session, seek: Seek, id: str, by: Sequence[By]) -> None:
        self._s = s
        self._kind = seek.type
        self._id = id
        own = {one.name for one in by}
        self._rest = [pair for pair in pairs_of(s, seek.query) if pair[0] not in own]
        self._by_post = seek.type in _PEOPLE and s.settings.search_by == "post"

    def request(self, criteria: Sequence[tuple[str, str]]) -> Request:
        """The search by these criteria, with what the API wants of every search for the type."""
        pairs = [*self._rest, *criteria]
        if not self._by_post:
            return get(url_of(self._s, self._kind, pairs))
        form = ("Content-Type", "application/x-www-form-urlencoded")
        url = self._s.url(f"{self._kind}/_search")
        return Request(url=url, method="POST", headers=(*ACCEPT, form), body=urlencode(list(pairs)).encode())

    async def first(self, pairs: Sequence[tuple[str, str]], role: str) -> None:
        """The search that should find it. A POST that is of no use is followed by a GET in a test system."""
        if self._by_post:
            posted = await self._s.send(self.request(pairs), f"posted {role}", interaction="search")
            of_use = posted.ok and self._id in bundle.ids(posted.json().value, self._kind)
            if not of_use and posted.http.response is not None and is_test(self._s):
                self._by_post = False
        await self.all(pairs, role)

    async def all(self, pairs: Sequence[tuple[str, str]], role: str) -> None:
        """One search, with the pages that follow until the resource is there."""
        exchange = await self._s.send(self.request(pairs), role, interaction="search")
        for _ in range(_PAGES - 1):
            following = bundle.link(exchange.json().value, "next") if exchange.ok else ""
            if not following or self._id in bundle.ids(exchange.json().value, self._kind):
                return
            exchange = await self._s.send(get(joined(exchange.request.url, following)), role, interaction="page")


@probe(
    "obliged.search",
    "1",
    params=Searched,
    uses=lambda p: (found_need(p.seek),),
    budget=lambda p: Budget(requests=1 + _PAGES + len(p.by)),
    interactions=("search",),
)
async def search(s: Session, p: Searched) -> None:
    """Search by the values of a resource that was found; then, for each parameter, by a value that nobody has."""
    known = await _known(s, p.seek, (*p.by, *p.beside))
    if known is None:
        return
    id, held = known.id, known.held
    asking = _Asking(s, p.seek, id, (*p.by, *p.beside))
    await asking.first(list(held.items()), "hit")
    for one in p.by:
        missed = {**held, one.name: _nobodys(one, held[one.name], id)}
        await _once(s, asking, list(missed.items()), f"miss {one.name}")


async def _once(s: Session, asking: _Asking, pairs: Sequence[tuple[str, str]], role: str) -> None:
    await s.send(asking.request(pairs), role, interaction="search")


def _nobodys(by: By, known: str, id: str) -> str:
    """A value that nobody has; an id keeps the form that ids have here."""
    if by.name == "_id":
        return absent_id(id)
    if by.kind == "reference":
        kept, _, last = known.rpartition("/")
        return f"{kept}/{absent_id(last)}" if kept else absent_id(last)
    return values.nobodys(by.kind, known)


@probe(
    "obliged.dates",
    "1",
    params=Dated,
    uses=lambda p: (found_need(p.seek),),
    budget=lambda p: Budget(requests=1 + (_PAGES + 1) * len(p.forms)),
    interactions=("search",),
)
async def dates(s: Session, p: Dated) -> None:
    """Search by a known date in each form, and by the same form of a date that nobody has."""
    known = await _known(s, p.seek, (p.by, *p.beside))
    if known is None:
        return
    id, held = known.id, known.held
    rest = [(one.name, held[one.name]) for one in p.beside]
    asking = _Asking(s, p.seek, id, (p.by, *p.beside))
    tried: list[str] = []
    for form in p.forms:
        wanted = values.date_form(known.resource, p.by.path, form)
        if not wanted:
            continue
        pairs = [*rest, *((p.by.name, one) for one in wanted)]
        await (asking.all if tried else asking.first)(pairs, f"hit {form}")
        tried.append(form)
        missed = [*rest, *((p.by.name, one) for one in values.outside(form))]
        await _once(s, asking, missed, f"miss {form}")
    s.note("forms", tried)


@probe(
    "obliged.include",
    "1",
    params=Included,
    uses=lambda p: (found_need(p.seek),),
    budget=lambda p: Budget(requests=2),
    interactions=("search",),
)
async def include(s: Session, p: Included) -> None:
    """The same search without and with the include: that by which the type is found, or by the id of one of it."""
    known = await _known(s, p.seek, ())
    if known is None:
        return
    added = (p.parameter, p.value)
    usual = [pair for pair in pairs_of(s, p.seek.query) if pair != added] or [("_id", known.id)]
    await s.send(get(url_of(s, p.seek.type, usual)), "without", interaction="search")
    await s.send(get(url_of(s, p.seek.type, [*usual, added])), "with", interaction="search")
