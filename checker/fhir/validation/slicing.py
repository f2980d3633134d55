"""Slices: which of them each occurrence of an element belongs to, and what follows from it.

An occurrence is judged by the slice that it matches and by no other; the element that is sliced applies to all.

Source: http://hl7.org/fhir/R4/profiling.html#slicing
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from checker.fhir.definitions.ir import Discriminator, Element, Slicing
from checker.fhir.instance import Node
from checker.fhir.validation.cardinality import times
from checker.fhir.validation.discriminator_paths import PathError
from checker.fhir.validation.discriminators import Answer, match, signature
from checker.fhir.validation.issue import DefinitionProblem, NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/profiling.html#slicing"
_DEFAULT = "@default"

MINIMUM = rule(
    "slice-minimum",
    "error",
    "structure",
    title="A mandatory slice is missing",
    why="A slice is how a definition asks for one particular item: this code, this identifier. Readers look for it.",
    fix="Add the item, with the value by which the slice is told apart exactly as the definition has it.",
    source=_SOURCE,
)
MAXIMUM = rule(
    "slice-maximum",
    "error",
    "structure",
    title="There are more items of a slice than are allowed",
    why="A reader that expects fewer takes one of them and drops the rest.",
    fix="Remove what is too many.",
    source=_SOURCE,
)
CLOSED = rule(
    "slice-closed",
    "error",
    "structure",
    title="An item matches no slice, and the slicing is closed",
    why="The definition lists everything that may stand here.",
    fix="Make the item match one of the slices, or remove it.",
    source=_SOURCE,
)
ORDER = rule(
    "slice-order",
    "error",
    "structure",
    title="Items stand in another order than their slices",
    why="The definition says that the order carries meaning.",
    fix="Sort the items in the order of the slices.",
    source=_SOURCE,
)
AT_END = rule(
    "slice-open-at-end",
    "error",
    "structure",
    title="An item that matches no slice stands before one that does",
    why="The definition lets further items stand at the end only.",
    fix="Move the item to the end.",
    source=_SOURCE,
)
SEVERAL = rule(
    "slice-several",
    "error",
    "structure",
    title="An item matches two slices",
    why="Nobody can say by which of the two it is to be read.",
    fix="Make the item match one slice only; where it can't, the definition is at fault.",
    source=_SOURCE,
)


class _Near(msgspec.Struct):
    """How near an item came to a slice: how many discriminators it met, and why the first other one failed."""

    slice_: str
    met: int
    reason: str


class _Assigned(msgspec.Struct):
    """An item and its slice. ``unknown`` are slices that nobody can tell whether it is in."""

    node: Node
    slice_: Element | None
    unknown: list[str]
    near: _Near | None


def check(run: Run, parent: Node, element: Element, nodes: Sequence[Node]) -> None:
    """Judge the occurrences of a sliced element in its parent."""
    _group(run, parent, element, element.slicing, "", element.slices, nodes)


def _group(
    run: Run,
    parent: Node,
    element: Element,
    slicing: Slicing | None,
    prefix: str,
    slices: Sequence[Element],
    nodes: Sequence[Node],
) -> None:
    """Judge one level of slices: those of the element, or with a prefix the re-slices of a slice."""
    own = [
        s for s in slices if (s.slice_name or "").startswith(prefix) and "/" not in (s.slice_name or "")[len(prefix) :]
    ]
    if not own:
        return
    discriminators = _discriminators(element, slicing)
    named = [one for one in own if _short(one) != _DEFAULT]
    default = next((one for one in own if _short(one) == _DEFAULT), None)
    assigned = [_assign(run, node, named, discriminators) for node in nodes]
    if default is not None:
        for one in assigned:
            if one.slice_ is None and not one.unknown:
                one.slice_ = default
    _count(run, parent, element, own, assigned)
    _rules(run, element, slicing, own, assigned)
    _descend(run, parent, slices, own, assigned)


def members(run: Run, element: Element, name: str, nodes: Sequence[Node]) -> list[Node]:
    """The occurrences of a sliced element that are in the slice of that name; nothing is reported."""
    trial, left = run.trial(), list(nodes)
    slicing, prefix = element.slicing, ""
    for part in name.split("/"):
        own = [
            one
            for one in element.slices
            if (one.slice_name or "").startswith(prefix) and "/" not in (one.slice_name or "")[len(prefix) :]
        ]
        wanted = next((one for one in own if one.slice_name == prefix + part), None)
        if wanted is None:
            return []
        found = [(one, _assign(trial, one, own, _discriminators(element, slicing)).slice_) for one in left]
        left = [one for one, slice_ in found if slice_ is wanted]
        slicing, prefix = wanted.slicing, f"{prefix}{part}/"
    return left


def _short(element: Element) -> str:
    return (element.slice_name or "").rpartition("/")[2]


def _descend(
    run: Run, parent: Node, slices: Sequence[Element], own: Sequence[Element], assigned: Sequence[_Assigned]
) -> None:
    from checker.fhir.validation.walk import judge

    for slice_ in own:
        members = [one.node for one in assigned if one.slice_ is slice_]
        for node in members:
            judge(run, node, slice_)
        _group(run, parent, slice_, slice_.slicing, f"{slice_.slice_name}/", slices, members)


def _discriminators(element: Element, slicing: Slicing | None) -> tuple[Discriminator, ...]:
    if slicing is not None and slicing.discriminators:
        return slicing.discriminators
    if element.choice:
        return (Discriminator("type", "$this"),)
    if element.name in ("extension", "modifierExtension"):
        return (Discriminator("value", "url"),)
    return ()


# ---- which slice


def _assign(run: Run, node: Node, slices: Sequence[Element], discriminators: Sequence[Discriminator]) -> _Assigned:
    found: list[Element] = []
    unknown: list[str] = []
    near: _Near | None = None
    for slice_ in slices:
        met, answer = _matches(run, node, slice_, discriminators)
        name = slice_.slice_name or ""
        if answer.matches:
            found.append(slice_)
        elif answer.matches is None:
            unknown.append(name)
            run.not_verified.append(
                NotVerified(
                    kind="structure-definition",
                    subject=f"{slice_.structure} slice {name}",
                    path=node.path,
                    detail=answer.reason,
                )
            )
        elif near is None or met > near.met:
            near = _Near(name, met, answer.reason)
    if len(found) > 1 and _alike(run, found, discriminators):
        names = [one.slice_name or "" for one in found]
        run.definition_problems[untold(found)] = None
        return _Assigned(node, None, names, None)
    if len(found) > 1:
        listed = ", ".join(f"'{one.slice_name}'" for one in found)
        run.report(SEVERAL, node, f"This matches the slices {listed}; it may match one.", by=found[0], found=listed)
    return _Assigned(node, found[0] if found else None, unknown if not found else [], near)


def untold(slices: Sequence[Element]) -> DefinitionProblem:
    """What is wrong with slices that nothing tells apart."""
    names = ", ".join(one.slice_name or "" for one in slices)
    message = f"nothing tells the slices {names} apart: they are not judged"
    return DefinitionProblem(definition=slices[0].structure, message=message, element=slices[0].id)


def _alike(run: Run, slices: Sequence[Element], discriminators: Sequence[Discriminator]) -> bool:
    """Whether the definitions of the slices demand the same by every discriminator: the fault is not the instance's."""
    try:
        wanted = [[signature(run, one, discriminator) for discriminator in discriminators] for one in slices]
    except PathError:
        return True
    return bool(discriminators) and all(one == wanted[0] for one in wanted[1:])


