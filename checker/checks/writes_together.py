"""Writes by conditions, and several in one Bundle. Source: http://hl7.org/fhir/R4/http.html."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.writes import HTTP, METADATA, claims, right, seen, with_status, worked, wrong
from checker.fhir import offered
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_CONDITIONAL = Need(probe="write.conditional", params=NoParams())
_TRANSACTION = Need(probe="write.transaction", params=NoParams())
_BATCH = Need(probe="batch.reads", params=NoParams())


def _ladder(view: RecordView, word: str, none: tuple[int, ...], one: tuple[int, ...]) -> Iterator[Statement]:
    """None, one and two that match: three answers, each by the one before it."""
    for number, expected in (("none", none), ("one", one), ("many", (412,))):
        if number == "many":
            twin = worked(view, f"twin-{word}", "the second patient that matches")
            if isinstance(twin, Undecided):
                yield twin
                return
        what = f"A conditional {word} with {number} that match"
        found = seen(view, f"{word}-{number}", what)
        if isinstance(found, Undecided):
            yield found
            return
        said = with_status(found, what, expected)
        yield said
        if found.status not in expected:
            return


@check("write.conditional-create", needs=lambda p, settings: [_CONDITIONAL], source=f"{HTTP}#ccreate")
def conditional_create(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """With If-None-Exist none that matches gives 201, one gives 200, and several 412.

    Good: the same create twice makes one patient. Bad: it makes two.
    """
    yield from _ladder(ev.record(_CONDITIONAL), "create", (201,), (200,))


@check("write.conditional-update", needs=lambda p, settings: [_CONDITIONAL], source=f"{HTTP}#cond-update")
def conditional_update(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An update by criteria creates where none matches, updates the one that does, and answers 412 to several.

    Nothing is sent where a search by the same criteria shows others than this run has made: then it is not decided.

    Good: 201, 200, 412. Bad: 200 to several: any of them was overwritten.
    """
    view = ev.record(_CONDITIONAL)
    if view.record.notes.get("update-unsafe") == "none":
        message = "a search by the criteria did not show that they are safe"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
        return
    yield from _ladder(view, "update", (201,), (200,))


@check("write.conditional-delete", needs=lambda p, settings: [_CONDITIONAL, METADATA], source=f"{HTTP}#cdelete")
def conditional_delete(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A delete by criteria that two patients match: 412 where ``single`` is declared, and both are still there.

    Where ``multiple`` is declared both are gone, or 412 and both are there. Nothing is sent where a search by the same
    criteria shows others than this run has made.

    Good: as declared. Bad: both deleted under ``single``, or one of two.
    """
    view, declared = ev.record(_CONDITIONAL), (claims(ev) or {}).get("conditionalDelete")
    if view.record.notes.get("delete-unsafe"):
        message = "a search by the criteria did not show that they are safe"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
        return
    done = seen(view, "delete-many", "a conditional delete that two match")
    if isinstance(done, Undecided):
        yield done
        return
    single = declared == "single"
    yield with_status(done, "A conditional delete that two match", (412,) if single else (200, 202, 204, 412))
    left = 0
    for number in (1, 2):
        found = seen(view, f"after-delete {number}", "a read after it")
        if isinstance(found, Undecided):
            yield found
            return
        left += found.ok
    expected = 2 if single or done.status == 412 else 0
    if left != expected and done.status != 202:
        yield wrong(done, "Other patients are left than should be.", f"{expected} of 2", f"{left} of 2")
    else:
        yield right(f"{left} of 2 are left after a conditional delete.", done)


@check("write.transaction-is-whole", needs=lambda p, settings: [_TRANSACTION], source=f"{HTTP}#transaction")
def transaction_is_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A transaction with an entry that cannot be done is refused as a whole, and nothing of it is stored.

    The control is a transaction that works, and whose patient a search finds.

    Good: 400 with an OperationOutcome, and a search finds nothing. Bad: half of it is stored.
    """
    view = ev.record(_TRANSACTION)
    control = worked(view, "good", "a transaction that is right")
    whole = worked(view, "whole", "a search for what it made")
    bad, half = seen(view, "bad", "a transaction with a bad entry"), worked(view, "half", "a search for its good entry")
    if isinstance(control, Undecided):
        yield control
    elif isinstance(whole, Undecided):
        yield whole
    elif isinstance(bad, Undecided):
        yield bad
    elif isinstance(half, Undecided):
        yield half
    else:
        yield from _whole(whole, bad, half)


def _whole(whole: Exchange, bad: Exchange, half: Exchange) -> Iterator[Statement]:
    if not 400 <= bad.status < 600:
        yield wrong(bad, f"A transaction with a bad entry: answered with {bad.status}.", "4xx or 5xx", str(bad.status))
    elif bad.json().resource_type != "OperationOutcome":
        yield wrong(bad, "A transaction that fails is not explained.", "one OperationOutcome", "another body")
    else:
        yield right(f"A transaction with a bad entry is refused with {bad.status}.", bad)
    if not _entries(whole):
        message = "a search does not find what a whole transaction made"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(whole.id,))
    elif _entries(half):
        yield wrong(half, "Half of a transaction that failed is stored.", "nothing of it", "an entry of it")
    else:
        yield right("Nothing of a transaction that failed is stored.", half, whole)


