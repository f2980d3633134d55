"""Latencies and errors by interaction, from the exchanges of a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.engine.case import Case
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange
from checker.model.latency import Latency

_SERVER_ERROR = 500


def latency_note(case: Case) -> tuple[Latency, ...]:
    """One line for each interaction, in order of name. What was never sent (held back by a budget) does not count."""
    found: dict[str, list[HttpExchange]] = {}
    for recording in case.recordings:
        for item in recording.evidence.values():
            payload = item.read() if item.kind == HTTP_EXCHANGE else None
            if isinstance(payload, HttpExchange) and _was_sent(payload):
                found.setdefault(payload.interaction, []).append(payload)
    return tuple(_line(name, found[name]) for name in sorted(found))


def percentile_ms(times_ms: Sequence[int], per_cent: int) -> int | None:
    """The nearest-rank percentile of times in order; None without any."""
    if not times_ms:
        return None
    return times_ms[max(0, -(-len(times_ms) * per_cent // 100) - 1)]


def _was_sent(exchange: HttpExchange) -> bool:
    held_back = {"budget", "stopped", "host-not-allowed", "given-up", "credential", "not-recorded"}
    return exchange.failure is None or exchange.failure.cause not in held_back


def _line(name: str, exchanges: Iterable[HttpExchange]) -> Latency:
    times, errors, requests = [], 0, 0
    for one in exchanges:
        requests += 1
        if one.response is None or one.response.status >= _SERVER_ERROR:
            errors += 1
        else:
            times.append(one.elapsed_ms)
    times.sort()
    return Latency(
        interaction=name or "other",
        requests=requests,
        errors=errors,
        p50_ms=percentile_ms(times, 50),
        p95_ms=percentile_ms(times, 95),
        p99_ms=percentile_ms(times, 99),
    )
