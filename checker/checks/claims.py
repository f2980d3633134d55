"""Claim × observed: is what a CapabilityStatement says so, and does it say what is so?

Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.capability import METADATA, statement_in
from checker.fhir import bundle, statement
from checker.model.asked import Claims
from checker.model.claims import Claim, Seen
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_SOURCE = "http://hl7.org/fhir/R4/capabilitystatement-definitions.html"
_NOT_THERE = frozenset({404, 405, 410, 501})
_NOT_ASKED = frozenset({401, 403, 407, 408, 429, 502, 503, 504})
"""Statuses that say nothing of the claim: no access, or a gateway in trouble."""
_NO_ROOM = "no room in the plan"
_EMPTY = "the search without it finds nothing"
_READS = ("search-type", "read", "vread", "history-instance", "history-type")
"""Interactions of resource types that can be asked for without a change to anything."""


def claims_need(p: Claims) -> Need:
    """The record of all that was asked about claims."""
    return Need(probe="fhir.claims", params=p)


def claims_of(ev: EvidenceView, p: Claims) -> tuple[Claim, ...]:
    """The matrix, as far as it was looked at; empty when there is no statement or nothing was asked."""
    said, view = statement_in(ev), ev.record(claims_need(p))
    found: list[Claim] = []
    for name, codes in statement.interactions(said).items():
        found += [_interaction(view, name, code, code in codes) for code in _READS if code in codes]
        found += [
            Claim(type=name, kind="interaction", name=code, claimed=True, seen=Seen.UNTRIED, why="changes records")
            for code in sorted(codes - set(_READS))
        ]
        if "search-type" in codes:
            plain = view.exchange(f"search {name}")
            found += [_parameter(view, name, one, plain) for one in statement.typed_parameters(said, name)]
            found += [_include(view, name, one, plain) for one in statement.includes(said, name)]
        found += [
            Claim(type=name, kind="operation", name=one, claimed=True, seen=Seen.UNTRIED, why="not asked for here")
            for one in statement.operation_names(said, name)
        ]
    claimed = statement.interactions(said)
    for name in statement.CARE_FIRST:
        exchange = view.exchange(f"search {name}") if name not in claimed else None
        if exchange is not None and _holds(exchange, name):
            found.append(_claim(name, "interaction", "search-type", False, Seen.WORKS, exchange))
    return tuple(found)


def _claim(type: str, kind: str, name: str, claimed: bool, seen: Seen, exchange: Exchange, why: str = "") -> Claim:
    return Claim(type=type, kind=kind, name=name, claimed=claimed, seen=seen, evidence=(exchange.id,), why=why)


def _untried(view: RecordView, role: str, nothing: str) -> str:
    """Why there is no exchange in a role."""
    left = view.record.notes.get("left-out", [])
    return _NO_ROOM if isinstance(left, list) and role in left else nothing


def _interaction(view: RecordView, name: str, code: str, claimed: bool) -> Claim:
    role = f"{'search' if code == 'search-type' else code} {name}"
    exchange = view.exchange(role)
    if exchange is None:
        why = _untried(view, role, f"no {name} was found to ask for")
        return Claim(type=name, kind="interaction", name=code, claimed=claimed, seen=Seen.UNTRIED, why=why)
    wanted = name if code in ("read", "vread") else "Bundle"
    seen, why = _seen(exchange, wanted, {"search-type": "searchset"}.get(code, "history"))
    return _claim(name, "interaction", code, claimed, seen, exchange, why)


def _seen(exchange: Exchange, wanted: str, kind: str) -> tuple[Seen, str]:
    """What an answer says of what was asked, and in a few words why."""
    if exchange.response is None or exchange.status in _NOT_ASKED:
        return Seen.UNCLEAR, str(exchange.status or "no answer")
    if exchange.status in _NOT_THERE or exchange.status >= 500:
        return Seen.MISSING, str(exchange.status)
    if exchange.status != 200:
        return Seen.REFUSED, str(exchange.status)
    if exchange.failure is not None or exchange.lost:
        return Seen.UNCLEAR, "the body cannot be looked at"
    body = exchange.json()
    if body.resource_type != wanted:
        return Seen.MISSING, f"200 with {'another resource' if body.resource_type else 'no resource'}"
    if wanted == "Bundle" and body.value.get("type") != kind:
        return Seen.MISSING, f"200 with a Bundle that is no {kind}"
    return Seen.WORKS, ""


def _parameter(view: RecordView, name: str, parameter: str, plain: Exchange | None) -> Claim:
    """What a search by a value that no record has says of a parameter, beside the search without it."""
    role = f"parameter {name} {parameter}"
    exchange = view.exchange(role)
    if exchange is None:
        why = _untried(view, role, _EMPTY if _is_empty(plain, name) else "no value is sure to be absent")
        return Claim(type=name, kind="search-parameter", name=parameter, claimed=True, seen=Seen.UNTRIED, why=why)
    seen, why = _seen(exchange, "Bundle", "searchset")
    if seen is Seen.WORKS:
        if plain is None or not _holds(plain, name):
            seen, why = Seen.UNCLEAR, _EMPTY
        elif _holds(exchange, name):
            seen, why = Seen.IGNORED, "a value that no record has finds what the search without it finds"
    elif seen is Seen.MISSING and exchange.status in _NOT_THERE:
        seen = Seen.REFUSED  # of a search that is there, 404 speaks of the value
    evidence = tuple(one.id for one in (plain, exchange) if one is not None)
    return Claim(
        type=name, kind="search-parameter", name=parameter, claimed=True, seen=seen, evidence=evidence, why=why
    )


def _include(view: RecordView, name: str, include: str, plain: Exchange | None) -> Claim:
    role = f"include {name} {include}"
    exchange = view.exchange(role)
    if exchange is None:
        why = _untried(view, role, _EMPTY if _is_empty(plain, name) else "not asked for")
        return Claim(type=name, kind="include", name=include, claimed=True, seen=Seen.UNTRIED, why=why)
    seen, why = _seen(exchange, "Bundle", "searchset")
    return _claim(name, "include", include, True, seen, exchange, why)


def _is_empty(plain: Exchange | None, name: str) -> bool:
    return plain is not None and plain.ok and not _holds(plain, name)


def _gives_records(view: RecordView, name: str) -> bool:
    exchange = view.exchange(f"search {name}")
    return exchange is not None and _holds(exchange, name)


def _holds(exchange: Exchange, name: str) -> bool:
    """Does a searchset hold a match of that type?"""
    page = exchange.json().value if exchange.ok and not exchange.lost else None
    return next(bundle.matches(page, name), None) is not None


# The rows ------------------------------------------------------------------------------------


def _judged(ev: EvidenceView, p: Claims, kind: str, names: tuple[str, ...] = ()) -> Iterator[Statement]:
    """What there is to say of the claims of a kind: findings for what is not there, doubts for what is unclear."""
    found = [one for one in claims_of(ev, p) if one.claimed and one.kind == kind and (not names or one.name in names)]
    if not found:
        view = ev.record(claims_need(p))
        yield view.undecided("what is claimed") if view.record.shortfalls else _nothing(ev, kind)
        return
    for one in found:
        what = f"{one.type}: {one.name}"
        if one.seen in (Seen.MISSING, Seen.IGNORED):
            yield _finding(one)
        elif one.seen is Seen.WORKS:
            yield Examined(what=what, evidence=one.evidence, interaction="search")
        elif one.seen is Seen.UNCLEAR and one.why in ("401", "403"):
            yield Undecided(reason=Reason.AUTH, message=f"{what} was answered with {one.why}", evidence=one.evidence)
    left = [one for one in found if one.why == _NO_ROOM]
    if left:
        message = (
            f"{len(left)} of {len(found)} claims were not asked for, the first of them {left[0].type}: {left[0].name}: "
            f"all of them have {p.requests} requests, and 'parameterise' with 'requests' in a profile gives more"
        )
        yield Undecided(reason=Reason.BUDGET, message=message)


def _nothing(ev: EvidenceView, kind: str) -> Undecided:
    evidence = tuple(one.id for one in ev.record(METADATA).exchanges("metadata"))
    message = f"the CapabilityStatement claims no {kind} that can be tried"
    return Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)


def _finding(one: Claim) -> Finding:
    told: dict[str, Any] = {"place": f"CapabilityStatement {one.type} {one.name}", "evidence": one.evidence}
    if one.seen is Seen.IGNORED:
        return Finding(
            message=f"{one.type} is claimed to be searched by {one.name}, and is not: {one.why}.",
            expected="no match for a value that no record has",
            actual="matches, as without the parameter",
            **told,
        )
    return Finding(
        message=f"{one.type} is claimed to offer {one.name}, and it is not there.",
        expected="200 with what was asked for",
        actual=one.why,
        **told,
    )


class OfKind(Params, frozen=True, kw_only=True):
    """A kind of claim: ``version``, ``parameter`` or ``include``."""

    kind: str


@condition("capability.claims", params=OfKind, needs=lambda p, settings: [METADATA], claim=True)
def claims_any(ev: EvidenceView, p: OfKind) -> bool | None:
    """The CapabilityStatement claims something of this kind for some resource type; unknown without a statement."""
    said = statement_in(ev)
    types = statement.interactions(said)
    if not types:
        return None
    if p.kind == "version":
        return any(codes & {"vread", "history-instance", "history-type"} for codes in types.values())
    if p.kind == "parameter":
        return any(statement.typed_parameters(said, name) for name in types)
    return any(statement.includes(said, name) for name in types)


@check(
    "claims.interactions-answer",
    params=Claims,
    needs=lambda p, settings: [METADATA, claims_need(p)],
    source=f"{_SOURCE}#CapabilityStatement.rest.resource.interaction",
)
def interactions_answer(ev: EvidenceView, p: Claims) -> Iterator[Statement]:
    """Versions and histories that are claimed for a resource type are there.

    Asked for of the first resource that a search of the type finds; where none is found, nothing is said. Searches
    and reads are ``capability.declared-is-served``.

    Good: Condition claims ``vread``, and the version that its meta names is returned. Bad: 501, or another resource.
    """
    yield from _judged(ev, p, "interaction", ("vread", "history-instance", "history-type"))


@check(
    "claims.parameters-filter",
    params=Claims,
    needs=lambda p, settings: [METADATA, claims_need(p)],
    source=f"{_SOURCE}#CapabilityStatement.rest.resource.searchParam",
)
def parameters_filter(ev: EvidenceView, p: Claims) -> Iterator[Statement]:
    """A search parameter that is claimed is applied: by a value that no record has, nothing is found.

    The control is the search of the type without it, which has to find something. A 4xx may have a good reason (a code
    that is none, criteria that are wanted besides) and decides nothing.

    Good: ``Condition?clinical-status=no-such-code`` finds nothing, ``Condition`` finds ten.
    Bad: both find the same ten: whoever asks for the active problems sees the resolved ones among them.
    """
    yield from _judged(ev, p, "search-parameter")


@check(
    "claims.includes-taken",
    params=Claims,
    needs=lambda p, settings: [METADATA, claims_need(p)],
    source=f"{_SOURCE}#CapabilityStatement.rest.resource.searchInclude",
)
def includes_taken(ev: EvidenceView, p: Claims) -> Iterator[Statement]:
    """A search with an ``_include`` that is claimed is answered with a searchset.

    Good: 200 with a searchset. Bad: 501, or 500.
    """
    yield from _judged(ev, p, "include")


@check(
    "claims.what-works-is-claimed",
    params=Claims,
    needs=lambda p, settings: [METADATA, claims_need(p)],
    source=f"{_SOURCE}#CapabilityStatement.rest.resource",
)
def works_is_claimed(ev: EvidenceView, p: Claims) -> Iterator[Statement]:
    """A resource type that can be searched, and gives records, is in the CapabilityStatement.

    Tried are the types that care depends on and that are not in the statement. An empty searchset is no proof that a
    type is served. The control is a search for a type that is in the statement: where none of them gives records,
    nothing follows.

    Good: ``Procedure`` is not in the statement, and a search for it is answered with 404.
    Bad: it gives procedures: nobody who reads the statement knows, and no rule about what is served covers it.
    """
    view, claimed = ev.record(claims_need(p)), statement.interactions(statement_in(ev))
    if not claimed:
        yield view.undecided("what is claimed")
        return
    if set(statement.CARE_FIRST) <= claimed.keys():
        evidence = tuple(one.id for one in ev.record(METADATA).exchanges("metadata"))
        yield Examined(what="All types that care depends on are in the statement.", evidence=evidence)
    doubt = "" if any(_gives_records(view, name) for name in claimed) else "no search for a claimed type gave records"
    for name in statement.CARE_FIRST:
        exchange = view.exchange(f"search {name}") if name not in claimed else None
        if exchange is None:
            continue
        if _holds(exchange, name):
            yield Finding(
                message=f"{name} can be searched, and the CapabilityStatement does not say so.",
                expected=f"{name} among the types of the statement, or 404",
                actual="200 with records",
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        elif exchange.response is not None and exchange.status not in _NOT_ASKED:
            what = f"{name} is not claimed, and gives no records."
            if doubt:
                message = f"{name} is not claimed, and gives no records; but {doubt}"
                yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
            else:
                yield Examined(what=what, evidence=(exchange.id,), interaction="search")
