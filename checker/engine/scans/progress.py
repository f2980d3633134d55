"""How far scans are: part done, rate and time left, for a person who waits."""

from __future__ import annotations

from collections.abc import Callable

from checker.model.clock import Clock

_TELL_AGAIN_S = 0.2
_MB = 1_000_000


class ScanProgress:
    """Tells a line now and then. The rate is that of this run: what is known from an earlier one took no time."""

    def __init__(self, tell: Callable[[str], None], clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._total = self._done = self._fresh = 0
        self._began = self._last = clock.monotonic()

    def begin(self, total_bytes: int) -> None:
        """There is so much to do."""
        self._total, self._done, self._fresh = total_bytes, 0, 0
        self._began = self._clock.monotonic()
        self._tell("scan")

    def known(self, count: int) -> None:
        """So much is known from an earlier run."""
        self._done += count

    def passed(self, count: int) -> None:
        """So much more was read."""
        self._done += count
        self._fresh += count
        now = self._clock.monotonic()
        if now - self._last >= _TELL_AGAIN_S:
            self._last = now
            self._tell(scan_line(self._done, self._total, self._fresh / max(now - self._began, 1e-9)))

    def say(self, what: str) -> None:
        """Something else is being done now."""
        self._tell(f"scan: {what}")


def scan_line(done: int, total: int, bytes_per_s: float) -> str:
    """``scan 34% of 120.0 MB, 8.4 MB/s, 0:09 left``.

    >>> scan_line(40_800_000, 120_000_000, 8_400_000.0)
    'scan 34% of 120.0 MB, 8.4 MB/s, 0:09 left'
    """
    share = min(100, 100 * done // total) if total else 100
    line = f"scan {share}% of {total / _MB:.1f} MB"
    if bytes_per_s <= 0:
        return line
    minutes, seconds = divmod(round(max(0, total - done) / bytes_per_s), 60)
    hours, minutes = divmod(minutes, 60)
    left = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"{line}, {bytes_per_s / _MB:.1f} MB/s, {left} left"
