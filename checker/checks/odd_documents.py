"""Documents that a careful parser refuses. Source: OWASP ASVS 5.0.0 sections 1.5.1 and 1.5.3; RFC 8259."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.capability import METADATA, statement_in
from checker.checks.refusal import refusal
from checker.fhir import known_operations
from checker.fhir import statement as stated
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_JSON = Need(probe="hardening.odd-json", params=NoParams())
_XML = Need(probe="hardening.xml-entities", params=NoParams())
_ASVS = "https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x10-V1-Encoding-and-Sanitization.md"
_WRONG = ("error", "fatal")
_OTHER_REFUSALS = frozenset({401, 403, 404, 405, 407, 408})
_CLEAN = "OperationOutcome without an error"


def clean(exchange: Exchange) -> bool:
    """Was a resource found right? An answer of 200 with an OperationOutcome that names no error."""
    return exchange.status == 200 and exchange.json().resource_type == "OperationOutcome" and not _errors(exchange)


def turned_down(exchange: Exchange) -> bool:
    """Was it turned down for what it is: by a status, or by an error in the OperationOutcome?"""
    if exchange.status == 200:
        return exchange.json().resource_type == "OperationOutcome" and _errors(exchange)
    return 400 <= exchange.status < 500 and exchange.status not in _OTHER_REFUSALS


def _errors(exchange: Exchange) -> bool:
    body: Any = exchange.json().value
    issues = body.get("issue") if isinstance(body, dict) else None
    return isinstance(issues, list) and any(isinstance(one, dict) and one.get("severity") in _WRONG for one in issues)


def _doubt(exchange: Exchange, what: str) -> Undecided | None:
    """An answer that is neither a yes nor a no to the document."""
    if exchange.response is None or exchange.status == 429 or clean(exchange) or turned_down(exchange):
        return None  # the wrapper sees to what is no answer
    message = f"{what}: answered with {exchange.status}, which says nothing of the document"
    return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))


@check("documents.odd-json-is-refused", needs=lambda p, settings: [_JSON], source=_ASVS)
def odd_json_is_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """JSON with a key twice, or with NaN, is refused by $validate; the same without it is found right.

    What two programs read differently is two records (RFC 8259 section 4); NaN is no JSON at all (section 6). Nothing
    is stored. A server without $validate is not asked.

    Good: 400; 200 with an OperationOutcome that names an error. Bad: the second of two values taken without a word.
    """
    view = ev.record(_JSON)
    pairs = view.pairs()
    if not pairs:
        yield view.undecided("$validate of odd JSON")
    for what, (control, mutant) in zip(("JSON with a key twice", "JSON with NaN"), pairs, strict=False):
        yield _doubt(mutant, what) or _refusal(control, mutant, what)


def _refusal(control: Exchange, mutant: Exchange, what: str) -> Statement:
    """The one statement of the wrapper for refusals on a document."""
    (said,) = refusal(
        control,
        mutant,
        differs_in="body",
        refused=turned_down,
        gives=_CLEAN,
        works=clean,
        what=f"$validate of {what}",
        expected="400, or an OperationOutcome with an error",
    )
    return said


@condition("operations.validate-in-xml", needs=lambda p, settings: [METADATA], claim=True)
def validates_xml(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement declares XML, and $validate for Patient. Unknown without a statement of a REST server."""
    statement = statement_in(ev)
    if not any(True for _ in stated.resources(statement)):
        return None
    return "xml" in stated.families(statement) and known_operations.declares_validate(statement, "Patient")


@check("documents.xml-entities-are-not-resolved", needs=lambda p, settings: [_XML], source=_ASVS)
def xml_entities_are_not_resolved(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A document type in XML is refused, or at least none of its entities is resolved.

    A Patient of nobody is offered to $validate, its gender once in plain letters (control) and once by an entity of the
    document's own (mutant). Where the mutant is refused although the entity stands for a gender that there is, it was
    not resolved. Where it is found right, and the same with an entity for a gender that there is not is found wrong,
    it was. Where neither shows, nothing is decided. No entity of the run is an address or a file.

    Good: 400; an error that names the document type. Bad: the entity's text is validated.
    """
    view = ev.record(_XML)
    pairs = view.pairs()
    if len(pairs) < 2:
        yield view.undecided("$validate of XML with an entity")
        return
    (control, right), (_, wrong) = pairs[:2]
    what = "XML with a document type"
    doubt = _doubt(right, what)
    if doubt is not None:
        yield doubt
        return
    said = _refusal(control, right, what)
    if not isinstance(said, Finding):
        yield said
    elif turned_down(wrong) and turned_down(pairs[1][0]):
        yield Finding(
            message="An entity of a document is resolved: the server judges its text.",
            expected="a refusal of the document type",
            actual="found right with an entity for a gender that there is, and wrong with one for another",
            place=right.request.url,
            evidence=(right.id, wrong.id, control.id),
        )
    else:
        message = f"{what} is taken, and nothing shows whether its entity was resolved"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(right.id, wrong.id))
