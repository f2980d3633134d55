"""How long answers took: evidence for a declared service level. No load is made for it."""

from __future__ import annotations

from checker.model.value import Value


class Latency(Value, frozen=True, kw_only=True):
    """Answers of one interaction. Times in milliseconds, nearest rank; None without an answer."""

    interaction: str
    requests: int
    errors: int
    """Without an answer, or answered with 5xx."""
    p50_ms: int | None = None
    p95_ms: int | None = None
    p99_ms: int | None = None
