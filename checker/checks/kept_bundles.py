"""Documents and messages: Bundles that say something as a whole.

Source: http://hl7.org/fhir/R4/documents.html and http://hl7.org/fhir/R4/messaging.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from checker.checks.bodies import cut_off
from checker.checks.capability import METADATA, statement_in
from checker.checks.fhir_judging import judged_by_r4
from checker.checks.masking import masked
from checker.fhir import bundle
from checker.fhir import statement as stated
from checker.model.asked import Declared
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement
from checker.model.view import EvidenceView, Exchange

if TYPE_CHECKING:
    from checker.fhir.validation.issue import Issue

_ANSWERS = Every(selector=Selector(views=("fhir",), statuses=("2xx",)))
_DECLARED = Need(probe="fhir.declared", params=Declared())
_MOST = 50
"""So many Bundles of the sort are judged; each once."""
_DEEPEST = 4
_INVARIANTS = {
    "document": frozenset({"bdl-9", "bdl-10", "bdl-11"}),
    "message": frozenset({"bdl-12"}),
}
_RULES = {"document": ("document-", "bundle-reference-"), "message": ("message-", "bundle-reference-")}


class Sort(Params, frozen=True, kw_only=True):
    """``document`` or ``message``."""

    sort: Literal["document", "message"]


@condition("capability.bundles", params=Sort, needs=lambda p, settings: [METADATA, _DECLARED], claim=True)
def bundles(ev: EvidenceView, p: Sort) -> bool | None:
    """The CapabilityStatement speaks of documents (or messaging), or the run met such a Bundle.

    Unknown without a statement of a REST server.
    """
    statement = statement_in(ev)
    if not any(True for _ in stated.resources(statement)) or not isinstance(statement, dict):
        return None
    if statement.get("document" if p.sort == "document" else "messaging"):
        return True
    searches = (one.exchange("search") for one in ev.children(ev.record(_DECLARED), "fhir.search"))
    return any(True for one in searches if one is not None and one.ok for _ in _of_sort(one.json().value, p.sort, ""))


@check(
    "bundle.of-a-sort",
    params=Sort,
    needs=lambda p, settings: [_ANSWERS, METADATA, _DECLARED],
    source="http://hl7.org/fhir/R4/documents.html",
)
def of_a_sort(ev: EvidenceView, p: Sort) -> Iterator[Statement]:
    """A document begins with its Composition and has identifier and timestamp; a message begins with its MessageHeader.

    Looked at is every Bundle of type *document* (or *message*) among the answers, also where it is an entry of another
    Bundle. Invariants bdl-9 to bdl-12 of R4 count, that references inside lead to entries, and that the focus of a
    message is in it.

    Good: ``"type": "document", "identifier": {…}, "timestamp": "…", "entry": [{"resource": {"resourceType":
    "Composition", …}}, …]``.
    Bad: a document without identifier, or one whose first entry is the patient.
    """
    judged: set[str] = set()
    for exchange in ev.every(_ANSWERS):
        if cut_off(exchange, "") is not None:
            continue
        for pointer, found in _of_sort(exchange.json().value, p.sort, ""):
            if len(judged) >= _MOST:
                return
            key = str(found.get("id", "")) or f"{exchange.id}{pointer}"
            if key not in judged:
                judged.add(key)
                yield from _judged(found, exchange, pointer, p.sort)


def _judged(found: dict[str, Any], exchange: Exchange, pointer: str, sort: str) -> Iterator[Statement]:
    yield Examined(what=f"A {sort} was looked at.", evidence=(exchange.id,), interaction=exchange.http.interaction)
    for issue in judged_by_r4(found).issues:
        if issue.is_error and _counts(issue, sort):
            yield Finding(
                message=f"A {sort}: {masked(issue.message, found, issue.pointer).rstrip('.')} [{issue.rule}]",
                expected="what R4 asks of it",
                actual="something else, or nothing",
                place=f"{exchange.request.url}#{pointer}{issue.pointer}",
                evidence=(exchange.id,),
                fix=issue.fix or "",
            )


def _counts(issue: Issue, sort: str) -> bool:
    return issue.rule.startswith(_RULES[sort]) or issue.invariant in _INVARIANTS[sort]


def _of_sort(found: Any, sort: str, pointer: str, depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each Bundle of that type, with the pointer to it."""
    if not isinstance(found, dict) or found.get("resourceType") != "Bundle" or depth > _DEEPEST:
        return
    if found.get("type") == sort:
        yield pointer, found
    for index, entry in bundle.entries(found):
        yield from _of_sort(entry.get("resource"), sort, f"{pointer}/entry/{index}/resource", depth + 1)
