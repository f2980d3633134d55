"""The four verbs that change an included requirement: tighten, parameterise, exclude, relax.

Each needs a reason, and each is recorded: a changed profile says so in every report.
"""

from __future__ import annotations

from typing import Any

from checker.catalogue.document import Document, advice, step
from checker.catalogue.rows import Row, layer
from checker.errors import ProfileFault
from checker.model.requirement import Change
from checker.model.terms import Basis, Obligation, Waivable

STRENGTH = {Obligation.MAY: 0, Obligation.SHOULD: 1, Obligation.MUST: 2}
_STRICTNESS = {Waivable.SUPPLIER: 0, Waivable.BUYER: 1, Waivable.NEVER: 2}
_VERB_STRENGTH = {
    **dict.fromkeys(("MUST", "SHALL", "REQUIRED", "MUST NOT", "SHALL NOT"), Obligation.MUST),
    **dict.fromkeys(("SHOULD", "RECOMMENDED", "SHOULD NOT", "NOT RECOMMENDED"), Obligation.SHOULD),
    **dict.fromkeys(("MAY", "OPTIONAL"), Obligation.MAY),
}
_VERBS = ("tighten", "parameterise", "exclude", "relax")


def strength_of_verb(verb: str) -> Obligation | None:
    """What a source's verb carries (RFC 2119); None for a verb that says nothing of it."""
    return _VERB_STRENGTH.get(verb.upper())


def apply_overlays(document: Document, rows: dict[str, Row]) -> list[Change]:
    """Change ``rows`` in place as the document's overlay says; returns what was changed, in order."""
    changes: list[Change] = []
    for index, entry in enumerate(document.data.get("overlay", [])):
        base = step("/overlay", index)
        name: str = entry["requirement"]
        if name not in rows:
            raise ProfileFault(
                f"the overlay changes {name}, which is not in this profile",
                where=document.where(step(base, "requirement")),
                next_step=advice(name, rows, "requirement"),
            )
        verb = next(verb for verb in _VERBS if verb in entry)
        if verb == "exclude":
            del rows[name]
            detail = ""
        else:
            change = {"tighten": _tighten, "relax": _relax, "parameterise": _parameterise}[verb]
            rows[name], detail = change(document, step(base, verb), rows[name], entry[verb])
        changes.append(Change(requirement=name, verb=verb, reason=entry["reason"], detail=detail))
    return changes


def _tighten(document: Document, pointer: str, row: Row, wanted: dict[str, Any]) -> tuple[Row, str]:
    """Obligation up, waivers stricter, evidence of a higher level; nothing else, and never down."""
    values: dict[str, Any] = {}
    told: list[str] = []
    if "obligation" in wanted:
        old, new = Obligation(row.data["obligation"]), Obligation(wanted["obligation"])
        if STRENGTH[new] <= STRENGTH[old]:
            raise _wrong_way(document, step(pointer, "obligation"), f"{new} does not tighten {old}", "relax")
        values["obligation"] = str(new)
        told.append(f"obligation {old} to {new}")
        carried = strength_of_verb(row.data["verb"])
        beyond = carried is None or STRENGTH[new] > STRENGTH[carried]
        if beyond and row.data["basis"] not in (Basis.POLICY, Basis.CONTRACT):  # stronger than its source: policy
            values["basis"] = str(Basis.POLICY)
            told.append(f"basis {row.data['basis']} to {Basis.POLICY}")
    if "waivable" in wanted:
        was, now = Waivable(row.data.get("waivable", "supplier")), Waivable(wanted["waivable"])
        if _STRICTNESS[now] <= _STRICTNESS[was]:
            raise _wrong_way(document, step(pointer, "waivable"), f"waivable {now} does not tighten {was}", "exclude")
        values["waivable"] = str(now)
        told.append(f"waivable {was} to {now}")
    if "evidence-floor" in wanted:
        low, high = row.data.get("evidence-floor", 0), wanted["evidence-floor"]
        if high <= low:
            what = f"evidence of level {high} does not tighten level {low}"
            raise _wrong_way(document, step(pointer, "evidence-floor"), what, "exclude")
        values["evidence-floor"] = high
        told.append(f"evidence of level {low} to {high}")
    layers = {name: layer(document, step(pointer, name)) for name in values}
    return row.changed(values, layers), "; ".join(told)


def _relax(document: Document, pointer: str, row: Row, wanted: dict[str, Any]) -> tuple[Row, str]:
    """Obligation down."""
    old, new = Obligation(row.data["obligation"]), Obligation(wanted["obligation"])
    if STRENGTH[new] >= STRENGTH[old]:
        raise _wrong_way(document, step(pointer, "obligation"), f"{new} does not relax {old}", "tighten")
    layers = {"obligation": layer(document, step(pointer, "obligation"))}
    return row.changed({"obligation": str(new)}, layers), f"obligation {old} to {new}"


def _parameterise(document: Document, pointer: str, row: Row, wanted: dict[str, Any]) -> tuple[Row, str]:
    """Other values for the parameters of the check."""
    if "check" not in row.data:
        raise ProfileFault(
            f"{row.id} has no check, so there is nothing to parameterise",
            where=document.where(pointer),
            next_step="Remove the entry, or name a requirement that a check decides.",
        )
    layers = {f"with.{name}": layer(document, step(pointer, name)) for name in wanted}
    detail = ", ".join(f"{name}: {value}" for name, value in wanted.items())
    return row.changed({"with": {**row.data.get("with", {}), **wanted}}, layers), detail


def _wrong_way(document: Document, pointer: str, what: str, other: str) -> ProfileFault:
    next_step = f"Tighten only goes up, relax only down; use {other!r} if that is meant."
    return ProfileFault(what, where=document.where(pointer), next_step=next_step)
