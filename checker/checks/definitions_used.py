"""Which definitions resources name: in meta.profile, and by the URLs of extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

import msgspec

from checker.checks.alike_nodes import ALIKE_CLAIMS, ALIKE_EXTENSIONS
from checker.checks.each import OfEach
from checker.checks.fhir_held import OF_UK, Held
from checker.checks.fhir_judging import EXTENSION, UK_CORE, current, given_packages, is_lost, structure
from checker.checks.tallied import Said
from checker.model.scan import Look, Party, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params

_HL7 = "http://hl7.org/fhir/"
_UNKNOWN, _PAGE, _HOST, _PACKAGE, _OTHER = "unknown", "page", "host", "package-version", "other-version"
_SEMANTIC = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?", re.ASCII)
_PACKAGE_VERSIONS = frozenset({"2.0.1", "STU1", "STU2", "STU3"})
"""2.0.1 is that of the released package, and of few StructureDefinitions."""


class DefinitionsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``packages``: what it is judged by, where packages were given; filled in by the plan."""

    packages: tuple[str, ...] = ()


class _ByDefinitions(OfEach[DefinitionsParams]):
    """What the two scans share."""

    params_type: ClassVar[type[Params]] = DefinitionsParams
    by_definitions: ClassVar[bool] = True

    def bound(self, params: DefinitionsParams, supplier: Supplier) -> DefinitionsParams:
        """With the packages, where some were given."""
        return msgspec.structs.replace(params, packages=given_packages())


