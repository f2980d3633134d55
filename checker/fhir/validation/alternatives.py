"""An element whose type names StructureDefinitions: the value has to conform to one of them.

Source: http://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.type.profile
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.fhir.definitions.ir import Element
from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.types import is_a

NONE = rule(
    "type-structure-definition",
    "error",
    "structure",
    title="A value conforms to none of the StructureDefinitions that its element names",
    why="The element takes values of certain forms only; readers are built for those.",
    fix="Make the value conform to one of them: what the nearest one lacks is said beside this issue.",
    source="http://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.type.profile",
)


def check(run: Run, node: Node, element: Element, canonicals: Sequence[str]) -> None:
    """Judge the node by the StructureDefinitions of its element's type: it has to conform to at least one.

    One that is not held is *not verified*. Where there are several, those for the node's own type are tried, and
    when none fits the issues of the nearest one are reported.
    """
    from checker.fhir.validation.walk import attempt, take

    found = [(canonical, run.library.structure(canonical)) for canonical in dict.fromkeys(canonicals)]
    held = [structure for _, structure in found if structure is not None]
    missing = [canonical for canonical, structure in found if structure is None]
    if len(found) == 1 and held:
        run.validate(run, node, held[0])
        return
    trials = [attempt(run, node, one) for one in held if is_a(run.library, node.type, one.type)]
    good = next((trial for trial in trials if not trial.failed), None)
    if good is not None:
        take(run, good)
        return
    if missing:
        if node.type != "Extension":  # an unknown extension is said by its url
            run.not_verified.extend(
                NotVerified(kind="structure-definition", subject=canonical, path=node.path) for canonical in missing
            )
        return
    names = ", ".join(canonical for canonical, _ in found)
    run.report(NONE, node, f"This conforms to none of {names}.", by=element, allowed=names)
    if trials:
        take(run, min(trials, key=lambda trial: sum(issue.is_error for issue, _ in trial.issues)))