def _matches(run: Run, node: Node, slice_: Element, discriminators: Sequence[Discriminator]) -> tuple[int, Answer]:
    """How many discriminators the node met before one failed, and the answer for all together."""
    if not discriminators:
        return 0, _whole(run, node, slice_)
    unknown: Answer | None = None
    for met, discriminator in enumerate(discriminators):
        try:
            answer = match(run, node, slice_, discriminator)
        except PathError as error:
            run.problem(slice_.structure, f"slice '{slice_.slice_name}': {error}", slice_.id)
            answer = Answer(None, str(error))
        if answer.matches is False:
            return met, Answer(False, f"{discriminator.path}: {answer.reason}")
        if answer.matches is None:
            unknown = answer
    return len(discriminators), unknown or Answer(True)


def _whole(run: Run, node: Node, slice_: Element) -> Answer:
    """Without a discriminator an item belongs to the slice that it conforms to."""
    from checker.fhir.validation.walk import judge

    trial = run.trial()
    judge(trial, node, slice_)
    issue = next((issue for issue, _ in trial.issues if issue.is_error), None)
    return Answer(True) if issue is None else Answer(False, issue.message.rstrip("."))


# ---- what follows


def _count(run: Run, parent: Node, element: Element, own: Sequence[Element], assigned: Sequence[_Assigned]) -> None:
    from checker.fhir.validation.walk import count_support

    for slice_ in own:
        members = [one.node for one in assigned if one.slice_ is slice_]
        if slice_.must_support:
            count_support(run, slice_, bool(members))
        name = slice_.slice_name or ""
        perhaps = sum(name in one.unknown for one in assigned)
        if len(members) + perhaps < slice_.min:
            near = next((one.near for one in assigned if one.near is not None and one.near.slice_ == name), None)
            run.report(
                MINIMUM,
                parent,
                (
                    f"The slice '{name}' of '{element.plain_name}' is missing: it is mandatory here."
                    if not members
                    else f"The slice '{name}' of '{element.plain_name}' is here {times(len(members))}:"
                    f" at least {times(slice_.min)} is asked."
                )
                + (f" Nearest item: {near.reason}." if near else ""),
                below=element.plain_name,
                by=slice_,
                found=times(len(members)),
                allowed=f"at least {times(slice_.min)}",
                slice_=f"{name}: {near.reason}" if near else name,
                fix=_add_slice(slice_),
            )
        if slice_.max is not None and len(members) > slice_.max:
            run.report(
                MAXIMUM,
                members[slice_.max],
                f"The slice '{name}' of '{element.plain_name}' is here {times(len(members))}:"
                f" at most {times(slice_.max)} is allowed.",
                by=slice_,
                found=times(len(members)),
                allowed=f"at most {times(slice_.max)}",
                slice_=name,
            )


