"""Which packages a run uses: those that were named, then those on which they depend."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from checker.errors import PackageFault
from checker.fhir.definitions.package import Package, Xml, cached_package, cached_versions, is_name, read_package
from checker.fhir.definitions.provider import version_key
from checker.fhir.validation.issue import DefinitionProblem

BUILT_IN = frozenset({"hl7.fhir.r4.core", "hl7.fhir.core", "hl7.fhir.r4.expansions", "hl7.fhir.r4.elements"})
"""Packages that the embedded definitions of R4 stand for."""
_CORE = re.compile(r"hl7\.fhir\.(r\w+)\.(core|expansions|elements|examples|search|corexml)")
_BRANCH = frozenset({"current", "dev"})
_MAX_PACKAGES = 200


class PackageSource(Protocol):
    """Where packages come from that are not at hand: package servers. Implemented outside the engine.

    Both answer with nothing, never with an exception, when the source has no such package or cannot be reached;
    ``reason`` then says why in a few words.
    """

    reason: str

    def fetch(self, name: str, version: str) -> bytes | None:
        """The .tgz of exactly that version."""

    def versions(self, name: str) -> Sequence[str]:
        """The versions that it has, in any order."""


class Resolver:
    """Finds packages by name and version: in the caches, then from the source.

    ``caches``: folders laid out like ``~/.fhir/packages``. ``kept``: called with name, version and bytes of what the
    source gave, for the caller to keep.
    """

    def __init__(
        self,
        caches: Sequence[Path] = (),
        source: PackageSource | None = None,
        *,
        xml: Xml | None = None,
        kept: Callable[[str, str, bytes], None] | None = None,
    ) -> None:
        self._caches = caches
        self._source = source
        self._xml = xml
        self._kept = kept
        self.problems: list[DefinitionProblem] = []

    def named(self, text: str) -> Package:
        """The package ``NAME@VERSION`` (or ``NAME#VERSION``; without a version the latest). Raises ``PackageFault``."""
        name, _, version = text.replace("#", "@").partition("@")
        found, why = self._find(name, version or "latest")
        if found is None:
            what = f"the package {name}@{version or 'latest'} was not found: {why}"
            raise PackageFault(what, where=text, next_step="Give the package as a .tgz or a folder, or name a server.")
        return found

    def all(self, packages: Sequence[Package]) -> list[Package]:
        """What the packages depend on, farthest first, then the packages, each name once: later ones are preferred.

        A dependency that is missing, or is for another version of FHIR, is a problem and is left out. Raises
        ``PackageFault`` when one of ``packages`` itself is not for FHIR R4.
        """
        for package in packages:
            if not is_r4(package):
                what = f"the package is for FHIR {', '.join(package.fhir_versions)}, not for R4 (4.0.1)"
                raise PackageFault(what, where=package.label, next_step="Give a package for FHIR R4.")
        result = list(packages)
        known = {package.name: package.version for package in packages if package.name}
        waiting = deque((package, name, version) for package in packages for name, version in _sorted(package))
        while waiting:
            wanted_by, name, version = waiting.popleft()
            if name in known:
                if not _same(known[name], version):
                    text = f"wants {name} {version}; {known[name]} is used, which was named first"
                    self._problem(wanted_by, text, note=True)
                continue
            known[name] = version
            found = self._dependency(wanted_by, name, version)
            if found is None:
                continue
            if len(result) >= _MAX_PACKAGES:
                self._problem(wanted_by, f"more than {_MAX_PACKAGES} packages are needed; the rest is left out")
                break
            known[name] = found.version
            result.append(found)
            waiting.extend((found, *one) for one in _sorted(found))
        return [*reversed(result[len(packages) :]), *packages]

    def _dependency(self, wanted_by: Package, name: str, version: str) -> Package | None:
        if name in BUILT_IN:
            if not version.startswith("4.0"):
                self._problem(wanted_by, f"wants {name} {version}; the embedded R4 (4.0.1) is used", note=True)
            return None
        core = _CORE.fullmatch(name)
        if core:
            text = f"depends on {name} {version}, another version of FHIR: it is not loaded"
            self._problem(wanted_by, text, note=True)
            return None
        package, why = self._find(name, version)
        if package is None:
            self._problem(wanted_by, f"depends on {name} {version}, which was not found: {why}")
            return None
        if not is_r4(package):
            text = f"depends on {package.label}, which is for FHIR {', '.join(package.fhir_versions)}: it is not loaded"
            self._problem(wanted_by, text, note=True)
            return None
        return package

    def _problem(self, package: Package, text: str, *, note: bool = False) -> None:
        severity: Literal["error", "note"] = "note" if note else "error"
        self.problems.append(DefinitionProblem(definition=package.label, message=text, severity=severity))

    def _find(self, name: str, version: str) -> tuple[Package | None, str]:
        """The package, or None and the reason."""
        if not is_name(name, version):
            return None, "that is no name and version of a package"
        if version in _BRANCH:
            return None, f"{version!r} is the build of a branch, not a version that can be had again; name a version"
        exact = self._exact(name, version) if version == "latest" or _is_pattern(version) else version
        if exact is None:
            return None, self._why(f"no version that fits {version} is known")
        try:
            for cache in self._caches:
                package = cached_package(cache, name, exact, xml=self._xml)
                if package is not None:
                    return package, ""
            packed = self._source.fetch(name, exact) if self._source is not None else None
            if packed is None:
                return None, self._why("it is not in the cache")
            package = read_package(packed, f"{name}@{exact}", xml=self._xml)
        except PackageFault as fault:
            return None, fault.what
        if package.name != name:
            return None, f"the server answered with the package {package.name}"
        if self._kept is not None:
            self._kept(name, exact, packed)
        return package, ""

    def _why(self, text: str) -> str:
        if self._source is None:
            return f"{text}, and no package server is asked"
        return f"{text}; {self._source.reason or 'no package server has it'}"

    def _exact(self, name: str, pattern: str) -> str | None:
        known = {version for cache in self._caches for version in cached_versions(cache, name)}
        if self._source is not None:
            known.update(version for version in self._source.versions(name) if is_name(name, version))
        fitting = [version for version in known if _fits(version, pattern)]
        return max(fitting, key=version_key, default=None)


def is_r4(package: Package) -> bool:
    """Is the package for FHIR R4 (4.0.x)? One that does not say so is taken to be."""
    return not package.fhir_versions or any(one.startswith("4.0") for one in package.fhir_versions)


def _is_pattern(version: str) -> bool:
    return version.endswith((".x", ".X", ".*")) or version in ("x", "*")


def _fits(version: str, pattern: str) -> bool:
    if pattern == "latest" or pattern in ("x", "*"):
        return "-" not in version
    return "-" not in version and version.startswith(pattern[:-1])


def _same(known: str, wanted: str) -> bool:
    return known == wanted or wanted in ("latest", *_BRANCH) or (_is_pattern(wanted) and _fits(known, wanted))


def _sorted(package: Package) -> list[tuple[str, str]]:
    return sorted(package.dependencies.items())
