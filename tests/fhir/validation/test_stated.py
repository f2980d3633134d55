"""Invariants that modules state by hand: those that R4 core publishes, and no others of the same key."""

from __future__ import annotations

from checker.fhir.definitions.ir import Constraint, Element
from checker.fhir.validation.stated import STATED, is_stated
from tests.fhir.validation.judging import core


def constraints(element: Element) -> list[Constraint]:
    below = [one for child in element.children.values() for one in child.constraints]
    return [*element.constraints, *below]


def test_they_are_those_of_core() -> None:
    found = set()
    for name in ("Bundle", "Patient", "Reference"):
        structure = core().type(name)
        assert structure is not None
        found |= {one.key for one in constraints(structure.root) if is_stated(one)}
    assert found == set(STATED)


def test_another_expression_of_the_same_key_is_evaluated() -> None:
    assert not is_stated(Constraint("ref-1", "error", "reference.exists()"))
    assert not is_stated(Constraint("own-1", "error", "reference.exists()"))
