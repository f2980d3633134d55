"""What resources refer to is there. Source: http://hl7.org/fhir/R4/references.html#literal."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import answer, resource_of
from checker.model.asked import Referenced
from checker.model.need import Need
from checker.model.registry import check
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_GONE = frozenset({404, 410})


def _referenced(p: Referenced) -> Need:
    return Need(probe="fhir.referenced", params=p)


@check(
    "references.resolve",
    params=Referenced,
    needs=lambda p, settings: [_referenced(p)],
    source="http://hl7.org/fhir/R4/references.html#literal",
)
def resolve(ev: EvidenceView, p: Referenced) -> Iterator[Statement]:
    """A literal reference to a resource of this server leads to it.

    Taken are the references in what a search of each declared type shows first. Targets that those searches show are
    there; of the others a few are read, one of each element first. References to other servers, to contained resources
    and by identifier are left out.

    Good: ``"subject": {"reference": "Patient/a1"}``, and ``GET Patient/a1`` answers with that patient.
    Bad: it answers 404, or with another resource.
    """
    view = ev.record(_referenced(p))
    met = view.record.notes.get("met", 0)
    if isinstance(met, int) and met:
        yield Examined(what=f"Targets that a search had shown: {met}.", count=met)
    for read in ev.children(view, "fhir.read"):
        kind, asked = str(read.record.params["type"]), str(read.record.params["id"])
        if read.key not in view.record.expanded:
            continue
        what = f"the read of a {kind} that is referred to"
        exchange = answer(read, "read", what)
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        if exchange.status in _GONE:
            yield Finding(
                message=f"A reference to a {kind} leads nowhere.",
                expected="200 with the resource",
                actual=str(exchange.status),
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
            continue
        found = resource_of(exchange, kind, what)
        if not isinstance(found, dict):
            yield found
        elif found.get("id") != asked:
            yield Finding(
                message=f"A reference to a {kind} leads to another one.",
                expected="the id of the reference",
                actual="another id",
                place=f"{exchange.request.url}#/id",
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what=f"A reference leads to a {kind}.", evidence=(exchange.id,))
