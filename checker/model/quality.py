"""The quality of an export's fields in numbers: what the report shows as a table and a picture. Counts alone."""

from __future__ import annotations

from checker.model.value import Value


class FieldQuality(Value, frozen=True, kw_only=True):
    """One field of one resource type. ``missing`` to ``untested`` add up to ``resources``."""

    type: str
    name: str
    path: str
    resources: int
    missing: int
    valid: int
    default: int
    """Values that stand for an unknown one."""
    invalid: int
    untested: int
    """Filled, with nothing to hold it against."""
    distinct: int | None = None
    """How many different values there are; None where it was not counted."""
    shared: int | None = None
    """Resources that share a value that should stand once; None where it need not."""
    least_complete: int | None = None
    """Per cent of the resources in which the profile asks for it; None where it asks for nothing."""
    least_valid: int | None = None
    """Per cent of the tested values."""
    most_default: int | None = None
    """Per cent of the values."""

    @property
    def filled(self) -> int:
        """In how many resources something stands there."""
        return self.resources - self.missing

    @property
    def tested(self) -> int:
        """How many values were held against a rule, defaults left aside."""
        return self.valid + self.invalid

    @property
    def score_tenths(self) -> int:
        """Tenths of a per cent, cut: the data item score of the DQMI. Valid, complete, less defaults in excess."""
        if not self.resources:
            return 0
        allowed = (self.most_default or 0) * self.resources
        excess = max(0, self.default * 100 - allowed)
        return ((self.filled - self.invalid) * 100 - excess) * 10 // self.resources


class Delay(Value, frozen=True, kw_only=True):
    """How long after the events of a type they were ``recorded``, or ``available``. In hours."""

    type: str
    measure: str
    events: int
    p50_hours: int
    p95_hours: int
    most_p50_hours: int | None = None
    """The limit of the profile; None where it asks for nothing."""
    most_p95_hours: int | None = None


class Covered(Value, frozen=True, kw_only=True):
    """The months in which a type has events."""

    type: str
    first: str
    """``YYYY-MM``."""
    last: str
    months: int
    """From the first to the last."""
    with_events: int
    events: int
    undated: int


class DataQualityNote(Value, frozen=True, kw_only=True):
    """All of it, in the order of the resource types' names."""

    source: str
    """Which artefacts: ``export``."""
    fields: tuple[FieldQuality, ...] = ()
    delays: tuple[Delay, ...] = ()
    coverage: tuple[Covered, ...] = ()
