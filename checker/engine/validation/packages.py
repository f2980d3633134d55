"""The packages of a validation: those that were named, and those on which they depend."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.errors import PackageFault

if TYPE_CHECKING:
    from checker.fhir.definitions.package import Package
    from checker.fhir.definitions.resolve import PackageSource, Resolver
    from checker.fhir.validation.issue import DefinitionProblem


class Kept:
    """Packages as they came from a server, each a file ``NAME@VERSION.tgz``. Implements ``PackageSource``.

    ``all_kept``: none was fetched that could not be written, so that another process finds them all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.all_kept = True
        self.reason = "it was not fetched before, and no package server is named (--package-server)"

    def fetch(self, name: str, version: str) -> bytes | None:
        """The .tgz, when it is there."""
        try:
            return self._place(name, version).read_bytes()
        except OSError:
            return None

    def versions(self, name: str) -> Sequence[str]:
        """The versions that are there."""
        if not self._folder.is_dir():
            return []
        return sorted(one.name.removesuffix(".tgz").partition("@")[2] for one in self._folder.glob(f"{name}@*.tgz"))

    def keep(self, name: str, version: str, packed: bytes) -> None:
        """Write it beside and give it its name when it is whole. A folder that cannot be written keeps nothing."""
        place = self._place(name, version)
        beside = place.with_name(f"{place.name}.{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(packed)
            os.replace(beside, place)
        except OSError:
            self.all_kept = False
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def _place(self, name: str, version: str) -> Path:
        return self._folder / f"{name}@{version}.tgz"


class Layered:
    """What was kept first, then the servers."""

    def __init__(self, kept: Kept, servers: PackageSource) -> None:
        self._kept = kept
        self._servers = servers
        self.reason = ""

    def fetch(self, name: str, version: str) -> bytes | None:
        """From what was kept, else from the servers."""
        found = self._kept.fetch(name, version) or self._servers.fetch(name, version)
        self.reason = self._servers.reason
        return found

    def versions(self, name: str) -> Sequence[str]:
        """What the servers have, or, when they cannot say, what was kept."""
        found = self._servers.versions(name) or self._kept.versions(name)
        self.reason = self._servers.reason
        return found


class Loaded(NamedTuple):
    """The packages, what was wrong on the way, and whether another process finds the same ones without a server."""

    packages: list[Package]
    problems: list[DefinitionProblem]
    shared: bool


def load(given: Sequence[str], caches: Sequence[str], kept: str, servers: PackageSource | None = None) -> Loaded:
    """The packages, farthest dependency first, and what was wrong on the way.

    ``given`` are files, folders or ``NAME@VERSION``; ``caches`` are laid out like ``~/.fhir/packages``; ``kept`` is our
    own folder. Without ``servers`` nothing leaves the machine. Raises ``PackageFault`` for a named package that is
    not to be had.
    """
    if not given:
        return Loaded([], [], True)
    from checker.fhir.definitions.package import open_package
    from checker.fhir.definitions.resolve import Resolver

    store = Kept(Path(kept))
    source: PackageSource = Layered(store, servers) if servers is not None else store
    resolver = Resolver([Path(one) for one in caches], source, xml=xml_definition, kept=store.keep)
    named = []
    for text in given:
        path = Path(text)
        if path.exists():
            named.append(open_package(path, xml=xml_definition))
        elif "/" in text or "\\" in text or text.endswith((".tgz", ".gz")):
            raise PackageFault("there is no such package file", where=text, next_step="Check the path.")
        else:
            named.append(_looked_up(resolver, text))
    packages = resolver.all(named)
    return Loaded(packages, list(resolver.problems), store.all_kept)


def _looked_up(resolver: Resolver, text: str) -> Package:
    try:
        return resolver.named(text)
    except PackageFault as fault:
        if "@" in text or "#" in text:
            raise
        what = f"there is no file or folder {text}, and {fault.what[:1].lower()}{fault.what[1:]}"
        raise PackageFault(what, where=text, next_step="Check the path, or name a package as NAME@VERSION.") from None


def xml_definition(data: bytes) -> dict[str, Any]:
    """A definition written in FHIR XML, as JSON. Raises ``ValueError`` when it cannot be read."""
    from checker.fhir.definitions.store import Definitions, embedded
    from checker.fhir.forms.xml_form import read_xml

    parsed = read_xml(data, Definitions((), embedded(uk_core=False)))
    if parsed.resource is None:
        raise ValueError("it is not FHIR XML that can be read")
    return parsed.resource
