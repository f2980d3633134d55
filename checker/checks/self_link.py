"""The self link of a searchset: what the server says it searched by.

Source: http://hl7.org/fhir/R4/search.html#conformance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from checker.checks.bodies import answer, not_the_supplier, resource_of
from checker.checks.criteria import by_id, found, is_alone, narrowed
from checker.fhir import bundle
from checker.model.asked import UNKNOWN_PARAMETER, OfType
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange


def _self_link(p: OfType) -> Need:
    return Need(probe="search.self-link", params=p)


@check(
    "search.self-link-tells-what-was-used",
    params=OfType,
    needs=lambda p, settings: [_self_link(p), by_id(p), found(p)],
    source="http://hl7.org/fhir/R4/search.html#conformance",
)
def self_link_tells_what_was_used(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The self link of a searchset lists the parameters that the server used, and none that it ignored.

    Searched is by ``_id`` and by a parameter that nobody knows, which a server may ignore. One that
    refuses it is judged by the search by ``_id`` alone. Whether ``_id`` was used shows in the matches,
    where there are two resources or more.
    Host, path and further parameters of the link are free, also a relative link.

    Good: ``GET Patient?_id=a1&no-such-parameter=1`` gives ``…/Patient?_id=a1`` as its self link.
    Bad: no self link; one that repeats no-such-parameter; one without ``_id`` although it was used.
    """
    what = f"the search for a {p.type} with an unknown parameter"
    exchange = answer(ev.record(_self_link(p)), "search", what)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    doubt = not_the_supplier(exchange, what)
    if doubt is not None:
        yield doubt
        return
    if not exchange.ok:
        controls = [control for control, _ in ev.record(by_id(p)).pairs() if control.ok]
        if not controls:
            yield from _no_search(exchange, what)
            return
        exchange, what = controls[0], f"the search for a {p.type} by _id"
    page = resource_of(exchange, "Bundle", what)
    if not isinstance(page, dict):
        yield page
        return
    known = ev.record(by_id(p)).record.notes.get("id")
    if known is None:
        yield ev.record(by_id(p)).undecided(f"the {p.type} that was searched for")
        return
    used = _was_used(ev, p, exchange, known)
    problem = _link_problem(page, used=used)
    if not problem and used is None:
        message = f"{what}: the matches do not show whether _id was used: load at least two {p.type}"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
    elif problem:
        yield Finding(
            message=f"The self link of a search for {p.type} does not tell what was used: {problem}.",
            expected="a link of relation self with the parameters that were used, and no other criteria",
            actual=problem,
            place=f"{exchange.request.url}#/link",
            evidence=(exchange.id,),
        )
    else:
        said = "The self link lists the parameters that were used."
        yield Examined(what=said, evidence=(exchange.id,), interaction="search")


def _no_search(exchange: Exchange, what: str) -> Iterator[Statement]:
    message = f"{what} was answered with {exchange.status}, and so was the one without it"
    yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))


def _was_used(ev: EvidenceView, p: OfType, exchange: Exchange, known: object) -> bool | None:
    """Do the matches show that ``_id`` counted? None when they show neither."""
    if any(one != known for one in bundle.ids(exchange.json().value, p.type)):
        return False
    return True if narrowed(exchange, p.type, known) and not is_alone(ev, p) else None


def _link_problem(page: dict[str, Any], *, used: bool | None) -> str:
    """What is wrong with the self link of a search by ``_id``; ``used``: do the matches show that it counted?"""
    link = bundle.link(page, "self")
    if not link:
        return "there is none"
    try:
        query = urlsplit(link).query
    except ValueError:
        return "it is no URL"
    names = {name.partition(":")[0] for name, _ in parse_qsl(query, keep_blank_values=True)}
    if UNKNOWN_PARAMETER in names:
        return "it repeats a parameter that nobody knows"
    if used and "_id" not in names:
        return "it leaves out _id, which was used"
    if used is False and "_id" in names:
        return "it lists _id, and the matches show that it was not used"
    return ""
