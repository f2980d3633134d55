"""Where an extension may stand: the contexts of its definition against the place where an instance has it.

A context of kind ``element`` names a type or an element. It fits the element that carries the extension by any of
the names that the element has: its type, its path from each type or resource around it, the path of the definition
that declares it (through inheritance and content references), and each of these with an ancestor of the type it
starts with in place of the type: ``Patient.text`` is also ``DomainResource.text``.

Source: http://hl7.org/fhir/R4/defining-extensions.html#context
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.fhir.definitions.ir import Context, Structure
from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.literal import is_canonical_type
from checker.fhir.validation.run import Run

_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_OF_TYPE = re.compile(r"\.ofType\([A-Za-z0-9]*\)")
_SLICE = re.compile(r":[^.]*")
_STEPS = 20

_ANYWHERE = frozenset(
    {
        # Published for a few elements, and used on all that a conformance statement can speak of.
        _PREFIX + "capabilitystatement-expectation",
        _PREFIX + "capabilitystatement-prohibited",
        _PREFIX + "structuredefinition-normative-version",
    }
)
_FURTHER = {
    # Published for an element, and used by the specification itself on its types.
    _PREFIX + "regex": (Context("element", "ElementDefinition.type"),),
    _PREFIX + "structuredefinition-fhir-type": (Context("element", "ElementDefinition.type"),),
}
_VALUES = ("ElementDefinition.pattern", "ElementDefinition.fixed", "ElementDefinition.example.value")


def fits(run: Run, extension: Node, definition: Structure) -> bool:
    """Whether one of the contexts of the definition is the place where the extension stands.

    A context that can't be judged (a StructureDefinition that is not held, an expression that can't be evaluated)
    counts as fitting; the run notes it.
    """
    holder = extension.parent
    contexts = definition.contexts + _FURTHER.get(definition.url, ())
    if holder is None or definition.url in _ANYWHERE:
        return True
    if not definition.contexts:
        run.problem(definition.canonical, "it does not say where the extension may stand (no context)")
        return True
    names = Names(holder)
    if names.is_value_of_definition():
        return True
    return any(_fits(run, extension, holder, names, definition, context) for context in contexts)


def invariant_broken(run: Run, extension: Node, definition: Structure) -> str | None:
    """The first context invariant of the definition that does not hold where the extension stands."""
    holder = extension.parent
    if holder is None:
        return None
    for expression in definition.context_invariants:
        result = _evaluate(run, expression, holder, extension, definition)
        if result is None:
            continue
        first = result[0].value if len(result) == 1 and isinstance(result[0], Node) else result[0] if result else False
        if first is False:
            return expression
    return None


def _fits(run: Run, extension: Node, holder: Node, names: Names, definition: Structure, context: Context) -> bool:
    if context.type == "extension":
        return _fits_extension(holder, context.expression)
    if context.type == "fhirpath":
        found = _evaluate(run, context.expression, holder.resource, extension, definition)
        return found is None or any(each is holder for each in found)
    return _fits_element(run, holder, names, context.expression)


def _fits_extension(holder: Node, url: str) -> bool:
    """The extension stands in another (or in the value of another) with that url; ``url#part`` is a part of one."""
    around: Node | None = holder
    if holder.name == "value" and holder.parent is not None and holder.parent.type == "Extension":
        around = holder.parent
    if around is None or around.type != "Extension":
        return False
    own = around.text("url")
    base, mark, part = url.partition("#")
    if mark and around.parent is not None:
        return own == part and around.parent.text("url") == base
    return own == url


