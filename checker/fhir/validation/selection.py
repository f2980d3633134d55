"""Which StructureDefinitions judge a resource, besides the definition of its type; and a record of why.

In this order, and all that apply are judged by: what was asked for (``Options.structure_definitions``, the root only);
what a MessageDefinition says of the focus of a message; what a CapabilityStatement of the packages says of the type
(only when asked); what the resource names in ``meta.profile``. Vital signs are judged by the StructureDefinition that
the specification asks for, and every type by what an ImplementationGuide of the packages says of it.

Source: http://hl7.org/fhir/R4/validation.html and http://hl7.org/fhir/R4/profiling.html#resources
"""

from __future__ import annotations

from typing import Literal

import msgspec

from checker.errors import UsageFault
from checker.fhir.definitions.ir import Structure
from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation import chosen, implied
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Library, Run

UNKNOWN = rule(
    "structure-definition-unknown",
    "warning",
    "not-found",
    title="The resource names a StructureDefinition that is not held",
    why="The claim to conform to it was not verified: nothing of what it asks was looked at.",
    fix="Give the package that has it (--package), or correct the canonical in meta.profile.",
    source="http://hl7.org/fhir/R4/resource.html#Meta",
)
VERSION = rule(
    "structure-definition-version",
    "warning",
    "not-found",
    title="The resource names another version of a StructureDefinition than the one that is held",
    why="What another version asks may differ: the claim to conform was not verified.",
    fix="Give the package of that version (--package), or correct the version in meta.profile.",
    source="http://hl7.org/fhir/R4/references.html#canonical",
)

Why = Literal[
    "asked", "message-definition", "capability-statement", "meta.profile", "vital-signs", "implementation-guide"
]


class Used(msgspec.Struct, frozen=True):
    """A StructureDefinition that a resource was judged by: its canonical, where the resource stands, and why."""

    canonical: str
    path: str
    why: Why


def resolve(library: Library, canonical: str) -> Structure:
    """A StructureDefinition that was asked for. Raises ``UsageFault`` when it is not held."""
    structure = library.structure(canonical)
    if structure is None:
        raise UsageFault(
            f"the StructureDefinition {canonical} is not known",
            where="--structure-definition",
            next_step="Check the canonical, or give the package that has it (--package).",
        )
    return structure


def asked(run: Run, root: Node) -> None:
    """Judge the root by the StructureDefinitions that were asked for, and a message by its MessageDefinition.

    Raises ``UsageFault`` for an unknown one.
    """
    for canonical in run.options.structure_definitions:
        _use(run, root, resolve(run.library, canonical), "asked")
    for focus in chosen.of_message(run, root):
        _chosen(run, focus.node, focus.canonical, "message-definition")


def named(run: Run, node: Node) -> None:
    """Judge a resource by the StructureDefinitions of its ``meta.profile``, and by those that apply by themselves."""
    sign = implied.vital_sign(node)
    structure = run.library.structure(sign) if sign is not None else None
    if structure is not None:
        _use(run, node, structure, "vital-signs")
    for canonical in implied.of_guides(run.library, node.type):
        structure = run.library.structure(canonical)
        if structure is not None:
            _use(run, node, structure, "implementation-guide")
    if run.options.by_capability_statement and node.name != "contained":
        for canonical in chosen.of_capability(run, node.type):
            _chosen(run, node, canonical, "capability-statement")
    for meta in node.children("meta"):
        for one in meta.children("profile"):
            if isinstance(one.value, str) and one.value:
                _named(run, node, one, one.value)


def _chosen(run: Run, node: Node, canonical: str, why: Why) -> None:
    structure = run.library.structure(canonical)
    if structure is not None:
        _use(run, node, structure, why)
    else:
        run.not_verified.append(NotVerified(kind="structure-definition", subject=canonical, path=node.path, detail=why))


def _named(run: Run, node: Node, at: Node, canonical: str) -> None:
    structure = run.library.structure(canonical)
    if structure is not None:
        _use(run, node, structure, "meta.profile")
        return
    url, bar, version = canonical.partition("|")
    held = run.library.structure(url) if bar else None
    if held is not None:
        run.report(
            VERSION,
            at,
            f"Version {quoted(version)} of {url} is not at hand (version {held.version} is): it was not verified.",
            found=version,
            allowed=held.version,
        )
    elif run.library.raw(canonical, "StructureDefinition") is not None:
        run.report(
            UNKNOWN,
            at,
            f"The StructureDefinition {quoted(canonical)} cannot be used, so it was not verified.",
            found=canonical,
            fix="Mend the definition: its problem is told beside the resources.",
        )
    else:
        run.report(
            UNKNOWN,
            at,
            f"The StructureDefinition {quoted(canonical)} is not at hand, so it was not verified.",
            found=canonical,
        )
    run.not_verified.append(NotVerified(kind="structure-definition", subject=canonical, path=node.path))


def _use(run: Run, node: Node, structure: Structure, why: Why) -> None:
    run.seen.setdefault("used", {})[Used(structure.canonical, node.path, why)] = None
    run.validate(run, node, structure)


def used(run: Run) -> tuple[Used, ...]:
    """What was used in a run, in the order of use."""
    return tuple(run.seen.get("used", {}))
