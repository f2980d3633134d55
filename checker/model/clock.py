"""Time, injected."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The clock of a run. Only ``cli`` builds the real one; tests set their own."""

    def now(self) -> datetime:
        """The wall clock, UTC, with time zone."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary point, for durations and limits."""

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