def _fits_element(run: Run, holder: Node, names: Names, expression: str) -> bool:
    structure_url, mark, rest = expression.partition("#")
    if mark:
        return names.has(rest) and _conforms(run, holder, structure_url)
    path = expression.removeprefix(_PREFIX)
    if path in ("Element", "Any", "Base"):
        return True
    if path == "Resource":
        return holder.is_resource
    if path in ("CanonicalResource", "MetadataResource"):
        return holder.is_resource and is_canonical_type(holder.type, run.tree.types)
    if path in ("DataType", "PrimitiveType"):
        structure = run.library.type(holder.type)
        kinds = ("primitive-type",) if path == "PrimitiveType" else ("primitive-type", "complex-type")
        return structure is not None and structure.kind in kinds and holder.type not in ("Element", "BackboneElement")
    return names.has(path)


def _conforms(run: Run, holder: Node, url: str) -> bool:
    """Whether the resource (or the value) that carries the extension meets the StructureDefinition of the context."""
    structure = run.library.structure(url)
    if structure is None:
        run.not_verified.append(
            NotVerified(
                kind="structure-definition",
                subject=url,
                path=holder.path,
                detail="it says where an extension may stand, and is not held",
            )
        )
        return True
    for node in (holder, holder.resource):
        if node.type == structure.type:
            trial = run.trial()
            run.validate(trial, node, structure)
            return not trial.failed
    return False


class Names:
    """The names that an element of an instance goes by, for contexts of extensions."""

    __slots__ = ("_holder", "_names")

    def __init__(self, holder: Node) -> None:
        self._holder = holder
        self._names: set[str] | None = None

    def all(self) -> set[str]:
        """All names: types and paths, choice elements both as ``value`` and as ``value[x]``."""
        if self._names is None:
            names: set[str] = set()
            for name in _direct(self._holder):
                names.update(_inherited(self._holder, name))
            self._names = names
        return self._names

    def has(self, path: str) -> bool:
        """Whether the path (of a context) is one of the names; names of slices and ``ofType()`` do not count."""
        return _SLICE.sub("", _OF_TYPE.sub("", path)).replace("[x]", "") in self.all()

    def is_value_of_definition(self) -> bool:
        """Whether the element is inside an example, fixed or pattern value of a definition: all may stand there."""
        at: Node | None = self._holder
        while at is not None and not at.is_resource:
            if at.declared is not None and at.declared.path.replace("[x]", "") in _VALUES:
                return True
            at = at.parent
        return False


def _direct(holder: Node) -> Iterator[str]:
    """The names without inheritance."""
    suffixes = {""}
    node: Node | None = holder
    while node is not None:
        if node.type:
            yield from (node.type + suffix for suffix in suffixes)
        declared = node.declared
        if declared is not None:
            for path in (declared.path, declared.base_path, (declared.content_reference or "").rpartition("#")[2]):
                if path:
                    yield from (path.replace("[x]", "") + suffix for suffix in suffixes)
        if node.is_resource:
            return
        steps = {node.name, node.json_key}
        suffixes = {f".{step}{suffix}" for step in steps for suffix in suffixes}
        node = node.parent


def _inherited(holder: Node, name: str) -> Iterator[str]:
    """The name, and it again for each type that its first part is derived from."""
    kind, dot, rest = name.partition(".")
    for _ in range(_STEPS):
        yield kind + dot + rest
        structure = holder.tree.types.type(kind)
        if structure is None or not structure.base:
            return
        kind = structure.base.rpartition("/")[2]


def _evaluate(run: Run, expression: str, focus: Node, extension: Node, definition: Structure) -> list[Any] | None:
    """What an expression of the definition finds; None when it can't be evaluated (a problem of the definition)."""
    from checker.fhir.fhirpath import Environment, FHIRPathError, evaluate

    def resolve(reference: str, node: Node | None) -> Node | None:
        return run.resolver.resolve(reference, node).node if node is not None else None

    environment = Environment(
        types=run.library,
        resource=focus.resource,
        root_resource=focus.root_resource,
        context=[focus],
        constants={"extension": [extension]},
        resolve=resolve,
    )
    try:
        return list(evaluate(expression, [focus], environment))
    except FHIRPathError as error:
        run.problem(definition.canonical, f"its context {expression} can't be evaluated: {error}")
        return None
