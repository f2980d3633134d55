"""A SearchParameter: its expression can be read, and it keeps to the one that it derives from.

Source: http://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.in_reach import find
from checker.fhir.validation.special.json_shape import texts

if TYPE_CHECKING:
    from checker.fhir.fhirpath.ast import Expression

_SOURCE: Final = "http://hl7.org/fhir/R4/searchparameter-definitions.html"

_MOST_BASES: Final = 40
_MOST_PARTS: Final = 400

ORIGIN_UNKNOWN = rule(
    "search-parameter-origin-unknown",
    "warning",
    "business-rule",
    title="The SearchParameter that this one derives from is not at hand",
    why="Whether it keeps to it could not be judged.",
    fix="Give it to the validator in a package.",
    source=f"{_SOURCE}#SearchParameter.derivedFrom",
)
ORIGIN = rule(
    "search-parameter-origin",
    "error",
    "business-rule",
    title="The SearchParameter has bases or a type that the one it derives from has not",
    why="Servers that know the original would answer otherwise.",
    fix="Keep its type, and choose among its bases.",
    source=f"{_SOURCE}#SearchParameter.derivedFrom",
)
EXPRESSION = rule(
    "search-parameter-expression",
    "error",
    "invalid",
    title="The expression of the SearchParameter is not FHIRPath, or names what its base has not",
    why="No server can index by it.",
    fix="Mend the expression.",
    source=f"{_SOURCE}#SearchParameter.expression",
)
COMPONENTS = rule(
    "search-parameter-components",
    "error",
    "required",
    title="A composite SearchParameter has fewer than two components",
    why="There is nothing that it could combine.",
    fix="Give each part as a component, or choose another type.",
    source=f"{_SOURCE}#SearchParameter.component",
)
OTHER_EXPRESSION = rule(
    "search-parameter-other-expression",
    "warning",
    "business-rule",
    title="The SearchParameter has another expression than the one it derives from",
    why="The two may find different resources.",
    fix="Check that the difference is meant.",
    source=f"{_SOURCE}#SearchParameter.derivedFrom",
)


def check(run: Run, node: Node) -> None:
    """Judge a SearchParameter."""
    from checker.fhir.fhirpath.errors import FHIRPathSyntaxError
    from checker.fhir.fhirpath.parser import parse

    expression = node.text("expression")
    if node.text("type") == "composite" and len(node.children("component")) < 2:
        run.report(COMPONENTS, node, "A composite has two components or more.")
    if expression is not None:
        try:
            _names(run, node, parse(expression))
        except FHIRPathSyntaxError as error:
            run.report(EXPRESSION, node, f"The expression cannot be read: {error}", below="expression")
    canonical = node.text("derivedFrom")
    if canonical is None:
        return
    found = find(run, node, canonical, "SearchParameter")
    if found is None:
        said = f"The SearchParameter '{canonical}' that this one derives from is not at hand."
        run.report(ORIGIN_UNKNOWN, node, said, below="derivedFrom", found=canonical)
        return
    origin = found[0]
    bases = texts(origin.get("base"))
    for index, base in enumerate(texts(node.holder.get("base"))):
        if base not in bases and "Resource" not in bases:
            said = f"'{canonical}' has not the base {base}."
            run.report(ORIGIN, node, said, below=f"base[{index}]", found=base, allowed=", ".join(bases))
    kind = node.text("type")
    if kind is not None and origin.get("type") not in (None, kind):
        said = f"'{canonical}' is of type {origin.get('type')}, not {kind}."
        run.report(ORIGIN, node, said, below="type", found=kind, allowed=str(origin.get("type")))
    original = origin.get("expression")
    if isinstance(original, str) and expression is not None and _parts(original) != _parts(expression):
        said = f"'{canonical}' has the expression {original}."
        run.report(OTHER_EXPRESSION, node, said, below="expression", found=expression[:200])


def _names(run: Run, node: Node, expression: Expression) -> None:
    """Judge the names in an expression: each part of a union has to fit some base of the SearchParameter."""
    from checker.fhir.fhirpath.analyse import problems
    from checker.fhir.fhirpath.ast import Binary, Expression

    bases = [one for one in texts(node.holder.get("base")) if run.library.type(one) is not None]
    if not bases or len(bases) != len(texts(node.holder.get("base"))) or len(bases) > _MOST_BASES:
        return
    waiting = [expression.root]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, Binary) and part.operator == "|":
            waiting += [part.right, part.left]
            continue
        found = [problems(Expression("", part), base, run.library) for base in bases]
        if all(found):
            said = f"The expression does not fit {' or '.join(bases)}: {found[0][0]}."
            run.report(EXPRESSION, node, said, below="expression")
            return


def _parts(expression: str) -> set[str]:
    """The alternatives of a union, whatever their order. The bases of the original may be more."""
    return {part.strip() for part in expression.split("|")}
