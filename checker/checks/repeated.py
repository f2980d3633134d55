"""The same record twice: under two ids, with the same content."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar

import msgspec

from checker.checks.data_quality import is_left_out
from checker.checks.field_paths import Places, first_of, path_of, values
from checker.checks.identifiers import IDENTIFIER_UNIQUE, IdentifierUniqueParams
from checker.checks.quality_fields import EVENTS, ITEMS, Event, Item, places_by_type
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.need import ScanNeed
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Scan, Seen
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Statement
from checker.model.view import EvidenceView

_COPIED, _SAME_ID = "copied", "same-id"
_CONTENT = hashlib.sha256()
_EVENT = b"[1,"
_NOT_CONTENT = ("id", "meta", "text", "resourceType")
_SAID = {
    _COPIED: Said(
        "The same event is recorded under different ids", "one id for one event", "the same in all but id and meta"
    ),
    _SAME_ID: Said(
        "One id stands for two resources of a type", "one resource, or versions of it", "twice in one version"
    ),
}


class RepeatedParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """``events``: the types whose content is compared, and when they took place. ``most_per_cent``: so many events may
    agree with another, since two that are alike do happen.
    """

    events: tuple[Event, ...] = EVENTS
    most_per_cent: int = 1

    @cached_property
    def times(self) -> dict[str, Places]:
        """Where the time of each type stands."""
        return places_by_type(self.events)


class ResourcesRepeated(TalliedScan[RepeatedParams], Keyed[RepeatedParams, Tallied]):
    """Nothing is recorded twice: one content under two ids, or one id twice.

    Content is compared of resources with a patient and a time, such as encounters, observations and
    prescriptions; two that agree in all but ``id``, ``meta`` and narrative are one event that came in twice. A date
    alone is not enough: two tablets may be given on one day. An id is compared where resources stand by themselves,
    not in Bundles: the same type and id twice, and not in two versions, is there twice.

    Good: two blood pressures at 09:00 and 09:05. Bad: the same blood pressure under two ids.
    """

    id: ClassVar[str] = "resource.repeated"
    params_type: ClassVar[type[Params]] = RepeatedParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#identifiers-are-unique"

    def emit(self, seen: Seen, params: RepeatedParams) -> Iterable[tuple[bytes, bytes]]:
        """The id → its version and place; a digest of the content → the id, and where."""
        node, about = seen.node, seen.about
        kind, id, pointer = about.resource_type, about.resource_id, seen.pointer
        pairs: list[tuple[bytes, bytes]] = []
        if not id or not isinstance(node, dict):
            return pairs
        # Padded, so that what comes later in a file is the repeat.
        place = [about.locator.path, f"{about.locator.offset:020d}", pointer]
        if not pointer:
            meta = node.get("meta")
            version = meta.get("versionId") if isinstance(meta, dict) else None
            told = version if isinstance(version, str) else ""
            pairs.append((f"{kind}/{id}".encode(), canonical([0, told, *place])))
        times = params.times.get(kind)
        if times is None or is_left_out(kind, node) or not (node.get("subject") or node.get("patient")):
            return pairs
        when, _ = first_of(node, times)
        if "T" in when:
            content = node.copy()
            for name in _NOT_CONTENT:
                content.pop(name, None)
            made = _CONTENT.copy()
            made.update(canonical([kind, content]))
            pairs.append((made.digest(), canonical([1, id, *place])))
        return pairs

    def reduce(self, state: Tallied, values: Iterator[bytes], params: RepeatedParams) -> Tallied:
        """One id with its places, or one content with its ids."""
        known: set[str] = set()
        decoded = (msgspec.json.decode(value, type=tuple[int, str, str, str, str]) for value in values)
        for what, name, path, offset, pointer in sorted(decoded, key=lambda one: one[2:]):
            place = f"{path}@{int(offset)}" + (f"#{pointer}" if pointer else "")
            repeated = what == 0 and name in known
            if what == 1 or repeated:  # that ids differ says nothing of events
                state.count()
            if repeated:
                state.fault(_SAME_ID, place)
            elif what == 1 and known and name not in known:
                state.fault(_COPIED, place)
            known.add(name)
        return state

    def reduces(self, state: Tallied, groups: Iterable[list[bytes]], params: RepeatedParams) -> Tallied:
        """The same for many; nearly all stand alone, as they should."""
        events = 0
        for group in groups:
            if len(group) > 1:
                state = self.reduce(state, iter(group), params)
            elif group[0].startswith(_EVENT):
                events += 1
        if events:
            state.count(by=events)
        return state

    def finish(self, state: Tallied, params: RepeatedParams) -> Iterator[Statement]:
        """How much was compared, and what is there twice, where that is more than may be."""
        if not state.examined:
            return
        yield Examined(what="events compared", count=state.examined)
        few = state.faults.get(_COPIED, 0) * 100 <= params.most_per_cent * state.examined
        yield from findings(state, {name: said for name, said in _SAID.items() if not (few and name == _COPIED)})


class DistinctParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``items``: the fields that should stand in one resource only."""

    items: tuple[Item, ...] = tuple(item for item in ITEMS if item.unique)


