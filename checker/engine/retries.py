"""When to try again: idempotent methods only, each attempt recorded; Retry-After is obeyed.

RFC 9110 §9.2.2 (idempotent methods), §10.2.3 (Retry-After), RFC 6585 §4 (429).
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from checker.model.supplier import Limits
from checker.model.view import Exchange

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS"})
_PASSING_CAUSES = frozenset({"connect-timeout", "read-timeout", "deadline", "closed", "refused"})


def retry_after_s(exchange: Exchange, limits: Limits) -> float | None:
    """Seconds to wait before the next attempt; None when there must be none."""
    if exchange.request.method not in _IDEMPOTENT:
        return None
    if exchange.failure is not None:
        return 2.0 ** (exchange.http.attempt - 1) if exchange.failure.cause in _PASSING_CAUSES else None
    if exchange.status not in (429, 503):
        return None
    asked = exchange.header("Retry-After")
    if asked is None:
        return 2.0**exchange.http.attempt if exchange.status == 429 else None
    pause = _seconds(asked, exchange)
    return pause if pause is not None and pause <= limits.max_retry_after_s else None


def _seconds(text: str, exchange: Exchange) -> float | None:
    if text.isascii() and text.strip().isdigit():
        return float(text.strip())
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - exchange.at).total_seconds())
