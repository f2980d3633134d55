"""A differential beside its base: order of the elements, types, targets, values, bindings, and slices without slicing.

What a constraint says may only narrow what its base says; and a snapshot can be made of it only where its elements
stand in the order of the base.

Source: http://hl7.org/fhir/R4/profiling.html#snapshot and http://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.base_elements import below
from checker.fhir.validation.special.choice_slices import ChoiceSlices
from checker.fhir.validation.special.json_shape import choice, dicts, text, texts
from checker.fhir.validation.types import is_a, is_base

_SOURCE: Final = "http://hl7.org/fhir/R4/elementdefinition-definitions.html"
_REFERENCES: Final = frozenset({"Reference", "canonical"})
_ANY: Final = frozenset({"Resource", "DomainResource"})

ORDER = rule(
    "differential-order",
    "error",
    "structure",
    title="The elements of a differential do not stand in the order of the base",
    why="No snapshot can be made of it, so no system can check anything by this definition.",
    fix="Put the elements in the order that the base has them in.",
    source="http://hl7.org/fhir/R4/profiling.html#snapshot",
)
TYPE = rule(
    "differential-type",
    "error",
    "structure",
    title="A definition allows a type that its base does not allow",
    why="What it allows is still an error by the base: nothing can satisfy both.",
    fix="Choose among the types, and the targets, of the base.",
    source=f"{_SOURCE}#ElementDefinition.type",
)
VALUE = rule(
    "differential-value-type",
    "error",
    "structure",
    title="A fixed value or pattern has another type than its element",
    why="No value can equal it.",
    fix="Use the fixed[x] or pattern[x] of the element's type.",
    source=f"{_SOURCE}#ElementDefinition.fixed_x_",
    good='"path": "Patient.gender", "fixedCode": "male"',
    bad='"path": "Patient.gender", "fixedString": "male"',
)
BINDING = rule(
    "differential-binding",
    "error",
    "structure",
    title="A definition loosens a required binding of its base",
    why="The base requires its codes all the same: what this definition allows beside them is an error.",
    fix="Keep the binding required, to the same value set or to a part of it.",
    source="http://hl7.org/fhir/R4/profiling.html#binding-strength",
)
SLICE = rule(
    "differential-slicing-missing",
    "error",
    "structure",
    title="A slice stands where nothing says how slices are told apart",
    why="Nobody can tell which values belong to the slice.",
    fix="Put an element with slicing before the slices.",
    source="http://hl7.org/fhir/R4/profiling.html#slicing",
)


def check(run: Run, node: Node, base: Structure) -> None:
    """Judge the differential of a constraint on ``base``."""
    order = _Order(run)
    choices = ChoiceSlices(run)
    sliced: set[str] = set()
    for holder in node.children("differential"):
        for element in holder.children("element"):
            path = text(element.value.get("path")) if isinstance(element.value, dict) else None
            if path is None or path.partition(".")[0] != base.type.rpartition("/")[2]:
                continue
            steps = path.split(".")[1:]
            found = below(run.library, base.root, steps) if steps else base.root
            if not isinstance(found, Element):
                continue
            order.check(element, base.root, steps)
            _slice(run, element, base, found, path, sliced)
            choices.check(element, path)
            if steps:
                _types(run, element, found)
                _value(run, element, found)
                _binding(run, element, found)


class _Order:
    """How far the differential has come in each element of the base."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.reached: dict[tuple[str, ...], int] = {}

    def check(self, element: Node, root: Element, steps: list[str]) -> None:
        """Judge the place of one element, and take note of it."""
        for depth in range(len(steps)):
            parent, name = tuple(steps[:depth]), steps[depth]
            place = self._place(root, list(parent), name)
            if place is None:
                return
            before = self.reached.get(parent, -1)
            if place < before:
                said = f"'{element.text('path')}' stands after an element that comes later in the base."
                self.run.report(ORDER, element, said, below="path", found=element.text("path"))
                return
            self.reached[parent] = place
            if place > before or depth == len(steps) - 1:
                start = (*parent, name)
                for known in [one for one in self.reached if one[: len(start)] == start]:
                    del self.reached[known]

    def _place(self, root: Element, parent: list[str], name: str) -> int | None:
        holder = below(self.run.library, root, parent) if parent else root
        if not isinstance(holder, Element):
            return None
        if not holder.children:
            structure = self.run.library.type(holder.types[0].code) if len(holder.types) == 1 else None
            if structure is None:
                return None
            holder = structure.root
        names = list(holder.children)
        return names.index(name) if name in names else None


