"""What has definitions, and what is known of each before it is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from checker.fhir.validation.issue import DefinitionProblem


class Entry(msgspec.Struct, frozen=True):
    """A resource that a provider has, without its content. ``rank`` 1: from ``other/`` or ``example/``, asked last."""

    member: str
    resource_type: str
    url: str = ""
    version: str = ""
    id: str = ""
    type: str = ""
    """A StructureDefinition's ``type``, a ConceptMap's nothing."""
    rank: int = 0


class Provider(Protocol):
    """Something that has definitions: a package, the embedded pack. See ``Definitions``."""

    label: str
    problems: list[DefinitionProblem]

    def find(self, url: str, resource_type: str = "") -> Iterable[Entry]:
        """Its entries of that canonical, without version; of that type only, when one is given."""

    def entries(self, resource_type: str) -> Iterable[Entry]:
        """Its entries of that type, in a fixed order."""

    def load(self, entry: Entry) -> dict[str, Any] | None:
        """The resource; None, with a problem, when it cannot be read."""


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Orders versions as semver does: numbers by value, a pre-release before its release."""
    release, dash, pre = version.partition("+")[0].partition("-")
    parts = [_part(one) for one in release.split(".")]
    after = [(0, 0, ""), *(_part(one) for one in pre.split("."))] if dash else [(1, 0, "")]
    return (*parts, *([(1, 0, "")] * (4 - len(parts))), *after)


def _part(text: str) -> tuple[int, int, str]:
    number = text.isascii() and text.isdigit() and len(text) < 19
    return (1, int(text), "") if number else (2, 0, text)
