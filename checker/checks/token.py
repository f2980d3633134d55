"""Search by identifier: number and system belong together.

Source: http://hl7.org/fhir/R4/codesystem-search-param-type.html#search-param-type-token.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from checker.checks.bodies import answer, cut_off, not_the_supplier, resource_of
from checker.checks.criteria import REFUSED
from checker.fhir import bundle, identifier
from checker.model.asked import OfType
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView


def _token(p: OfType) -> Need:
    return Need(probe="search.token", params=p)


@check(
    "search.token-keeps-the-system",
    params=OfType,
    needs=lambda p, settings: [_token(p)],
    source="http://hl7.org/fhir/R4/codesystem-search-param-type.html#search-param-type-token",
)
def token_keeps_the_system(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A search by identifier takes a value alone, or a system and a value, and then both must match.

    Searched is by an identifier that search had shown, never by an NHS number: with its system it
    must be found, by its value alone too (a server may refuse that one), and with a system that nobody
    uses it must not be found. Others that carry no such identifier must not be found with it: two or more
    are a finding, a single one may be a record that was merged, and leaves it open. The forms ``|value`` and
    ``system|`` are not tried.

    Good: ``identifier=https://trust.example/id|H00001`` finds the patient, ``https://other.example|H00001`` nobody.
    Bad: both find the patient: the same number of another hospital opens this record.
    """
    view = ev.record(_token(p))
    known = view.record.notes.get("id")
    if known is None:
        yield view.undecided(f"an identifier of a {p.type}")
        return
    own = _searched(view, "own-system", p.type)
    if isinstance(own, Undecided):
        yield own
        return
    yield from _must_find(own, p.type, known, "its system and value")
    if not own.ok:
        return
    yield from _strangers(own, p.type)
    other = _searched(view, "other-system", p.type)
    yield other if isinstance(other, Undecided) else _must_not_find(other, p.type, known)
    alone = _searched(view, "no-system", p.type)
    if isinstance(alone, Undecided):
        yield alone
    elif alone.status not in REFUSED:
        yield from _must_find(alone, p.type, known, "its value alone")


def _strangers(exchange: Exchange, name: str) -> Iterator[Statement]:
    """Matches of a search by system and value that carry no such identifier."""
    asked = parse_qs(urlsplit(exchange.request.url).query).get("identifier", [""])[0]
    system, _, value = asked.rpartition("|")
    matches = bundle.matches(exchange.json().value, name)
    count = sum(1 for _, resource in matches if not identifier.carries(resource, system, value))
    if count == 1:
        message = f"the search for a {name} by its system and value finds another that carries no such identifier"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    elif count:
        yield Finding(
            message=f"A search for a {name} by its identifier finds others that carry no such identifier.",
            expected="matches that have this system and this value in one identifier",
            actual=f"{count} that have not",
            place=f"{exchange.request.url}#/entry",
            evidence=(exchange.id,),
        )


def _searched(view: RecordView, role: str, name: str) -> Exchange | Undecided:
    what = f"the search for a {name} by identifier"
    exchange = answer(view, role, what)
    if isinstance(exchange, Undecided):
        return exchange
    return not_the_supplier(exchange, what) or exchange


def _must_find(exchange: Exchange, name: str, id: object, by: str) -> Iterator[Statement]:
    what = f"the search for a {name} by {by}"
    if exchange.status in REFUSED:
        message = f"{what} was refused ({exchange.status}): it may need more criteria"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return
    page = resource_of(exchange, "Bundle", what)
    if not isinstance(page, dict):
        yield page
    elif id in bundle.ids(page, name):
        yield Examined(what=f"A {name} was found by {by}.", evidence=(exchange.id,), interaction="search")
    elif bundle.link(page, "next"):
        message = f"{what} gives more than one page, and the {name} is not on the first"
        yield Undecided(reason=Reason.BUDGET, message=message, evidence=(exchange.id,))
    else:
        yield Finding(
            message=f"A {name} is not found by {by}.",
            expected=f"the {name} that has this identifier among the matches",
            actual="not among the matches",
            place=f"{exchange.request.url}#/entry",
            evidence=(exchange.id,),
        )


def _must_not_find(exchange: Exchange, name: str, id: object) -> Statement:
    what = f"the search for a {name} by another system"
    if exchange.status >= 500:
        message = f"{what} was answered with {exchange.status}, which shows nothing of what it finds"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    doubt = cut_off(exchange, what)
    if doubt is not None:
        return doubt
    if exchange.ok and id in bundle.ids(exchange.json().value, name):
        return Finding(
            message=f"A {name} is found by its identifier's value under another system.",
            expected="no match: system and value must both match",
            actual=f"the {name} that has the value under its own system",
            place=f"{exchange.request.url}#/entry",
            evidence=(exchange.id,),
        )
    said = f"A {name} is not found by its identifier's value under another system."
    return Examined(what=said, evidence=(exchange.id,), interaction="search")
