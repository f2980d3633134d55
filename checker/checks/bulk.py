"""A bulk export over the interface: started, asked after, cancelled, and closed to whoever has no credential.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, gives_data, resource_of
from checker.checks.refusal import refusal
from checker.fhir import statement as stated
from checker.model.asked import Exported
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

GUIDE = "https://hl7.org/fhir/uv/bulkdata/STU2/export.html"
_CANONICAL = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
_DEFINITIONS = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
_OPERATIONS = {"export": "", "patient-export": "Patient", "group-export": "Group"}
_METADATA = Need(probe="fhir.capabilities", params=NoParams())
NO_ANSWER = frozenset({407, 429, 502, 503, 504})


def run_of(p: Exported) -> Need:
    """The export that is followed to its end."""
    return Need(probe="bulk.export", params=p)


def cancelled(p: Exported) -> Need:
    """The export that is cancelled at once."""
    return Need(probe="bulk.cancelled", params=p)


def _declared(statement: Any) -> list[str]:
    """The names of the export operations that are declared."""
    return [
        name
        for name, kind in _OPERATIONS.items()
        if stated.has_operation(statement, f"{_DEFINITIONS}{name}", "export", kind)
    ]


@condition("bulk.export-is-declared", needs=lambda p, settings: [_METADATA], claim=True)
def export_is_declared(ev: EvidenceView, p: NoParams) -> bool | None:
    """The CapabilityStatement declares an export operation, or says that the server implements Bulk Data Access.

    Unknown when there is no readable statement, or one that lists no REST interface at all.
    """
    exchange = ev.record(_METADATA).exchange("metadata")
    found = exchange.json().value if exchange is not None and exchange.ok else None
    if not list(stated.rests(found)):
        return None
    return bool(_declared(found)) or _CANONICAL in stated.instantiates(found)


def finding(exchange: Exchange, message: str, expected: str, actual: str, place: str = "") -> Finding:
    """One thing wrong with one answer."""
    return Finding(
        message=message,
        expected=expected,
        actual=actual[:120],
        place=f"{exchange.request.url}{place}",
        evidence=(exchange.id,),
    )


@check(
    "bulk.is-declared",
    needs=lambda p, settings: [_METADATA],
    source="https://hl7.org/fhir/uv/bulkdata/STU2/CapabilityStatement-bulk-data.html",
)
def is_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The CapabilityStatement says that the server implements Bulk Data Access, and which exports it has.

    ``instantiates`` holds the canonical URL of the guide's CapabilityStatement, and at least one of the operations
    export, patient-export and group-export is declared by its definition.

    Good: both. Bad: an operation ``export`` without the canonical: another operation may have that name.
    """
    exchange = answer(ev.record(_METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    found = resource_of(exchange, "CapabilityStatement", "GET metadata")
    if not isinstance(found, dict):
        yield found
        return
    declared, says_so = _declared(found), _CANONICAL in stated.instantiates(found)
    if not declared:
        yield finding(exchange, "No export operation is declared.", f"{_DEFINITIONS}export", "none", "#/rest/operation")
    if not says_so:
        message = "The CapabilityStatement does not say that it implements Bulk Data Access."
        yield finding(exchange, message, f"instantiates {_CANONICAL}", "it is not among them", "#/instantiates")
    if declared and says_so:
        yield Examined(what=f"Declared: {', '.join(declared)}.", evidence=(exchange.id,), interaction="capabilities")


def kicked_off(view: RecordView) -> Exchange | None:
    """The kick-off with the credential of the run."""
    for control, _ in view.pairs():
        if control.http.interaction == "bulk-kick-off":
            return control
    return view.exchange("kick-off")


@check("bulk.kick-off", params=Exported, needs=lambda p, settings: [run_of(p), cancelled(p)], source=GUIDE)
def kick_off(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """An export is accepted with 202 and an absolute Content-Location; what is refused, with an OperationOutcome.

    The requests carry ``Accept: application/fhir+json`` and ``Prefer: respond-async``.

    Good: 202 with ``Content-Location: https://…/status/7``; 400 with an OperationOutcome to a format that nobody has.
    Bad: 200; a relative Content-Location; a 400 that explains nothing.
    """
    view, other = ev.record(run_of(p)), ev.record(cancelled(p))
    asked = [one for one in (kicked_off(view), kicked_off(other)) if one is not None]
    if not asked:
        yield view.undecided("the kick-off")
    for exchange in asked:
        yield _accepted(exchange)
    for _, mutant in other.pairs():
        if mutant.response is None or mutant.status in NO_ANSWER or mutant.status < 400:
            continue
        if mutant.json().resource_type == "OperationOutcome":
            yield Examined(what="A kick-off that is refused is explained.", evidence=(mutant.id,))
        else:
            message = f"A kick-off was refused with {mutant.status}, without an OperationOutcome."
            yield finding(mutant, message, "an OperationOutcome", mutant.json().problem or "another body")


def _accepted(exchange: Exchange) -> Statement:
    what = "The kick-off"
    if exchange.response is None or exchange.status in (401, 403, *NO_ANSWER):
        reason = Reason.AUTH if exchange.status in (401, 403) else Reason.NETWORK
        told = f"{what} was answered with {exchange.status or 'nothing'}"
        return Undecided(reason=reason, message=told, evidence=(exchange.id,))
    place = exchange.header("Content-Location") or ""
    if exchange.status != 202:
        message = f"{what} was answered with {exchange.status}."
        return finding(exchange, message, "202 with Content-Location", str(exchange.status))
    if not place:
        return finding(exchange, f"{what} names no place to ask for the export.", "Content-Location", "no such header")
    if not place.lower().startswith(("http://", "https://")):
        return finding(exchange, f"{what} names a relative place.", "an absolute URL", "a relative one")
    return Examined(what=f"{what} was accepted with 202.", evidence=(exchange.id,), interaction="bulk-kick-off")


@check(
    "bulk.closed-to-nobody",
    params=Exported,
    needs=lambda p, settings: [run_of(p)],
    source=f"{GUIDE}#security-considerations",
)
def closed_to_nobody(ev: EvidenceView, p: Exported) -> Iterator[Statement]:
    """Whoever has no credential starts no export: the kick-off is refused with 401.

    The control is the same kick-off with the credential, which is accepted. 403 refuses too. What is started in spite
    of it is deleted by this run. The files are for another requirement.

    Good: 401. Bad: 202: the records of all patients, for anybody.
    """
    view = ev.record(run_of(p))
    pairs = [one for one in view.pairs() if one[0].http.interaction == "bulk-kick-off"]
    if not pairs:
        yield Undecided(reason=Reason.PREREQUISITE, message="no credential is configured: a refusal has no control")
    for control, mutant in pairs:
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="export",
            works=lambda one: one.status == 202,
            refused=lambda one: one.status in (401, 403) and not gives_data(one),
            what="A kick-off without a credential",
            expected="401",
        )
