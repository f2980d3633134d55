"""The audit log that the supplier submits beside its endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.asked import OfType
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

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
    closed = sorted(f.path for log in readable for f in log.files if f.path.lower().endswith(_CLOSED))
    if absent and closed:
        message = f"{len(absent)} requests are not in the logs that could be read; {closed[0]} is compressed"
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
