"""Slices: to which of them an item belongs, from what its discriminators ask, compiled for the plain JSON.

What the definition demands at a discriminator's path is read by the explaining tier's own functions. Slicings with
other demands than fixed values, patterns and types are left to it altogether.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Discriminator, Element
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Clean, Dirty
from checker.fhir.validation import slicing
from checker.fhir.validation.discriminator_paths import PathError, places, steps, urls
from checker.fhir.validation.values import fixed_difference, pattern_difference

_DEFAULT = "@default"


class Slices:
    """The slices of one element.

    ``by_url``: extensions that are told apart by url alone. Raises ``Dirty`` for what is not compiled.
    """

    __slots__ = ("_build", "_default", "_matchers", "_named", "_supported", "_urls", "by_url", "element", "rules")

    def __init__(self, build: Build, element: Element) -> None:
        self._build = build
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
        self._matchers: list[tuple[Element, list[Callable[[Any], bool]]]] = []
        if self.by_url:
            for one in self._named:
                for url in urls(one) | self._fixed_urls(one):
                    if url in self._urls:
                        raise Dirty(f"{element.id}: two slices for one url")
                    self._urls[url] = one
        else:
            for one in self._named:
                self._matchers.append((one, [_matcher(build, one, each) for each in listed]))

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

    def slice_of(self, item: Any) -> Element | None:
        """The slice of an item. Raises ``Dirty`` when there are several."""
        found = None
        for element, matchers in self._matchers:
            for matches in matchers:
                if not matches(item):
                    break
            else:
                if found is not None:
                    raise Dirty(f"{self.element.id}: several slices")
                found = element
        return found if found is not None else self._default

    def count(self, listed: list[Element | None], c: Clean) -> None:
        """Judge how often each slice stands, and what is in none. Raises ``Dirty``."""
        if self.rules != "open" and None in listed:
            raise Dirty(f"{self.element.id}: {self.rules}")
        if self._supported:
            c.rows.append(tuple((key, any(each is one for each in listed)) for key, one in self._supported))
        for one in self.element.slices:
            if one.min or one.max is not None:
                count = sum(each is one for each in listed)
                if count < one.min or (one.max is not None and count > one.max):
                    raise Dirty(f"{one.id}: {count}")


def _matcher(build: Build, slice_: Element, discriminator: Discriminator) -> Callable[[Any], bool]:
    """Whether an item meets one discriminator."""
    try:
        path = steps(discriminator.path)
    except PathError as error:
        raise Dirty(f"{slice_.id}: {error}") from None
    if discriminator.type not in ("value", "pattern") or any(step.kind != "child" for step in path):
        raise Dirty(f"{slice_.id}: discriminator {discriminator.type} {discriminator.path}")
    names = tuple(step.name for step in path)
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
        for wanted, exact in demands:
            differ = fixed_difference if exact else pattern_difference
            if not any(differ(value, wanted) is None for value in found):
                return False
        return True

    return matches


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
