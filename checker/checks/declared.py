"""Is what the CapabilityStatement declares there? Types with their interactions, and formats.

Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, cut_off, not_the_supplier, resource_of, unanswered
from checker.checks.capability import METADATA, statement_in
from checker.checks.somebody import no_search_answered
from checker.fhir import statement
from checker.model.asked import Declared
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_ROOT = re.compile(
    rb"<(?:[A-Za-z_][\w.\-]*:)?[A-Z][A-Za-z]*\s[^>]*\bxmlns(?::[\w.\-]+)?\s*=\s*[\"']http://hl7\.org/fhir[\"']"
)
"""The first element of a FHIR document: its name, and FHIR's namespace among its attributes."""
_PROLOG = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


def _declared(p: Declared) -> Need:
    return Need(probe="fhir.declared", params=p)


@check(
    "capability.declared-is-served",
    params=Declared,
    needs=lambda p, settings: [METADATA, _declared(p)],
    source="http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.interaction",
)
def declared_is_served(ev: EvidenceView, p: Declared) -> Iterator[Statement]:
    """A type that is declared for search can be searched, and one that is declared for read can be read.

    Each declared type is searched with ``_count=5``, up to a limit that is said, those first that
    care depends on most; then one resource that was found is read. A server may refuse a search
    without criteria (400 or 422 with an OperationOutcome): the search is there, unless an issue has the code
    not-supported or not-found, or no search of the run was answered with a searchset, which leaves it open.
    What nobody can find is not read; where that is so of all types, reads are left open. Writes are not tried.
    401 and 403 decide nothing: the identity of the run needs access to what is declared.

    Good: Appointment is declared with ``search-type``, and ``GET Appointment?_count=5`` gives a searchset.
    Bad: the same answers 404, 405 or 501.
    """
    stated = statement_in(ev)
    types = statement.searchable(stated)
    if not types:
        yield Undecided(reason=Reason.NO_DATA, message="the CapabilityStatement declares no type that can be searched")
        return
    view = ev.record(_declared(p))
    reads = {str(read.record.params["type"]): read for read in ev.children(view, "fhir.read")}
    searches = ev.children(view, "fhir.search")
    tried = [str(search.record.params["type"]) for search in searches]
    unread = [name for name in tried if "read" in statement.interactions(stated).get(name, ()) and name not in reads]
    left = f" Found nothing to read of: {', '.join(unread)}." if unread else ""
    what = f"Types declared for search: {len(types)}. Tried: {len(tried)}.{left}"
    yield Examined(what=what, evidence=tuple(one.id for one in ev.record(METADATA).exchanges("metadata")), count=0)
    for search, name in zip(searches, tried, strict=True):
        yield from _search(ev, search, name)
        if name in reads:
            yield from _read(reads[name], name)
    if unread and not reads:
        yield Undecided(reason=Reason.NO_DATA, message="reads are declared, and no search showed anything to read")


_NOT_THERE = frozenset({"not-supported", "not-found"})
"""Issue codes that speak of the type or the interaction, not of criteria that are wanted."""


