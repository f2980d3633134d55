"""A FHIR Bundle that is not clean as a whole: which of its entries are, so that only the others are explained.

The explaining tier walks the Bundle as ever and passes over the resources of these entries: what there is to say of
them (warnings, what is not verified, populations, StructureDefinitions used) is known.
"""

from __future__ import annotations

from typing import Any

from checker.fhir.fast.build import Build
from checker.fhir.fast.bundle import Around
from checker.fhir.fast.clean import Clean
from checker.fhir.fast.places import Places
from checker.fhir.fast.resources import Resources, language
from checker.fhir.fast.scalars import look_at_ids
from checker.fhir.validation.run import Run
from checker.fhir.validation.selection import Used


class Passed:
    """An entry's resource of which all is known."""

    __slots__ = ("_clean",)

    def __init__(self, clean: Clean) -> None:
        self._clean = clean

    def add_to(self, run: Run) -> None:
        """Add to a run what the explaining tier would have said of the resource."""
        clean = self._clean
        run.issues.extend(clean.placed())
        run.not_verified.extend(clean.not_verified)
        run.definition_problems.update(dict.fromkeys(clean.problems))
        used = run.seen.setdefault("used", {})
        for canonical, path, why in clean.used:
            used[Used(canonical, path, why)] = None  # type: ignore[arg-type]
        counts = run.seen.setdefault("must-support", {})
        for key, present, of in clean.population:
            have, all_ = counts.get(key, (0, 0))
            counts[key] = (have + present, all_ + of)


def passed(build: Build, resources: Resources, raw: dict[str, Any], data: bytes) -> dict[int, Passed]:
    """The entries of a Bundle whose resources are clean, by their place."""
    around = Around(build, raw)
    places = Places(raw, build.ways)
    found: dict[int, Passed] = {}
    for at, entry in enumerate(raw["entry"]):
        try:
            resource = entry["resource"]
            look = Clean(raw, data, build.ways)
            look.__dict__["_places"] = places
            look.around, look.resource, look.outer = around, resource, resource
            look.alone = True
            look.depth = 1
            look.language = language(resource)
            resources.judge(resource, look)
            look_at_ids(look)
        except Exception:  # noqa: S112 - whatever it is, the explaining tier says it
            continue
        found[at] = Passed(look)
    return found
