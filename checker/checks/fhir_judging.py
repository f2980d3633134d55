"""One validation of each resource, shared by all scans that speak of it.

Forty requirements ask about the same resource. It is validated once: what the validator said of the resource that
was looked at last is kept, by the identity of the resource, and thrown away when the next one comes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from checker.model.scan import Seen

if TYPE_CHECKING:
    from checker.fhir.definitions.ir import Structure
    from checker.fhir.definitions.store import Definitions
    from checker.fhir.validator import Result, Validator

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"


class _Last:
    """The resource that was judged last, held so that its identity is nobody else's, and what was said of it."""

    node: Any = None
    results: dict[tuple[str, ...], Result]
    notes: dict[Any, Any]

    def __init__(self) -> None:
        self.results = {}
        self.notes = {}


_last = _Last()


@cache
def _validator() -> Validator:
    from checker.fhir.validation.run import Options
    from checker.fhir.validator import Validator

    # A target may be in another file: whether references lead somewhere is another requirement.
    return Validator(options=Options(assume_valid_references=True, display_severity="warning"))


def definitions() -> Definitions:
    """The definitions that everything is judged by: those that ship with the tool."""
    found: Definitions = _validator().definitions
    return found


@cache
def packages() -> tuple[str, ...]:
    """Name and version of each package judged by, as ``name#version``."""
    return tuple(one.label.removesuffix(" (embedded)") for one in (_uk_core(), definitions().embedded[-1]))


def _uk_core() -> Any:
    # The provider opens its pack when it is asked for; only the pack knows its name and version.
    return definitions().embedded[0].pack  # type: ignore[attr-defined]


def judged(seen: Seen, structure_definitions: tuple[str, ...]) -> Result:
    """What the validator says of a whole resource, held against these StructureDefinitions and those it claims."""
    if _last.node is not seen.node:
        _last.node, _last.results, _last.notes = seen.node, {}, {}
    found = _last.results.get(structure_definitions)
    if found is None:
        text = seen.text if seen.text is not None else seen.node
        found = _last.results[structure_definitions] = _validator().validate(text, structure_definitions)
    return found


def notes() -> dict[Any, Any]:
    """What scans worked out about the resource that was judged last; empty again when the next one comes."""
    return _last.notes


def structure(canonical: str) -> Structure | None:
    """A StructureDefinition that is held, or None."""
    return definitions().structure(canonical)


def uk_core_of(resource: dict[str, Any]) -> tuple[str, ...]:
    """The UK Core StructureDefinitions that a resource has to conform to; none where UK Core has none of its type.

    Those it claims in ``meta.profile``, whatever version of them it names; where it claims none, the one of its type.
    (UKCore-DiagnosticReport-Lab does not derive from UKCore-DiagnosticReport: a claim to the one is none to the other.)
    """
    kind = resource["resourceType"]
    claimed = tuple(dict.fromkeys(url for url in claims(resource) if url.startswith(UK_CORE) and _is_of(url, kind)))
    usual = UK_CORE + kind
    return claimed or ((usual,) if _is_of(usual, kind) else ())


def claims(resource: dict[str, Any]) -> tuple[str, ...]:
    """The canonicals of ``meta.profile`` without their versions."""
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return tuple(one.partition("|")[0] for one in named if isinstance(one, str)) if isinstance(named, list) else ()


def _is_of(url: str, kind: str) -> bool:
    found = structure(url)
    return found is not None and found.type == kind
