"""The days that everything happens on. The export is of one morning; no clock is asked."""

from __future__ import annotations

from datetime import date, timedelta

EXPORTED_AT = "2026-03-03T06:00:00+00:00"
"""The instant whose records the export holds."""
PATIENT_CHANGED = "2026-02-28"
"""When the records of patients were last changed."""
DIED = "2026-02-25"
"""The day on which those died who did: after all events, so that these can be true."""

_FIRST = date(1931, 1, 1)
DAYS = tuple((_FIRST + timedelta(days=turn)).isoformat() for turn in range(35_000))
"""ISO dates from 1931-01-01 on."""
BORN_LAST = (date(2018, 12, 31) - _FIRST).days
"""Everybody was born before the first event."""
EVENTS_FIRST = (date(2021, 1, 4) - _FIRST).days
EVENTS_DAYS = (date(2026, 2, 20) - date(2021, 1, 4)).days
