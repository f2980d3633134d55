"""Every rule that the engine can state is explained; ids are unique over all modules."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import checker.fhir
from checker.fhir.validation.rule import RULES


def test_all_rules_are_explained() -> None:
    for module in pkgutil.walk_packages(checker.fhir.__path__, "checker.fhir."):
        import_module(module.name)  # raises when an id is taken twice
    assert len(RULES) > 150
    for rule in RULES.values():
        assert rule.id == rule.id.lower()
        assert rule.title
        assert rule.why
        assert rule.fix
        assert rule.source.startswith("http"), rule.id
