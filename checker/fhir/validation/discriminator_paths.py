"""Where the path of a discriminator leads: in the instance to nodes, in the definition to places that demand something.

Source: http://hl7.org/fhir/R4/profiling.html#discriminator
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import msgspec

from checker.fhir.definitions.ir import Element, ElementType
from checker.fhir.instance import Node
from checker.fhir.validation.run import Run
from checker.fhir.validation.types import is_a

_BASE = "http://hl7.org/fhir/StructureDefinition/"


class Step(msgspec.Struct, frozen=True):
    """One step of a discriminator path: ``child``, ``extension``, ``resolve`` or ``ofType``, with its argument."""

    kind: Literal["child", "extension", "resolve", "ofType"]
    name: str = ""


class Place(msgspec.Struct, frozen=True):
    """Where a path leads in a definition.

    ``element`` is None where the definition says nothing of its own there; ``types`` are the types that it may have;
    ``inherited`` holds what a fixed or pattern value further up demands here.
    """

    element: Element | None
    types: tuple[ElementType, ...]
    inherited: tuple[Any, ...] = ()


class PathError(ValueError):
    """A discriminator path that is none of the allowed forms."""


_STEP = re.compile(
    r"""(?:\$this | (?P<extension>extension)\('(?P<url>[^']*)'\) | (?P<resolve>resolve)\(\)
        | (?P<type>ofType)\((?:FHIR\.)?(?P<code>\w+)\) | (?P<as>as)\((?:FHIR\.)?(?P<as_code>\w+)\)
        | (?P<child>[A-Za-z_][A-Za-z0-9_]*)(?:\[x\])?)(?:\.|$)""",
    re.VERBOSE,
)


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[Step, ...]:
    """The steps of a discriminator path; none for ``$this``. Raises :class:`PathError`."""
    found: list[Step] = []
    position = 0
    path = path.strip()
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or (match.end() == len(path) and path.endswith(".")):
            raise PathError(f"the discriminator path '{path}' is none of the allowed forms")
        position = match.end()
        if match["extension"]:
            found.append(Step("extension", match["url"]))
        elif match["resolve"]:
            found.append(Step("resolve"))
        elif match["type"] or match["as"]:
            found.append(Step("ofType", match["code"] or match["as_code"]))
        elif match["child"]:
            found.append(Step("child", match["child"]))
    return tuple(found)


# ---- the instance


class Reached(msgspec.Struct, frozen=True):
    """The nodes at a path; ``hidden`` are the references on the way whose target is out of sight."""

    nodes: list[Node]
    hidden: list[Node]


def nodes_at(run: Run, node: Node, path: tuple[Step, ...]) -> Reached:
    """Follow the path in the instance."""
    found, hidden = [node], []
    for step in path:
        following: list[Node] = []
        for one in found:
            if step.kind == "child":
                following.extend(one.children(step.name))
            elif step.kind == "extension":
                following.extend(e for e in one.children("extension") if e.text("url") == step.name)
            elif step.kind == "ofType":
                following.extend([one] if is_a(run.library, one.type, step.name) else [])
            elif (target := _target(run, one)) is not None:
                following.append(target)
            elif not isinstance(one.value, dict) or not one.value.keys().isdisjoint(_LEADING):
                hidden.append(one)
        found = following
    return Reached(found, hidden)


_LEADING = frozenset({"reference", "_reference", "identifier", "type"})
"""What a Reference leads somewhere by: words alone (``display``) lead nowhere."""


def _target(run: Run, node: Node) -> Node | None:
    text = node.value if isinstance(node.value, str) else node.text("reference")
    return run.resolver.resolve(text, node).node if text else None


def hint(run: Run, reference: Node) -> str | None:
    """The type that a reference says its target has: by ``type``, or by the form ``Patient/1``."""
    stated = reference.text("type")
    if stated:
        return stated.removeprefix(_BASE)
    text = reference.value if isinstance(reference.value, str) else reference.text("reference") or ""
    parts = text.partition("/_history/")[0].split("/")
    structure = run.library.type(parts[-2]) if len(parts) > 1 and parts[-2].isalpha() else None
    return structure.type if structure is not None and structure.kind == "resource" else None


# ---- the definition


def places(run: Run, element: Element, path: tuple[Step, ...]) -> list[Place]:
    """Where the path leads below an element of a definition."""
    found = [Place(element, element.types)]
    for step in path:
        found = [further for place in found for further in _follow(run, place, step)]
    return found


def _follow(run: Run, place: Place, step: Step) -> Iterator[Place]:
    if step.kind == "ofType":
        kinds = tuple(k for k in place.types if is_a(run.library, k.code, step.name)) or (ElementType(step.name),)
        yield Place(place.element, kinds, place.inherited)
    elif step.kind == "resolve":
        targets = [target for kind in place.types for target in kind.target_profiles]
        for target in targets:
            structure = run.library.structure(target)
            code = structure.type if structure is not None else target.removeprefix(_BASE)
            root = structure.root if structure is not None else None
            yield Place(root, (ElementType(code, profiles=(target,)),))
    elif step.kind == "extension":
        yield from _extensions(run, place, step.name)
    else:
        yield from _child(run, place, step.name)


def _child(run: Run, place: Place, name: str) -> Iterator[Place]:
    inherited = tuple(_below(_stated(place), name))
    for holder in _holders(run, place):
        child = holder.members.get(name) or _named(holder, name)
        if child is None:
            continue
        yield Place(child, child.types, inherited)
        for slice_ in child.slices:
            if slice_.min > 0 or (child.choice and len(child.slices) == 1):
                yield Place(slice_, slice_.types)
        return
    if inherited:
        yield Place(None, (), inherited)


def _named(holder: Element, name: str) -> Element | None:
    """A child whose choice is narrowed by its name: ``value`` finds ``valueQuantity``."""
    return next((c for c in holder.children.values() if re.fullmatch(rf"{name}(\[x\]|[A-Z]\w*)", c.name)), None)


def _holders(run: Run, place: Place) -> Iterator[Element]:
    """The elements whose children may say something: the element itself, its StructureDefinitions, its type."""
    if place.element is not None and place.element.children:
        yield place.element
    for kind in place.types:
        for canonical in kind.profiles:
            structure = run.library.structure(canonical)
            if structure is not None:
                yield structure.root
    for kind in place.types:
        structure = run.library.type(kind.code)
        if structure is not None:
            yield structure.root


def _extensions(run: Run, place: Place, url: str) -> Iterator[Place]:
    for holder in _holders(run, place):
        sliced = holder.members.get("extension")
        for slice_ in sliced.slices if sliced is not None else ():
            if url in urls(slice_):
                yield Place(slice_, slice_.types)
                return
    structure = run.library.structure(url)
    if structure is not None and structure.type == "Extension":
        yield Place(structure.root, (ElementType("Extension", profiles=(url,)),))


def urls(element: Element) -> set[str]:
    """The urls that a slice of extensions is for."""
    found = {canonical.partition("|")[0] for kind in element.types for canonical in kind.profiles}
    url = element.members.get("url")
    if url is not None and url.fixed is not None and isinstance(url.fixed.value, str):
        found.add(url.fixed.value)
    return found


def _stated(place: Place) -> tuple[Any, ...]:
    element = place.element
    if element is None:
        return place.inherited
    own = element.fixed or element.pattern
    return (own.value,) if own is not None else place.inherited


def _below(values: tuple[Any, ...], name: str) -> Iterator[Any]:
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                keys = [key for key in one if key == name or re.fullmatch(rf"{re.escape(name)}[A-Z]\w*", key)]
                for key in keys[:1]:
                    yield from one[key] if isinstance(one[key], list) else [one[key]]
