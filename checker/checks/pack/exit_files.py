"""The files of an exit rehearsal: CSV with ``file``, ``records``, ``sha256``, ``started`` and ``finished``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from checker.checks.assured import Given
from checker.checks.pack.given import of_table
from checker.checks.pack.moments import moment
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.verdict import Undecided

MANIFEST = "exit-manifest"
COLUMNS = ("file", "records", "started", "finished")
_MOST = 10**12
_LONGEST = timedelta(days=100_000)


class Files(NamedTuple):
    """How many records the files hold, and how long it took from the first that began to the last that ended."""

    given: Given
    records: int
    took: timedelta
    first: date
    last: date

    def time_for(self, records: int) -> timedelta:
        """How long so many records take at the same rate; no longer than 100,000 days is told."""
        seconds = -(-(records * (self.took // timedelta(seconds=1))) // self.records)
        return min(_LONGEST, timedelta(seconds=min(seconds, int(_LONGEST.total_seconds()))))


def of_manifest() -> Need:
    """The need of the files of a rehearsal."""
    return of_table(MANIFEST, *COLUMNS)


def files_of(log: Given | Undecided) -> Files | Undecided:
    """What the lines come to, or what is wrong with one."""
    if isinstance(log, Undecided):
        return log
    records, starts, ends = 0, [], []
    for row in log.facts:
        start, end, count = moment(row["started"]), moment(row["finished"]), row["records"]
        if start is None or end is None or end < start:
            message = f"line {row['line']} of the exit manifest has no time from a moment to a later one"
            return log.undecided(message, Reason.PREREQUISITE)
        if not (count.isascii() and count.isdigit() and len(count) <= 12):
            return log.undecided(
                f"line {row['line']} of the exit manifest has no number of records", Reason.PREREQUISITE
            )
        records += int(count)
        starts.append(start)
        ends.append(end)
    if not records or records > _MOST:
        return log.undecided("the exit manifest names no records")
    return Files(log, records, max(ends) - min(starts), min(starts).date(), max(ends).date())
