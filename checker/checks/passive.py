"""What the checks over all exchanges share: whose answers count, and one finding for many alike."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from checker.model.need import Every
from checker.model.verdict import Finding
from checker.model.view import EvidenceView, Exchange

_KEPT = 5
"""So many exchanges are named beside a finding that stands for more."""


def host_of(url: str) -> str:
    """The host of a URL in lower case; "" when it names none or cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_https(url: str) -> bool:
    """Does the URL begin with https?"""
    return url[:6].lower() == "https:"


def own_answers(ev: EvidenceView, every: Every) -> Iterator[Exchange]:
    """The answers of the endpoint's own host: a redirect may have led to another, which is not judged."""
    own = host_of(ev.supplier.base_url)
    for exchange in ev.every(every):
        if host_of(exchange.request.url) == own:
            yield exchange


class Alike:
    """Faults of many answers, so that each fault is one finding and not one for every answer."""

    def __init__(self, *, expected: str, place: str, fix: str = "") -> None:
        self._expected = expected
        self._place = place
        self._fix = fix
        self._found: dict[tuple[str, str], list[Exchange]] = {}

    def add(self, message: str, actual: str, exchange: Exchange) -> None:
        """One more answer with that fault. ``actual`` is masked by the caller."""
        self._found.setdefault((message, actual), []).append(exchange)

    def findings(self) -> Iterator[Finding]:
        """One finding for each fault, in the order in which they were first seen."""
        for (message, actual), exchanges in self._found.items():
            kept = exchanges[:_KEPT]
            examples = (f"{one.status} to a {one.http.interaction} ({one.id})" for one in kept)
            yield Finding(
                message=message,
                expected=self._expected,
                actual=actual,
                place=self._place,
                evidence=tuple(one.id for one in kept),
                fix=self._fix,
                count=len(exchanges),
                examples=tuple(examples),
            )
