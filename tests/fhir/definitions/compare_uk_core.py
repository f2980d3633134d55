"""What the embedded UK Core compiles to, held against what the package that it was made from compiles to.

``python -m tests.fhir.definitions.compare_uk_core`` lists every difference.
"""

from __future__ import annotations

import sys

from checker.fhir.definitions.lower import BY_HAND
from checker.fhir.definitions.package import open_package
from checker.fhir.definitions.snapshot import SnapshotGenerator
from checker.fhir.definitions.store import Definitions, embedded
from tests.fhir.definitions.comparison import Difference, differences
from tests.fhir.published import CORE, SHARED

UK_CORE = SHARED / "packages" / "fhir.r4.ukcore.stu3.staging-2.0.0-staging.20250620.tgz"


def compared() -> tuple[int, list[Difference]]:
    """How many StructureDefinitions were compared, and where they differ."""
    uk_core, core = embedded()
    ours = Definitions(embedded=(uk_core, core))
    theirs = Definitions(packages=(open_package(UK_CORE),), embedded=(open_package(CORE),))
    urls = [entry.url for entry in open_package(UK_CORE).entries("StructureDefinition")]
    generators = [
        SnapshotGenerator(lambda canonical, held=held: held.raw(canonical, "StructureDefinition"))  # type: ignore[misc]
        for held in (ours, theirs)
    ]
    found: list[Difference] = []
    for url in urls:
        snapshots = []
        for held, generator in zip((ours, theirs), generators, strict=True):
            definition = held.raw(url, "StructureDefinition")
            snapshots.append((generator.elements(definition) or []) if definition is not None else [])
        if not snapshots[1]:
            found.append(Difference(url, "", "not generated", None, None))
        # No summary flags are embedded: they ask nothing of an instance.
        compared = differences(url, *snapshots, by_hand=BY_HAND)
        found += [one for one in compared if one.fact not in ("isSummary", "condition")]
    return len(urls), found


def main() -> int:
    """Print the differences. 1 when there are any."""
    if not UK_CORE.is_file() or not CORE.is_file():
        sys.stdout.write("the packages are not here\n")
        return 0
    count, found = compared()
    sys.stdout.write(f"{count} StructureDefinitions compared, {len(found)} differences\n")
    for one in found:
        sys.stdout.write(f"{one.url} {one.element} {one.fact}\n    ours   {one.ours}\n    theirs {one.theirs}\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
