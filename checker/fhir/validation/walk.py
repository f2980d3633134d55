"""The walk: every node of an instance against the definition of its type, then against what else applies.

:func:`instance` judges a whole instance: each node once against its base definition (:func:`base`), each resource
against the StructureDefinitions that it names. :func:`validate` judges one node against one StructureDefinition and
says only what that adds; :attr:`Run.validate <checker.fhir.validation.run.Run.validate>` is this function.

Source: http://hl7.org/fhir/R4/validation.html and http://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.instance import Node
from checker.fhir.validation import aspects, by_hand, cardinality, dispatch, invariants, selection
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.types import is_a, is_base, type_root

_LEVELS = 12
"""How deep trials are nested at once; what lies deeper (a reference to a reference to …) has a turn of its own."""

_DRIVEN = "driven from"
"""Where a run keeps the level from which judging in turns was begun."""

_UNDER_WAY = object()
"""Marks what is being judged: a circle that comes back to it takes it as good."""

PASSED = "passed entries"
"""Where a run keeps what is known of entries of its FHIR Bundle: by place, what adds it to the run (``add_to``)."""

TOO_DEEP = rule(
    "resource-too-deep",
    "error",
    "too-costly",
    title="The instance is nested deeper than anything real",
    why="Deep nesting is how files are made that stop a system; no clinical content needs it.",
    fix="Flatten the content.",
    source="http://hl7.org/fhir/R4/security.html",
)
TOO_MANY = rule(
    "issues-too-many",
    "information",
    "too-costly",
    title="There are more issues than are shown",
    why="A file with that many faults has one cause that is repeated.",
    fix="Mend what is shown, then validate again.",
    source="http://hl7.org/fhir/R4/validation.html",
)
WRONG_TYPE = rule(
    "structure-definition-type",
    "error",
    "invalid",
    title="A StructureDefinition is for another type than the resource that names it",
    why="A claim to conform to a StructureDefinition of another type can't be true.",
    fix="Name a StructureDefinition for the type of the resource.",
    source="http://hl7.org/fhir/R4/resource.html#Meta",
)


def instance(run: Run) -> None:
    """Judge the whole instance of the run."""
    root = run.tree.root
    base(run, root, 0)
    selection.asked(run, root)


def too_deep(run: Run) -> None:
    """Say that judging was given up, for what is judged or what judges leads too deep."""
    run.report(TOO_DEEP, run.tree.root, "The resource was not judged to its end: what it is judged by leads too deep.")


def base(run: Run, node: Node, depth: int) -> None:
    """Judge a node and all below it by the definitions of their types, and each resource by what it names."""
    if depth > run.options.max_depth:
        run.report(TOO_DEEP, node, f"Below this element there are more than {run.options.max_depth} levels.")
        return
    if run.errors >= run.options.max_issues:  # warnings alone never end the search for an error
        if "issues-too-many" not in run.seen:
            run.seen["issues-too-many"] = True
            run.report(TOO_MANY, run.tree.root, f"Validation stopped after {run.errors} errors.")
        return
    root = type_root(run.library, node)
    if root is not None and root.constraints:
        invariants.check(run, node, root, root.constraints)
    by_hand.check(run, node)
    dispatch.node(run, node)
    shape = node.shape
    if shape is None:
        return
    held = node.holder
    for name, element in shape.members.items():
        if not element.min and (not held or not (element.choice or name in held or "_" + name in held)):
            continue  # as most of what may stand
        nodes = node.children(name)
        if not (element.choice and len(nodes) > 1):  # the form of the object says that
            cardinality.check(run, node, element, nodes)
        for child in nodes:
            asked(run, child, element)
            if not _passed(run, child):
                base(run, child, depth + 1)
    if node.is_resource:
        selection.named(run, node)


def _passed(run: Run, node: Node) -> bool:
    """Whether the node is the resource of an entry of which all is known already; that is then taken over."""
    known = run.seen.get(PASSED)
    if known is None or node.name != "resource":
        return False
    entry = node.parent
    if entry is None or entry.name != "entry" or entry.parent is not run.tree.root or entry.index not in known:
        return False
    known[entry.index].add_to(run)
    return True


def asked(run: Run, node: Node, element: Element) -> None:
    """Judge a node by what the element of a definition asks of it, leaving what is below it aside."""
    aspects.check(run, node, element)
    if node.type in ("Reference", "canonical"):
        dispatch.reference(run, node, element)
    if element.types and (node.declared is element or node.declared is None or element.types != node.declared.types):
        _type_profiles(run, node, element)


def validate(run: Run, node: Node, structure: Structure) -> None:
    """Judge a node against a StructureDefinition: what it adds to the definition of the node's type.

    Each pair is judged once for an instance, however often it is asked for; a circle of references ends there.
    """
    if is_base(structure):
        if node.type and not is_a(run.library, node.type, structure.type):
            _wrong_type(run, node, structure)
        return
    key = (node, structure.canonical)
    if ("validated", key) in run.seen:
        return
    run.seen["validated", key] = True
    done = run.memo.get(key)
    if done is _UNDER_WAY:
        return
    take(run, done if done is not None else _in_turn(run, node, structure))


class _TooFar(Exception):
    """A pair lies too deep below what is being judged: it is judged first, on its own."""

    def __init__(self, node: Node, structure: Structure) -> None:
        self.pair = (node, structure)


def _in_turn(run: Run, node: Node, structure: Structure) -> Run:
    """What is found of a pair, however many references lead from one to the next.

    Judging goes no deeper than :data:`_LEVELS`. A pair below that stops it, is judged from a fresh start, and is known
    when judging what led there is begun again: each pair is judged twice at most. What waits counts as under way, so
    that circles end.
    """
    start = run.memo.get(_DRIVEN)
    if start is not None:
        if run.level - start >= _LEVELS:
            raise _TooFar(node, structure)
        return _judged(run, node, structure)
    run.memo[_DRIVEN] = run.level
    waiting = [(node, structure)]
    try:
        while True:
            pair = waiting[-1]
            try:
                done = _judged(run, *pair)
            except _TooFar as far:
                run.memo[pair[0], pair[1].canonical] = _UNDER_WAY
                waiting.append(far.pair)
                continue
            waiting.pop()
            if not waiting:
                return done
    finally:
        del run.memo[_DRIVEN]


def _judged(run: Run, node: Node, structure: Structure) -> Run:
    key = (node, structure.canonical)
    run.memo[key] = _UNDER_WAY
    done = run.trial()
    if not node.type or is_a(run.library, node.type, structure.type):
        for problem in structure.problems:
            done.problem(structure.canonical, problem)
            gap = NotVerified(kind="structure-definition", subject=structure.canonical, path=node.path, detail=problem)
            done.not_verified.append(gap)
        try:
            judge(done, node, structure.root)
        except _TooFar:
            del run.memo[key]
            raise
    else:
        _wrong_type(done, node, structure)
    run.memo[key] = done
    return done


def _wrong_type(run: Run, node: Node, structure: Structure) -> None:
    run.report(
        WRONG_TYPE,
        node,
        f"{structure.canonical} is for {structure.type}; this is a {node.type}.",
        by=structure,
        found=node.type,
        allowed=structure.type,
    )


def attempt(run: Run, node: Node, structure: Structure) -> Run:
    """A trial of the node against the structure, its issues apart."""
    trial = run.trial()
    validate(trial, node, structure)
    return trial


def judge(run: Run, node: Node, element: Element) -> None:
    """Judge a node, and what is below it, by an element of a StructureDefinition."""
    asked(run, node, element)
    if not element.children or type_mismatch(run, node, element):
        return
    from checker.fhir.validation import slicing

    for child in element.children.values():
        nodes = _children(node, child)
        cardinality.check(run, node, child, nodes)
        if child.must_support:
            count_support(run, child, bool(nodes))
        for one in nodes:
            judge(run, one, child)
        if child.slices:
            slicing.check(run, node, child, nodes)


def type_mismatch(run: Run, node: Node, element: Element) -> bool:
    """Whether the node has a type that the element does not allow: its children then mean nothing."""
    return bool(element.types) and not aspects.type_allowed(run, node, element)


def _children(node: Node, child: Element) -> list[Node]:
    nodes = node.children(child.plain_name)
    if nodes or child.choice or node.shape is None or child.name in node.shape.members:
        return nodes
    # A choice that the definition narrows by its name: valueQuantity.
    found = node.shape.keys.get(child.name)
    if found is None:
        return nodes
    return [one for one in node.children(found[0].plain_name) if one.type == found[1].code]


def count_support(run: Run, element: Element, present: bool) -> None:
    """Count a must-support element, or slice, in a place where it could stand. Never an issue."""
    counts = run.seen.setdefault("must-support", {})
    have, of = counts.get((element.structure, element.id), (0, 0))
    counts[element.structure, element.id] = (have + present, of + 1)


def take(run: Run, done: Run) -> None:
    """Take over all that a trial found: issues, and how often must-support elements were there."""
    run.adopt(done)
    if "must-support" not in done.seen:
        return
    counts = run.seen.setdefault("must-support", {})
    for key, (have, of) in done.seen["must-support"].items():
        earlier = counts.get(key, (0, 0))
        counts[key] = (earlier[0] + have, earlier[1] + of)


def _type_profiles(run: Run, node: Node, element: Element) -> None:
    from checker.fhir.validation import alternatives

    kinds = [kind for kind in element.types if is_a(run.library, node.type, kind.code)]
    if kinds and not any(not kind.profiles for kind in kinds):
        alternatives.check(run, node, element, [profile for kind in kinds for profile in kind.profiles])
