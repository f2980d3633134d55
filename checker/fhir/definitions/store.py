"""The definitions that a run is judged by: packages first, then what is embedded; compiled when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from checker.fhir.definitions.ir import Element, Structure
from checker.fhir.definitions.provider import Entry, Provider, version_key
from checker.fhir.validation.issue import DefinitionProblem

if TYPE_CHECKING:
    from checker.fhir.definitions.pack import TextPack

TYPES = "http://hl7.org/fhir/StructureDefinition/"

_KEPT_RAW = 64
"""How many parsed resources that are no StructureDefinitions are kept."""


class Definitions:
    """Definitions by canonical, from providers asked in order. Implements ``checker.fhir.validation.run.Library``.

    ``packages`` shadow ``embedded``, except that R4's own types stay what they are. Among packages the highest version
    of a canonical wins where none is named, and of equal ones the later package. Of the embedded, the first that has
    it wins. ``problems`` grows while definitions are compiled; each is told once.
    """

    def __init__(self, packages: Sequence[Provider] = (), embedded: Sequence[Provider] = ()) -> None:
        self.packages = tuple(packages)
        self.embedded = tuple(embedded)
        self._structures: dict[tuple[int, Entry], Structure | None] = {}
        self._by_canonical: dict[str, Structure | None] = {}
        self._types: dict[str, Structure | None] = {}
        self._raw: OrderedDict[tuple[str, str], dict[str, Any] | None] = OrderedDict()
        self._own: list[DefinitionProblem] = []
        self._generator: Any = None

    @property
    def problems(self) -> list[DefinitionProblem]:
        """What is wrong with the definitions used so far, sorted, each once."""
        told = [*self._own, *(one for provider in self._providers() for one in provider.problems)]
        if self._generator is not None:
            told += self._generator.problems
        unique = {(one.definition, one.element or "", one.message): one for one in told}
        return [unique[key] for key in sorted(unique)]

    def type(self, code: str) -> Structure | None:
        """The base definition of a FHIR type, or None when there is no such type."""
        if code not in self._types:
            self._types[code] = self.structure(TYPES + code) if code and "/" not in code else None
        return self._types[code]

    def structure(self, canonical: str) -> Structure | None:
        """The compiled StructureDefinition of ``url`` or ``url|version``; None when it is not held or unusable."""
        if canonical not in self._by_canonical:
            found = self._find(canonical, "StructureDefinition")
            self._by_canonical[canonical] = None if found is None else self._compiled(*found)
        return self._by_canonical[canonical]

    def raw(self, canonical: str, resource_type: str | None = None) -> dict[str, Any] | None:
        """A conformance resource as JSON, of that type when one is given; None when it is not held.

        It may be shared: callers do not alter it.
        """
        key = (canonical, resource_type or "")
        if key in self._raw:
            self._raw.move_to_end(key)
            return self._raw[key]
        found = self._find(canonical, resource_type or "")
        resource = None if found is None else found[0].load(found[1])
        if resource is not None and resource.get("resourceType") != "StructureDefinition":
            self._raw[key] = resource
            if len(self._raw) > _KEPT_RAW:
                self._raw.popitem(last=False)
        return resource

    def has(self, canonical: str, resource_type: str = "") -> bool:
        """Is it held? Nothing is parsed to tell."""
        return self._find(canonical, resource_type) is not None

    def all(self, resource_type: str) -> Iterator[dict[str, Any]]:
        """Every resource of that type, each canonical once, as ``raw`` would choose; those without one too."""
        seen: set[str] = set()
        for provider in self._providers():
            for entry in provider.entries(resource_type):
                if entry.url in seen:
                    continue
                resource = self.raw(entry.url, resource_type) if entry.url else provider.load(entry)
                if entry.url:
                    seen.add(entry.url)
                if resource is not None:
                    yield resource

    def urls(self, resource_type: str) -> list[str]:
        """The canonicals of that resource type, sorted. Nothing is parsed."""
        found = {entry.url for provider in self._providers() for entry in provider.entries(resource_type)}
        return sorted(found - {""})

    def _providers(self) -> tuple[Provider, ...]:
        return (*self.packages, *self.embedded)

    def _find(self, canonical: str, resource_type: str) -> tuple[Provider, Entry] | None:
        url, _, version = canonical.partition("|")
        if url.startswith(TYPES) and resource_type in ("", "StructureDefinition"):
            for provider in reversed(self.embedded):
                for entry in provider.find(url, "StructureDefinition"):
                    if TYPES + entry.type == url and _fits(entry.version, version):
                        return provider, entry
        best = self._best(self.packages, url, version, resource_type)
        if best is not None:
            return best
        for provider in self.embedded:
            best = self._best((provider,), url, version, resource_type)
            if best is not None:
                return best
        return None

    def _best(
        self, providers: Sequence[Provider], url: str, version: str, resource_type: str
    ) -> tuple[Provider, Entry] | None:
        found = [
            ((entry.version == version, -entry.rank, version_key(entry.version), place), provider, entry)
            for place, provider in enumerate(providers)
            for entry in provider.find(url, resource_type)
            if _fits(entry.version, version)
        ]
        if not found:
            return None
        _, provider, entry = max(found, key=lambda one: one[0])
        return provider, entry

    def _compiled(self, provider: Provider, entry: Entry) -> Structure | None:
        key = (id(provider), entry)
        if key not in self._structures:
            self._structures[key] = None  # a definition that leads back to itself finds nothing
            self._structures[key] = self._compile(provider, entry)
        return self._structures[key]

    def _compile(self, provider: Provider, entry: Entry) -> Structure | None:
        from checker.fhir.definitions.lower import lower

        definition = provider.load(entry)
        if definition is None:
            return None
        self._check_version(definition, entry)
        if not _has_snapshot(definition):
            elements = self._generated(definition, entry)
            if elements is None:
                return None
            definition = {**definition, "snapshot": {"element": elements}}
        elif provider in self.packages:
            definition = self._sound(definition, entry)
        try:
            structure = lower(definition, self._content)
        except (ValueError, RecursionError) as error:
            self._problem(entry, str(error) or "it is nested too deeply")
            return None
        for text in structure.problems:
            self._problem(entry, text)
        structure.problems = tuple(dict.fromkeys((*structure.problems, *self._lost(entry))))
        return structure

    def _lost(self, entry: Entry) -> list[str]:
        """What the definition asks and is not looked at, in words."""
        generated = self._generator.problems if self._generator is not None else ()
        names = (entry.url or entry.member, f"{entry.url}|{entry.version}")
        found = [one for one in (*self._own, *generated) if one.severity == "error" and one.definition in names]
        return [f"{one.element}: {one.message}" if one.element else one.message for one in found]

    def _check_version(self, definition: Mapping[str, Any], entry: Entry) -> None:
        version = definition.get("fhirVersion")
        if isinstance(version, str) and not version.startswith("4."):
            self._problem(entry, f"it is for FHIR {version}, and is read as if it were for R4", severity="warning")

    def _content(self, url: str, identity: str) -> Element | None:
        """The element of another StructureDefinition by its id, for content references."""
        structure = self.structure(url)
        element = structure.root if structure is not None else None
        for name in identity.split(".")[1:]:
            element = element.children.get(name) if element is not None else None
        return element

    def _generated(self, definition: dict[str, Any], entry: Entry) -> list[dict[str, Any]] | None:
        from checker.fhir.definitions.snapshot import SnapshotGenerator

        if self._generator is None:
            self._generator = SnapshotGenerator(lambda canonical: self.raw(canonical, "StructureDefinition"))
        usual = self._find(entry.url, "StructureDefinition")
        canonical = entry.url if usual is not None and usual[1] is entry else f"{entry.url}|{entry.version}"
        elements: list[dict[str, Any]] | None = self._generator.elements(definition, canonical)
        return elements

    def _sound(self, definition: dict[str, Any], entry: Entry) -> dict[str, Any]:
        """A published snapshot without what has the wrong JSON type, and with the names of choices as R4 has them."""
        from checker.fhir.definitions.elements import flatten, sound, tree

        def report(where: str, text: str, /, *, lost: bool = False) -> None:
            self._problem(entry, text, where or None, severity="error" if lost else "warning")

        found = (sound(one, report, text=True) for one in definition["snapshot"]["element"])
        elements = [one for one in found if one is not None]
        if any(_is_renamed(one) for one in elements):
            root = tree(elements, report, text=True)
            elements = [] if root is None else flatten(root, root.name)
        return {**definition, "snapshot": {"element": elements}}

    def _problem(
        self, entry: Entry, text: str, element: str | None = None, *, severity: Literal["error", "warning"] = "error"
    ) -> None:
        url = entry.url or entry.member
        self._own.append(DefinitionProblem(definition=url, message=text, element=element, severity=severity))


def _fits(version: str, wanted: str) -> bool:
    """Is it the version that is asked for? ``4.0`` is any ``4.0.x``; nothing is any."""
    return not wanted or version == wanted or version.startswith(f"{wanted}.")


def _has_snapshot(definition: Mapping[str, Any]) -> bool:
    snapshot = definition.get("snapshot")
    return isinstance(snapshot, dict) and isinstance(snapshot.get("element"), list) and bool(snapshot["element"])


def _is_renamed(element: Mapping[str, Any]) -> bool:
    """Is it a choice that an older generator named by its only type (``valueQuantity``)?"""
    base, path = element.get("base", {}).get("path"), element["path"]
    if not isinstance(base, str) or not base.endswith("[x]") or path.endswith("[x]"):
        return False
    return str(path).rpartition(".")[2].startswith(base.rpartition(".")[2][:-3])


class _UkCore:
    """The embedded UK Core, opened when a canonical is asked for that may be in it."""

    label = "fhir.r4.ukcore.stu3.staging#2.0.0-staging.20250620 (embedded, not a published package)"
    """As the header of the pack has it, which is not read for a resource that needs no UK Core."""

    def __init__(self) -> None:
        self.problems: list[DefinitionProblem] = []

    @cached_property
    def pack(self) -> TextPack:
        """The pack. Its header says what it was made from."""
        from checker.fhir.definitions.pack import TextPack
        from checker.resources import data

        file = data("profiles").joinpath("uk-core-stu3-draft", "definitions", "definitions.json")
        return TextPack(file.read_bytes())

    def find(self, url: str, resource_type: str = "") -> list[Entry]:
        return self.pack.find(url, resource_type)

    def entries(self, resource_type: str) -> list[Entry]:
        return self.pack.entries(resource_type)

    def load(self, entry: Entry) -> dict[str, Any] | None:
        return self.pack.load(entry)


def embedded(*, uk_core: bool = True) -> tuple[Provider, ...]:
    """The definitions that ship with the engine: UK Core (an unpublished build, see its header), then R4 core."""
    from pkgutil import get_data

    from checker.fhir.definitions.pack import Pack

    core = Pack(get_data("checker.fhir", "_pack/hl7.fhir.r4.core-4.0.1.pack") or b"")
    return (_UkCore(), core) if uk_core else (core,)
