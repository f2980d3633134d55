"""What an export's fields hold, counted: how many are filled, valid, defaults; when events were, and how soon recorded.

One pass, and a state whose size does not grow with the export: counts by field, by month, and by hours of delay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from checker.checks.field_paths import Path, path_of, values
from checker.checks.field_rules import DEFAULT, INVALID, RULES, UNTESTED, VALID, code_of, judged
from checker.checks.identifiers import was_replaced
from checker.checks.quality_fields import EVENTS, ITEMS, Event, Item
from checker.checks.registered_identifiers import ODS_ORGANISATION
from checker.fhir.days import days
from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

MISSING = "missing"
WORDS = (MISSING, VALID, DEFAULT, INVALID, UNTESTED)
"""What a field is in one resource: exactly one of these."""
RECORDED, AVAILABLE = "recorded", "available"
"""From the event to when it was written down (``issued``, ``recorded`` …), and to when the record could be read."""
_RECORDED_AT = ("issued", "recorded", "recordedDate")
NOT_HAPPENED = frozenset(
    (*("cancelled", "planned", "not-done", "registered", "preparation", "draft", "proposed"), *("noshow", "unknown"))
)
"""Values of ``status`` of what did not take place, or not yet, or perhaps not."""
_VOID = "entered-in-error"
_RESTRICTED = frozenset({"R", "V"})
_OTHER_CODE = "(other)"
_FINE_HOURS = 72
_MOST_HOURS = 24 * 3650
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


class QualityScanParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``items``: the fields. ``events``: when things took place. ``organisations``: ODS codes that are looked for."""

    items: tuple[Item, ...] = ITEMS
    events: tuple[Event, ...] = EVENTS
    organisations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no path, and a rule that there is not."""
        for item in self.items:
            for path in (item.path, *item.unless):
                path_of(path)
            if item.rule not in RULES:
                raise ValueError(f"no rule is called {item.rule!r}; there are {', '.join(filter(None, RULES))}")
        for event in self.events:
            path_of(event.path)


Counts = dict[str, dict[str, int]]


@dataclass
class Quality:
    """Counts of counts, all by name."""

    items: Counts = field(default_factory=dict)
    """Field → word of ``WORDS`` → resources."""
    places: dict[str, Smallest] = field(default_factory=dict)
    """``word field`` → the smallest places where it is missing, invalid or a default."""
    codes: Counts = field(default_factory=dict)
    """Field with a short code list → code → resources."""
    months: Counts = field(default_factory=dict)
    """Type → ``YYYY-MM`` → events."""
    undated: dict[str, int] = field(default_factory=dict)
    """Type → events whose month is not known."""
    lags: Counts = field(default_factory=dict)
    """``recorded Type`` or ``available Type`` → hours (see :func:`hours_of`) → events."""
    organisations: dict[str, int] = field(default_factory=dict)
    """Code that is looked for → organisations with it."""

    @property
    def examined(self) -> int:
        """How many fields of resources were looked at."""
        return sum(sum(each.values()) for each in self.items.values())


class _Ready(NamedTuple):
    """The parameters as they are walked, by resource type."""

    params: QualityScanParams
    items: dict[str, list[tuple[Item, str, Path, tuple[Path, ...]]]]
    events: dict[str, tuple[Event, Path]]


def _ready(params: QualityScanParams) -> _Ready:
    items: dict[str, list[tuple[Item, str, Path, tuple[Path, ...]]]] = {}
    for item in params.items:
        unless = tuple(path_of(path) for path in item.unless)
        items.setdefault(item.type, []).append((item, item.key, path_of(item.path), unless))
    return _Ready(params, items, {event.type: (event, path_of(event.path)) for event in params.events})


class DataQuality(Fold[QualityScanParams, Quality]):
    """How well the fields of records are filled: present, valid, defaults; months with events; delays.

    A field counts once for each resource of its type: as missing, valid, default (a value of the dictionary that
    stands for none), invalid, or untested where there is no rule for what stands there. Left out are resources that
    were entered in error, patients merged into another, and, for what may be withheld, records with restricted access
    (meta.security R or V). No value is kept but codes of short code lists.
    """

    id: ClassVar[str] = "data.quality"
    params_type: ClassVar[type[Params]] = QualityScanParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#fields-are-filled"

    _last: ClassVar[_Ready | None] = None

    def start(self, params: QualityScanParams, side: str) -> Quality:
        """Nothing counted."""
        return Quality()

    def step(self, state: Quality, seen: Seen, params: QualityScanParams) -> Quality:
        """Count one resource."""
        ready = DataQuality._last
        if ready is None or ready.params is not params:
            DataQuality._last = ready = _ready(params)
        kind, node = seen.resource_type, seen.node
        items, event = ready.items.get(kind), ready.events.get(kind)
        if (items is None and event is None) or not isinstance(node, dict) or is_left_out(kind, node):
            return state
        happened = str(node.get("status")) not in NOT_HAPPENED
        for item, key, path, unless in items or ():
            if (item.happened and not happened) or (item.withheld and _is_restricted(node)):
                continue
            if any(values(node, other) for other in unless):
                continue
            self._count(state, seen, item, key, values(node, path))
        if event is not None and happened:
            self._take_event(state, kind, node, *event)
        if kind == "Organization" and params.organisations:
            _take_organisation(state, node, params.organisations)
        return state

    def _count(self, state: Quality, seen: Seen, item: Item, key: str, found: list[Any]) -> None:
        word = judged(found, item.rule) if found else MISSING
        counts = state.items.setdefault(key, {})
        counts[word] = counts.get(word, 0) + 1
        if word not in (VALID, UNTESTED):
            place = f"{seen.locator}#{seen.pointer}" if seen.pointer else str(seen.locator)
            state.places.setdefault(f"{word} {key}", Smallest()).add(place)
        for value in found:
            if code := code_of(value, item.rule):
                codes = state.codes.setdefault(key, {})
                shown = code if RULES[item.rule](value) != INVALID else _OTHER_CODE
                codes[shown] = codes.get(shown, 0) + 1

    def _take_event(self, state: Quality, kind: str, node: dict[str, Any], event: Event, path: Path) -> None:
        found = values(node, path)
        text = found[0] if found and isinstance(found[0], str) and days(found[0]) is not None else ""
        if len(text) < len("2026-01"):
            state.undated[kind] = state.undated.get(kind, 0) + 1
            return
        months = state.months.setdefault(kind, {})
        months[text[:7]] = months.get(text[:7], 0) + 1
        moment = _moment(text) if event.lag else None
        if moment is None:
            return
        for name, until in ((RECORDED, _recorded(node)), (AVAILABLE, _available(node))):
            if until is not None and until + _HOUR > moment:
                hours = str(hours_of(until - moment))
                lags = state.lags.setdefault(f"{name} {kind}", {})
                lags[hours] = lags.get(hours, 0) + 1

    def merge(self, one: Quality, other: Quality) -> Quality:
        """Counts added, the smallest places of both kept."""
        names = one.places.keys() | other.places.keys()
        return Quality(
            items=_added(one.items, other.items),
            places={
                name: one.places.get(name, Smallest()).merged(other.places.get(name, Smallest())) for name in names
            },
            codes=_added(one.codes, other.codes),
            months=_added(one.months, other.months),
            undated=_sum(one.undated, other.undated),
            lags=_added(one.lags, other.lags),
            organisations=_sum(one.organisations, other.organisations),
        )

    def dump(self, state: Quality) -> Any:
        """Plain values, sorted by name."""
        counts: dict[str, Any] = {
            name: {key: _sorted(inner) for key, inner in sorted(getattr(state, name).items())}
            for name in ("items", "codes", "months", "lags")
        }
        places = {name: list(state.places[name].items) for name in sorted(state.places)}
        undated, organisations = _sorted(state.undated), _sorted(state.organisations)
        return {**counts, "places": places, "undated": undated, "organisations": organisations}

    def load(self, dumped: Any) -> Quality:
        """The state back."""
        counts = {
            name: {key: dict(inner) for key, inner in dumped[name].items()}
            for name in ("items", "codes", "months", "lags")
        }
        return Quality(
            **counts,
            places={name: Smallest(items=tuple(found)) for name, found in dumped["places"].items()},
            undated=dict(dumped["undated"]),
            organisations=dict(dumped["organisations"]),
        )

    def finish(self, state: Quality, params: QualityScanParams) -> Iterator[Statement]:
        """How many fields were looked at. What follows from them is for checks to say."""
        if state.examined:
            yield Examined(what="fields of resources were counted", count=state.examined)


def hours_of(delay: timedelta) -> int:
    """Whole hours of a delay; of three days and more, whole days in hours; at most ten years.

    >>> hours_of(timedelta(hours=5, minutes=59)), hours_of(timedelta(days=4, hours=7)), hours_of(timedelta(-1))
    (5, 96, 0)
    """
    hours = max(0, int(delay.total_seconds()) // 3600)
    return hours if hours < _FINE_HOURS else min(hours // 24 * 24, _MOST_HOURS)


def percentile(counts: dict[str, int], percent: int) -> int:
    """The hours that so many per cent of the delays do not exceed, exact to the steps of :func:`hours_of`."""
    total = sum(counts.values())
    wanted, seen = -(-total * percent // 100), 0
    for hours in sorted(map(int, counts)):
        seen += counts[str(hours)]
        if seen >= wanted:
            return hours
    return 0


def is_left_out(kind: str, node: dict[str, Any]) -> bool:
    """Was a resource entered in error, or is it a patient merged into another?"""
    if node.get("status") == _VOID or (kind == "Patient" and was_replaced(node)):
        return True
    verification = node.get("verificationStatus")
    return isinstance(verification, dict) and any(
        one.get("code") == _VOID for one in _dicts(verification.get("coding"))
    )


def _is_restricted(node: dict[str, Any]) -> bool:
    meta = node.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    return any(str(one.get("code")) in _RESTRICTED for one in _dicts(labels))


def _dicts(listed: Any) -> Iterator[dict[str, Any]]:
    return (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict))


def _take_organisation(state: Quality, node: dict[str, Any], wanted: tuple[str, ...]) -> None:
    for one in _dicts(node.get("identifier")):
        code = one.get("value")
        if one.get("system") == ODS_ORGANISATION and isinstance(code, str) and code in wanted:
            state.organisations[code] = state.organisations.get(code, 0) + 1


def _moment(text: str) -> datetime | None:
    """The last moment that a FHIR date or time may mean, in UTC; None without a day, or where it is none."""
    if len(text) < len("2026-01-01"):
        return None
    try:
        found = datetime.fromisoformat(text)
        if len(text) == len("2026-01-01"):
            return found.replace(tzinfo=UTC) + _DAY
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _recorded(node: dict[str, Any]) -> datetime | None:
    """When it was written down, where the resource says so to the hour."""
    told = next((node[name] for name in _RECORDED_AT if isinstance(node.get(name), str)), "")
    return _moment(told) if "T" in told else None


def _available(node: dict[str, Any]) -> datetime | None:
    """When the record could first be read: only its first version tells."""
    meta = node.get("meta")
    if not isinstance(meta, dict) or meta.get("versionId", "1") != "1":
        return None
    told = meta.get("lastUpdated")
    return _moment(told) if isinstance(told, str) and "T" in told else None


def _added(one: Counts, other: Counts) -> Counts:
    return {name: _sum(one.get(name, {}), other.get(name, {})) for name in one.keys() | other.keys()}


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


DATA_QUALITY = DataQuality()
