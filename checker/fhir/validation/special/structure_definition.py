"""A StructureDefinition: what it derives from, where an extension may stand; its elements have a module of their own.

Source: http://hl7.org/fhir/R4/structuredefinition.html
"""

from __future__ import annotations

from typing import Final

from checker.fhir.definitions.ir import Structure
from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import differential, element_definition
from checker.fhir.validation.special.base_elements import at_path
from checker.fhir.validation.special.json_shape import dicts, text

_SOURCE: Final = "http://hl7.org/fhir/R4/structuredefinition-definitions.html"
_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/Extension"

BASE_UNKNOWN = rule(
    "structure-definition-base-unknown",
    "warning",
    "not-found",
    title="What the StructureDefinition derives from is not at hand",
    why="The differential could not be judged.",
    fix="Give the base to the validator in a package.",
    source=f"{_SOURCE}#StructureDefinition.baseDefinition",
)
DERIVATION = rule(
    "structure-definition-derivation",
    "error",
    "not-found",
    title="Type or kind of the StructureDefinition do not fit what it derives from",
    why="A constraint is about the type that it constrains; a specialization defines a type of its own.",
    fix="State derivation; with constraint, the type and kind of the base.",
    source=f"{_SOURCE}#StructureDefinition.derivation",
)
EXTENSION_URL = rule(
    "structure-definition-extension-url",
    "error",
    "invalid",
    title="The url that the extension fixes is not its own",
    why="An instance is found by the url of the definition: with another one it never is.",
    fix="Fix Extension.url to the url of the StructureDefinition.",
    source="http://hl7.org/fhir/R4/defining-extensions.html",
)
CONTEXT = rule(
    "structure-definition-context",
    "error",
    "invalid",
    title="The context of the StructureDefinition cannot be",
    why="A context says where an extension may stand: it must be an element that there is.",
    fix="Name an element of a FHIR type; leave the context out of what is no extension.",
    source=f"{_SOURCE}#StructureDefinition.context",
)
WIDE_CONTEXT = rule(
    "structure-definition-context-wide",
    "warning",
    "business-rule",
    title="The context of the extension is every element, or an element written as FHIRPath",
    why="An extension that may stand anywhere is rarely meant; a FHIRPath context is dear to evaluate.",
    fix="Name the elements where it is meant to stand, with the type element.",
    source=f"{_SOURCE}#StructureDefinition.context",
)


def check(run: Run, node: Node) -> None:
    """Judge a StructureDefinition."""
    _context(run, node)
    canonical = node.text("baseDefinition")
    base = run.library.structure(canonical) if canonical is not None else None
    if canonical is not None and base is None:
        said = f"The base '{canonical}' is not at hand, so the differential was not judged."
        run.report(BASE_UNKNOWN, node, said, below="baseDefinition", found=canonical)
        return
    if base is not None:
        _derivation(run, node, base)
        _extension_url(run, node, canonical)
    element_definition.check(run, node, base)
    if base is not None and node.text("derivation") == "constraint":
        differential.check(run, node, base)


def _derivation(run: Run, node: Node, base: Structure) -> None:
    derivation, kind, type_ = node.text("derivation"), node.text("kind"), node.text("type")
    if derivation is None:
        run.report(
            DERIVATION, node, f"The StructureDefinition derives from '{base.url}', but does not say how (derivation)."
        )
        return
    if kind is not None and kind != base.kind and (derivation == "constraint" or not base.abstract):
        said = f"Its kind is {kind}, but that of its base '{base.url}' is {base.kind}."
        run.report(DERIVATION, node, said, below="kind", found=kind, allowed=base.kind)
    if type_ is None:
        return
    if derivation == "constraint" and type_ != base.type:
        said = f"The StructureDefinition constrains '{base.url}', which is about {base.type}, not {type_}."
        run.report(DERIVATION, node, said, below="type", found=type_, allowed=base.type)
    elif derivation == "specialization" and _is_of_nobody(run, node, type_):
        said = f"'{type_}' is no type of FHIR: a type that others define has an absolute URL."
        run.report(DERIVATION, node, said, below="type", found=type_)
    elif derivation == "specialization" and type_ == base.type:
        said = f"The StructureDefinition specializes '{base.url}', so it needs a type of its own, not {type_}."
        run.report(DERIVATION, node, said, below="type", found=type_)


def _is_of_nobody(run: Run, node: Node, name: str) -> bool:
    """Whether the name is one in the namespace of FHIR that FHIR does not define."""
    own = (node.text("url") or "").startswith("http://hl7.org/fhir/")
    return not own and ":" not in name and "/" not in name and run.library.type(name) is None


def _extension_url(run: Run, node: Node, canonical: str | None) -> None:
    url, differential = node.text("url"), node.holder.get("differential")
    if canonical != _EXTENSION or node.text("type") != "Extension" or url is None or not isinstance(differential, dict):
        return
    for index, element in enumerate(dicts(differential.get("element"))):
        if element.get("path") == "Extension.url":
            fixed = text(element.get("fixedUri"))
            if fixed is not None and fixed != url:
                said = f"The StructureDefinition fixes the url '{fixed}', but its own is '{url}'."
                where = f"differential.element[{index}]"
                run.report(EXTENSION_URL, node, said, below=where, found=fixed, allowed=url)
            if fixed is not None:
                return
    run.report(EXTENSION_URL, node, "The StructureDefinition does not fix Extension.url to its own url.", allowed=url)


def _context(run: Run, node: Node) -> None:
    contexts, invariants = node.children("context"), node.children("contextInvariant")
    if node.text("type") != "Extension":
        for one in (*contexts, *invariants):
            run.report(CONTEXT, one, f"Only an extension has a context; this is about {node.text('type')}.")
        return
    for one in invariants:
        _invariant(run, one)
    for one in contexts:
        kind, expression = one.text("type"), one.text("expression")
        if expression is None:
            continue
        if kind == "element":
            if expression == "Element":
                said = "The extension may stand on every element."
                run.report(WIDE_CONTEXT, one, said, found=expression)
            elif not one.children("extension") and _is_nowhere(run, expression):
                run.report(CONTEXT, one, f"There is no element '{expression}'.", below="expression", found=expression)
        elif kind == "fhirpath" and at_path(run.library, expression) not in (None, False):
            said = f"'{expression}' is an element: use the type element."
            run.report(WIDE_CONTEXT, one, said, found=expression)


def _invariant(run: Run, one: Node) -> None:
    """Judge an invariant of the context: it is read as FHIRPath."""
    from checker.fhir.fhirpath.errors import FHIRPathSyntaxError
    from checker.fhir.fhirpath.parser import parse

    if not isinstance(one.value, str):
        return
    try:
        parse(one.value)
    except FHIRPathSyntaxError as error:
        run.report(CONTEXT, one, f"The invariant of the context cannot be read: {error}", found=one.value[:200])


def _is_nowhere(run: Run, expression: str) -> bool:
    """Whether the expression surely names no element of FHIR: neither a slice nor the short name of a choice is one."""
    if "#" not in expression and "/" in expression:  # a whole StructureDefinition, where an element is asked for
        held = run.library.raw(expression, "StructureDefinition")
        return held is not None and held.get("derivation") == "constraint"
    found = at_path(run.library, expression)
    if found is False or ":" in expression.partition("#")[0].rpartition("/")[2]:
        return True
    last = expression.rpartition(".")[2]
    return found is not None and found.choice and not last.endswith("[x]") and last != found.plain_name
