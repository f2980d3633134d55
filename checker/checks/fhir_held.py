"""The definitions that are held for judging: R4, and UK Core as it ships or as it was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from checker.errors import PackageFault
from checker.model.definitions import PackageSeal

if TYPE_CHECKING:
    from checker.fhir.definitions.package import Package
    from checker.fhir.definitions.store import Definitions
    from checker.fhir.terminology.store import LocalTerminology

OF_UK = "https://fhir.hl7.org.uk/StructureDefinition/"
UK_CORE = f"{OF_UK}UKCore-"
EXTENSION = f"{OF_UK}Extension-UKCore-"
_EMBEDDED = " (embedded"


class Held:
    """Definitions for judging; nothing is opened before it is asked for.

    - ``packages``: what was given, besides R4. A package that is UK Core takes the place of the one that ships;
      others stand before it.
    - ``sealed``: what a recording was judged by, where its packages are not at hand: names without content.
    """

    def __init__(self, packages: Sequence[Package] = (), *, sealed: tuple[PackageSeal, ...] = ()) -> None:
        self._packages = tuple(packages)
        self._sealed = sealed
        self._names: frozenset[str] | None = None

    @property
    def packages(self) -> tuple[Package, ...]:
        """What was given."""
        return self._packages

    @property
    def missing(self) -> str:
        """Why nothing can be judged by these, in words; "" when they are at hand."""
        wanted = [one.mark for one in self._sealed if one.sha256]
        return f"the definitions that it was collected for are not at hand: {', '.join(wanted)}" if wanted else ""

    @cached_property
    def replaces_uk_core(self) -> bool:
        """Is one of the packages UK Core?"""
        return any(_is_uk_core(one) for one in self._packages)

    @cached_property
    def definitions(self) -> Definitions:
        """All of them. Raises ``PackageFault`` where they are not at hand."""
        from checker.fhir.definitions.store import Definitions, embedded

        if self.missing:
            raise PackageFault(self.missing, next_step="Give the same packages with --package.")
        return Definitions(self._packages, embedded(uk_core=not self.replaces_uk_core))

    @cached_property
    def terminology(self) -> LocalTerminology:
        """What is known of codes from the definitions alone."""
        from checker.fhir.terminology.store import LocalTerminology
        from checker.fhir.validation.vocabulary import Vocabulary

        return LocalTerminology(Vocabulary(self.definitions))

    @cached_property
    def seals(self) -> tuple[PackageSeal, ...]:
        """Everything that is judged by, where packages were given; () where all of it ships with the checker."""
        if self._sealed or not self._packages:
            return self._sealed
        given = (PackageSeal(name=_name(one), version=one.version, sha256=one.digest()) for one in self._packages)
        return (*given, *self._shipped())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """How verdicts name them."""
        return tuple(one.mark for one in self.seals or self._shipped())

    def _shipped(self) -> tuple[PackageSeal, ...]:
        labels = (getattr(one, "pack", one).label.partition(_EMBEDDED)[0] for one in self.definitions.embedded)
        return tuple(
            PackageSeal(name=name, version=version) for name, _, version in (one.partition("#") for one in labels)
        )

    @cached_property
    def features(self) -> frozenset[str]:
        """The constraint keys and element ids of all StructureDefinitions of UK Core."""
        found: set[str] = set()
        for url in self.definitions.urls("StructureDefinition"):
            if url.startswith(OF_UK):
                raw = self.definitions.raw(url, "StructureDefinition") or {}
                for part in ("differential", "snapshot"):
                    found.update(_features(raw.get(part)))
        return frozenset(found)


def _name(package: Package) -> str:
    """The name, or for loose definitions the last part of where they lie: no path goes into a recording."""
    return package.name or package.label.rstrip("/").rpartition("/")[2] or "definitions"


def _is_uk_core(package: Package) -> bool:
    """Does it have a name, and is most of it UK Core's?"""
    urls = [one.url for one in package.entries("StructureDefinition")]
    return bool(package.name) and 2 * sum(url.startswith(OF_UK) for url in urls) > len(urls)


def _features(part: Any) -> Iterable[str]:
    listed = part.get("element") if isinstance(part, dict) else None
    for element in listed if isinstance(listed, list) else ():
        if isinstance(element, dict):
            yield str(element.get("id", ""))
            rules = element.get("constraint")
            yield from (
                str(one.get("key", "")) for one in (rules if isinstance(rules, list) else ()) if isinstance(one, dict)
            )
