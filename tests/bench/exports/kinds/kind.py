"""A kind of fault, and where they are all known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.exports.household import Household

Change = Callable[[Household], None]
IDENTIFIED, ANONYMISED = "identified", "anonymised"
BOTH = (IDENTIFIED, ANONYMISED)
KINDS: dict[str, Kind] = {}
"""Name → kind, in the order of their definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault, or of decoy (then ``breaks`` is what must be quiet about it)."""

    name: str
    breaks: tuple[str, ...]
    """Requirements of the catalogue, or of the profile for UK Core."""
    told: str
    """What is wrong, in a sentence."""
    exports: tuple[str, ...]
    """Which exports can have it: identified ones, anonymised ones."""
    decoy: bool
    apart: bool
    """Is it seeded only when it is named? So are those that keep parts of the export from being read."""
    most: int | None
    change: Change | None
    """None for what is done to a whole file."""


def fault(
    name: str, *breaks: str, exports: tuple[str, ...] = (IDENTIFIED,), apart: bool = False
) -> Callable[[Change], Change]:
    """The function is how the fault is made; its docstring says what is wrong."""
    return _kind(name, breaks, exports, apart=apart, decoy=False)


def decoy(name: str, *quiet: str, exports: tuple[str, ...] = (IDENTIFIED,)) -> Callable[[Change], Change]:
    """Likewise, for what looks like a fault and is none."""
    return _kind(name, quiet, exports, apart=False, decoy=True)


def of_file(name: str, *breaks: str, told: str, apart: bool = False, most: int = 1) -> None:
    """A fault of a whole file, which ``files`` and ``manifest`` make."""
    _add(Kind(name=name, breaks=breaks, told=told, exports=BOTH, decoy=False, apart=apart, most=most, change=None))


def _kind(
    name: str, breaks: tuple[str, ...], exports: tuple[str, ...], *, apart: bool, decoy: bool
) -> Callable[[Change], Change]:
    def known(change: Change) -> Change:
        told = (change.__doc__ or "").strip()
        _add(
            Kind(
                name=name,
                breaks=breaks,
                told=told,
                exports=exports,
                decoy=decoy,
                apart=apart,
                most=None,
                change=change,
            )
        )
        return change

    return known


def _add(kind: Kind) -> None:
    if kind.name in KINDS:
        raise ValueError(f"There are two kinds {kind.name!r}.")
    KINDS[kind.name] = kind


def standard(*, anonymised: bool, decoys: bool = False) -> tuple[Kind, ...]:
    """All faults, or all decoys, that such an export can have and that are not apart."""
    export = ANONYMISED if anonymised else IDENTIFIED
    return tuple(kind for kind in KINDS.values() if export in kind.exports and kind.decoy == decoys and not kind.apart)
