"""Consents that can be relied on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.each import is_absent, words
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.days import days
from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement

_INCOMPLETE, _BACKWARDS, _EXPIRED = "incomplete", "backwards", "expired"
_END, _LATEST = "end ", "latest "
_NOT_IN_FORCE = frozenset({"draft", "proposed", "rejected", "entered-in-error"})
_WANTED = ("status", "scope", "category", "patient", "dateTime")
_SAID = {
    _INCOMPLETE: Said(
        "A consent does not say what it has to",
        "status, scope, category, patient and dateTime",
        "one of them is missing",
    ),
    _BACKWARDS: Said("The period of a consent ends before it begins", "start before end", "end before start"),
    _EXPIRED: Said(
        "A consent is active and its period has ended",
        "an end that was still to come when records were last changed, or another status",
        "it ended before",
    ),
}


class ConsentCoherent(TalliedScan[NoParams], Fold[NoParams, Tallied]):
    """A Consent says what it has to, its period can be, and none is active that has ended.

    Drafts, proposals, rejected consents and errors are not looked at; what says why it is absent is no gap. "Now" is
    the latest ``meta.lastUpdated`` of any resource, since a check asks no clock: an active consent whose
    ``provision.period`` ended before that day has ended for sure.

    Good: active, given 2026-01-05, until 2030. Bad: the same until 2020; one without ``dateTime``.
    """

    id: ClassVar[str] = "consent.coherent"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/consent-definitions.html"

    def step(self, state: Tallied, seen: Seen, params: NoParams) -> Tallied:
        """See when a resource was changed, and examine a Consent."""
        node = seen.node
        if not isinstance(node, dict) or seen.pointer.startswith("/contained"):
            return state
        meta = node.get("meta")
        changed = days(meta.get("lastUpdated")) if isinstance(meta, dict) else None
        if changed is not None:
            state.counts[_LATEST + changed.first.isoformat()] = 1
            _only_latest(state)
        if seen.resource_type == "Consent" and words(node, "status") not in _NOT_IN_FORCE:
            state.count()
            _examine(state, seen, node)
        return state

    def merge(self, one: Tallied, other: Tallied) -> Tallied:
        """Counts added, and the later of the latest changes."""
        both = super().merge(one, other)
        _only_latest(both)
        return both

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many consents were examined, and the findings."""
        if not state.examined:
            return
        yield Examined(what="consents", count=state.examined)
        latest = max((name.removeprefix(_LATEST) for name in state.counts if name.startswith(_LATEST)), default="")
        told = Tallied(faults=dict(state.faults), places=dict(state.places))
        for name in sorted(state.faults):
            if name.startswith(_END) and name.removeprefix(_END) < latest:
                told.faults[_EXPIRED] = told.faults.get(_EXPIRED, 0) + state.faults[name]
                told.places[_EXPIRED] = told.places.get(_EXPIRED, Smallest()).merged(state.places[name])
        yield from findings(told, _SAID)


def _only_latest(state: Tallied) -> None:
    met = sorted(name for name in state.counts if name.startswith(_LATEST))
    for name in met[:-1]:
        del state.counts[name]
    if met:
        state.counts[met[-1]] = 1


def _examine(state: Tallied, seen: Seen, node: dict[str, Any]) -> None:
    for name in _WANTED:
        if not node.get(name) and not is_absent(node, name):
            state.fault(_INCOMPLETE, f"{seen.locator}#{seen.pointer}/{name}")
    provision = node.get("provision")
    period = provision.get("period") if isinstance(provision, dict) else None
    if not isinstance(period, dict):
        return
    start, end = days(period.get("start")), days(period.get("end"))
    if end is None:
        return
    where = f"{seen.locator}#{seen.pointer}/provision/period/end"
    if start is not None and end.last < start.first:
        state.fault(_BACKWARDS, where)
    elif node.get("status") == "active":
        state.fault(_END + end.last.isoformat(), where)


CONSENT_COHERENT = ConsentCoherent()
