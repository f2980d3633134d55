"""Reads the answers of a record: which versions a server spoke, which suites it chose, and what was a refusal."""

from __future__ import annotations

from datetime import timedelta

from checker.model.terms import Reason
from checker.model.tls import (
    REFUSING_ALERTS,
    SSL_3_0,
    TLS_1_0,
    TLS_1_1,
    TLS_1_2,
    TLS_1_3,
    VERSION_NAMES,
    TlsAnswer,
)
from checker.model.tls_suites import broken, forward_secret, is_aead
from checker.model.value import Value
from checker.model.view import RecordView

ROLE = "hello"
"""The role of every answer in the records of the TLS probes."""
VERSIONS = (TLS_1_3, TLS_1_2, TLS_1_1, TLS_1_0, SSL_3_0)
_MOST_APART = timedelta(seconds=60)
_REASONS = {
    "closed": Reason.PREREQUISITE,
    "reset": Reason.PREREQUISITE,
    "silent": Reason.TIMEOUT,
    "timeout": Reason.TIMEOUT,
    "budget": Reason.BUDGET,
    "stopped": Reason.UNSAFE,
    "host-not-allowed": Reason.UNSAFE,
}


def answers(view: RecordView) -> tuple[TlsAnswer, ...]:
    """All answers of a record, in order."""
    found = (one.read() for one in view.evidence(ROLE))
    return tuple(one for one in found if isinstance(one, TlsAnswer))


def spoken(view: RecordView) -> dict[int, TlsAnswer]:
    """Version → the answer in it, of ``tls.versions``; newest first."""
    found: dict[int, TlsAnswer] = {}
    for version in VERSIONS:
        for one in answers(view):
            if one.speaks and one.version == version and one.hello.name == VERSION_NAMES[version]:
                found.setdefault(version, one)
    return found


def speaking(view: RecordView, version: int) -> tuple[TlsAnswer, ...]:
    """Every answer in a version to the hello for it: one for each address of the host that speaks it."""
    name = VERSION_NAMES[version]
    return tuple(one for one in answers(view) if one.speaks and one.version == version and one.hello.name == name)


def by_address(found: tuple[TlsAnswer, ...]) -> tuple[tuple[TlsAnswer, ...], ...]:
    """The answers of each address of the host, in the order in which they were first met."""
    groups: dict[str, list[TlsAnswer]] = {}
    for one in found:
        groups.setdefault(one.address, []).append(one)
    return tuple(tuple(group) for group in groups.values())


def accepted(view: RecordView, first: dict[int, TlsAnswer]) -> dict[int, tuple[int, ...]]:
    """Version → the suites that were chosen in it, in the order of discovery."""
    found = {version: [one.suite] for version, one in first.items()}
    for one in answers(view):
        if one.speaks and one.version in found and one.suite in one.hello.suites:
            found[one.version].append(one.suite)
    return {version: tuple(dict.fromkeys(numbers)) for version, numbers in found.items()}


def weakest_first(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Broken, then without forward secrecy, then CBC, then the rest."""
    return tuple(sorted(numbers, key=lambda one: (not broken(one), forward_secret(one), is_aead(one), one)))


class Refusal(Value, frozen=True, kw_only=True):
    """Was a hello refused? ``reason`` is None when it was; else why that is not known."""

    told: str
    reason: Reason | None = None


def refusal(said: TlsAnswer, others: tuple[TlsAnswer, ...]) -> Refusal:
    """A refusal is an alert that says no, to a hello whose sibling was answered: of the same form, in the same minute.

    An answer in an older version than was offered says that the server has nothing newer. Where nothing but TLS 1.3
    was answered, the sibling differs in more than the version, and only the alert protocol_version
    counts for an older one. Silence and other alerts may have any cause.
    """
    if said.speaks and said.version < said.hello.version and not said.hello.supported:
        # RFC 5246 appendix E.1: a server answers in the newest version that it has.
        return Refusal(told=f"the answer is in {VERSION_NAMES.get(said.version, hex(said.version))}")
    if not said.refuses:
        told = f"alert {said.alert}" if said.answer == "alert" else said.answer
        if said.answer in ("closed", "reset"):
            told += " without an alert, in every form of the offer: let the server answer with an alert"
        elif said.answer == "silent":
            told = "no answer at all, in every form of the offer"
        elif said.speaks:
            told = f"an answer in {VERSION_NAMES.get(said.version, hex(said.version))}, which was not asked for"
        return Refusal(told=told, reason=_REASONS.get(said.answer, Reason.NETWORK))
    told = f"alert {said.alert}, {REFUSING_ALERTS[said.alert or 0]}"
    siblings = [one for one in others if one.speaks and one.hello.reduced == said.hello.reduced]
    if not siblings:
        return Refusal(told=f"{told}, but no hello of that form was answered", reason=Reason.PREREQUISITE)
    near = [one for one in siblings if abs(one.at - said.at) <= _MOST_APART]
    if not near:
        return Refusal(told=f"{told}, but its control is too far away", reason=Reason.PREREQUISITE)
    alike = [one for one in near if bool(one.hello.supported) == bool(said.hello.supported)]
    # SSL 3.0 has no alert protocol_version: handshake_failure is how it is refused.
    if not alike and said.alert != 70 and not (said.hello.version == SSL_3_0 and said.alert == 40):
        return Refusal(told=f"{told}, which may be about something else in the offer", reason=Reason.PREREQUISITE)
    return Refusal(told=told)


def last_of(found: tuple[TlsAnswer, ...], name: str) -> TlsAnswer | None:
    """The last answer to a hello of that name; its control in a smaller form has another name."""
    return next((one for one in reversed(found) if one.hello.name == name), None)
