"""Is there anybody to be shown? Where a system shows its caller no records, that it shows none proves nothing."""

from __future__ import annotations

from typing import Any

from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.view import EvidenceView

_ANSWERS = Every(selector=Selector(views=("fhir",), statuses=("2xx",), identities=("default",)))
"""Those to the identity that is refused, too: what others are shown says nothing of what it would be."""


def search_for(kind: str = "Patient") -> Need:
    """The request that would show some: the search that others go on from."""
    return Need(probe="fhir.search", params=OfType(type=kind))


def nobody_shown(ev: EvidenceView, kind: str = "Patient") -> str:
    """Why nothing follows from it that a resource of this type was not given; "" where any answer gave one.

    Looked at is whatever was answered, since a server may refuse to search without a criterion. It is taken as a
    control alone, so what is missing among the answers can open a verdict and never decide one: it is no need of a
    check that all of them came.
    """
    if any(_gives(exchange.json().value, kind) for exchange in ev.every(_ANSWERS) if not exchange.lost):
        return ""
    return f"no answer showed this caller a {kind} at all, so that none is shown here proves nothing"


def no_search_answered(ev: EvidenceView) -> str:
    """Why nothing follows from a search that was refused; "" where any search was answered with a searchset."""
    bodies = (exchange.json().value for exchange in ev.every(_ANSWERS) if not exchange.lost)
    if any(isinstance(body, dict) and body.get("type") == "searchset" for body in bodies):
        return ""
    return "no search at all was answered with a searchset: one that is refused may not be there"


def _gives(body: Any, kind: str) -> bool:
    if not isinstance(body, dict):
        return False
    return body.get("resourceType") == kind or next(bundle.matches(body, kind), None) is not None
