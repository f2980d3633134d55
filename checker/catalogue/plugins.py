"""What installed packages add: modules of checks, and packages of profiles.

A plug-in is code that somebody installed on purpose. A profile given by its path never gets here.
"""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from checker.errors import CheckerFault

CHECKS = "checker.checks"
"""Entry point group; each value is a module whose top level holds specifications."""

PROFILES = "checker.profiles"
"""Entry point group; each value is a package with ``<id>/profile.yaml`` folders."""


def plugin_modules() -> list[ModuleType]:
    """The modules of all installed check plug-ins, sorted by name."""
    return [module for _, module in load_group(CHECKS)]


def load_group(group: str) -> list[tuple[str, ModuleType]]:
    """(distribution, module) of every entry point of the group. Raises ``CheckerFault``."""
    points = sorted(set(entry_points(group=group)), key=lambda point: (point.value, point.name))
    return [(distribution_of(point), _load(point, group)) for point in points]


def distribution_of(point: EntryPoint) -> str:
    """Name and version of the distribution that the entry point came with."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unnamed distribution"


def _load(point: EntryPoint, group: str) -> ModuleType:
    where = f"{distribution_of(point)}, entry point {group}: {point.name} = {point.value}"
    next_step = f"Mend or uninstall {distribution_of(point)}."
    if ":" in point.value or "[" in point.value:
        raise CheckerFault("a plug-in's entry point must name a module", where=where, next_step=next_step)
    try:
        return importlib.import_module(point.value)
    except Exception as error:  # whatever a stranger's module raises, the fault is named as theirs
        what = f"a plug-in cannot be imported: {type(error).__name__}: {error}"
        raise CheckerFault(what, where=where, next_step=next_step) from error