def _add_slice(slice_: Element) -> str | None:
    """How to add an extension that is missing; None for other slices, whose rule says it."""
    urls = [url for kind in slice_.types if kind.code == "Extension" for url in kind.profiles]
    return f"Add an extension with the url {urls[0]}." if len(urls) == 1 else None


def _rules(
    run: Run, element: Element, slicing: Slicing | None, own: Sequence[Element], assigned: Sequence[_Assigned]
) -> None:
    rules = slicing.rules if slicing is not None else "open"
    names = ", ".join(one.slice_name or "" for one in own)
    if rules == "closed":
        for one in assigned:
            if one.slice_ is None and not one.unknown:
                near = f" Nearest is '{one.near.slice_}': {one.near.reason}." if one.near else ""
                run.report(
                    CLOSED,
                    one.node,
                    f"This matches none of the slices {names}, and no others may stand here.{near}",
                    by=element,
                    allowed=names,
                    slice_=f"{one.near.slice_}: {one.near.reason}" if one.near else None,
                )
    elif rules == "openAtEnd":
        last = max((i for i, one in enumerate(assigned) if one.slice_ is not None), default=-1)
        for index, one in enumerate(assigned):
            if index < last and one.slice_ is None and not one.unknown:
                run.report(AT_END, one.node, f"This matches none of the slices {names}: it has to stand after them.")
    if slicing is not None and slicing.ordered:
        order = {one.slice_name: index for index, one in enumerate(own)}
        reached = -1
        for one in assigned:
            if one.slice_ is not None:
                place = order[one.slice_.slice_name]
                if place < reached:
                    run.report(
                        ORDER,
                        one.node,
                        f"This is of the slice '{one.slice_.slice_name}' and stands after later ones; the order is"
                        f" {names}.",
                        by=one.slice_,
                        allowed=names,
                    )
                reached = max(reached, place)
