"""Which households carry which faults and decoys: every second one may, and each at most one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.exports.chance import base, spread
from tests.bench.exports.kinds import KINDS, Kind, standard
from tests.bench.exports.kinds.kind import ANONYMISED, IDENTIFIED
from tests.bench.exports.layout import Layout
from tests.bench.exports.options import Options, OptionsError


@dataclass(frozen=True, slots=True)
class Plan:
    """``households``: place of a patient → the kind, and the how-manieth of its kind. ``files``: kinds of whole files.

    ``plain``: the places of patients who must have no oddity of their own: those with a fault, and those before them.
    """

    households: dict[int, tuple[Kind, int]]
    files: frozenset[str]
    plain: frozenset[int]


def planned(options: Options, layout: Layout) -> Plan:
    """The plan for these options. Raises ``OptionsError``."""
    export = ANONYMISED if options.anonymised else IDENTIFIED
    of_households: list[tuple[Kind, int]] = []
    files = set()
    if unknown := sorted(options.faults.keys() - KINDS.keys()):
        raise OptionsError(f"There is no kind of fault or decoy {', '.join(unknown)}; --list shows them.")
    for name, kind in KINDS.items():
        count = options.faults.get(name, 0)
        if count and export not in kind.exports:
            raise OptionsError(f"{name} can only be in an export that is {' or '.join(kind.exports)}.")
        if kind.most is not None and count > kind.most:
            raise OptionsError(f"An export can have {name} {kind.most} times at most.")
        if kind.change is None:
            files |= {name} if count else set()
        else:
            of_households += ((kind, turn) for turn in range(count))
    slots = layout.patients // 2
    if len(of_households) > slots:
        raise OptionsError(
            f"{len(of_households)} faults and decoys are too many for {layout.patients} patients: every second has one."
        )
    places = [2 * slot + 1 for slot in spread(base(options.seed, "faults"), len(of_households), max(1, slots))]
    households = dict(zip(places, of_households, strict=True))
    return Plan(households, frozenset(files), frozenset(places) | frozenset(place - 1 for place in places))


def by_rate(rate: float, resources: int, *, anonymised: bool) -> dict[str, int]:
    """How many of each standard fault make that share of patients faulty; at least one of each."""
    kinds = standard(anonymised=anonymised)
    each = int(Layout.of(resources).patients * rate / len(kinds))
    return {kind.name: max(1, each) if kind.most is None else 1 for kind in kinds}


def of_all(count: int, *, anonymised: bool, decoys: bool) -> Mapping[str, int]:
    """So many of each standard fault, or of each decoy."""
    kinds = standard(anonymised=anonymised, decoys=decoys)
    return {kind.name: count if kind.most is None else min(count, kind.most) for kind in kinds}
