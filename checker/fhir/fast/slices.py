"""Slices: to which of them an item belongs, from what its discriminators ask, compiled for the plain JSON.

What the definition demands at a discriminator's path is read by the explaining tier's own functions. Slicings with
other demands than fixed values, patterns and types are left to it altogether.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Discriminator, Element
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Clean, Dirty, Row
from checker.fhir.validation import slicing
from checker.fhir.validation.discriminator_paths import PathError, places, steps, urls
from checker.fhir.validation.issue import DefinitionProblem
from checker.fhir.validation.values import fixed_difference, pattern_difference

_DEFAULT = "@default"
_MOST_VALUES = 1_000


class Unsure:
    """Slices that an item is in, all of them alike: nothing tells them apart, which is a fault of the definition."""

    __slots__ = ("problem", "slices")

    def __init__(self, slices: list[Element]) -> None:
        self.slices = slices
        self.problem = slicing.untold(slices)


Slice = Element | Unsure | None


class Slices:
    """The slices of one element.

    ``kind``: the type of the items. ``by_url``: extensions that are told apart by url alone. Raises ``Dirty`` for what
    is not compiled.
    """

    __slots__ = (
        *("_alike", "_build", "_counted", "_default", "_kind", "_known", "_listed", "_matchers", "_named"),
        *("_supported", "_urls", "_ways"),
        *("by_url", "element", "rules"),
    )

    def __init__(self, build: Build, element: Element, kind: str) -> None:
        self._build = build
        self._kind = kind
        self.element = element
        if any("/" in (one.slice_name or "") for one in element.slices):
            raise Dirty(f"{element.id}: slices of slices")
        listed = slicing._discriminators(element, element.slicing)
        if not listed:
            raise Dirty(f"{element.id}: no discriminator")
        if element.slicing is not None and element.slicing.ordered:
            raise Dirty(f"{element.id}: ordered slices")
        self.rules = element.slicing.rules if element.slicing is not None else "open"
        self._named = [one for one in element.slices if one.slice_name != _DEFAULT]
        self._default = next((one for one in element.slices if one.slice_name == _DEFAULT), None)
        self.by_url = element.name in ("extension", "modifierExtension") and [
            (one.type, one.path) for one in listed
        ] == [("value", "url")]
        self._urls: dict[str, Element] = {}
        self._supported = [((one.structure, one.id), one) for one in element.slices if one.must_support]
        self._matchers: list[tuple[Element, list[Matcher]]] = []
        self._counted: dict[tuple[Slice, ...], tuple[Row, tuple[DefinitionProblem, ...]]] = {}
        self._known: dict[tuple[Any, ...], Slice] = {}
        self._alike: dict[tuple[int, ...], Unsure] = {}
        self._listed = listed
        if self.by_url:
            for one in self._named:
                for url in urls(one) | self._fixed_urls(one):
                    if url in self._urls:
                        raise Dirty(f"{element.id}: two slices for one url")
                    self._urls[url] = one
        else:
            for one in self._named:
                self._matchers.append((one, [_matcher(build, one, each, kind) for each in listed]))
        ways = {one.way for _, matchers in self._matchers for one in matchers if one.way}
        self._ways = tuple(sorted(ways))

    def _fixed_urls(self, one: Element) -> set[str]:
        found = set()
        for kind in one.types:
            for canonical in kind.profiles:
                structure = self._build.structure(canonical)
                url = structure.root.members.get("url") if structure is not None else None
                if structure is None or url is None or url.fixed is None:
                    raise Dirty(f"{one.id}: an extension that is not held")
                found.add(str(url.fixed.value))
        return found

    def slice_for_url(self, url: str) -> Element | None:
        """The slice of an extension."""
        return self._urls.get(url, self._default)

    def slice_of(self, item: Any) -> Slice:
        """The slice of an item. Raises ``Dirty`` when there are several that can be told apart."""
        key = []
        for way in self._ways:
            value = item
            for name in way:
                if value.__class__ is list and len(value) == 1:
                    value = value[0]
                if value.__class__ is not dict:
                    if value is not None:
                        value = tuple(_reached(item, way))
                    break
                value = value.get(name)
            key.append(value)
        values = tuple(key)
        try:
            return self._known[values]
        except (KeyError, TypeError):
            found = self._looked_up(item)
        if all(value is None or value.__class__ is str or _is_texts(value) for value in values):
            if len(self._known) >= _MOST_VALUES:
                self._known.clear()
            self._known[values] = found
        return found

    def _looked_up(self, item: Any) -> Slice:
        found = [element for element, matchers in self._matchers if all(one.matches(item) for one in matchers)]
        if not found:
            return self._default
        return found[0] if len(found) == 1 else self._unsure(found)

    def _unsure(self, found: list[Element]) -> Unsure:
        key = tuple(map(id, found))
        if key not in self._alike:
            if not slicing._alike(self._build.run, found, self._listed):
                raise Dirty(f"{self.element.id}: several slices")
            self._alike[key] = Unsure(found)
        return self._alike[key]

    def count(self, listed: list[Slice], c: Clean) -> None:
        """Judge how often each slice stands, and what is in none. Raises ``Dirty``."""
        key = tuple(listed)
        found = self._counted.get(key)
        if found is None:
            found = self._judged(listed), tuple(one.problem for one in listed if one.__class__ is Unsure)
            if len(self._counted) < _MOST_VALUES:
                self._counted[key] = found
        row, problems = found
        if row:
            c.rows.append(row)
        if problems:
            c.problems += problems

    def _judged(self, listed: list[Slice]) -> Row:
        if self.rules != "open" and None in listed:
            raise Dirty(f"{self.element.id}: {self.rules}")
        for one in self.element.slices:
            if one.min or one.max is not None:
                count = sum(each is one for each in listed)
                perhaps = sum(any(each is one for each in at.slices) for at in listed if isinstance(at, Unsure))
                if count + perhaps < one.min or (one.max is not None and count > one.max):
                    raise Dirty(f"{one.id}: {count}")
        return Row((key, any(each is one for each in listed)) for key, one in self._supported)


class Matcher:
    """Whether an item meets one discriminator.

    ``way``: the properties that lead to the value that alone decides, as long as that is one text or absent; of items
    that are all alike, none.
    """

    __slots__ = ("matches", "way")

    def __init__(self, matches: Callable[[Any], bool], way: tuple[str, ...]) -> None:
        self.matches = matches
        self.way = way


def _by_type(build: Build, slice_: Element, kind: str) -> Matcher:
    """Of items that have one type, all match or none."""
    if not slice_.types:
        raise Dirty(f"{slice_.id}: no type demanded")
    matches = any(build.is_a(kind, one.code) for one in slice_.types)
    return Matcher(lambda item: matches, ())


def _matcher(build: Build, slice_: Element, discriminator: Discriminator, kind: str) -> Matcher:
    try:
        path = steps(discriminator.path)
    except PathError as error:
        raise Dirty(f"{slice_.id}: {error}") from None
    if discriminator.type == "type" and not path and kind != "Reference":
        return _by_type(build, slice_, kind)
    if discriminator.type not in ("value", "pattern") or any(step.kind != "child" for step in path):
        raise Dirty(f"{slice_.id}: discriminator {discriminator.type} {discriminator.path}")
    names = tuple(step.name for step in path)
    if not names:
        raise Dirty(f"{slice_.id}: discriminated by its whole")
    demands: list[tuple[Any, bool]] = []
    for place in places(build.run, slice_, path):
        element = place.element
        if element is not None and element.max == 0:
            raise Dirty(f"{slice_.id}: discriminated by absence")
        if element is not None and element.fixed is not None:
            demands.append((element.fixed.value, True))
        elif element is not None and element.pattern is not None:
            demands.append((element.pattern.value, False))
        elif place.inherited:
            demands.extend((value, False) for value in place.inherited)
        elif element is not None and element.binding is not None and element.binding.strength == "required":
            raise Dirty(f"{slice_.id}: discriminated by a binding")
    if not demands:
        raise Dirty(f"{slice_.id}: nothing demanded at {discriminator.path}")
    _plain_names(build, slice_, names)

    def matches(item: Any) -> bool:
        found = _reached(item, names)
        for wanted, exact in demands:
            differ = fixed_difference if exact else pattern_difference
            if not any(differ(value, wanted) is None for value in found):
                return False
        return True

    return Matcher(matches, names)


def _reached(item: Any, names: tuple[str, ...]) -> list[Any]:
    """The values at the end of these properties."""
    found = [item]
    for name in names:
        following: list[Any] = []
        for one in found:
            value = one.get(name)
            if value.__class__ is list:
                following.extend(value)
            elif value is not None:
                following.append(value)
        found = following
    return found


def _is_texts(value: Any) -> bool:
    return value.__class__ is tuple and all(one.__class__ is str for one in value)


def _plain_names(build: Build, slice_: Element, names: tuple[str, ...]) -> None:
    """Raise ``Dirty`` where a name on the path is no JSON property: a choice."""
    if not names:
        return
    kinds = [kind.code for kind in slice_.types]
    shapes = [structure.root for code in kinds if (structure := build.definitions.type(code)) is not None]
    if slice_.children and kinds and kinds[0] in ("BackboneElement", "Element"):
        shapes = [slice_]
    for name in names:
        following = []
        for shape in shapes:
            child = shape.members.get(name)
            if child is None or child.choice:
                raise Dirty(f"{slice_.id}: discriminator {'.'.join(names)}")
            if child.children:
                following.append(child)
            else:
                following += [
                    structure.root
                    for kind in child.types
                    if (structure := build.definitions.type(kind.code)) is not None
                ]
        shapes = following