def _entries(exchange: Exchange) -> list[dict[str, Any]]:
    value = exchange.json().value
    listed = value.get("entry") if isinstance(value, dict) else None
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    kinds = [one.get("resource") for one in found]
    hints = [isinstance(one, dict) and one.get("resourceType") == "OperationOutcome" for one in kinds]
    return found if not any(hints) or exchange.request.method == "POST" else []


def _status(entry: dict[str, Any]) -> str:
    response = entry.get("response")
    found = response.get("status") if isinstance(response, dict) else None
    return found[:3] if isinstance(found, str) else ""


@check("batch.response-is-in-order", needs=lambda p, settings: [_BATCH], source=f"{HTTP}#transaction-response")
def response_is_in_order(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A batch of reads is answered with a batch-response: an entry for each, in the same order, each with a status.

    The first of three asks for an id that does not exist, so its place shows whether the order was kept.

    Good: 404, 200, 200. Bad: two entries; another order; entries without a status.
    """
    found = seen(ev.record(_BATCH), "batch", "a batch of reads")
    if isinstance(found, Undecided):
        yield found
        return
    value = found.json().value
    if found.status != 200 or not isinstance(value, dict) or value.get("type") != "batch-response":
        yield wrong(found, "A batch is not answered with a batch-response.", "200, batch-response", str(found.status))
        return
    statuses = [_status(one) for one in _entries(found)]
    if len(statuses) != 3 or not all(statuses):
        yield wrong(found, "A batch of three is not answered with three statuses.", "3", str(len(statuses)))
    elif statuses[0] not in ("404", "410", "400") or statuses[1:] != ["200", "200"]:
        yield wrong(found, "The entries of a batch-response are not in order.", "404, 200, 200", ", ".join(statuses))
    else:
        yield right("A batch of reads is answered in order.", found)


@check("write.references-are-resolved", needs=lambda p, settings: [_TRANSACTION], source=f"{HTTP}#transaction")
def references_are_resolved(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A reference to another entry of a transaction becomes that of what was made; reads are done last.

    Good: ``Patient/7`` where ``urn:uuid:…`` stood; a GET shows what a PUT of the same transaction wrote.
    Bad: ``urn:uuid:…`` is stored: it leads nowhere.
    """
    view = ev.record(_TRANSACTION)
    done = worked(view, "good", "a transaction that is right")
    if isinstance(done, Undecided):
        yield done
        return
    entries = _entries(done)
    first = next((one["resource"] for one in entries if isinstance(one.get("resource"), dict)), None)
    if first is None:
        yield Undecided(reason=Reason.NO_DATA, message="the read in it shows nothing", evidence=(done.id,))
    elif first.get("birthDate") != "1970-03-03":
        yield wrong(done, "A read in a transaction is not done last.", "what its update wrote", "what was before")
    else:
        yield right("A read in a transaction is done after its updates.", done)
    for number in (0, 1):
        made = worked(view, f"made {number}", "a read of what a transaction made")
        if isinstance(made, Undecided):
            yield made
            continue
        value = made.json().value
        links = value.get("link") if isinstance(value, dict) else None
        if not isinstance(links, list):
            continue
        other = links[0].get("other") if links and isinstance(links[0], dict) else None
        target = other.get("reference") if isinstance(other, dict) else None
        if offered.address_in(ev.supplier.base_url, target):
            yield right("A reference between entries is resolved.", made)
        else:
            yield wrong(made, "A reference between entries leads nowhere.", "Patient/[id]", "another form")
        return
    yield Undecided(reason=Reason.NO_DATA, message="the patient with the reference was not seen")