def _codes(outcome: dict[str, Any]) -> frozenset[str]:
    """The issue codes of an OperationOutcome."""
    found = outcome.get("issue")
    codes = [one.get("code") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return frozenset(code for code in codes if isinstance(code, str))


def _search(ev: EvidenceView, view: RecordView, name: str) -> Iterator[Statement]:
    what = f"the declared search for {name}"
    exchange = answer(view, "search", what)
    if isinstance(exchange, Undecided):
        yield exchange
    elif exchange.status in (400, 422):
        outcome = exchange.json()
        if outcome.resource_type == "OperationOutcome" and _NOT_THERE & _codes(outcome.value):
            message = f"{what} was refused ({exchange.status}) as not supported: is {name} served at all?"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        elif outcome.resource_type == "OperationOutcome":
            said = f"{name}: a search without criteria is refused with an OperationOutcome, which FHIR allows."
            if doubt := no_search_answered(ev):
                yield Undecided(reason=Reason.PREREQUISITE, message=f"{what}: {doubt}", evidence=(exchange.id,))
            else:
                yield Examined(what=said, evidence=(exchange.id,), interaction="search")
        else:
            message = f"{what} was answered with {exchange.status} and no OperationOutcome"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    else:
        found = resource_of(exchange, "Bundle", what)
        if not isinstance(found, dict):
            yield found
        elif found.get("type") != "searchset":
            yield Finding(
                message=f"The declared search for {name} gives a Bundle of another type.",
                expected="Bundle.type searchset",
                actual="another type" if found.get("type") else "no type",
                place=f"{exchange.request.url}#/type",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what=f"{name} can be searched.", evidence=(exchange.id,), interaction="search")


def _read(view: RecordView, name: str) -> Iterator[Statement]:
    what = f"the declared read of a {name} that search had found"
    exchange = answer(view, "read", what)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    found = resource_of(exchange, name, what)
    if isinstance(found, dict):
        yield Examined(what=f"{name} can be read.", evidence=(exchange.id,), interaction="read")
    else:
        yield found


_FORMATS = Need(probe="fhir.formats", params=NoParams())


@check(
    "negotiation.declared-formats",
    needs=lambda p, settings: [METADATA, _FORMATS],
    source="http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.format",
)
def declared_formats(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each format that the CapabilityStatement declares, JSON or XML, is given to whoever asks for it.

    The statement itself is asked for with ``Accept: application/fhir+json`` and, where XML is
    declared, with ``Accept: application/fhir+xml``. The answer must have a media type of that family
    and a body in it: JSON, or XML whose first element is in FHIR's namespace. Other formats
    (``ttl``, patches) are not tried. A server that declares JSON alone passes with JSON alone.

    Good: ``"format": ["json", "xml"]``, and the answer to application/fhir+xml is XML.
    Bad: the same, and the answer is JSON with status 200, or 406.
    """
    exchange = ev.record(METADATA).exchange("metadata")
    stated = statement_in(ev)
    families = statement.families(stated)
    if not families:
        message = (
            "the CapabilityStatement declares neither JSON nor XML" if stated else "no CapabilityStatement was read"
        )
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,) if exchange else ())
        return
    for family in families:
        what = f"GET metadata in {family.upper()}, which is declared"
        shown = exchange if family == "json" else ev.record(_FORMATS).exchange("xml")
        if shown is None:
            yield ev.record(_FORMATS).undecided(what)
        else:
            yield from _in_format(shown, family, what)
    others = statement.other_formats(stated)
    if others and exchange is not None:
        said = f"Not tried, of the declared formats: {len(others)} that are neither JSON nor XML."
        yield Examined(what=said, evidence=(exchange.id,), count=0)


def _in_format(exchange: Exchange, family: str, what: str) -> Iterator[Statement]:
    doubt = unanswered(exchange, what) or not_the_supplier(exchange, what)
    if doubt is None and exchange.status == 200:
        doubt = cut_off(exchange, what)
    if doubt is not None:
        yield doubt
        return
    actual = other_than(exchange, family)
    if actual:
        yield Finding(
            message=f"{what}, does not bring it.",
            expected=f"200 with application/fhir+{family} and a body in it, or {family.upper()} not declared",
            actual=actual,
            place=exchange.request.url,
            evidence=(exchange.id,),
        )
    else:
        said = f"{family.upper()} is declared, and given to whoever asks for it."
        yield Examined(what=said, evidence=(exchange.id,), interaction="capabilities")


def other_than(exchange: Exchange, family: str) -> str:
    """What came instead of that format; "" if it came."""
    if exchange.status != 200:
        return str(exchange.status)
    label = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    if family not in label:
        return f"200 with {label[:60] or 'no Content-Type'}"
    if family == "json":
        return "a body that is not JSON" if exchange.json().problem else ""
    body = exchange.body_bytes or b""
    start = _PROLOG.match(body)
    is_fhir = _ROOT.match(body, start.end() if start else 0) is not None
    return "" if is_fhir else "a body whose first element is not one of FHIR's in XML"
