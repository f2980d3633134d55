"""Does a node belong to a slice? What the discriminators say, in the definition and in the instance.

For each discriminator the definition is followed along the discriminator's path to what the slice demands there,
the instance is followed along the same path, and the two are compared.

Source: http://hl7.org/fhir/R4/profiling.html#discriminator
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.fhir.definitions.ir import Binding, Discriminator, Element
from checker.fhir.instance import Node
from checker.fhir.validation.aspects import show
from checker.fhir.validation.coded import coded_values
from checker.fhir.validation.discriminator_paths import Place, Reached, Step, hint, nodes_at, places, steps, urls
from checker.fhir.validation.run import Run
from checker.fhir.validation.types import is_a
from checker.fhir.validation.values import fixed_difference, pattern_difference


class Answer(msgspec.Struct, frozen=True):
    """Whether a node matches: True, False, or None when nobody can say; ``reason`` says why not."""

    matches: bool | None
    reason: str = ""


def signature(run: Run, slice_: Element, discriminator: Discriminator) -> tuple[Any, ...]:
    """What a slice demands by a discriminator, comparable: slices that demand the same can't be told apart."""
    kind = discriminator.type
    demanded: list[Any] = sorted(urls(slice_)) if discriminator.path == "url" else []
    for place in places(run, slice_, steps(discriminator.path)):
        element = place.element
        if kind in ("type", "profile"):
            demanded.append([(one.code, one.profiles if kind == "profile" else ()) for one in place.types])
        elif element is None or kind == "exists":
            demanded.append((place.inherited, element.min if element else 0, element.max if element else None))
        else:
            demanded.append((element.fixed, element.pattern, element.binding, place.inherited))
    return tuple(demanded)


def match(run: Run, node: Node, slice_: Element, discriminator: Discriminator) -> Answer:
    """Whether the node has what the slice demands at the discriminator's path."""
    path = steps(discriminator.path)
    where = places(run, slice_, path)
    by_url = _by_extension_url(node, slice_, path)
    if by_url is not None and discriminator.type in ("value", "pattern"):
        return by_url
    judged = {"value": _by_value, "pattern": _by_value, "exists": _by_existence, "type": _by_type}
    answer = judged.get(discriminator.type, _by_profile)(run, nodes_at(run, node, path), where)
    if answer is None:
        return _undefined(run, slice_, discriminator)
    return answer


def _undefined(run: Run, slice_: Element, discriminator: Discriminator) -> Answer:
    run.problem(
        slice_.structure,
        f"the slice '{slice_.slice_name}' demands nothing at '{discriminator.path}', by which it is to be told apart"
        f" ({discriminator.type})",
        slice_.id,
    )
    return Answer(None, f"the definition demands nothing at '{discriminator.path}'")


def _by_extension_url(node: Node, slice_: Element, path: tuple[Step, ...]) -> Answer | None:
    """A slice of extensions by url: the canonical of their StructureDefinition is the url, be it held or not."""
    known = urls(slice_)
    if node.type != "Extension" or path != (Step("child", "url"),) or not known:
        return None
    url = node.text("url")
    return Answer(url in known, f"the url is {show(url)}, not {' or '.join(sorted(known))}")


def _by_value(run: Run, reached: Reached, where: list[Place]) -> Answer | None:
    demands = [answer for place in where if (answer := _demand(run, reached.nodes, place)) is not None]
    # A path on which nothing but the cardinality is stated demands that the element is there, or is not.
    if not demands:
        return _by_existence(run, reached, where)
    missed = next((answer for answer in demands if answer.matches is False), None)
    if missed is not None:
        return Answer(None, "the reference leads out of sight") if reached.hidden else missed
    return next((answer for answer in demands if answer.matches is None), Answer(True))


def _demand(run: Run, nodes: list[Node], place: Place) -> Answer | None:
    element = place.element
    if element is not None and element.max == 0:
        return Answer(not nodes, "an element stands where the slice has none")
    if element is not None and element.fixed is not None:
        return _any(nodes, element.fixed.value, exact=True)
    if element is not None and element.pattern is not None:
        return _any(nodes, element.pattern.value, exact=False)
    if place.inherited:
        answers = [_any(nodes, value, exact=False) for value in place.inherited]
        return next((answer for answer in answers if not answer.matches), answers[0])
    if element is not None and element.binding is not None and element.binding.strength == "required":
        return _bound(run, nodes, element.binding)
    return None


def _any(nodes: list[Node], wanted: Any, *, exact: bool) -> Answer:
    differ = fixed_difference if exact else pattern_difference
    if any(differ(node.value, wanted) is None for node in nodes):
        return Answer(True)
    found = ", ".join(show(node.value, 60) for node in nodes[:3]) or "nothing"
    return Answer(False, f"{show(wanted)} is asked, and there is {found}")


def _bound(run: Run, nodes: list[Node], binding: Binding) -> Answer | None:
    if binding.value_set is None:
        return None
    outcomes = [
        _in_value_set(run, coding, binding.value_set)
        for node in nodes
        for coding in coded_values(node.value, node.type)
    ]
    if "in" in outcomes:
        return Answer(True)
    if "unknown" in outcomes:
        return Answer(None, f"whether its code is in {binding.value_set} is not known")
    return Answer(False, f"a code of {binding.value_set} is asked")


def _in_value_set(run: Run, coding: tuple[str | None, str, bool], value_set: str) -> str:
    system, code, bare = coding
    return str(run.terminology.validate(value_set, system, code, code_only=bare).outcome)


def _by_existence(run: Run, reached: Reached, where: list[Place]) -> Answer | None:
    for place in where:
        element = place.element
        if element is not None and element.max == 0:
            return Answer(not reached.nodes, "an element stands where the slice has none")
        if element is not None and element.min > 0:
            return Answer(bool(reached.nodes), "the element that the slice demands is missing")
    return None


def _by_type(run: Run, reached: Reached, where: list[Place]) -> Answer | None:
    wanted = list(dict.fromkeys(kind.code for place in where for kind in place.types))
    if not wanted:
        return None
    hints = [hint(run, one) for one in reached.hidden]
    kinds = [node.type for node in reached.nodes] + [hint for hint in hints if hint is not None]
    if any(is_a(run.library, kind, code) for kind in kinds for code in wanted):
        return Answer(True)
    if None in hints:
        return Answer(None, "the reference leads out of sight")
    return Answer(False, f"the type {' or '.join(wanted)} is asked, and there is {', '.join(kinds) or 'nothing'}")


def _by_profile(run: Run, reached: Reached, where: list[Place]) -> Answer | None:
    from checker.fhir.validation.walk import attempt

    canonicals = list(dict.fromkeys(profile for place in where for kind in place.types for profile in kind.profiles))
    if not canonicals:
        return _by_type(run, reached, where)
    unknown = bool(reached.hidden)
    for canonical in canonicals:
        structure = run.library.structure(canonical)
        if structure is None:
            unknown = True
        elif any(
            is_a(run.library, node.type, structure.type) and not attempt(run, node, structure).failed
            for node in reached.nodes
        ):
            return Answer(True)
    return Answer(None if unknown else False, f"it does not conform to {' or '.join(canonicals)}")
