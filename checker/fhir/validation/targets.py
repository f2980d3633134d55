"""Whether a reference leads to what its element allows: the type of the target, and the StructureDefinitions it meets.

Source: http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.targetProfile
"""

from __future__ import annotations

import msgspec

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.instance import Node
from checker.fhir.validation.issue import Issue, NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.types import is_a, is_base

_PREFIX = "http://hl7.org/fhir/StructureDefinition/"

TARGET_TYPE = rule(
    "reference-target-type",
    "error",
    "structure",
    title="A reference leads to a resource of a type that its element does not allow",
    why="Software that follows the reference expects one of the allowed types and fails, or shows nothing.",
    fix="Refer to a resource of an allowed type, or move the reference to the element that is meant for it.",
    source="http://hl7.org/fhir/R4/references.html#Reference",
    good='"schedule": {"reference": "Schedule/12"}',
    bad='"schedule": {"reference": "Appointment/12"}',
)
TARGET_STRUCTURE = rule(
    "reference-target-structure-definition",
    "error",
    "structure",
    title="The resource that a reference leads to does not meet what the element asks of it",
    why="The element promises a target that meets a StructureDefinition; receivers rely on what that one guarantees.",
    fix="Mend the resource that is referred to, or refer to one that meets the StructureDefinition.",
    source="http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.targetProfile",
)


class Targets(msgspec.Struct, frozen=True):
    """What an element allows its references to lead to.

    ``structures`` are the StructureDefinitions that are held; ``unknown`` the canonicals of those that are not.
    ``open`` says that anything may stand there.
    """

    structures: tuple[Structure, ...]
    unknown: tuple[str, ...]
    open: bool

    def allows(self, kind: str, run: Run) -> bool | None:
        """Whether a resource of that type may be the target; None when an unknown target makes it undecided."""
        if self.open or any(is_a(run.library, kind, structure.type) for structure in self.structures):
            return True
        return None if self.unknown else False

    @property
    def described(self) -> str:
        """The allowed types, in words."""
        names = sorted({structure.type for structure in self.structures} | set(self.unknown))
        return ", ".join(names)


def targets(run: Run, element: Element, kind: str = "Reference") -> Targets:
    """The targets that the element allows for its ``Reference`` (or ``canonical``) type."""
    wanted: list[str] = []
    for entry in element.types:
        if entry.code == kind:
            if not entry.target_profiles:
                return Targets((), (), True)
            wanted.extend(entry.target_profiles)
    if not wanted or _PREFIX + "Resource" in wanted:
        return Targets((), (), True)
    held: list[Structure] = []
    unknown: list[str] = []
    for canonical in wanted:
        structure = run.library.structure(canonical)
        if structure is not None:
            held.append(structure)
        else:
            unknown.append(canonical)
    return Targets(tuple(held), tuple(unknown), False)


def check_target(
    run: Run, node: Node, element: Element, allowed: Targets, kind: str, target: Node | None, *, said: bool
) -> None:
    """Say so when the target is of a wrong type, or meets none of the StructureDefinitions asked for.

    ``kind`` is the type of the target, taken from the resource or from the text of the reference; ``said`` tells that
    ``Reference.type`` states it. ``target`` is the resource, where it is at hand. Where the type is known from the
    text alone, a StructureDefinition that narrows the targets of the base definition gets a warning only: the target
    could not be looked at.
    """
    verdict = allowed.allows(kind, run)
    if verdict is False:
        sure = said or target is not None or element is node.declared or run.options.assume_valid_references
        run.report(
            TARGET_TYPE,
            node,
            f"The reference leads to a resource of type {kind}; {element.path} may only refer to {allowed.described}",
            below="reference",
            severity="error" if sure else "warning",
            by=element,
            found=node.text("reference"),
            allowed=allowed.described,
        )
        return
    if verdict is None:
        for canonical in allowed.unknown:
            _not_held(run, node, element, canonical)
        return
    fitting = [structure for structure in allowed.structures if is_a(run.library, kind, structure.type)]
    if target is None or allowed.open or any(is_base(structure) for structure in fitting):
        return
    _check_structures(run, node, element, allowed, fitting, target)


def _check_structures(
    run: Run, node: Node, element: Element, allowed: Targets, fitting: list[Structure], target: Node
) -> None:
    failures: list[tuple[Structure, Issue]] = []
    for structure in fitting:
        outcome = _conforms(run, target, structure)
        if outcome is None:
            return
        if isinstance(outcome, NotVerified):
            run.not_verified.append(msgspec.structs.replace(outcome, path=node.path))
            return
        failures.append((structure, outcome))
    if allowed.unknown:  # one that is not held may be the one that the target meets
        for canonical in allowed.unknown:
            _not_held(run, node, element, canonical)
        return
    structure, first = failures[0]
    asked = ", ".join(each.url for each, _ in failures)
    run.report(
        TARGET_STRUCTURE,
        node,
        f"The resource that is referred to meets none of {asked}."
        f" Against {structure.url}: {first.path}: {first.message}",
        by=element,
        found=node.text("reference"),
        allowed=asked,
        fix=first.fix or None,
    )


def _not_held(run: Run, node: Node, element: Element, canonical: str) -> None:
    run.not_verified.append(
        NotVerified(
            kind="structure-definition",
            subject=canonical,
            path=node.path,
            detail="the target of the reference was not judged by it: the StructureDefinition is not held",
        )
    )
    run.problem(element.structure, f"it asks for targets that meet {canonical}, which is not held", element.id)


def _conforms(run: Run, target: Node, structure: Structure) -> Issue | NotVerified | None:
    """None when the resource meets the StructureDefinition, else the first error, or why it could not be said.

    The run remembers what it found of each resource and StructureDefinition, and ends circles of references.
    """
    trial = run.trial()
    run.validate(trial, target, structure)
    found = next((issue for issue, _ in trial.issues if issue.is_error), None)
    if found is not None:
        return found
    own = (target.path, structure.canonical)
    return next((each for each in trial.not_verified if (each.path, each.subject) == own), None)
