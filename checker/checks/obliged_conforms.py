"""Do the resources that a search shows conform to the StructureDefinition that an API names for their type?

Source: http://hl7.org/fhir/R4/profiling.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.fhir_judging import definitions_missing, judged, packages, structure
from checker.checks.passive import Alike
from checker.fhir import bundle
from checker.model.need import Need
from checker.model.obliged import Conforming
from checker.model.registry import check
from checker.model.scan import About, Locator, Seen
from checker.model.terms import Reason
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange


@check(
    "obliged.conforms",
    params=Conforming,
    needs=lambda p, settings: [Need(probe="obliged.found", params=p.seek)],
    source="http://hl7.org/fhir/R4/profiling.html#resources",
)
def conforms(ev: EvidenceView, p: Conforming) -> Iterator[Statement]:
    """The resources of the type that a search shows conform to this StructureDefinition.

    Judged by is what the run holds: the definitions that ship with the checker, or packages that were given. Where the
    StructureDefinition is not among them, nothing is decided. Warnings are no findings, and neither is what could
    not be verified, such as codes of a terminology that is not at hand. One finding stands for all places of a rule.

    Good: each Immunization that is shown has what UKCore-Immunization asks for.
    Bad: one has no vaccineCode.
    """
    view = ev.record(Need(probe="obliged.found", params=p.seek))
    kind, name = p.seek.type, p.canonical.rpartition("/")[2]
    why = definitions_missing() or ("" if structure(p.canonical) is not None else "no package that is held has it")
    if why:
        message = f"{kind} cannot be held against {name}: {why} (--package)"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
        return
    wrong = Alike(expected=f"a {kind} that conforms to {name}", place=kind)
    seen = 0
    for exchange in view.exchanges("found"):
        for _, resource in bundle.matches(exchange.json().value, kind) if exchange.ok else ():
            seen += 1
            for rule, path in _errors(resource, exchange, kind, p.canonical):
                wrong.add(f"A {kind} does not conform to {name}: {rule} at {path}.", rule, exchange)
            told = f"A {kind} was held against {name} of {packages()[-1] if packages() else 'what is held'}."
            yield Examined(what=told, evidence=(exchange.id,), interaction="search")
    yield from wrong.findings()
    if not seen:
        yield view.undecided(f"a {kind} to hold against {name}")


def _errors(resource: dict[str, Any], exchange: Exchange, kind: str, canonical: str) -> Iterator[tuple[str, str]]:
    """Rule and path, without indices, of each error; no value is told."""
    from checker.checks.fhir_looked import without_indexes

    id = resource.get("id")
    where = Locator(path=exchange.id, offset=0)
    seen = Seen(resource, About(kind, id if isinstance(id, str) else "", where, prefix=""))
    for issue in judged(seen, (canonical,)).issues:
        if issue.is_error:
            yield issue.rule, without_indexes(issue.path)