class ProfileForm(_ByDefinitions):
    """What ``meta.profile`` names of UK Core is the canonical of a StructureDefinition, with its own version or none.

    Looked at is each ``meta.profile`` that speaks of UK Core. Not canonical are the address of a page at
    simplifier.net, another host (fhir.nhs.uk, hl7.org), and names that UK Core does not have. A version behind ``|`` is
    that of the StructureDefinition, in three numbers, and not that of the package. Another version of a
    StructureDefinition than the one that is held is no finding; it is judged by the one that is held.

    Good: ``https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient`` or the same with ``|2.6.1``.
    Bad: the same with ``|STU2``, ``https://simplifier.net/hl7fhirukcorer4/ukcore-patient``.
    """

    id: ClassVar[str] = "meta.profile-form"
    looks: ClassVar[tuple[Look, ...]] = (Look(element="profile"),)
    taken_with: ClassVar[Party | None] = ALIKE_CLAIMS
    source: ClassVar[str] = (
        "https://simplifier.net/guide/HL7FHIRUKCoreDesignandDevelopmentApproach/Home/Design/Metadata-Design/"
        "Instance-Conformace-Identification.page.md"
    )
    what: ClassVar[str] = "claims to conform to UK Core"
    said: ClassVar[dict[str, Said]] = {
        _PAGE: Said("meta.profile names a page and not a canonical", f"{UK_CORE}…", "an address at simplifier.net"),
        _HOST: Said("meta.profile names UK Core under another address", f"{UK_CORE}…", "another host or path"),
        _UNKNOWN: Said("meta.profile names what UK Core does not have", "a StructureDefinition of UK Core", "a name"),
        _PACKAGE: Said(
            "meta.profile has the version of a package", "that of the StructureDefinition, or none", "of a package"
        ),
        _OTHER: Said("The version in meta.profile is not three numbers", "MAJOR.MINOR.PATCH", "another form"),
    }

    def faults(self, seen: Seen, params: DefinitionsParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one claim."""
        claim = seen.node
        if not isinstance(claim, str) or "/meta/profile" not in seen.pointer or "ukcore" not in claim.lower():
            return None
        return iter([(fault, "")] if (fault := _fault(claim)) else ())


def _fault(claim: str) -> str:
    url, bar, version = claim.partition("|")
    if "simplifier.net" in url.lower():
        return _PAGE
    if not url.startswith(UK_CORE):
        return _HOST
    held = structure(url)
    if held is None:  # one of another version of UK Core than the one that was given is no fault
        return "" if is_lost(url) else _UNKNOWN
    if not bar or version == held.version:
        return ""
    if version in _PACKAGE_VERSIONS:
        return _PACKAGE
    return "" if _SEMANTIC.fullmatch(version) else _OTHER


_LIKE_HL7, _LIKE_UK_CORE = "like-hl7", "like-uk-core"
_SEPARATORS = re.compile(r"[^a-z0-9]")
_PREFIXES = ("extension", "ukcore", "careconnect", "core", "uk")
_SHORTEST = 6


class LocalExtensions(_ByDefinitions):
    """An extension of one's own does not bear the name of one that HL7 or UK Core has.

    Looked at is each extension. If its URL is neither HL7's (``http://hl7.org/fhir/…``) nor UK Core's, its name, the
    last part of the URL without prefixes and separators, is held against theirs. The parts of a complex extension are
    not looked at by themselves. Whether one with another name says the same all the same, a machine cannot tell; nor
    whether one with the same name means something else.

    Good: ``https://supplier.example/StructureDefinition/bed-colour``.
    Bad: ``https://supplier.example/StructureDefinition/BirthSex``, since UK Core has Extension-UKCore-BirthSex.
    """

    id: ClassVar[str] = "extension.not-a-copy"
    looks: ClassVar[tuple[Look, ...]] = (Look(element="extension"), Look(element="modifierExtension"))
    taken_with: ClassVar[Party | None] = ALIKE_EXTENSIONS
    source: ClassVar[str] = (
        "https://simplifier.net/guide/HL7FHIRUKCoreDesignandDevelopmentApproach/Home/Design/Design-Principle.page.md"
    )
    what: ClassVar[str] = "extensions"
    said: ClassVar[dict[str, Said]] = {
        _LIKE_HL7: Said("An extension has the name of one that HL7 has", "HL7's extension", "a local one"),
        _LIKE_UK_CORE: Said("An extension has the name of one that UK Core has", "UK Core's extension", "a local one"),
    }

    def faults(self, seen: Seen, params: DefinitionsParams) -> Iterator[tuple[str, str]] | None:
        """The fault of one extension."""
        url = seen.node.get("url") if isinstance(seen.node, dict) else None
        if not isinstance(url, str) or not url:
            return None
        if "/" not in url:
            return None  # a part of a complex one
        if url.startswith((_HL7, EXTENSION)):
            return iter(())
        name = _name(url)
        hl7, uk_core = _names(current().held)
        if name in uk_core:
            return iter([(_LIKE_UK_CORE, "/url")])
        return iter([(_LIKE_HL7, "/url")] if name in hl7 else ())


def _name(url: str) -> str:
    name = url.partition("|")[0].rstrip("/").rpartition("/")[2].lower()
    found = True
    while found:
        name = name.lstrip("-_.")
        found = False
        for prefix in _PREFIXES:
            rest = name.removeprefix(prefix)
            if rest != name and rest[:1] in "-_." and rest:
                name, found = rest, True
    return _SEPARATORS.sub("", name)


@lru_cache(maxsize=2)
def _names(held: Held) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the extensions that HL7 and UK Core have. Short ones may be anybody's."""
    hl7: set[str] = set()
    uk_core: set[str] = set()
    known = held.definitions
    for provider in (*known.packages, *known.embedded):
        for entry in provider.entries("StructureDefinition"):
            if entry.type == "Extension" and entry.url.startswith((OF_UK, _HL7)):
                (uk_core if entry.url.startswith(OF_UK) else hl7).add(_name(entry.url))
    return _long(hl7), _long(uk_core)


def _long(names: set[str]) -> frozenset[str]:
    return frozenset(one for one in names if len(one) >= _SHORTEST)


PROFILE_FORM = ProfileForm()
LOCAL_EXTENSIONS = LocalExtensions()
