"""The CapabilityStatement as a resource: valid by R4, tagged, and plain about access.

Source: http://hl7.org/fhir/R4/capabilitystatement.html and http://hl7.org/fhir/R4/http.html#capabilities.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, resource_of
from checker.checks.capability import METADATA, statement_in
from checker.checks.etag import tag_of
from checker.checks.fhir_aspects import aspect_of
from checker.checks.fhir_judging import judged_by_r4
from checker.checks.masking import masked, without_numbers
from checker.checks.passive import Alike
from checker.fhir import statement as stated
from checker.model.asked import Moment
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, digest
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_START = Need(probe="run.marker", params=Moment(when="start"))
_MOST_TOLD = 20
_OWN = "capability-statement-"
"""How the rules of the engine begin that are for this type alone."""
_WHAT = "GET metadata"


@check(
    "capability.valid",
    needs=lambda p, settings: [METADATA],
    source="http://hl7.org/fhir/R4/capabilitystatement.html",
)
def valid(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The CapabilityStatement is valid by R4: its elements, cardinalities, required codes and invariants (cpb-1 to 16).

    It is judged by the FHIR engine against R4 alone. Extensions are not held against definitions of others, and codes
    of systems that others keep are not looked up. What a StructureDefinition that it claims says is not counted.

    Good: a statement with ``kind`` *instance* and ``implementation``.
    Bad: ``rest`` without ``mode``, or a search parameter of type ``fuzzy``.
    """
    exchange = answer(ev.record(METADATA), "metadata", _WHAT)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    statement = resource_of(exchange, "CapabilityStatement", _WHAT)
    if not isinstance(statement, dict):
        yield statement
        return
    yield Examined(what="The CapabilityStatement was judged by R4.", evidence=(exchange.id,))
    yield from _issues(statement, exchange)


def _issues(statement: dict[str, Any], exchange: Exchange) -> Iterator[Finding]:
    errors = [one for one in judged_by_r4(statement).issues if one.is_error]
    counting = [one for one in errors if one.rule.startswith(_OWN) or aspect_of(one, statement) not in (None, "claims")]
    for issue in counting[:_MOST_TOLD]:
        found = masked(issue.found, statement, issue.pointer) if issue.found else "something else, or nothing"
        yield Finding(
            message=f"{issue.path}: {masked(issue.message, statement, issue.pointer).rstrip('.')} [{issue.rule}]",
            expected=without_numbers(issue.allowed or "what R4 asks"),
            actual=found,
            place=f"{exchange.request.url}#{issue.pointer}",
            evidence=(exchange.id,),
            fix=without_numbers(issue.fix or ""),
        )
    if len(counting) > _MOST_TOLD:
        yield Finding(
            message=f"There are {len(counting) - _MOST_TOLD} more errors in the CapabilityStatement.",
            expected="none",
            actual="see 'checker validate' over the statement for all of them",
            place=exchange.request.url,
            evidence=(exchange.id,),
        )


@check(
    "capability.etag",
    needs=lambda p, settings: [METADATA, _START],
    source="http://hl7.org/fhir/R4/http.html#capabilities",
)
def etag(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """GET [base]/metadata carries an ETag, and another one whenever the statement is another.

    The statement is fetched twice in the same form. Two statements that differ under one tag are a fault; a tag that
    changes although the statement does not is none, nor is a strong tag.

    Good: ``ETag: W/"2026-03-02"``, and another one after the next release.
    Bad: no ETag, or one that stays while the statement changes.
    """
    seen: list[tuple[Exchange, str, str]] = []
    lacking = Alike(expected='an ETag, such as W/"3"', place="header ETag")
    for view in (ev.record(_START), ev.record(METADATA)):
        exchange = answer(view, "metadata", _WHAT)
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        statement = resource_of(exchange, "CapabilityStatement", _WHAT)
        if not isinstance(statement, dict):
            yield statement
            continue
        tag = (exchange.header("ETag") or "").strip()
        if not tag_of(tag):
            lacking.add(
                "The answer of /metadata carries no ETag.",
                "something that is no entity tag" if tag else "none",
                exchange,
            )
            continue
        seen.append((exchange, tag, digest(statement)))
        yield Examined(what="The answer of /metadata carries an ETag.", evidence=(exchange.id,))
    yield from lacking.findings()
    for (one, tag, content), (other, other_tag, other_content) in itertools.pairwise(seen):
        if tag == other_tag and content != other_content:
            yield Finding(
                message="Two answers of /metadata differ, and carry the same ETag.",
                expected="another ETag when the statement is another",
                actual="the same ETag",
                place="header ETag",
                evidence=(one.id, other.id),
            )


@condition("capability.wants-credentials", needs=lambda p, settings: [METADATA], claim=False)
def wants_credentials(ev: EvidenceView, p: NoParams) -> bool | None:
    """This run asks with a credential: there is something about access that a client has to know."""
    return any(identity.kind != "none" for identity in ev.supplier.identities)


@check(
    "capability.says-how-to-get-in",
    needs=lambda p, settings: [METADATA],
    source="http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.security",
)
def says_how_to_get_in(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``rest.security`` says which service guards the interface: by a code, in words, or by an extension.

    Good: ``"service": [{"coding": [{"code": "SMART-on-FHIR", …}]}]``, or a ``description``.
    Bad: no ``security`` at all, or one that only says ``"cors": true``.
    """
    exchange = answer(ev.record(METADATA), "metadata", _WHAT)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    statement = resource_of(exchange, "CapabilityStatement", _WHAT)
    if not isinstance(statement, dict):
        yield statement
        return
    rests = list(stated.rests(statement))
    if not rests:
        yield Undecided(reason=Reason.NO_DATA, message="the CapabilityStatement says nothing of a REST server")
        return
    for index, rest in enumerate(rests):
        security = rest.get("security")
        if isinstance(security, dict) and any(_says(security.get(name)) for name in ("service", "description")):
            yield Examined(what="rest.security says how access is got.", evidence=(exchange.id,))
        elif isinstance(security, dict) and _says(security.get("extension")):
            yield Examined(what="rest.security has an extension that says how access is got.", evidence=(exchange.id,))
        else:
            yield Finding(
                message="The CapabilityStatement does not say how access is got.",
                expected="rest.security with service, description, or an extension with the addresses",
                actual="security without any of them" if isinstance(security, dict) else "no security",
                place=f"{exchange.request.url}#/rest/{index}/security",
                evidence=(exchange.id,),
            )


def _says(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, list) and bool(value)


@condition("capability.cors", needs=lambda p, settings: [METADATA], claim=True)
def cors(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement says ``rest.security.cors`` true. Unknown without a statement of a REST server."""
    rests = list(stated.rests(statement_in(ev)))
    if not rests:
        return None
    securities = [rest.get("security") for rest in rests]
    return any(isinstance(one, dict) and one.get("cors") is True for one in securities)
