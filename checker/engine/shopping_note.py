"""The data shopping list for the report: from the states of the must-support scans, with an example of each thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from checker.checks.fhir_judging import UK_CORE, definitions, definitions_missing, structure
from checker.checks.fhir_must_support import MUST_SUPPORT_POPULATED, MustSupportParams, Population
from checker.checks.must_support_shown import parts, shown, wanted
from checker.engine.judge import Judgement
from checker.errors import CheckerFault
from checker.model.need import ScanNeed
from checker.model.registry import read_params
from checker.model.requirement import Profile, Requirement
from checker.model.shopping import ShoppingNote, ToLoad


def shopping_note(judgement: Judgement, profile: Profile) -> ShoppingNote | None:
    """What no resource shows, over all rows on must-support; None where the profile has none, or nothing was read."""
    found: dict[str, ToLoad] = {}
    seen: dict[str, int] = {}
    for row in profile.requirements:
        if row.check is None or row.check.check != MUST_SUPPORT_POPULATED.id:
            continue
        state = _state(judgement, row)
        if state is None:
            continue
        state.settle()
        params = read_params(MustSupportParams, row.check.params)
        seen.update(state.types)
        for key in state.missing(params):
            if key not in found:
                (named,) = state.asked[key].items
                found[key] = to_load(key, named, denied=parts(key)[0] in state.denied)
        for key, named in _of_types_without_any(state, params):
            found.setdefault(key, to_load(key, named))
    if not seen:
        return None
    return ShoppingNote(items=tuple(sorted(found.values())), seen={kind: seen[kind] for kind in sorted(seen)})


def _of_types_without_any(state: Population, params: MustSupportParams) -> Iterator[tuple[str, str]]:
    """What is wanted of the types that a row names and that nothing was read of, with who wants it."""
    for kind in params.types:
        held = structure(UK_CORE + kind) if kind not in state.types and not definitions_missing() else None
        for key in wanted(held).keys if held is not None else ():
            if not {key, parts(key)[0]} & set(params.absent):
                yield key, UK_CORE + kind


def to_load(key: str, definition: str, *, denied: bool = False) -> ToLoad:
    """One thing of a StructureDefinition, with an example where one can be made that the validator passes."""
    element, type_, target = parts(key)
    kind = element.partition(".")[0]
    made = ""
    if not definitions_missing():
        for canonical in dict.fromkeys((UK_CORE + kind, definition)):
            if made := _example(key, canonical):
                definition = canonical
                break
    return ToLoad(
        type=kind, element=element, as_type=type_, to=target, definition=definition, denied=denied, example=made
    )


def _state(judgement: Judgement, row: Requirement) -> Population | None:
    needs = [need for need in judgement.plan.needs[row.id] if isinstance(need, ScanNeed)]
    whole: Population | None = None
    for need in needs:
        try:
            state = judgement.view.scan(need).state
        except CheckerFault:  # the verdict on the row says so
            continue
        if isinstance(state, Population):
            whole = state if whole is None else MUST_SUPPORT_POPULATED.merge(whole, state)
    return whole


def _example(key: str, canonical: str) -> str:
    """JSON of an example by that StructureDefinition, if it is valid and shows the thing; else ""."""
    from checker.fhir.example import example_of

    held = structure(canonical)
    if held is None or key not in wanted(held).keys:
        return ""
    element, type_, target = parts(key)
    made = example_of(definitions(), held, element, type_=type_, target=target)
    # Many examples are loaded at once: each has an id of its own, and the same each time.
    made["id"] = "example-" + hashlib.sha256(f"{key} {canonical}".encode()).hexdigest()[:12]
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return text if _shows(made, text, key, canonical) else ""


def _shows(made: dict[str, Any], text: str, key: str, canonical: str) -> bool:
    result = _validator(definitions()).validate(text.encode(), (canonical,))
    if not result.valid:
        return False
    held = structure(canonical)
    if parts(key)[0] != key:
        return held is not None and key in shown(made, wanted(held).opens)
    return any(row.element == key and row.present for row in result.must_support)


@lru_cache(maxsize=2)
def _validator(held: Any) -> Any:
    from checker.fhir.validation.run import Options
    from checker.fhir.validator import Validator

    return Validator(held, options=Options(assume_valid_references=True, display_severity="warning"))
