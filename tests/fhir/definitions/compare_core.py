"""R4 core's own snapshots, generated from its differentials, held against the published ones.

``python -m tests.fhir.definitions.compare_core`` lists every difference with its reason. The published snapshots were
made in 2019 by a publisher with faults of its own: what is explained by one is listed, not imitated.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from checker.fhir.definitions.elements import TYPES
from checker.fhir.definitions.package import open_package
from checker.fhir.definitions.snapshot import SnapshotGenerator
from tests.fhir.definitions.comparison import Difference, differences
from tests.fhir.published import CORE


class Reason(NamedTuple):
    """Why some differences are no fault of the generator."""

    text: str
    holds: Callable[[Difference], bool]


_PRIMITIVE_LIMITS = ("maxLength", "maxValueInteger", "minValueInteger")
_NOT_SLICED = ("catalog", "familymemberhistory-genetic")


def _name(one: Difference) -> str:
    return one.url.removeprefix(TYPES)


def _same_but_source(one: Difference) -> bool:
    return [row[:3] for row in one.ours] == [row[:3] for row in one.theirs]


REASONS = (
    Reason(
        "condition only points at constraints, which are all there; the publisher dropped some of these pointers",
        lambda one: one.fact == "condition",
    ),
    Reason(
        "the same constraints; for an inherited one without a source the publisher wrote the url of the heir",
        lambda one: one.fact == "constraint" and _same_but_source(one),
    ),
    Reason(
        "a primitive that is derived from another keeps its limits; the publisher left them out",
        lambda one: one.fact in _PRIMITIVE_LIMITS and one.theirs is None and one.element == f"{_name(one)}.value",
    ),
    Reason(
        "the publisher wrote string for the type of every primitive's value (the differential names the type)",
        lambda one: one.fact == "type" and one.element in (f"{_name(one)}.value", "xhtml.id"),
    ),
    Reason(
        "valueQuantity in a slice: the publisher put its children below value[x], here they are below its slice",
        lambda one: (
            _name(one) == "bp" and one.element.startswith("Observation.component:") and ".value[x]" in one.element
        ),
    ),
    Reason(
        "a type slice that must be there makes the choice itself mandatory; the publisher said so at the slice alone",
        lambda one: one.fact == "min" and one.element.endswith("[x]") and (one.ours, one.theirs) == (1, 0),
    ),
    Reason(
        "an extension's slice has the cardinality of its definition; the publisher left that to the definition",
        lambda one: one.fact == "max" and ".extension:" in one.element and (one.ours, one.theirs) == ("1", "*"),
    ),
    Reason(
        "the publisher wrote a slice of the element into a reference to the element",
        lambda one: one.fact == "contentReference" and one.theirs == f"{one.ours}:Author",
    ),
    Reason(
        "slices without a slicing: the publisher wrote the slice in place of the element; here are both, and a problem",
        lambda one: one.fact == "extra" and _name(one) in _NOT_SLICED,
    ),
    Reason(
        "the publisher copied the children of extensions into the profile, which says nothing about them",
        lambda one: one.fact == "missing" and _name(one) == "elementdefinition-de" and ".extension:" in one.element,
    ),
    Reason(
        "what is said of all slices is said of each, as HL7's generator does since; the publisher did not",
        lambda one: one.fact == "binding" and one.element == "Provenance.agent:Author.type",
    ),
    Reason(
        "a resource is no element: ele-1 has no place at its root",
        lambda one: one.fact == "constraint" and one.element == "MetadataResource",
    ),
)


def compared() -> list[tuple[Difference, str]]:
    """Every difference, with its reason: empty when there is none."""
    package = open_package(CORE)
    found = {entry.url: entry for entry in package.entries("StructureDefinition") if not entry.rank}
    definitions = {url: package.load(entry) for url, entry in found.items()}
    generator = SnapshotGenerator(lambda url: definitions.get(url), published=False)
    result = []
    for url, definition in definitions.items():
        if definition is None or "snapshot" not in definition:
            continue
        ours = generator.elements(definition) or []
        for one in differences(url, ours, definition["snapshot"]["element"]):
            reason = next((reason.text for reason in REASONS if reason.holds(one)), "")
            result.append((one, reason))
    return result


def main() -> int:
    """Print the table. 1 when a difference has no reason."""
    if not CORE.is_file():
        sys.stdout.write("the published R4 core package is not here\n")
        return 0
    rows = compared()
    for reason, count in sorted(Counter(reason for _, reason in rows).items()):
        sys.stdout.write(f"\n{count} × {reason or 'NOT EXPLAINED'}\n")
        for one, own in rows:
            if own == reason:
                sys.stdout.write(f"    {_name(one)} {one.element} {one.fact}\n")
                if not reason:
                    sys.stdout.write(f"        ours   {one.ours}\n        theirs {one.theirs}\n")
    return int(any(not reason for _, reason in rows))


if __name__ == "__main__":
    sys.exit(main())
