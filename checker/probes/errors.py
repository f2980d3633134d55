"""Probes of errors: requests that are wrong on purpose, so that there are errors to look at.

Source: OWASP ASVS 5.0.0, 16.5.1; http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from checker.model.asked import OfType
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.probes.fhir import get

NO_ID = "it's no id"
"""Quote and spaces: not what an id may be (http://hl7.org/fhir/R4/datatypes.html#id), and hard on careless code."""
NO_FORMAT = "application/x-no-such-format"


@probe(
    "errors.provoked",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=3),
    safety=Safety.S2,
    interactions=("read", "search"),
)
async def provoked(s: Session, p: OfType) -> None:
    """A search with values that are none, a read of an id that cannot be, and a format that nobody has.

    A server may also put up with each of them: what is right is for checks to say.
    """
    odd = (
        (s.url(p.type, _count="ten", _lastUpdated="not-a-date"), "search"),
        (s.url(f"{p.type}/{NO_ID}"), "read"),
        (s.url(p.type, _count="1", _format=NO_FORMAT), "search"),
    )
    for url, kind in odd:
        await s.send(get(url), "odd", interaction=kind, fresh=True, follow=False)
