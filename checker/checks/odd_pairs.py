"""How odd requests are judged: each beside the same request as it should be, by the wrapper for refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checker.checks.refusal import refusal
from checker.fhir import bundle
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_OF_A_PROXY = frozenset({407, 408})
Works = Callable[[Exchange], bool]


def _pairs(ev: EvidenceView, need: Need, what: str) -> Iterator[tuple[Exchange, Exchange] | Undecided]:
    """The pairs of a record; why not, where there is none."""
    view = ev.record(need)
    pairs = view.pairs()
    yield from pairs
    if not pairs:
        yield view.undecided(what)


def judged(
    ev: EvidenceView,
    probe: str,
    p: Params,
    *,
    what: Callable[[Exchange], str],
    right: Works,
    expected: str,
    respect: str = "url",
    gives: str = "Bundle",
    works: Works | None = None,
    doubtful: Works = lambda mutant: False,
    unsure: Callable[[Exchange], str] | None = None,
) -> Iterator[Statement]:
    """Each pair of a record by the wrapper for refusals. ``doubtful``: answers that show nothing either way;
    ``unsure``: why what is right shows nothing, "" where it does.
    """
    for pair in _pairs(ev, Need(probe=probe, params=p), "an odd request"):
        if isinstance(pair, Undecided):
            yield pair
            continue
        control, mutant = pair
        told = what(mutant)
        if mutant.response is not None and (mutant.status in _OF_A_PROXY or doubtful(mutant)):
            message = f"{told}: answered with {mutant.status}, which shows nothing of it"
            yield Undecided(reason=Reason.NETWORK, message=message, evidence=(mutant.id, control.id))
            continue
        differs_in = (
            respect or f"headers:{'x-forwarded-host' if mutant.request.header('X-Forwarded-Host') else 'forwarded'}"
        )
        yield from refusal(
            control,
            mutant,
            differs_in=differs_in,
            refused=right,
            gives=gives,
            what=told,
            expected=expected,
            works=works,
            unsure=unsure,
        )


def is_searchset(exchange: Exchange) -> bool:
    """Is an answer what a search gives?"""
    body = exchange.json()
    return body.resource_type == "Bundle" and body.value.get("type") == "searchset"


def shows_resources(exchange: Exchange) -> bool:
    """The same, with at least one resource."""
    found = (entry.get("resource") for _, entry in bundle.entries(exchange.json().value))
    return is_searchset(exchange) and any(isinstance(one, dict) and one.get("resourceType") for one in found)
