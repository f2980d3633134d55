"""Does the export say the same as the interface, resource by resource?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.checks.reconcile import RECONCILE, Reconciled
from checker.fhir.likeness import content, general
from checker.fhir.met import Met, in_read, in_searchset
from checker.model.asked import Walk
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_ALTERED = ("The export says something else at {place} than the interface.", "the value that the interface shows")
_LOST = ("The export does not hold {place}, and the interface does.", "the value that the interface shows")
_ADDED = ("The export holds {place}, and the interface does not.", "no such value, as at the interface")
_SHOWN = 5


def _walk(p: Walk) -> Need:
    return Need(probe="exit.walk", params=p)


@dataclass
class _Side:
    """What the interface showed: each resource, where, and in which answer."""

    met: dict[str, Met] = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)

    def take(self, found: Iterator[Met], exchange: Exchange) -> None:
        for one in found:
            self.met[one.key] = one
            self.by[one.key] = exchange.id

    def place(self, key: str) -> str:
        """Where the resource stands, without its id: an id may be somebody's number."""
        return f"{self.by[key]}#{self.met[key].pointer}" if self.met[key].pointer else self.by[key]


@check(
    "export.says-what-the-api-says",
    params=Walk,
    needs=lambda p, settings: [_walk(p)],
    source="docs/policy.md#an-export-says-the-same",
)
def says_what_the_api_says(ev: EvidenceView, p: Walk) -> Iterator[Statement]:
    """Every resource that the interface shows is in the export with the same content, and the other way round.

    The searches of each declared type are paged through, and each resource is looked for in the export by type and
    id. Of what the export holds besides, a sample that the seed of the run chooses is read at the interface. Compared
    are all values at all paths; ``meta.versionId``, ``meta.lastUpdated`` and the narrative are left aside, and so is
    how a copy is written (order of members, ``Z`` for ``+00:00``, the server's own base before a reference). Types
    with more pages than the profile follows are covered by the sample. A resource of the export that was deleted at
    the interface (410) is found; one that this client cannot see (404) leaves the row open.

    Good: 38 Observations are shown, and all 38 are in the export with the same values.
    Bad: three of them are not, or one has no ``valueQuantity.unit`` there.
    """
    view = ev.record(_walk(p))
    types = view.record.notes.get("types")
    if not types:
        yield view.undecided("what the interface shows")
        return
    walked, read = _Side(), _Side()
    for kind in types:
        for exchange in view.exchanges(f"page {kind}"):
            if exchange.ok:
                walked.take(in_searchset(exchange.json().value, kind), exchange)
    reads = [exchange for child in ev.children(view, "fhir.read") for exchange in child.exchanges("read")]
    for exchange in reads:
        if exchange.ok:
            read.take(in_read(exchange.json().value), exchange)
    yield from _compared(view, "reconciled", walked, ev.supplier.base_url, p)
    yield from _compared(view, "read back", read, ev.supplier.base_url, p)
    yield from _gone(reads)
    if walked.met and (cut := [*view.record.notes.get("cut", ()), *view.record.notes.get("left out", ())]):
        named = ", ".join(sorted(map(str, cut)))
        if not reads:
            yield Undecided(
                reason=Reason.BUDGET,
                message=f"there is more of {named} than was paged through, and none of it was read for a sample",
                evidence=(),
            )


