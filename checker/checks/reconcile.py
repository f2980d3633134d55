"""Reconciliation: which of the resources that were seen elsewhere an export holds, and with what differences."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from checker.fhir.bundle import is_id
from checker.fhir.likeness import ASIDE, LEAF_DIGITS, WHOLE_DIGITS, content
from checker.model.scan import Fold, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_MOST_DIFFERENCES = 40
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_STEP = re.compile(r"_?[a-z][A-Za-z0-9]{0,63}(\[[0-9]+\])*")


class ReconcileParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for, and how.

    ``wanted``: ``Type/id`` and the digests of its content (:class:`checker.fhir.likeness.Content`), sorted.
    ``base``, ``aside``: see there. ``sample``: so many of the others are named, chosen by ``seed``; those of
    ``types`` alone, when it names some.
    """

    wanted: tuple[str, ...] = ()
    base: str = ""
    aside: tuple[str, ...] = ASIDE
    sample: int = 0
    seed: str = ""
    types: tuple[str, ...] = ()


@dataclass
class Reconciled:
    """What was found."""

    entries: int = 0
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """``Type/id`` that was looked for → differences of the copy that is most like it; () when it is equal.

    ``-`` and a digest: a value that this copy lacks. ``+`` and a path: one that it has instead or besides.
    """
    others: dict[str, int] = field(default_factory=dict)
    """Resource type → entries that nobody looked for."""
    sample: list[tuple[str, str]] = field(default_factory=list)
    """Of those: the smallest, by a keyed digest of ``Type/id``."""
    size: int = 0
    """So many of them are kept."""

    def take(self, key: str, differences: tuple[str, ...]) -> None:
        """One copy more. Of several, that with the fewest differences counts."""
        known = self.held.get(key)
        if known is None or (len(differences), differences) < (len(known), known):
            self.held[key] = differences


class Reconcile(Fold[ReconcileParams, Reconciled]):
    """Which resources of a list an export holds, which with other content and where, and some that it has besides.

    The list comes from what was read elsewhere, as digests. The state names resources by type and id, and places by
    path; it holds no value. Versions and the time of the last change are left aside, and narrative, which is made
    from the rest.

    Good: the Patient a1 of the list, with the same content. Bad: the same without its birth date.
    """

    id: ClassVar[str] = "export.reconcile"
    params_type: ClassVar[type[Params]] = ReconcileParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#an-export-says-the-same"

    def __init__(self) -> None:
        self._known: tuple[ReconcileParams, Mapping[str, str]] | None = None

    def start(self, params: ReconcileParams, side: str) -> Reconciled:
        """Nothing found."""
        return Reconciled(size=params.sample)

    def step(self, state: Reconciled, seen: Seen, params: ReconcileParams) -> Reconciled:
        """One copy of one resource."""
        state.entries += 1
        key = f"{seen.resource_type}/{seen.resource_id}"
        wanted = self._wanted(params).get(key)
        if wanted is not None:
            state.take(key, _differences(seen.node, wanted, params))
            return state
        kind = seen.resource_type if _TYPE.fullmatch(seen.resource_type) else "(no FHIR type)"
        state.others[kind] = state.others.get(kind, 0) + 1
        if params.sample and is_id(seen.resource_id) and (not params.types or seen.resource_type in params.types):
            place = hashlib.blake2b(key.encode(), digest_size=16, key=params.seed.encode()[:64]).hexdigest()
            if len(state.sample) < params.sample or (place, key) < state.sample[-1]:
                state.sample = sorted({*state.sample, (place, key)})[: params.sample]
        return state

    def merge(self, one: Reconciled, other: Reconciled) -> Reconciled:
        """Of two copies of one resource that with the fewest differences; of both samples the smallest."""
        size = max(one.size, other.size)
        made = Reconciled(entries=one.entries + other.entries, held=dict(one.held), size=size)
        for key, differences in other.held.items():
            made.take(key, differences)
        for kind in one.others.keys() | other.others.keys():
            made.others[kind] = one.others.get(kind, 0) + other.others.get(kind, 0)
        made.sample = sorted({*one.sample, *other.sample})[:size]
        return made

    def dump(self, state: Reconciled) -> Any:
        """Plain values, sorted."""
        return {
            "entries": state.entries,
            "held": {key: list(state.held[key]) for key in sorted(state.held)},
            "others": {kind: state.others[kind] for kind in sorted(state.others)},
            "sample": [list(one) for one in state.sample],
            "size": state.size,
        }

    def load(self, dumped: Any) -> Reconciled:
        """The state back."""
        return Reconciled(
            entries=dumped["entries"],
            held={key: tuple(found) for key, found in dumped["held"].items()},
            others=dict(dumped["others"]),
            sample=[(place, key) for place, key in dumped["sample"]],
            size=dumped["size"],
        )

    def finish(self, state: Reconciled, params: ReconcileParams) -> Iterator[Statement]:
        """How many resources of the list are in it."""
        if state.held:
            yield Examined(what="resources were found in the export", count=len(state.held))

    def _wanted(self, params: ReconcileParams) -> Mapping[str, str]:
        """``Type/id`` → digests. Made once for each parameters, which are the same object for a whole pass."""
        if self._known is None or self._known[0] is not params:
            found = (one.partition(" ") for one in params.wanted)
            self._known = (params, {key: digests for key, _, digests in found})
        return self._known[1]


def _differences(resource: Any, wanted: str, params: ReconcileParams) -> tuple[str, ...]:
    found = content(resource, base=params.base, aside=params.aside)
    if found.whole == wanted[:WHOLE_DIGITS]:
        return ()
    there = {wanted[at : at + LEAF_DIGITS] for at in range(WHOLE_DIGITS, len(wanted), LEAF_DIGITS)}
    lacking = sorted(f"-{one}" for one in there - found.paths.keys())
    besides = sorted(f"+{_told(path)}" for leaf, path in found.paths.items() if leaf not in there)
    return (*lacking[:_MOST_DIFFERENCES], *besides[:_MOST_DIFFERENCES]) or ("?",)


def _told(path: str) -> str:
    """The path without names that no element can have: they may be values."""
    return ".".join(step if _STEP.fullmatch(step) else "…" for step in path.split("."))


RECONCILE = Reconcile()
