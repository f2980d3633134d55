"""The audit log that the supplier submits beside its endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.asked import OfType
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, RecordView

_CLOSED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")


def _log(p: OfType) -> Need:
    return Need(probe="audit.log", params=p)


@check(
    "audit.requests-are-logged",
    params=OfType,
    needs=lambda p, settings: [_log(p)],
    source="http://hl7.org/fhir/R4/security.html#audit",
)
def requests_are_logged(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A search with its pages, up to three reads and a vread stand in the supplier's audit log.

    Every request carries its own X-Request-ID; the log must hold it. The log is an artefact of
    kind ``audit-log``, named in ``supplier.toml``, and is read after the requests were made.

    Good: a log line or AuditEvent for each request, with its X-Request-ID.
    Bad: one of four reads is not in the log.
    """
    view = ev.record(_log(p))
    evidence = tuple(item.id for item in view.evidence("log"))
    logs = [payload for item in view.evidence("log") if isinstance(payload := item.read(), Artefact)]
    readable = [log for log in logs if not log.facts.get("problem")]
    if not readable:
        yield view.undecided("the audit log")
        return
    found = {str(one) for log in readable for one in log.facts.get("found", ())}
    absent = {str(one) for log in readable for one in log.facts.get("absent", ())} - found
    if len(readable) < len(logs) and absent:
        message = f"{len(absent)} requests are not in the logs that could be read, and one log could not be read"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        return
    closed = [one for log in readable for one in _closed(log)]
    if absent and closed:
        message = f"{len(absent)} requests are not in the logs that could be read; {closed[0]}"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        return
    if absent:
        yield Finding(
            message=f"{len(absent)} of {len(absent | found)} requests are not in the audit log.",
            expected="one entry with its X-Request-ID for each request",
            actual=f"{len(absent)} X-Request-IDs were not found",
            place=", ".join(log.artefact for log in readable),
            evidence=evidence,
            examples=tuple(sorted(absent)[:5]),
            count=len(absent),
        )
    if found:
        yield Examined(what=f"{len(found)} requests were found in the audit log.", evidence=evidence, count=len(found))


# AuditEvents ---------------------------------------------------------------------------------


def _events(p: OfType) -> Need:
    return Need(probe="audit.events", params=p)


def _sum(logs: list[Artefact], name: str) -> int:
    return sum(int(log.facts.get(name, 0)) for log in logs)


@condition("audit.log-holds-audit-events", params=OfType, needs=lambda p, settings: [_events(p)], claim=False)
def log_holds_audit_events(ev: EvidenceView, p: OfType) -> bool | None:
    """The audit log holds at least one FHIR R4 AuditEvent.

    A log of the supplier's own form holds none, and may: nothing in FHIR makes it one of
    AuditEvents. Of an empty log, and of one that could not be read to its end, nobody knows.
    """
    logs = _logs(ev.record(_events(p)))
    if _sum(logs, "events"):
        return True
    doubts = _sum(logs, "unread") or any(log.facts.get("problem") or _closed(log) for log in logs)
    return None if doubts or not _sum(logs, "lines") else False


@check(
    "audit.events-say-who-and-when",
    params=OfType,
    needs=lambda p, settings: [_events(p)],
    source="http://hl7.org/fhir/R4/auditevent-definitions.html",
)
def events_say_who_and_when(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every AuditEvent of the audit log says what, when, who and from where.

    FHIR R4 demands: ``type``; ``recorded``, an instant with its zone; at least one ``agent``, each
    with ``requestor``; ``source`` with ``observer``. Lines of another form between them are left
    alone, and so are AuditEvents that are built as in R5 (``code``) or STU3
    (``source.identifier``). An instant that only says why it is absent is left alone too.

    Good: ``{"resourceType": "AuditEvent", "type": …, "recorded": "2026-01-05T09:00:00Z",
    "agent": [{"requestor": true}], "source": {"observer": …}}``.
    Bad: the same without ``agent``, or with ``recorded`` 2026-01-05T09:00:00.
    """
    view = ev.record(_events(p))
    evidence = tuple(item.id for item in view.evidence("log"))
    logs = _logs(view)
    if not logs or any(log.facts.get("problem") for log in logs):
        yield view.undecided("the audit log")
    for log in logs:
        if _closed(log):
            message = f"{_closed(log)[0]} and was not looked into"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        for fault, found in sorted(log.facts.get("faults", {}).items()):
            places = tuple(str(place) for place in found["places"])
            yield Finding(
                message=f"An AuditEvent of the audit log has no {fault}.",
                expected=f"{fault} (required in FHIR R4)",
                actual="missing, or not of the form that FHIR gives it",
                place=f"{log.artefact} {places[0]}" if places else log.artefact,
                evidence=evidence,
                count=int(found["count"]),
                examples=places,
            )
    if unread := _sum(logs, "unread"):
        message = f"{unread} entries of the audit log look like AuditEvents and could not be read"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    if events := _sum(logs, "events"):
        yield Examined(what=f"{events} AuditEvents of the audit log", evidence=evidence, count=events)


def _logs(view: RecordView) -> list[Artefact]:
    return [payload for item in view.evidence("log") if isinstance(payload := item.read(), Artefact)]


def _closed(log: Artefact) -> list[str]:
    """What holds text that was not looked at, in words."""
    told = [str(one) for one in log.facts.get("not_read", ())]
    by_name = (file.path for file in log.files if file.path.lower().endswith(_CLOSED))
    return told + sorted(f"{path} is compressed" for path in by_name if not any(path in one for one in told))