def _compared(view: RecordView, role: str, side: _Side, base: str, p: Walk) -> Iterator[Statement]:
    """What the scan of the export says of one side."""
    evidence = tuple(item.id for item in view.evidence(role))
    found = [payload for item in view.evidence(role) if isinstance(payload := item.read(), Artefact)]
    if not side.met:
        return
    if not found:
        yield view.undecided("the export")
        return
    merged = _merged(found)
    doubt = _doubt(found)
    missing: dict[str, list[str]] = defaultdict(list)
    unlike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    total: dict[str, int] = defaultdict(int)
    equal = 0
    for key in sorted(side.met):
        kind = key.partition("/")[0]
        total[kind] += 1
        differences = merged.held.get(key)
        if differences is None:
            missing[kind].append(key)
        elif not differences:
            equal += 1
        else:
            for sort, path in _places(differences, side.met[key].resource, base, p):
                unlike[kind, sort, path].append(key)
    for kind, keys in sorted(missing.items()):
        said = f"{len(keys)} of {total[kind]} {kind} that the interface shows are not in the export"
        if doubt:
            yield Undecided(reason=Reason.NO_DATA, message=f"{said}, as far as it could be read: {doubt}")
            continue
        places = tuple(side.place(key) for key in keys[:_SHOWN])
        yield Finding(
            message=f"{said}: they would be lost.",
            expected=f"all {total[kind]} {kind} in the export",
            actual=f"{total[kind] - len(keys)} of them",
            place=kind,
            evidence=(*dict.fromkeys(side.by[key] for key in keys[:_SHOWN]), *evidence),
            count=len(keys),
            examples=places,
        )
    for (kind, sort, path), keys in sorted(unlike.items()):
        message, expected = {"altered": _ALTERED, "lost": _LOST, "added": _ADDED}[sort]
        places = tuple(side.place(key) for key in keys[:_SHOWN])
        yield Finding(
            message=message.format(place=f"{kind}.{path}"),
            expected=expected,
            actual={"altered": "another value", "lost": "nothing", "added": "a value"}[sort],
            place=f"{kind}.{path}",
            evidence=(*dict.fromkeys(side.by[key] for key in keys[:_SHOWN]), *evidence),
            count=len(keys),
            examples=places,
        )
    if equal:
        how = "that the interface shows are" if role == "reconciled" else "that were read one by one are"
        what = f"{equal} of {len(side.met)} resources {how} in the export with the same content."
        yield Examined(what=what, evidence=evidence, count=equal)


def _merged(found: list[Artefact]) -> Reconciled:
    """The states of all exports together: of two copies of one resource the better one counts."""
    states = [RECONCILE.load(one.facts["state"]) for one in found if "state" in one.facts]
    made = Reconciled()
    for state in states:
        made = RECONCILE.merge(made, state)
    return made


def _doubt(found: list[Artefact]) -> str:
    """Why what is missing may be in a part that could not be read; "" when all was read."""
    for one in found:
        if one.facts.get("problem"):
            return f"{one.artefact}: {one.facts['problem']}"
        if one.facts.get("unreadable"):
            shown = "; ".join(map(str, one.facts.get("unreadable_examples", ())))
            return f"{one.facts['unreadable']} part(s) of {one.artefact} could not be read: {shown}"
    return ""


def _places(differences: tuple[str, ...], resource: Mapping[str, Any], base: str, p: Walk) -> Iterator[tuple[str, str]]:
    """Where the copies differ, and how, each path once, without indices."""
    paths = content(dict(resource), base=base, aside=p.aside).paths
    lacking = {general(paths[one[1:]]) for one in differences if one.startswith("-") and one[1:] in paths}
    besides = {general(one[1:]) for one in differences if one.startswith("+")}
    for path in sorted(lacking & besides):
        yield "altered", path
    for path in sorted(lacking - besides):
        yield "lost", path
    for path in sorted(besides - lacking):
        yield "added", path
    if not lacking and not besides:
        yield "altered", "(its repeated values)"


def _gone(reads: list[Exchange]) -> Iterator[Statement]:
    gone = [exchange for exchange in reads if exchange.status == 410]
    unseen = [exchange for exchange in reads if exchange.response is not None and exchange.status == 404]
    if gone:
        yield Finding(
            message=f"{len(gone)} resources of the export were deleted at the interface.",
            expected="in the export, what the interface holds",
            actual="answered with 410 when read",
            place="export",
            evidence=tuple(exchange.id for exchange in gone[:_SHOWN]),
            count=len(gone),
        )
    if unseen:
        yield Undecided(
            reason=Reason.PREREQUISITE,
            message=f"{len(unseen)} resources of the export are not there at the interface (404): "
            "this client may not see them, or the export holds what is no longer there",
            evidence=tuple(exchange.id for exchange in unseen[:_SHOWN]),
        )
