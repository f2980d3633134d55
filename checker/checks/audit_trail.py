"""What the AuditEvents of the log say of each request, of their clock, and what they should not hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from checker.checks.audit import requests_are_logged
from checker.model.asked import OfType
from checker.model.evidence import Artefact, Evidence
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_OF_TYPE = OfType()
_LOG = Need(probe="audit.log", params=_OF_TYPE)
_TRAIL = Need(probe="audit.trail", params=_OF_TYPE)
_EVENTS = Need(probe="audit.events", params=_OF_TYPE)
_READS = Every(selector=Selector(interactions=("read", "vread", "search", "page"), identities=("default",)))
_MATCH_S = 60
_WRITTEN_WITHIN_S = 5
"""Systems write their logs with some delay. (The requests that are looked for by their ids are waited for.)"""
_SHOWN = 5
_SAID = {
    "who": ("who asked", "an agent with requestor true and its who"),
    "what": ("what was looked at", "an entity with what, name or query"),
    "action": ("the right action", "action R for a read, E for a search"),
    "outcome": ("how it ended", "outcome, one of 0, 4, 8 and 12"),
}


def _trails(ev: EvidenceView) -> list[tuple[Evidence, Artefact]]:
    found = [(item, item.read()) for item in ev.record(_TRAIL).evidence("log")]
    return [(item, one) for item, one in found if isinstance(one, Artefact) and one.facts.get("events")]


@check(
    "audit.reads-are-in-the-trail",
    needs=lambda p, settings: [_LOG, _TRAIL, _READS],
    source="http://hl7.org/fhir/R4/security.html#audit",
)
def reads_are_in_the_trail(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each read and search of this run stands in the audit log, and its AuditEvent says who, what and with what end.

    Every request carries its own X-Request-ID; the log must hold it. Where the log is one of AuditEvents, each answered
    read, vread and search that came before the log was read is looked for, by its X-Request-ID (an entity of type
    ``XrequestId``, as IHE BALP has it), or by ``Type/id`` and a time within a minute. An addendum shows all of them:
    the log is exported after the reads. Several events for one request are as good as one.

    Good: an event for each read, with agent, entity, action and outcome.
    Bad: one of forty reads has no event, or events say R where a search was made.
    """
    yield from requests_are_logged.judge(ev, _OF_TYPE)
    trails = _trails(ev)
    if not trails:
        return  # a log of the supplier's own form: that the requests are in it is all that can be told
    requests, entities = _by_request(trails), _by_entity(trails)
    until = max(item.captured_at for item, _ in trails)
    asked = [exchange for exchange in ev.every(_READS) if exchange.ok and exchange.at <= until]
    missing: list[Exchange] = []
    unsaid: dict[str, list[Exchange]] = {}
    found = 0
    for exchange in asked:
        faults = _event_of(exchange, requests, entities)
        if faults is None:
            if _settled(exchange, [item for item, _ in trails]):
                missing.append(exchange)
            continue
        found += 1
        for fault in faults:
            unsaid.setdefault(fault, []).append(exchange)
    evidence = tuple(item.id for item, _ in trails)
    if missing and any(one.facts.get("cut") or one.facts.get("unread") for _, one in trails):
        message = f"{len(missing)} requests have no AuditEvent in the part of the log that could be read"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    elif missing:
        yield Finding(
            message=f"{len(missing)} of {len(asked)} reads and searches of this run have no AuditEvent.",
            expected="one AuditEvent for each, with its X-Request-ID or its entity and time",
            actual="none",
            place="audit log",
            evidence=(*(exchange.id for exchange in missing[:_SHOWN]), *evidence),
            count=len(missing),
            examples=tuple(exchange.http.request_id for exchange in missing[:_SHOWN]),
        )
    for fault, exchanges in sorted(unsaid.items()):
        what, expected = _SAID[fault]
        yield Finding(
            message=f"The AuditEvents of {len(exchanges)} requests of this run do not say {what}.",
            expected=expected,
            actual="nothing, or something else",
            place=f"AuditEvent, {fault}",
            evidence=(*(exchange.id for exchange in exchanges[:_SHOWN]), *evidence),
            count=len(exchanges),
        )
    if found:
        yield Examined(what=f"{found} reads and searches have an AuditEvent.", evidence=evidence, count=found)


class SkewParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``seconds``: so far may the clock of the log be from that of the run."""

    seconds: int = 60


@check(
    "audit.clock-is-right",
    params=SkewParams,
    needs=lambda p, settings: [_TRAIL, _READS],
    source="docs/policy.md#the-audit-clock-is-right",
)
def clock_is_right(ev: EvidenceView, p: SkewParams) -> Iterator[Statement]:
    """The time of an AuditEvent is that of its request, and the log does not go back in time.

    Compared are the events of this run's own requests with the times at which they were answered. A log may run from
    the newest event to the oldest, and one without any order in time is not judged by it; one that runs forward and
    goes back by more than a minute now and then had its clock set back.

    Good: recorded is within a second of the request. Bad: it is an hour off, since a zone was left out.
    """
    trails = _trails(ev)
    if not trails:
        yield ev.record(_TRAIL).undecided("an audit log of AuditEvents")
        return
    evidence = tuple(item.id for item, _ in trails)
    requests = _by_request(trails)
    skews = []
    for exchange in ev.every(_READS):
        known = requests.get(_digest(exchange.http.request_id)) if exchange.ok and exchange.http.request_id else None
        if known is not None:
            sent = exchange.at.timestamp() - exchange.http.elapsed_ms / 1000
            off = known[0] / 1000 - exchange.at.timestamp()
            skews.append(0.0 if sent <= known[0] / 1000 <= exchange.at.timestamp() else min(off, off, key=abs))
    beyond = [skew for skew in skews if abs(skew) > p.seconds]
    if beyond:
        worst = max(beyond, key=lambda skew: (abs(skew), skew))
        yield Finding(
            message=f"{len(beyond)} of {len(skews)} AuditEvents of this run were recorded at another time.",
            expected=f"within {p.seconds} seconds of the request",
            actual=f"{abs(worst):.0f} seconds {'after' if worst > 0 else 'before'} it, at worst",
            place="AuditEvent.recorded",
            evidence=evidence,
            count=len(beyond),
        )
    for _, one in trails:
        order = one.facts.get("order", {})
        back, forward = int(order.get("back", 0)), int(order.get("forward", 0))
        if back and forward and back * 10 <= back + forward:
            yield Finding(
                message=f"The audit log goes back in time {back} times by more than a minute.",
                expected="recorded never goes back, for one source",
                actual=f"{back} steps back among {forward} forward",
                place=one.artefact,
                evidence=evidence,
                count=back,
            )
    if skews:
        yield Examined(what=f"the times of {len(skews)} AuditEvents", evidence=evidence, count=len(skews))
    else:
        message = "no AuditEvent of the log names the X-Request-ID of a request of this run"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)


@check("audit.chain-verifies", needs=lambda p, settings: [_TRAIL], source="docs/policy.md#the-audit-log-is-chained")
def chain_verifies(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The audit log declares how it is made tamper-evident, and the declaration holds.

    Read is one form: beside the events a line ``{"chain": "sha256-lines", "head": …, "lines": …}``. The head is what
    SHA-256 gives, event line after event line, of the hexadecimal digest so far and the line without its end; it
    begins with nothing. A log in another form is left open: a person has to look.

    Good: the head is what the lines give. Bad: a line was changed or taken out since.
    """
    trails = _trails(ev)
    if not trails:
        yield ev.record(_TRAIL).undecided("an audit log of AuditEvents")
    for item, one in trails:
        chain = one.facts.get("chain", {})
        declared = chain.get("declared", {})
        if not declared:
            message = f"{one.artefact} declares no chain that this tool can read; a person has to look at its signature"
            yield Undecided(reason=Reason.HUMAN, message=message, evidence=(item.id,))
        elif declared.get("form") != "sha256-lines":
            message = f"{one.artefact} is chained in a form that this tool does not know"
            yield Undecided(reason=Reason.HUMAN, message=message, evidence=(item.id,))
        elif (declared.get("head"), declared.get("lines")) != (chain.get("computed"), chain.get("counted")):
            yield Finding(
                message="The chain of the audit log does not verify.",
                expected=f"{declared.get('lines')} event lines that lead to the declared head",
                actual=f"{chain.get('counted')} event lines that lead to another"
                if declared.get("lines") != chain.get("counted")
                else "as many lines, one of which was changed",
                place=one.artefact,
                evidence=(item.id,),
            )
        else:
            yield Examined(what="a chain of lines", evidence=(item.id,), count=int(chain.get("counted", 0)))


_HELD = {
    "nhs-number": ("an NHS number in clear", "the number masked, or left to entity.what"),
    "payload": ("a whole resource, or a clinical one", "references to what was looked at"),
}


