"""Modifiers that a server does not have, outcomes among matches, and compartments that it claims.

Source: http://hl7.org/fhir/R4/search.html#modifiers and
http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.compartment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import cut_off, not_the_supplier
from checker.checks.capability import METADATA, statement_in
from checker.checks.passive import Alike, own_answers
from checker.checks.refusal import refusal
from checker.checks.trials import trial
from checker.fhir import bundle
from checker.fhir import statement as stated
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_NEED = Need(probe="search.unknown-modifier", params=NoParams())


@check(
    "search.unknown-modifier-is-refused",
    needs=lambda p, settings: [_NEED],
    source="http://hl7.org/fhir/R4/search.html#modifiers",
)
def unknown_modifier_is_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A modifier that the server does not know is refused with 400, never ignored.

    The control is the same search without the modifier, in the same minute.

    Good: ``GET Patient?family:no-such-modifier=Smith`` answers 400 with an OperationOutcome.
    Bad: it answers 200 with who is called Smith, or with everybody.
    """
    for control, mutant in ev.record(_NEED).pairs():
        what = "The search with a modifier that nobody knows"
        doubt = not_the_supplier(mutant, what)
        if doubt is not None:
            yield doubt
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="url",
            gives="Bundle",
            refused=_is_refused,
            what=what,
            expected="400 with an OperationOutcome",
        )


def _is_refused(exchange: Exchange) -> bool:
    return 400 <= exchange.status < 500 or exchange.status == 501


_SEARCHSETS = Every(
    selector=Selector(interactions=("search", "page"), views=("fhir",), statuses=("2xx",)), cover=("search",)
)
_ERRORS = frozenset({"error", "fatal"})
_HANDLING = trial("handling")


@condition("search.hint-was-seen", needs=lambda p, settings: [_HANDLING], claim=False)
def hint_was_seen(ev: EvidenceView, p: NoParams) -> bool | None:
    """A searchset of the run held an OperationOutcome.

    False where none did, although a search by an unknown parameter with ``handling=lenient`` gave a reason for a hint:
    no server need give any. Unknown where that search was not answered, or a searchset cannot be looked at.
    """
    searchsets = list(own_answers(ev, _SEARCHSETS))
    if any(_outcomes(exchange) for exchange in searchsets):
        return True
    asked = bool(ev.record(_HANDLING).evidence())
    return False if asked and searchsets and all(cut_off(one, "") is None for one in searchsets) else None


@check(
    "search.outcomes-are-marked",
    needs=lambda p, settings: [_SEARCHSETS, _HANDLING],
    source="http://hl7.org/fhir/R4/codesystem-search-entry-mode.html",
)
def outcomes_are_marked(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An OperationOutcome in a searchset is of the mode *outcome*, and holds no error.

    Looks at every searchset of the run. A search by an unknown parameter with ``handling=lenient`` gives the server a
    reason for a hint; no server need give one, and the condition ``search.hint-was-seen`` tells whether it did.

    Good: ``{"resource": {"resourceType": "OperationOutcome", …}, "search": {"mode": "outcome"}}``.
    Bad: the same with mode *match*, or an issue of severity *error* in an answer with status 200.
    """
    alike = Alike(expected="search.mode outcome, and issues of severity warning or information", place="/entry")
    seen = 0
    for exchange in own_answers(ev, _SEARCHSETS):
        doubt = cut_off(exchange, "the answer to a search")
        if doubt is not None:
            yield doubt
            continue
        held = _outcomes(exchange)
        seen += len(held)
        if any(_mode(entry) != "outcome" for entry in held):
            alike.add("An OperationOutcome in a searchset is not marked as one.", "another mode", exchange)
        if any(_ERRORS & _severities(entry["resource"]) for entry in held):
            alike.add(
                "A searchset tells of an error, with status 200.", "an issue of severity error or fatal", exchange
            )
        yield Examined(
            what="A searchset was looked at.", evidence=(exchange.id,), interaction=exchange.http.interaction
        )
    yield from alike.findings()
    if not seen:
        yield Undecided(reason=Reason.NO_DATA, message="no searchset held an OperationOutcome")


def _outcomes(exchange: Exchange) -> list[dict[str, Any]]:
    """The entries of a searchset that are an OperationOutcome."""
    return [entry for _, entry in bundle.entries(exchange.json().value) if _is_outcome(entry.get("resource"))]


def _is_outcome(resource: object) -> bool:
    return isinstance(resource, dict) and resource.get("resourceType") == "OperationOutcome"


def _mode(entry: dict[str, Any]) -> object:
    search = entry.get("search")
    return search.get("mode") if isinstance(search, dict) else None


def _severities(resource: dict[str, Any]) -> set[str]:
    issues = resource.get("issue")
    found = (one.get("severity") for one in issues if isinstance(one, dict)) if isinstance(issues, list) else ()
    return {one for one in found if isinstance(one, str)}


@condition("capability.patient-compartment", needs=lambda p, settings: [METADATA], claim=True)
def patient_compartment(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement claims the compartment of a patient. Unknown without a readable statement."""
    statement = statement_in(ev)
    if not list(stated.resources(statement)):
        return None
    listed = [rest.get("compartment", []) for rest in stated.rests(statement)]
    if not all(isinstance(one, list) for one in listed):
        return None
    found = [one for several in listed for one in several]
    return any(isinstance(one, str) and one.rpartition("/")[2] == "patient" for one in found)
