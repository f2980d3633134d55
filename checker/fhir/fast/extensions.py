"""Lists of extensions: each url is looked into once for a place, then its extensions are judged as one kind.

Whether the definition is known and fits the place, and what is to be said of its status, is found out with the
explaining tier's own functions on a node without surroundings: what fits there fits everywhere that place occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import NOTHING, Clean, Dirty, Told
from checker.fhir.instance import Node

if TYPE_CHECKING:
    from checker.fhir.fast.site import Site

Judge = Callable[[Any, Clean], int]
_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_MOST_URLS = 500
_DEEPEST = 12


class Extensions:
    """The judge of one list of extensions (or modifier extensions) of a place.

    ``holder`` makes the node that carries them, without its surroundings; ``sliced`` are the elements of
    StructureDefinitions that slice the list; ``parts`` the parts that a complex extension defines.
    """

    __slots__ = ("_build", "_declared", "_holder", "_judges", "_least", "_name", "_parts", "_sites", "_sliced")

    def __init__(
        self,
        build: Build,
        name: str,
        declared: Element,
        holder: Callable[[], Node],
        asking: list[Element],
        parts: dict[str, Element] | None,
    ) -> None:
        from checker.fhir.fast.slices import Slices

        self._build = build
        self._name = name
        self._declared = declared
        self._holder = holder
        self._parts = parts
        self._sliced = [Slices(build, one, "Extension") for one in asking if one.slices]
        self._sites: dict[str, tuple[Any, tuple[Any, ...]]] = {}
        self._judges = self._sites.get
        for one in self._sliced:
            if not one.by_url:
                raise Dirty(f"{one.element.id}: extensions not told apart by url")

    def __call__(self, v: list[Any], c: Clean) -> int:
        """Judge the items; the number of names and texts in them."""
        n = 0
        c.depth += 1
        if c.depth > _DEEPEST:
            raise Dirty("extensions nested deep")
        sliced = self._sliced
        if not sliced:
            for x in v:
                found = self._judges(x["url"]) or self._look(x)
                n += found[0](x, c)
        else:
            names: list[tuple[Any, ...]] = []
            for x in v:
                found = self._judges(x["url"]) or self._look(x)
                n += found[0](x, c)
                names.append(found[1])
            for at, one in enumerate(sliced):
                one.count([name[at] for name in names], c)
        c.depth -= 1
        return n

    def _look(self, x: Any) -> tuple[Any, tuple[Any, ...]]:
        url = x["url"]
        if x.__class__ is not dict or url.__class__ is not str or len(self._sites) >= _MOST_URLS:
            raise Dirty("extension")
        matched = tuple(one.slice_for_url(url) for one in self._sliced)
        further = [one for one in matched if one is not None]
        site, told, once = self._site(url, further)
        judge = site if told is NOTHING else _remarked(site, told, url if once else None)
        found = self._sites[url] = (judge, matched)
        return found

    def _site(self, url: str, further: list[Element]) -> tuple[Judge, Told, bool]:
        """The site of extensions with the url, what is said of each, and whether that is said once for an instance."""
        from checker.fhir.fast.asks import Asks
        from checker.fhir.fast.site import site_of
        from checker.fhir.forms.lexical import is_absolute
        from checker.fhir.validation import extension_context, extensions

        build = self._build
        asks = Asks(build, self._declared, "Extension", further)
        if not is_absolute(url):
            if self._parts is None or url not in self._parts:
                raise Dirty("extension: relative url")
            parts = extensions._parts(self._parts[url])
            return _of(site_of(build, "Extension", None, asks, parts=parts), url), NOTHING, False
        if "|" in url:
            raise Dirty("extension: version")
        definition = build.structure(url)
        shape = build.definitions.type("Extension").root
        some = {"url": url, "valueString": "some"}
        node = Node(build.tree, self._holder(), self._name, 0, some, None, "Extension", self._declared, shape)
        if definition is None:
            told = build.told(lambda run, one: extensions.check(run, one, self._declared), node)
            return _of(site_of(build, "Extension", None, asks), url), told, False
        if definition.type != "Extension":
            raise Dirty("extension: another type")
        told = build.told(lambda run, one: extensions._check_status(run, one, definition), node)
        if definition.root.is_modifier != (self._name == "modifierExtension"):
            raise Dirty("extension: modifier")
        if definition.context_invariants or any(one.type == "fhirpath" for one in definition.contexts):
            raise Dirty("extension: context in FHIRPath")
        before = len(build.run.definition_problems), len(build.run.not_verified)
        fits = extension_context.fits(build.run, node, definition)
        if (len(build.run.definition_problems), len(build.run.not_verified)) != before:
            raise Dirty("extension: context")
        places = () if fits else element_places(definition)
        asks.add_structure(definition)
        site = site_of(
            build,
            "Extension",
            None,
            asks,
            parts=extensions._parts(definition.root),
            allowed=frozenset(extensions._allowed_types(definition)),
        )
        _of(site, url)
        return _placed(site, self._name, places) if places else site, told, True


def _of(site: Site, url: str) -> Site:
    """The site, which knows the url of its extensions: those inside may ask for it."""
    if not site.sample:
        site.sample = {"url": url}
    return site


def element_places(definition: Structure) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Resource type and property names of each element of a resource that the contexts of a definition name.

    Raises ``Dirty`` when there is none, or a context asks for more than a place.
    """
    if any("#" in one.expression for one in definition.contexts):
        raise Dirty("extension: context")
    found = tuple(
        (kind, tuple(rest.split(".")))
        for one in definition.contexts
        if one.type == "element"
        for kind, dot, rest in [one.expression.removeprefix(_PREFIX).partition(".")]
        if dot and rest.replace(".", "").isalpha()
    )
    if not found:
        raise Dirty("extension: context")
    return found


def _placed(site: Site, name: str, places: tuple[tuple[str, tuple[str, ...]], ...]) -> Judge:
    """The site's judge, for extensions that may stand on some elements of some resources only."""

    def judge(x: Any, c: Clean) -> int:
        kind = c.resource["resourceType"]
        for wanted, steps in places:
            if wanted == kind and _stands(x, name, c.resource, steps):
                return site(x, c)
        raise Dirty("extension: context")

    return judge


def _stands(x: Any, name: str, resource: Any, steps: tuple[str, ...]) -> bool:
    """Whether an extension stands on an element of a resource at the end of these properties."""
    holders = [resource]
    for step in steps[:-1]:
        holders = [found for one in holders for found in _values(one.get(step))]
    step = steps[-1]
    for one in holders:
        for found in (*_values(one.get(step)), *_values(one.get(f"_{step}"))):
            if found.__class__ is dict and any(each is x for each in found.get(name, ())):
                return True
    return False


def _values(value: Any) -> list[Any]:
    return value if value.__class__ is list else [] if value is None else [value]


def _remarked(site: Judge, told: Told, once: str | None) -> Judge:
    """The site's judge, with something to say of each extension, or (``once``) of the first in an instance."""

    def judge(x: Any, c: Clean) -> int:
        n = site(x, c)
        if once is not None:
            if c.alone:
                raise Dirty("extension: status")
            if c.once is None:
                c.once = set()
            if once in c.once:  # which of them is the first hangs on the order of the definition
                raise Dirty("extension: status of two")
            c.once.add(once)
        c.said.append((told, x, "", ()))
        return n

    return judge
