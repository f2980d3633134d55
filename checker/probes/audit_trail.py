"""What AuditEvents say of single requests, of their clock, and of what should not stand in an audit log.

Facts hold digests, times, counts and places; of what an event says no value is kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from checker.model.value import canonical
from checker.probes.audit_events import AuditEvents, events_in

_MOST_EVENTS = 50_000
_MOST_PLACES = 5
_SECONDS_BEFORE = 26 * 3600
"""A clock may be off by a whole zone, and is still to be found out."""
_JUMP_S = 60
_READS = frozenset({"R"})
_SEARCHES = frozenset({"E", "R"})
_RESTRICTED = frozenset({"R", "V"})
_CONFIDENTIALITY = "Confidentiality"
_BREAK_GLASS = "BTG"
_NUMBER = re.compile(
    r"(?:nhs-number(?:%7c|\||%257c)|nhs[-_ ]?(?:number|no\.?)[\"'=:\s]{0,4}|[?&]identifier=)([0-9]{10})(?![0-9])", re.I
)
_PAYLOAD = re.compile(r'"resourceType"\s*:|<[A-Z][A-Za-z]+ xmlns="http://hl7.org/fhir"')
_ABOUT_WHO_AND_WHERE = frozenset(
    [
        *("CareTeam", "Device", "Endpoint", "Group", "HealthcareService", "Location", "Organization", "Patient"),
        *("Person", "Practitioner", "PractitionerRole", "RelatedPerson"),
    ]
)
"""What an event may contain: it says who, with what and where, and nothing of care."""


class AuditTrail(AuditEvents):
    """The AuditEvents recorded since ``wanted[0]`` (ISO 8601), less a day and two hours, and checks of all events.

    Facts besides those of :class:`AuditEvents`: ``requests`` (digest of the X-Request-ID, milliseconds since 1970,
    faults), ``entities`` (the same by ``Type/id``, of events without such an id), ``order``, ``minimised``,
    ``restricted`` and ``chain``.
    """

    def __init__(self, wanted: tuple[str, ...]) -> None:
        super().__init__()
        self._since = (_moment(wanted[0]) if wanted else None) or 0.0
        self._requests: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._entities: set[tuple[str, int, str]] = set()
        self._cut = False
        self._last: dict[str, float] = {}
        self._order = {"events": 0, "forward": 0, "back": 0}
        self._values: dict[str, dict[str, Any]] = {}
        self._restricted = {"events": 0, "without_reason": 0, "break_glass": 0}
        self._head, self._chained = "", 0
        self._declared: dict[str, Any] = {}

    def facts(self) -> dict[str, Any]:
        """See the class."""
        return {
            **super().facts(),
            "requests": [[name, at, list(faults)] for name, (at, faults) in sorted(self._requests.items())],
            "entities": [list(one) for one in sorted(self._entities)],
            "cut": self._cut,
            "order": dict(self._order),
            "minimised": {name: self._values[name] for name in sorted(self._values)},
            "restricted": dict(self._restricted),
            "chain": {"computed": self._head, "counted": self._chained, "declared": self._declared},
        }

    def _end_line(self, part: bytes) -> None:
        if b'"chain"' in self._rest or b'"chain"' in part:
            self._declaration(bytes(self._rest) + part)
        super()._end_line(part)

    def _declaration(self, line: bytes) -> None:
        """``{"chain": "sha256-lines", "head": …, "lines": …}``: how the log says that it is tamper-evident."""
        try:
            found = msgspec.json.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
        if isinstance(found, dict) and isinstance(found.get("chain"), str) and "resourceType" not in found:
            head, lines = found.get("head"), found.get("lines")
            self._declared = {
                "form": found["chain"][:40],
                "head": head.lower()[:128] if isinstance(head, str) else "",
                "lines": lines if type(lines) is int else -1,
            }

    def _read(self, line: bytes) -> None:
        if line.lstrip().startswith(b"{"):
            self._head = hashlib.sha256(self._head.encode() + line.strip()).hexdigest()
            self._chained += 1
        super()._read(line)

    def _take(self, found: Any, line: int) -> None:
        super()._take(found, line)
        for event in events_in(found):
            place = f"file {self._file}, line {line}"
            recorded = event.get("recorded")
            moment = _moment(recorded) if isinstance(recorded, str) else None
            self._in_order(event, moment)
            self._is_minimised(event, place)
            self._has_reason(event)
            if moment is not None and moment >= self._since - _SECONDS_BEFORE:
                self._keep_event(event, moment)

    def _keep_event(self, event: dict[str, Any], moment: float) -> None:
        if len(self._requests) + len(self._entities) >= _MOST_EVENTS:
            self._cut = True
            return
        at, faults = round(moment * 1000), tuple(sorted(_faults(event)))
        names = [request_digest(one) for one in _request_ids(event)]
        for name in names:
            known = self._requests.get(name)
            if known is None or (len(faults), at) < (len(known[1]), known[0]):
                self._requests[name] = (at, faults)
        if not names:
            self._entities |= {(request_digest(one), at, ",".join(faults)) for one in _things(event)}

    def _in_order(self, event: dict[str, Any], moment: float | None) -> None:
        if moment is None:
            return
        source = event.get("source")
        who = hashlib.sha256(canonical(source.get("observer") if isinstance(source, dict) else None)).hexdigest()
        self._order["events"] += 1
        before = self._last.get(who)
        if before is not None and abs(moment - before) > _JUMP_S:
            self._order["forward" if moment > before else "back"] += 1
        elif before is not None and moment > before:
            self._order["forward"] += 1
        if before is not None or len(self._last) < _MOST_EVENTS:
            self._last[who] = moment

    def _is_minimised(self, event: dict[str, Any], place: str) -> None:
        for text in _texts(event):
            if any(_passes_modulus_11(found[1]) for found in _NUMBER.finditer(text)):
                self._value("nhs-number", place)
            if _PAYLOAD.search(text):
                self._value("payload", place)
        contained = event.get("contained")
        for one in contained if isinstance(contained, list) else ():
            if isinstance(one, dict) and one.get("resourceType") not in _ABOUT_WHO_AND_WHERE:
                self._value("payload", place)

    def _value(self, name: str, place: str) -> None:
        known = self._values.setdefault(name, {"count": 0, "places": []})
        known["count"] += 1
        if len(known["places"]) < _MOST_PLACES and place not in known["places"]:
            known["places"].append(place)

    def _has_reason(self, event: dict[str, Any]) -> None:
        reasons = set(_codes(event.get("purposeOfEvent")))
        for agent in _dicts(event.get("agent")):
            reasons |= set(_codes(agent.get("purposeOfUse")))
        if _BREAK_GLASS in reasons:
            self._restricted["break_glass"] += 1
        labels = (
            coding.get("code")
            for entity in _dicts(event.get("entity"))
            for concept in _dicts(entity.get("securityLabel"))
            for coding in _dicts(concept.get("coding"))
            if str(coding.get("system", "")).endswith(_CONFIDENTIALITY)
        )
        if any(label in _RESTRICTED for label in labels):
            self._restricted["events"] += 1
            self._restricted["without_reason"] += not reasons


def request_digest(name: str) -> str:
    """What stands for an X-Request-ID, or for a ``Type/id``, in the facts."""
    return hashlib.sha256(name.lower().encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _faults(event: dict[str, Any]) -> Iterator[str]:
    """What an event does not say of a request."""
    agents = [agent for agent in _dicts(event.get("agent")) if agent.get("requestor") is True]
    if not any(agent.get("who") or agent.get("altId") or agent.get("name") for agent in agents):
        yield "who"
    things = [one for one in _dicts(event.get("entity")) if not _is_request_id(one)]
    if not any(one.get("what") or one.get("name") or one.get("query") for one in things):
        yield "what"
    action = event.get("action")
    subtypes = {coding.get("code") for coding in _dicts(event.get("subtype"))}
    allowed = _READS if subtypes & {"read", "vread"} else _SEARCHES | {"C", "U", "D"}
    if subtypes & {"search", "search-type", "search-system"}:
        allowed = _SEARCHES
    if action not in allowed:
        yield "action"
    if event.get("outcome") not in ("0", "4", "8", "12"):
        yield "outcome"


def _request_ids(event: dict[str, Any]) -> list[str]:
    found = []
    for entity in _dicts(event.get("entity")):
        if _is_request_id(entity):
            what = entity.get("what")
            identifier = what.get("identifier") if isinstance(what, dict) else None
            value = identifier.get("value") if isinstance(identifier, dict) else None
            if isinstance(value, str) and value:
                found.append(value)
    return found


def _is_request_id(entity: dict[str, Any]) -> bool:
    """By the type that IHE BALP gives it."""
    kind = entity.get("type")
    return isinstance(kind, dict) and kind.get("code") == "XrequestId"


def _things(event: dict[str, Any]) -> Iterator[str]:
    """``Type/id`` of what was looked at, without server and version."""
    for entity in _dicts(event.get("entity")):
        what = entity.get("what")
        reference = what.get("reference") if isinstance(what, dict) else None
        if isinstance(reference, str):
            parts = reference.partition("/_history/")[0].split("/")
            if len(parts) > 1:
                yield "/".join(parts[-2:])


def _texts(event: dict[str, Any]) -> Iterator[str]:
    for name in ("outcomeDesc",):
        if isinstance(event.get(name), str):
            yield event[name]
    for entity in _dicts(event.get("entity")):
        yield from (entity[name] for name in ("name", "description") if isinstance(entity.get(name), str))
        yield from _decoded(entity.get("query"))
        for detail in _dicts(entity.get("detail")):
            if isinstance(detail.get("valueString"), str):
                yield detail["valueString"]
            yield from _decoded(detail.get("valueBase64Binary"))


def _decoded(text: object) -> Iterator[str]:
    if isinstance(text, str):
        yield text  # some write it in clear
        try:
            yield base64.b64decode(text, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return


def _codes(concepts: Any) -> Iterator[str]:
    for concept in _dicts(concepts):
        yield from (str(coding.get("code")) for coding in _dicts(concept.get("coding")) if coding.get("code"))
        if isinstance(concept.get("text"), str) and concept["text"].strip():
            yield "text"


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _moment(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None


def _passes_modulus_11(number: str) -> bool:
    """Is the tenth digit the check digit of the first nine?"""
    rest = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return (11 - rest) % 11 == int(number[-1])
