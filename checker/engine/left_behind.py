"""What a run made on a test system and did not remove: from the exchanges of a case, whatever became of the probes."""

from __future__ import annotations

from checker.engine.case import Case
from checker.fhir.offered import address_in, addresses_made
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import Failure
from checker.model.view import Exchange

_NEVER_SENT = frozenset({"budget", "stopped", "host-not-allowed", "given-up", "credential", "not-recorded", "dns"})
_GONE = frozenset({404, 410})
_MOST = 20


def left_behind(case: Case) -> tuple[str, ...]:
    """A warning that names the addresses of what is left; another where nobody knows what became of a write."""
    left: dict[str, None] = {}
    made_ever: set[str] = set()
    unknown = 0
    base = case.supplier.base_url
    for recording in case.recordings:
        for item in recording.evidence.values():
            if item.kind != HTTP_EXCHANGE:
                continue
            exchange = Exchange(item, recording.blob)
            if not exchange.http.interaction.startswith("write-"):
                continue
            request, place = exchange.request, address_in(base, exchange.request.url)
            if request.method in ("POST", "PUT"):
                told = exchange.json().value
                made = addresses_made(base, request.method, request.url, exchange.header("Location"), told)
                left |= dict.fromkeys(f"{base}/{one}" for one in made if exchange.ok)
                made_ever |= left.keys()
                unknown += (exchange.ok and not made) or (exchange.status == 0 and _was_sent(exchange.failure))
            elif _is_gone(exchange):
                left.pop(f"{base}/{place}", None)
            elif exchange.ok and f"{base}/{place}" in made_ever:  # it was not deleted, whatever the server said
                left[f"{base}/{place}"] = None
    found = []
    if left:
        more = f" and {len(left) - _MOST} more" if len(left) > _MOST else ""
        found.append(f"Test patients of this run are left behind: {', '.join(list(left)[:_MOST])}{more}.")
    if unknown:
        found.append(f"{unknown} writes were answered without an address: look for patients with the tag of this tool.")
    return tuple(found)


def _is_gone(exchange: Exchange) -> bool:
    """Does the answer mean that there is nothing at its address any more?"""
    if exchange.request.method == "DELETE":
        return exchange.ok or exchange.status in _GONE
    return exchange.http.interaction == "write-look" and exchange.status in _GONE


def _was_sent(failure: Failure | None) -> bool:
    return failure is not None and failure.cause not in _NEVER_SENT