@check(
    "audit.events-are-minimal",
    needs=lambda p, settings: [_TRAIL],
    source="https://www.legislation.gov.uk/eur/2016/679/article/5",
)
def events_are_minimal(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """AuditEvents hold no NHS number in a query or detail, and no resource of care.

    Looked at are ``entity.query`` (in base64, or in clear), ``entity.detail``, ``entity.name`` and ``.description``,
    ``outcomeDesc`` and what is contained. A number counts behind the NHS-number system, its label, or the parameter
    ``identifier``, when its check digit is right; ``entity.what`` may say who it was.

    Good: ``Patient?identifier=…`` with the value masked. Bad: the same with the number.
    """
    trails = _trails(ev)
    if not trails:
        yield ev.record(_TRAIL).undecided("an audit log of AuditEvents")
    for item, one in trails:
        for name, found in sorted(one.facts.get("minimised", {}).items()):
            what, expected = _HELD[name]
            places = tuple(map(str, found["places"]))
            yield Finding(
                message=f"{found['count']} times an AuditEvent holds {what}.",
                expected=expected,
                actual="it is there",
                place=f"{one.artefact} {places[0]}",
                evidence=(item.id,),
                count=int(found["count"]),
                examples=places,
            )
        events = int(one.facts["events"])
        yield Examined(what=f"{events} AuditEvents", evidence=(item.id,), count=events)


@check(
    "audit.restricted-access-has-a-reason",
    needs=lambda p, settings: [_TRAIL],
    source="http://hl7.org/fhir/R4/auditevent-definitions.html#AuditEvent.purposeOfEvent",
)
def restricted_access_has_a_reason(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An AuditEvent of access to a restricted record says for what purpose it was.

    An event is of a restricted record when an entity of it carries the confidentiality R or V as ``securityLabel``. Its
    purpose is in ``purposeOfEvent``, or in ``purposeOfUse`` of an agent.

    Good: securityLabel R and purposeOfEvent BTG. Bad: securityLabel R and no purpose.
    """
    trails = _trails(ev)
    if not trails:
        yield ev.record(_TRAIL).undecided("an audit log of AuditEvents")
        return
    restricted = 0
    for item, one in trails:
        said = one.facts.get("restricted", {})
        events, without = int(said.get("events", 0)), int(said.get("without_reason", 0))
        restricted += events
        if without:
            yield Finding(
                message=f"{without} of {events} AuditEvents of restricted records do not say for what purpose.",
                expected="purposeOfEvent, or agent.purposeOfUse",
                actual="neither",
                place=one.artefact,
                evidence=(item.id,),
                count=without,
            )
    evidence = tuple(item.id for item, _ in trails)
    if restricted:
        yield Examined(what=f"{restricted} AuditEvents of restricted records", evidence=evidence, count=restricted)
    else:
        message = "no AuditEvent of the log is marked as one of a restricted record (entity.securityLabel)"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)


@condition("audit.log-is-a-trail", needs=lambda p, settings: [_EVENTS], claim=False)
def log_is_a_trail(ev: EvidenceView, p: NoParams) -> bool | None:
    """The audit log holds at least one FHIR R4 AuditEvent; of one that could not be read to its end nobody knows."""
    logs = [one for item in ev.record(_EVENTS).evidence("log") if isinstance(one := item.read(), Artefact)]
    if any(log.facts.get("events") for log in logs):
        return True
    doubts = any(log.facts.get("unread") or log.facts.get("problem") or log.facts.get("not_read") for log in logs)
    return None if doubts or not any(log.facts.get("lines") for log in logs) else False


Found = dict[str, tuple[int, tuple[str, ...]]]


def _by_request(trails: list[tuple[Evidence, Artefact]]) -> Found:
    found: Found = {}
    for _, one in trails:
        for name, at, faults in one.facts.get("requests", ()):
            known = found.get(name)
            if known is None or len(faults) < len(known[1]):
                found[name] = (int(at), tuple(map(str, faults)))
    return found


def _by_entity(trails: list[tuple[Evidence, Artefact]]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for _, one in trails:
        for name, at, faults in one.facts.get("entities", ()):
            found.setdefault(name, []).append((int(at), tuple(fault for fault in str(faults).split(",") if fault)))
    return found


def _event_of(exchange: Exchange, requests: Found, entities: dict[str, Any]) -> tuple[str, ...] | None:
    """What the best event of a request does not say; None when there is no event."""
    known = requests.get(_digest(exchange.http.request_id)) if exchange.http.request_id else None
    if known is not None:
        return known[1]
    path = exchange.request.url.partition("?")[0].partition("/_history/")[0].split("/")
    if exchange.http.interaction not in ("read", "vread") or len(path) < 2:
        return None
    moment = exchange.at.timestamp()
    near = [
        faults for at, faults in entities.get(_digest("/".join(path[-2:])), ()) if abs(at / 1000 - moment) <= _MATCH_S
    ]
    return min(near, key=len) if near else None


def _settled(exchange: Exchange, logs: list[Evidence]) -> bool:
    """Was the log read so long after the request that its event must be in it? That of another recording was."""
    recording = exchange.id.rpartition("-")[0]
    return all(
        item.id.rpartition("-")[0] != recording or (item.captured_at - exchange.at).total_seconds() > _WRITTEN_WITHIN_S
        for item in logs
    )


def _digest(name: str) -> str:
    """As the reader of the log makes it."""
    return hashlib.sha256(name.lower().encode("utf-8", "surrogatepass")).hexdigest()[:24]