def _slice(run: Run, element: Node, base: Structure, found: Element, path: str, sliced: set[str]) -> None:
    held: dict[str, Any] = element.value
    if "slicing" in held:
        sliced.add(path)
    name = text(held.get("sliceName"))
    if name is None or path in sliced or found.slicing is not None or found.choice or not is_base(base):
        return
    if path.endswith(("xtension", "[x]")) or "." not in path or found.max == 1:
        return  # extensions are told apart by url, choices by type, without a word; a name alone does no harm
    run.report(SLICE, element, f"'{path}' is sliced, and nothing says how the slices are told apart.", found=name)


def _types(run: Run, element: Node, found: Element) -> None:
    held: dict[str, Any] = element.value
    allowed = tuple(dict.fromkeys(kind.code for kind in found.types))
    if not allowed:
        return
    for index, one in enumerate(dicts(held.get("type"))):
        code = text(one.get("code"))
        if code is None or "/" in code:
            continue
        if not any(is_a(run.library, code, kind) for kind in allowed):
            said = f"The type {code} is none of the base, which allows {', '.join(allowed[:10])}."
            run.report(TYPE, element, said, below=f"type[{index}]", found=code, allowed=", ".join(allowed))
        elif code in _REFERENCES:
            _targets(run, element, found, code, texts(one.get("targetProfile")), index)


def _targets(run: Run, element: Node, found: Element, code: str, targets: list[str], index: int) -> None:
    known = [run.library.structure(url) for kind in found.types if kind.code == code for url in kind.target_profiles]
    bases = [structure.type for structure in known if structure is not None]
    if not bases or len(bases) != len(known) or _ANY & set(bases):
        return
    for place, url in enumerate(targets):
        target = run.library.structure(url)
        if target is None or target.kind != "resource" or any(is_a(run.library, target.type, one) for one in bases):
            continue
        said = f"'{url}' is about {target.type}; in the base the target is {' or '.join(sorted(set(bases))[:10])}."
        where = f"type[{index}].targetProfile[{place}]"
        run.report(TYPE, element, said, below=where, found=url, allowed=", ".join(sorted(set(bases))))


def _value(run: Run, element: Node, found: Element) -> None:
    held: dict[str, Any] = element.value
    own = {code for one in dicts(held.get("type")) if (code := text(one.get("code"))) is not None}
    allowed = own or {kind.code for kind in found.types}
    if found.fixed is not None or not allowed or any("/" in code for code in allowed):
        return  # against the value that the base fixes it is judged with the element
    for stem in ("fixed", "pattern"):
        kind, _ = choice(held, stem)
        if kind and kind.lower() not in {code.lower() for code in allowed}:
            kinds = ", ".join(sorted(allowed))
            said = f"The {stem} value is a {kind}, but the element is of type {kinds}."
            run.report(VALUE, element, said, below=f"{stem}{kind}", found=kind, allowed=kinds)


def _binding(run: Run, element: Node, found: Element) -> None:
    stated, base = element.value.get("binding"), found.binding
    if not isinstance(stated, dict) or base is None or base.strength != "required":
        return
    strength, value_set = text(stated.get("strength")), text(stated.get("valueSet"))
    if strength in ("extensible", "preferred", "example"):
        said = f"The binding is {strength}, but required in the base."
        run.report(BINDING, element, said, below="binding", found=strength, allowed="required")
        return
    listed = getattr(run.terminology, "codes", None)
    if listed is None or value_set is None or base.value_set is None or value_set == base.value_set:
        return
    mine, theirs = listed(value_set), listed(base.value_set)
    if mine and theirs and not mine <= theirs:
        extra = ", ".join(sorted(mine - theirs)[:5])
        said = f"The value set '{value_set}' has codes that '{base.value_set}' has not: {extra}."
        run.report(BINDING, element, said, below="binding", found=value_set, allowed=base.value_set)
