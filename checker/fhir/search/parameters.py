"""The search parameters that the oracle knows, by resource type and name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from checker.fhir.search import table_clinical, table_people

HL7 = "http://hl7.org/fhir/SearchParameter/"
"""How the canonical URL of a parameter begins that R4 itself defines."""
_COMMON = """
_id token id
_lastUpdated date meta.lastUpdated
_tag token meta.tag
_security token meta.security
_profile uri meta.profile
_source uri meta.source
"""


@dataclass(frozen=True, slots=True)
class Path:
    """Where values are: member names, how an element of several types is meant, and what is kept of it."""

    steps: tuple[str, ...]
    choice: bool = False
    """The last step is an element of several types, ``effective[x]``."""
    system: str = ""
    """Only contact points of that system."""
    target: str = ""
    """Only references to that type."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter: its type is a code of http://hl7.org/fhir/R4/valueset-search-param-type.html."""

    name: str
    kind: str
    paths: tuple[Path, ...]


@cache
def parameters(resource_type: str) -> dict[str, Parameter]:
    """Name → parameter, those of all resources among them. Only those for a type that is not in the tables."""
    own = table_people.TABLE.get(resource_type) or table_clinical.TABLE.get(resource_type) or ""
    return {found.name: found for found in map(_read, filter(None, f"{_COMMON}{own}".splitlines()))}


def parameter(resource_type: str, name: str) -> Parameter | None:
    """The parameter of that name; None when the oracle does not know it."""
    return parameters(resource_type).get(name)


def _read(line: str) -> Parameter:
    name, kind, *paths = line.split()
    return Parameter(name, kind, tuple(map(_path, paths)))


def _path(text: str) -> Path:
    text, _, target = text.partition(">")
    text, _, kept = text.partition("[system=")
    choice = text.endswith("[x]")
    return Path(tuple(text.removesuffix("[x]").split(".")), choice, kept.removesuffix("]"), target)
