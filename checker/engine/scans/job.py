"""What a scan run is asked for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.model.scan import Scan
from checker.model.value import Params

EXPORT = "export"
EXCHANGES = "exchanges"


@dataclass(frozen=True, kw_only=True)
class ScanJob:
    """One scan with its parameters."""

    scan: Scan[Any, Any]
    params: Params


@dataclass(frozen=True, kw_only=True)
class ScanOutcome:
    """The dumped state of one job, or the ``error`` of a scan that raised (then no state)."""

    state: Any = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class ScanRun:
    """What one walk gave: an outcome for each job, in the order of the jobs."""

    outcomes: tuple[ScanOutcome, ...]
    resources: int
    """How many resources were read, whoever looked at them."""
    unreadable: int = 0
    unreadable_examples: tuple[str, ...] = ()
