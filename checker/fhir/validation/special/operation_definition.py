"""An OperationDefinition beside the StructureDefinitions of its input and output.

Source: http://hl7.org/fhir/R4/operationdefinition-definitions.html#OperationDefinition.inputProfile
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.definitions.ir import Element
from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.json_shape import extension_value, integer, texts

_SOURCE: Final = "http://hl7.org/fhir/R4/operationdefinition-definitions.html"
_ALLOWED: Final = "http://hl7.org/fhir/StructureDefinition/operationdefinition-allowed-type"

UNKNOWN = rule(
    "operation-definition-structure-unknown",
    "error",
    "unknown",
    title="The StructureDefinition of an operation's input or output is not at hand, or not one of Parameters",
    why="Callers cannot tell what to send.",
    fix="Give it to the validator in a package, or mend the canonical.",
    source=f"{_SOURCE}#OperationDefinition.inputProfile",
)
DIFFERENT = rule(
    "operation-definition-parameter",
    "error",
    "invalid",
    title="A parameter of the operation differs from the StructureDefinition of its input or output",
    why="The two tell callers different things.",
    fix="State the same cardinality, types and targets in both.",
    source=f"{_SOURCE}#OperationDefinition.inputProfile",
)
UNMATCHED = rule(
    "operation-definition-parameter-unmatched",
    "warning",
    "unknown",
    title="A parameter stands in the operation or in its StructureDefinition, but not in both",
    why="The two tell callers different things.",
    fix="Add it where it is missing.",
    source=f"{_SOURCE}#OperationDefinition.inputProfile",
)


def check(run: Run, node: Node) -> None:
    """Judge inputProfile and outputProfile."""
    for element, use in (("inputProfile", "in"), ("outputProfile", "out")):
        canonical = node.text(element)
        if canonical is not None:
            _beside(run, node, element, use, canonical)


def _beside(run: Run, node: Node, element: str, use: str, canonical: str) -> None:
    structure = run.library.structure(canonical)
    if structure is None or structure.type != "Parameters":
        what = "is not at hand" if structure is None else f"is one of {structure.type}, not of Parameters"
        run.report(UNKNOWN, node, f"The StructureDefinition '{canonical}' {what}.", below=element, found=canonical)
        return
    holder = structure.root.members.get("parameter")
    parameters = [one for one in node.children("parameter") if one.text("use") == use]
    matched: set[str] = set()
    for slice_ in holder.slices if holder is not None else ():
        name = _name(slice_)
        if name is None:
            continue
        parameter = next((one for one in parameters if one.text("name") == name), None)
        if parameter is None:
            said = f"'{canonical}' defines the parameter '{name}', but the operation does not."
            run.report(UNMATCHED, node, said, below=element, found=name)
        else:
            matched.add(name)
            _compare(run, parameter, slice_, name, canonical)
    for parameter in parameters:
        own = parameter.text("name")
        if own is not None and own not in matched:
            said = f"The operation defines the parameter '{own}', but '{canonical}' does not."
            run.report(UNMATCHED, parameter, said, found=own)


def _name(slice_: Element) -> str | None:
    name = slice_.members.get("name")
    stated = (name.fixed or name.pattern) if name is not None else None
    return stated.value if stated is not None and isinstance(stated.value, str) else None


def _compare(run: Run, parameter: Node, slice_: Element, name: str, canonical: str) -> None:
    held = parameter.holder
    least = integer(held.get("min"))
    if least is not None and least != slice_.min:
        _say(run, parameter, "min", f"'{name}' has the min {least}, but {slice_.min} in '{canonical}'.")
    most, bound = held.get("max"), "*" if slice_.max is None else str(slice_.max)
    if isinstance(most, str) and most != bound:
        _say(run, parameter, "max", f"'{name}' has the max {most}, but {bound} in '{canonical}'.")
    types, targets = _asked(slice_)
    allowed = _types(held)
    for one in sorted(types - allowed):
        _say(run, parameter, "type", f"'{canonical}' lets '{name}' be a {one}, which the operation does not.")
    for one in sorted(allowed - types):
        _say(run, parameter, "type", f"The operation lets '{name}' be a {one}, which '{canonical}' does not.")
    stated = set(texts(held.get("targetProfile")))
    for one in sorted(stated ^ targets):
        where = "the operation" if one in stated else f"'{canonical}'"
        _say(run, parameter, "targetProfile", f"Only {where} lets '{name}' refer to {one}.")


def _asked(slice_: Element) -> tuple[set[str], set[str]]:
    """Types and target profiles of what the slice lets a parameter carry."""
    types: set[str] = set()
    targets: set[str] = set()
    parts = {name: slice_.members.get(name) for name in ("value", "resource", "part")}
    for name in ("value", "resource"):
        element = parts[name]
        others = [one for other, one in parts.items() if other != name and one is not None]
        if element is None or element.max == 0 or any(one.min > 0 for one in others):
            continue
        for kind in element.types:
            types.add(kind.code)
            targets.update(kind.target_profiles)
    return types, targets


def _types(held: dict[str, Any]) -> set[str]:
    own = extension_value(held, _ALLOWED)
    if isinstance(own, str):
        from checker.fhir.validation.special.json_shape import extensions, value_of

        return {value for one in extensions(held, _ALLOWED) if isinstance(value := value_of(one), str)}
    kind = held.get("type")
    return {kind} if isinstance(kind, str) else set()


def _say(run: Run, parameter: Node, below: str, said: str) -> None:
    run.report(DIFFERENT, parameter, said, below=below)
