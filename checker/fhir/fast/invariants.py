"""Invariants for objects of one shape: most are decided by which properties there are, once for all objects alike.

Whether an expression hangs on existence alone is read off its parts; its truth is then the interpreter's, asked once
with the first object of the shape. The rest is left to the FHIRPath compiler. Where that does not know, or the answer
is not a plain yes, the interpreter is asked for the object, as long as the expression looks at nothing outside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from checker.fhir.definitions.ir import Constraint, Element
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import NOTHING, Clean, Dirty, Told
from checker.fhir.instance import Node
from checker.fhir.validation import corrections, invariants
from checker.fhir.validation.run import Run

if TYPE_CHECKING:
    from checker.fhir.fast.site import Site

Test = Callable[..., bool | None]
"""From the object, its root resource and its resource: True when the invariant surely holds."""
Slow = Callable[[Any, Clean], None]
"""Asks the interpreter: keeps what it says, or raises ``Dirty``."""

_PER_ITEM = frozenset({"where", "select", "all", "exists", "repeat", "aggregate"})
_OUTSIDE = frozenset({"resolve", "memberOf", "conformsTo", "htmlChecks"})


class Left:
    """What is left of the invariants for the objects of a shape: tests, and what is said of all of them."""

    def __init__(self) -> None:
        self.tests: list[tuple[Test | None, Slow]] = []
        self.said: list[Told] = []


def left(site: Site, present: frozenset[str], node: Node) -> Left:
    """What is left for objects of a shape. ``present``: FHIRPath names of its children; ``node``: one of them.

    Raises ``Dirty`` when an invariant fails for all of the shape, or can't be judged here.
    """
    found = Left()
    for constraint, element in site.constraints:
        expression = corrections.corrected(constraint.expression)
        if expression is None:
            continue
        parsed = invariants._parsed(expression)
        if isinstance(parsed, str):
            raise Dirty(f"{constraint.key} is not FHIRPath")
        if _static(parsed.root, present):
            told = _asked(site.build, node, constraint, element)
            if told is not NOTHING:
                found.said.append(told)
            continue
        if _surely(parsed.root, present, True):
            continue
        test = _test(site.build, expression, site.shape)
        local = is_local(parsed.root)
        if test is None and not local:
            raise Dirty(f"{constraint.key} is not compiled")
        found.tests.append((test, _slow(site, constraint, element, local)))
    return found


def _asked(build: Build, node: Node, constraint: Constraint, element: Element) -> Told:
    def judge(run: Run, one: Node) -> None:
        invariants.check(run, one, element, [constraint])

    return build.told(judge, node)


def _slow(site: Site, constraint: Constraint, element: Element, local: bool) -> Slow:
    def slow(o: Any, c: Clean) -> None:
        if not local:
            raise Dirty(constraint.key)
        node = site.build.detached(o, site.kind, site.declared, site.shape, resource=site.is_resource)
        told = _asked(site.build, node, constraint, element)
        if told is not NOTHING:
            c.said.append((told, o, "", ()))

    return slow


def _test(build: Build, expression: str, shape: Element) -> Test | None:
    from checker.fhir.fhirpath.compiler import compile_boolean

    made: Test | None = build.kept(
        ("invariant", expression, id(shape)), lambda: compile_boolean(expression, shape, build.definitions)
    )
    return made


def is_local(part: Any) -> bool:
    """Whether the expression looks at nothing but the object and what is below it."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.External) and part.name in ("resource", "rootResource", "context"):
        return False
    if isinstance(part, ast.Function) and part.name in _OUTSIDE:
        return False
    return all(is_local(one) for one in part.parts())


def _static(part: Any, present: frozenset[str]) -> bool:
    """Whether the value hangs on the existence of children alone, given which ones there are."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.Literal):
        return True
    if isinstance(part, ast.Binary) and part.operator in ("and", "or", "xor", "implies"):
        return _static(part.left, present) and _static(part.right, present)
    if isinstance(part, ast.Function):
        if part.name in ("exists", "empty") and not part.arguments and part.source is not None and _names(part.source):
            return True
        if part.name == "not" and part.source is not None and _static(part.source, present):
            return True
    return _absent(part, present)


def _surely(part: Any, present: frozenset[str], wanted: bool) -> bool:
    """Whether the value is surely ``wanted``, given which children there are, whatever stands in them."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.Binary):
        left, right = part.left, part.right
        if part.operator == "implies":
            if wanted:
                return _surely(left, present, False) or _surely(right, present, True)
            return _surely(left, present, True) and _surely(right, present, False)
        if part.operator in ("and", "or"):
            either = (part.operator == "or") is wanted
            one, other = (_surely(each, present, wanted) for each in (left, right))
            return (one or other) if either else (one and other)
    if isinstance(part, ast.Function) and not part.arguments and part.source is not None:
        if part.name == "not":
            return _surely(part.source, present, not wanted)
        if part.name in ("exists", "empty", "hasValue") and _absent(part.source, present) and _names(part.source):
            return (part.name == "empty") is wanted
        if part.name in ("exists", "empty") and isinstance(part.source, ast.Member) and _names(part.source):
            return (part.name == "exists") is wanted  # what is absent came to its end above
    return False


def _names(part: Any) -> bool:
    """Whether the part is children by name, or a union of such."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.Member):
        return part.source is None and not part.name[:1].isupper()
    return isinstance(part, ast.Binary) and part.operator == "|" and _names(part.left) and _names(part.right)


def _absent(part: Any, present: frozenset[str]) -> bool:
    """Whether no part looks at anything but children that are not there (and literals)."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.Literal):
        return True
    if isinstance(part, ast.Member):
        if part.source is not None:
            return _absent(part.source, present)
        return part.name not in present and not part.name[:1].isupper()
    if isinstance(part, ast.Binary):
        return _absent(part.left, present) and _absent(part.right, present)
    if isinstance(part, ast.Function):
        if part.source is None:
            return part.name == "iif" and all(_absent(one, present) for one in part.arguments)
        if not _absent(part.source, present):
            return False
        # Of an empty source nothing is asked for each item; other arguments are looked at with this object in focus.
        return part.name in _PER_ITEM or all(_absent(one, present) for one in part.arguments)
    if isinstance(part, ast.TypeTest):
        return _absent(part.source, present)
    return False