class ValuesDistinct(TalliedScan[DistinctParams], Keyed[DistinctParams, Tallied]):
    """How many different values a field has, and how many resources share one with another.

    For the table of the report: which of them are faults is for other requirements to say.
    """

    id: ClassVar[str] = "data.distinct"
    params_type: ClassVar[type[Params]] = DistinctParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#identifiers-are-unique"

    def looking(self, params: DistinctParams) -> tuple[Look, ...]:
        """The types that have such fields."""
        types = tuple(sorted({item.type for item in params.items}))
        return (Look(types=types),) if types else ()

    def emit(self, seen: Seen, params: DistinctParams) -> Iterator[tuple[bytes, bytes]]:
        """Field and value → the resource."""
        for item in params.items:
            if item.type == seen.resource_type and not is_left_out(seen.resource_type, seen.node):
                who = seen.resource_id or f"@{seen.place}"
                for value in values(seen.node, path_of(item.path)):
                    yield canonical([item.key, value]), canonical([item.key, who])

    def reduce(self, state: Tallied, values: Iterator[bytes], params: DistinctParams) -> Tallied:
        """One value with all the resources that have it."""
        carriers, key = 0, ""
        for value, _ in itertools.groupby(values):
            carriers += 1
            key = key or msgspec.json.decode(value, type=tuple[str, str])[0]
        state.count()
        state.count(f"distinct {key}")
        if carriers > 1:
            state.count(f"shared {key}", carriers)
        return state

    def finish(self, state: Tallied, params: DistinctParams) -> Iterator[Statement]:
        """How many values there were."""
        if state.examined:
            yield Examined(what="values that should stand once", count=state.examined)


IDENTIFIERS = ScanNeed(scan=IDENTIFIER_UNIQUE.id, params=IdentifierUniqueParams())
RESOURCES_REPEATED = ResourcesRepeated()
VALUES_DISTINCT = ValuesDistinct()
DISTINCT = ScanNeed(scan=VALUES_DISTINCT.id, params=DistinctParams())


class UniqueParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: whose business identifiers must be unique. ``most_per_cent``: so many events may be repeats."""

    types: tuple[str, ...] = ("Patient",)
    most_per_cent: int = 1


def _identifiers(p: UniqueParams) -> ScanNeed:
    return ScanNeed(scan=IDENTIFIER_UNIQUE.id, params=IdentifierUniqueParams(types=p.types))


def _events(p: UniqueParams) -> ScanNeed:
    return ScanNeed(scan=RESOURCES_REPEATED.id, params=RepeatedParams(most_per_cent=p.most_per_cent))


def said_by(ev: EvidenceView, scan: Scan, need: ScanNeed) -> Iterator[Statement]:  # type: ignore[type-arg]
    """What a scan says, as if it alone decided."""
    view = ev.scan(need)
    if view.state is None:
        yield view.undecided(f"what {need.scan} looks at")
        return
    for statement in scan.finish(view.state, need.params):
        yield msgspec.structs.replace(statement, evidence=(*statement.evidence, *view.evidence))


@check(
    "records.unique",
    params=UniqueParams,
    needs=lambda p, settings: [_identifiers(p), _events(p), DISTINCT],
    source="docs/policy.md#identifiers-are-unique",
)
def records_unique(ev: EvidenceView, p: UniqueParams) -> Iterator[Statement]:
    """No two patients carry the same business identifier, and no event is recorded twice.

    Identifiers are compared by system and value; left out are former ones, and patients that say that they were merged
    into another. Events are compared in all but id, meta and narrative where they have a patient and a time; a share
    of repeats is allowed.

    Good: two patients, two hospital numbers. Bad: two patient ids that share one NHS number; or the same encounter
    under two ids.
    """
    yield from said_by(ev, IDENTIFIER_UNIQUE, _identifiers(p))
    yield from said_by(ev, RESOURCES_REPEATED, _events(p))
