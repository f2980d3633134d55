"""The outage log and the monitor log of a pack, as stretches of time.

Outage log, CSV: ``id``, ``service``, ``start``, ``end`` (empty while it lasts), ``kind`` (planned or unplanned),
``notified``, ``window-start`` and ``window-end`` (of a planned one: when it was told, and the window that was told).
Monitor log, CSV: ``at``, ``service``, ``ok`` (yes or no), ``latency-ms`` and ``operation``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from checker.checks.pack.given import of_table
from checker.checks.pack.moments import moment
from checker.checks.pack.stretches import Stretch, both, merged
from checker.model.need import Need

OUTAGES = "outage-log"
OUTAGE_COLUMNS = ("id", "service", "start", "end", "kind", "notified?", "window-start?", "window-end?")
MONITOR = "monitor-log"
MONITOR_COLUMNS = ("at", "service", "ok", "latency-ms?", "operation?")
OUTAGE_LOG: Need = of_table(OUTAGES, *OUTAGE_COLUMNS)
MONITOR_LOG: Need = of_table(MONITOR, *MONITOR_COLUMNS)
_IN_A_ROW = 2
"""So many samples that failed one after the other are an outage."""


class Outage(NamedTuple):
    """One line of the outage log. ``until`` is None while it lasts."""

    line: str
    id: str
    service: str
    start: datetime
    until: datetime | None
    planned: bool
    notified: datetime | None
    window: Stretch | None

    def stretch(self, end: datetime) -> Stretch:
        """From its start to its end, or to ``end`` while it lasts."""
        return self.start, self.until if self.until is not None else max(end, self.start)


def outages(lines: Iterable[Mapping[str, str]]) -> Iterator[Outage | str]:
    """Each line, or what is wrong with it."""
    for row in lines:
        found = _outage(row)
        yield found if isinstance(found, Outage) else f"line {row['line']} of the outage log {found}"


def _outage(row: Mapping[str, str]) -> Outage | str:
    start, until = moment(row["start"]), moment(row["end"])
    kind = row["kind"].casefold()
    if start is None or (row["end"] and until is None):
        return "has a start or an end that is no moment with its zone"
    if until is not None and until < start:
        return "ends before it begins"
    if kind not in ("planned", "unplanned"):
        return "is neither planned nor unplanned"
    texts = [row.get(name, "") for name in ("notified", "window-start", "window-end")]
    notified, opens, closes = (moment(one) for one in texts)
    if any(one and moment(one) is None for one in texts):
        return "has a notice or a window that is no moment with its zone"
    if opens is not None and closes is not None and closes <= opens:
        return "has a window that ends before it begins"
    window = (opens, closes) if opens is not None and closes is not None else None
    return Outage(row["line"], row["id"], row["service"], start, until, kind == "planned", notified, window)


def excused(one: Outage, notice: timedelta | None, end: datetime) -> list[Stretch]:
    """What of a planned outage does not count: inside its window, where that was told as early as was promised."""
    if not one.planned or one.window is None or one.notified is None or notice is None:
        return []
    if one.window[0] - one.notified < notice:
        return []
    return both(merged([one.stretch(end)]), [one.window])


def failing(lines: Iterable[Mapping[str, str]], service: str) -> list[Stretch]:
    """From the first to the last of several samples in a row that failed: so long it was down at least.

    Samples of several operations are one series; a moment at which any of them succeeded is none that failed.
    """
    by_moment: dict[datetime, bool] = {}
    for row in lines:
        at = moment(row["at"])
        if at is not None and row["service"] == service:
            by_moment[at] = by_moment.get(at, False) or row["ok"].casefold() == "yes"
    found: list[Stretch] = []
    series: list[datetime] = []
    for at in [*sorted(by_moment), None]:
        if at is not None and not by_moment[at]:
            series.append(at)
            continue
        if len(series) >= _IN_A_ROW:
            found.append((series[0], series[-1]))
        series = []
    return merged(found)


def unreadable_samples(lines: Iterable[Mapping[str, Any]]) -> str:
    """The first line of the monitor log that cannot be read, and why; "" for none."""
    for row in lines:
        if moment(row["at"]) is None:
            return f"line {row['line']} of the monitor log has no moment with its zone"
        if row["ok"].casefold() not in ("yes", "no"):
            return f"line {row['line']} of the monitor log says neither yes nor no"
        if (text := row.get("latency-ms", "")) and not (text.isascii() and text.isdigit() and len(text) <= 9):
            return f"line {row['line']} of the monitor log has a latency that is no whole number of milliseconds"
    return ""
