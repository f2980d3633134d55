"""The shipped profiles against the checks of the tool: every name exists, every parameter fits."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import checker.checks
from checker.catalogue.assemble import assemble
from checker.catalogue.library import Library
from checker.catalogue.load import load_profile
from checker.model.registry import Registry
from checker.model.terms import Safety

LIBRARY = Library(plugins=False)


def real_registry() -> Registry:
    found = pkgutil.walk_packages(checker.checks.__path__, "checker.checks.")
    return Registry.of_modules(importlib.import_module(module.name) for module in found)


@pytest.mark.parametrize("name", LIBRARY.names())
def test_it_links_with_the_checks_of_the_tool(name: str) -> None:
    registry = real_registry()
    rows = assemble(LIBRARY, LIBRARY.find(name)).rows.values()
    wanted = {row.data["check"] for row in rows if "check" in row.data}
    assert wanted <= {*registry.checks, *registry.scans}
    profile = load_profile(name, registry, LIBRARY, safety_of=lambda use, condition, settings: Safety.S1)
    assert len(profile.requirements) == len(rows)
