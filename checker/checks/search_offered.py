"""Does a server have a kind of search at all? What it neither declares nor takes, it need not do right.

Source: http://hl7.org/fhir/R4/search.html and http://hl7.org/fhir/R4/capabilitystatement-definitions.html.
"""

from __future__ import annotations

from typing import Any

from checker.checks.capability import METADATA, statement_in
from checker.checks.trials import SHOWN, needs, trial
from checker.fhir import statement as stated
from checker.fhir.search.asking import Answer
from checker.fhir.search.families import FAMILIES
from checker.fhir.search.gathered import answers, facts
from checker.model.registry import condition
from checker.model.value import Params
from checker.model.view import EvidenceView


class OfDeclaration(Params, frozen=True, kw_only=True):
    """What a CapabilityStatement may declare of searches: ``include``, ``revinclude``, ``linked`` (one of the two), or
    ``quantity``, which numbers are too.
    """

    what: str


class OfFamily(Params, frozen=True, kw_only=True):
    """A kind of trial of searches (``checker.fhir.search.families``)."""

    family: str


_LISTS = {
    "include": ("searchInclude",),
    "revinclude": ("searchRevInclude",),
    "linked": ("searchInclude", "searchRevInclude"),
}
_AMOUNTS = frozenset({"quantity", "number"})


@condition("search.is-declared", params=OfDeclaration, needs=lambda p, settings: [METADATA], claim=True)
def is_declared(ev: EvidenceView, p: OfDeclaration) -> bool | None:
    """The CapabilityStatement declares such searches of some resource type.

    Unknown without a statement of a REST server.
    """
    statement = statement_in(ev)
    resources = list(stated.resources(statement))
    if not resources:
        return None
    if p.what in _LISTS:
        return any(one.get(name) for one in resources for name in _LISTS[p.what])
    return any(_has_amount(part) for part in (*resources, *stated.rests(statement)))


def _has_amount(part: dict[str, Any]) -> bool:
    listed = part.get("searchParam")
    parameters = (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()
    return any(one.get("type") in _AMOUNTS for one in parameters if isinstance(one.get("type"), str))


@condition("search.is-taken", params=OfFamily, needs=lambda p, settings: needs(p.family), claim=False)
def is_taken(ev: EvidenceView, p: OfFamily) -> bool | None:
    """Of the searches of a kind that no statement declares, such as a modifier, the server takes at least one.

    False where each was refused with 4xx, or its self link names nothing of what was asked. Where none could be asked,
    or the server was in trouble, the requirement applies, and says itself what was in the way.
    """
    view = ev.record(trial(p.family))
    known = facts(ev.record(METADATA).exchange("metadata"), ev.record(SHOWN), ev.supplier.base_url)
    tried: list[tuple[Answer, ...]] = []
    for group in FAMILIES[p.family].asks(known):
        got = answers(view, group)
        if any(not answer.exchanges for answer in got):
            break
        tried.append(got)
    return not tried or not all(_set_aside(got) for got in tried)


def _set_aside(got: tuple[Answer, ...]) -> bool:
    """Is one of these searches refused, or answered as if what is particular about it had not been asked?"""
    if any(answer.trouble is not None or answer.broke for answer in got):
        return False
    return any(answer.refused or answer.ignored for answer in got)
