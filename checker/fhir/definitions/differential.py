"""A differential as a tree: what it says about each element, under elements that it may leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from checker.fhir.definitions.elements import MAX_ELEMENTS, Element, Report, sound


class Change:
    """What a differential says of one element. ``element`` is empty where only something below it is constrained."""

    __slots__ = ("children", "element", "name", "slices")

    def __init__(self, name: str, element: Element) -> None:
        self.name = name
        self.element = element
        self.children: list[Change] = []
        self.slices: list[Change] = []

    def child(self, name: str) -> Change:
        """The child of that name; a new one at the end when there is none."""
        for child in self.children:
            if child.name == name:
                return child
        self.children.append(Change(name, {}))
        return self.children[-1]

    def slice(self, name: str) -> Change:
        """The slice of that name; a new one at the end when there is none."""
        for one in self.slices:
            if one.element.get("sliceName") == name:
                return one
        self.slices.append(Change(self.name, {"sliceName": name}))
        return self.slices[-1]

    def over(self, other: Change) -> Change:
        """Both together, as a new change: where they speak of the same, this one's words count."""
        result = Change(self.name, other.element | self.element)
        result.children = _joined(self.children, other.children, lambda one: one.name)
        result.slices = _joined(self.slices, other.slices, lambda one: str(one.element.get("sliceName")))
        return result


def _joined(ours: list[Change], others: list[Change], key: Callable[[Change], str]) -> list[Change]:
    own = {key(one): one for one in ours}
    known = {key(one) for one in others}
    joined = [own[key(one)].over(one) if key(one) in own else one for one in others]
    return joined + [one for one in ours if key(one) not in known]


def changes(elements: Iterable[object], type_name: str, report: Report, *, text: bool = False) -> Change:
    """The tree of a differential.

    An element's place is told by its id (``Patient.identifier:nhs.system``) where that agrees with its path, else by
    the elements before it: ``Patient.identifier.system`` after the slice ``nhs`` is that slice's. Out of order is
    tolerated. What cannot be placed is reported and left out.
    """
    root = Change(type_name, {})
    by_order: list[Change] = [root]
    rooted = False
    for count, raw in enumerate(elements):
        if count >= MAX_ELEMENTS:
            report("", f"more than {MAX_ELEMENTS} elements", lost=True)
            break
        element = sound(raw, report, text=text)
        if element is None:
            continue
        name, *parts = element["path"].split(".")
        where = str(element.get("id") or element["path"])
        if name != type_name and not parts and not rooted:
            report(where, f"the root element is called {name}, the type {type_name}")
        rooted = True
        if not parts:
            if root.element:
                report(where, "a second root element", lost=True)
            else:
                root.element = element
            by_order = [root]
            continue
        slices = _slices(element, len(parts))
        chain = _by_id(root, parts, slices) if slices is not None else _by_order(by_order, parts)
        own = element.get("sliceName") or (slices[-1] if slices else "")
        if own:
            chain[-1] = chain[-1].slice(own)
        change = chain[-1]
        if change.element.keys() - {"sliceName"}:
            report(where, "an element is constrained twice; the later words are added to the earlier")
            element = change.element | element
        change.element = element | {"sliceName": own} if own else element
        by_order = chain
    return root


def _slices(element: Element, depth: int) -> list[str] | None:
    """The slice name of each path segment after the root, from the id; None when the id does not fit the path."""
    identity = element.get("id")
    if not identity or ("sliceName" in element and ":" not in identity):
        return None
    names: list[str] = []
    slices: list[str] = []
    for part in identity.split("."):
        name, _, one = part.partition(":")
        if not name:  # a dot in a slice name
            return None
        names.append(name)
        slices.append(one)
    path = element["path"].split(".")
    if len(names) != depth + 1 or names[1:] != path[1:]:
        return None
    if "sliceName" in element and slices[-1] != element["sliceName"]:
        return None
    return slices[1:]


def _by_id(root: Change, parts: list[str], slices: list[str]) -> list[Change]:
    """The changes from the root to that place, the slice of the last segment left to the caller."""
    chain = [root]
    for part, one in zip(parts[:-1], slices[:-1], strict=True):
        here = chain[-1].child(part)
        chain.append(here.slice(one) if one else here)
    chain.append(chain[-1].child(parts[-1]))
    return chain


def _by_order(before: list[Change], parts: list[str]) -> list[Change]:
    """The same, below the changes that led to the element before, as far as their names agree."""
    chain = before[:1]
    following = True
    for depth, part in enumerate(parts[:-1], 1):
        following = following and depth < len(before) and before[depth].name == part
        chain.append(before[depth] if following else chain[-1].child(part))
    chain.append(chain[-1].child(parts[-1]))
    return chain
