"""The one clock that is real."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements :class:`checker.model.clock.Clock`."""

    def now(self) -> datetime:
        """The wall clock, UTC, to the millisecond."""
        moment = datetime.now(UTC)  # noqa: TID251 - the one place where the clock is read
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        """Seconds from an arbitrary point."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        import asyncio  # heavy, and most commands never wait

        await asyncio.sleep(seconds)
