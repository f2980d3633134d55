"""The elements of a StructureDefinition: paths, cardinality, types, slicing, fixed values, bindings, invariants.

Source: http://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.instance import Node
from checker.fhir.validation.rule import Rule, rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import element_types
from checker.fhir.validation.special.base_elements import below
from checker.fhir.validation.special.json_shape import choice, dicts, integer, text

_SOURCE: Final = "http://hl7.org/fhir/R4/elementdefinition-definitions.html"

PATH = rule(
    "element-definition-path",
    "error",
    "not-found",
    title="The path of an element does not lie in the type that is defined",
    why="No instance ever has such an element, so what is said of it has no effect.",
    fix="Start each path with the name of the type, and follow its elements.",
    source=f"{_SOURCE}#ElementDefinition.path",
)
CARDINALITY = rule(
    "element-definition-cardinality",
    "error",
    "business-rule",
    title="An element may stand more often, or need not stand, although its base says otherwise",
    why="A constraint can only narrow: instances must stay valid against the base.",
    fix="Keep min at least as high and max at most as high as in the base.",
    source=f"{_SOURCE}#ElementDefinition.min",
)
SLICING = rule(
    "element-definition-slicing",
    "error",
    "invalid",
    title="The slicing of an element cannot work",
    why="Validators cannot tell which slice a value belongs to.",
    fix="Slice elements that repeat or have a choice of types, by a path that leads to an element below them.",
    source=f"{_SOURCE}#ElementDefinition.slicing",
)
PATTERN_DISCRIMINATOR = rule(
    "element-definition-pattern-discriminator",
    "information",
    "business-rule",
    title="The discriminator has the type pattern, which R5 gives up",
    why="Later versions of FHIR say value for it.",
    fix="Use value, with a pattern on the element.",
    source="http://hl7.org/fhir/R4/profiling.html#discriminator",
)
FIXED = rule(
    "element-definition-fixed",
    "error",
    "value",
    title="A fixed or pattern value contradicts that of the base, or is not of the element's type",
    why="No instance can satisfy both.",
    fix="Repeat the value of the base, or leave it out.",
    source=f"{_SOURCE}#ElementDefinition.fixed_x_",
)
MEANING = rule(
    "element-definition-meaning",
    "error",
    "not-found",
    title="A constraint says what it means when an element is missing",
    why="Only the definition of a type can give meaning to what is not there.",
    fix="Leave meaningWhenMissing out.",
    source=f"{_SOURCE}#ElementDefinition.meaningWhenMissing",
)
INVARIANT = rule(
    "element-definition-invariant",
    "error",
    "invalid",
    title="An invariant cannot be evaluated, or its key is taken",
    why="Validators pass it over, or report it under a rule that it is not.",
    fix="Write the expression as FHIRPath, and give the invariant a key of its own.",
    source=f"{_SOURCE}#ElementDefinition.constraint",
)
INVARIANT_LACKS = rule(
    "element-definition-invariant-incomplete",
    "information",
    "informational",
    title="An invariant has no expression",
    why="No validator can evaluate it.",
    fix="Write it as FHIRPath.",
    source=f"{_SOURCE}#ElementDefinition.constraint.expression",
)


def check(run: Run, node: Node, base: Structure | None) -> None:
    """Judge the elements of differential and snapshot; ``base`` is what the definition derives from."""
    for part in ("differential", "snapshot"):
        for holder in node.children(part):
            keys: dict[str, str] = {}
            for element in holder.children("element"):
                if isinstance(element.value, dict):
                    _One(run, node, base, element, part == "snapshot", keys).check()


class _One:
    """One element definition."""

    __slots__ = ("base", "constraint", "element", "held", "keys", "node", "path", "run", "snapshot", "structure")

    def __init__(
        self, run: Run, node: Node, structure: Structure | None, element: Node, snapshot: bool, keys: dict[str, str]
    ) -> None:
        self.run = run
        self.node = node
        self.structure = structure
        self.element = element
        self.snapshot = snapshot
        self.keys = keys
        self.held: dict[str, Any] = element.value
        self.path = text(self.held.get("path")) or ""
        self.constraint = node.text("derivation") == "constraint"
        self.base: Element | None = None

    def check(self) -> None:
        """Judge all of it."""
        if not self.path or not self._path():
            return
        if not self.snapshot:
            self._differential()
        self._slicing()
        self._fixed()
        element_types.check(self.run, self.element, self.path, self.snapshot)
        self._invariants()

    def _say(self, rule_: Rule, message: str, below_: str = "", **more: Any) -> None:
        self.run.report(rule_, self.element, message, below=below_, **more)

    def _path(self) -> bool:
        name = (self.node.text("type") or "").rpartition("/")[2]
        first, _, rest = self.path.partition(".")
        if name and first != name:
            self._say(PATH, f"The path '{self.path}' does not start with the type {name}.", "path", found=self.path)
            return False
        if self.structure is not None and self.constraint:
            found = below(self.run.library, self.structure.root, rest.split(".")) if rest else self.structure.root
            if found is False:
                said = f"'{self.structure.url}' has no element '{self.path}'."
                self._say(PATH, said, "path", found=self.path)
                return False
            self.base = found or None
        return True

    def _differential(self) -> None:
        held = self.held
        if "." not in self.path and "slicing" in held:
            self._say(SLICING, "The element of the type itself cannot be sliced.", "slicing")
        if self.constraint and "meaningWhenMissing" in held and not self.path.endswith(("Extension", ".extension")):
            self._say(MEANING, "A constraint cannot say what the absence of an element means.", "meaningWhenMissing")
        if not self.constraint or self.base is None or "." not in self.path:
            return
        base, least, most = self.base, integer(held.get("min")), held.get("max")
        if least is not None and least < base.min and "sliceName" not in held and ":" not in str(held.get("id", "")):
            said = f"The min is {least}, but at least {base.min} in '{base.structure}'."
            self._say(CARDINALITY, said, "min", found=str(least), allowed=f"at least {base.min}")
        bound = integer(most) if isinstance(most, str) else None
        if base.max is not None and (most == "*" or (bound is not None and bound > base.max)):
            said = f"The max is {most}, but at most {base.max} in '{base.structure}'."
            self._say(CARDINALITY, said, "max", found=str(most), allowed=f"at most {base.max}")

    def _slicing(self) -> None:
        slicing = self.held.get("slicing")
        if not isinstance(slicing, dict):
            return
        if self.base is not None and self.base.max in (0, 1) and not self.base.choice and not self.snapshot:
            published = self.run.library.type(self.path.partition(".")[0])
            first = below(self.run.library, published.root, self.path.split(".")[1:]) if published is not None else None
            if isinstance(first, Element) and first.max == 1 and not first.choice and "." in self.path:
                self._say(SLICING, f"'{self.path}' stands once at most, so it cannot be sliced.", "slicing")
        for index, one in enumerate(dicts(slicing.get("discriminator"))):
            where = f"slicing.discriminator[{index}]"
            if one.get("type") == "pattern":
                said = "The type of the discriminator is pattern; later versions of FHIR say value."
                self._say(PATTERN_DISCRIMINATOR, said, where)
            path = text(one.get("path"))
            if path is not None:
                self._discriminator(path, where)

    def _discriminator(self, path: str, where: str) -> None:
        from checker.fhir.fhirpath.analyse import problems
        from checker.fhir.fhirpath.errors import FHIRPathSyntaxError
        from checker.fhir.fhirpath.parser import parse

        try:
            expression = parse(path)
        except FHIRPathSyntaxError as error:
            self._say(SLICING, f"The path '{path}' of the discriminator cannot be read: {error}", where, found=path)
            return
        types = [text(one.get("code")) for one in dicts(self.held.get("type"))]
        known = [code for code in types if code is not None and self.run.library.type(code) is not None]
        concrete = [code for code in known if not getattr(self.run.library.type(code), "abstract", True)]
        if not known or len(concrete) != len(types):
            return
        if all(problems(expression, code, self.run.library) for code in concrete):
            kinds = ", ".join(concrete)
            said = f"The path '{path}' of the discriminator leads nowhere from '{self.path}' ({kinds})."
            self._say(SLICING, said, where, found=path)

    def _fixed(self) -> None:
        base = self.base
        if self.snapshot or base is None:
            return
        own_fixed, own_pattern = choice(self.held, "fixed"), choice(self.held, "pattern")
        if base.fixed is not None:
            for name, (kind, value) in (("fixed", own_fixed), ("pattern", own_pattern)):
                if not kind:
                    continue
                if kind.lower() != base.fixed.type.lower():
                    said = f"This is a {kind}, but a {base.fixed.type} in '{base.structure}'."
                    self._say(FIXED, said, f"{name}{kind}")
                elif not (_same(value, base.fixed.value) if name == "fixed" else _within(value, base.fixed.value)):
                    said = f"This contradicts the value that '{base.structure}' fixes."
                    self._say(FIXED, said, f"{name}{kind}", allowed=str(base.fixed.value)[:200])
        elif base.pattern is not None and own_fixed[0] and not _within(base.pattern.value, own_fixed[1]):
            said = f"This contradicts the pattern of '{base.structure}'."
            self._say(FIXED, said, f"fixed{own_fixed[0]}", allowed=str(base.pattern.value)[:200])

    def _invariants(self) -> None:
        own = (self.node.text("url") or "", f"{self.node.text('url')}|{self.node.text('version')}")
        for index, one in enumerate(dicts(self.held.get("constraint"))):
            key, expression, source = text(one.get("key")), text(one.get("expression")), text(one.get("source"))
            where = f"constraint[{index}]"
            if key is None:
                continue
            if expression is None:
                self._say(INVARIANT_LACKS, f"The invariant {key} has no expression.", where)
                continue
            if not self.snapshot and source is not None and source not in own:
                said = f"The invariant {key} of a differential is its own, not of '{source}'."
                self._say(INVARIANT, said, where, found=source)
            elif self.keys.setdefault(key, expression) != expression and key != "ele-1":
                self._say(INVARIANT, f"The key {key} stands for two different invariants.", where, found=key)
            elif not self.snapshot and self._taken(key, expression):
                self._say(INVARIANT, f"The key {key} is that of another invariant of the base.", where, found=key)
            elif source is None or source in own:
                self._parse(key, expression, where)

    def _taken(self, key: str, expression: str) -> bool:
        base = self.base
        return base is not None and any(one.key == key and one.expression != expression for one in base.constraints)

    def _parse(self, key: str, expression: str, where: str) -> None:
        from checker.fhir.fhirpath.errors import FHIRPathSyntaxError
        from checker.fhir.fhirpath.parser import parse

        try:
            parse(expression)
        except FHIRPathSyntaxError as error:
            self._say(INVARIANT, f"The invariant {key} is not FHIRPath: {error}", where, found=expression[:200])


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _within(pattern: Any, value: Any) -> bool:
    """Whether the value has all that the pattern has."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and _within(one, value[key]) for key, one in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(_within(one, each) for each in value) for one in pattern)
    return _same(pattern, value)
