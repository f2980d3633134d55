"""Existence and quantifiers.

Source: FHIRPath N1 §5.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.comparison import Seen, distinct
from checker.fhir.fhirpath.conversion import Collection, boolean, strict_boolean

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope


def _empty(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [not focus]


def _not(call: Function, focus: Collection, scope: Scope) -> Collection:
    value = boolean(focus, "not()")
    return [] if value is None else [not value]


def _exists(call: Function, focus: Collection, scope: Scope) -> Collection:
    if not call.arguments:
        return [bool(focus)]
    criterion = call.arguments[0]
    found = [True for index, item in enumerate(focus) if scope.each(item, index).holds(criterion, "exists()")]
    return [bool(found)]


def _all(call: Function, focus: Collection, scope: Scope) -> Collection:
    criterion = call.arguments[0]
    return [all(scope.each(item, index).holds(criterion, "all()") for index, item in enumerate(focus))]


def _booleans(call: Function, focus: Collection) -> list[bool]:
    return [strict_boolean(item, f"{call.name}()") for item in focus]


def _all_true(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [all(_booleans(call, focus))]


def _any_true(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [any(_booleans(call, focus))]


def _all_false(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [not any(_booleans(call, focus))]


def _any_false(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [not all(_booleans(call, focus))]


def _subset_of(call: Function, focus: Collection, scope: Scope) -> Collection:
    others = Seen(scope.argument(call.arguments[0]))
    return [all(item in others for item in focus)]


def _superset_of(call: Function, focus: Collection, scope: Scope) -> Collection:
    own = Seen(focus)
    return [all(item in own for item in scope.argument(call.arguments[0]))]


def _distinct(call: Function, focus: Collection, scope: Scope) -> Collection:
    return distinct(focus)


def _is_distinct(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [len(distinct(focus)) == len(focus)]


def _count(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [len(focus)]


FUNCTIONS = {
    "empty": (_empty, 0, 0),
    "not": (_not, 0, 0),
    "exists": (_exists, 0, 1),
    "all": (_all, 1, 1),
    "allTrue": (_all_true, 0, 0),
    "anyTrue": (_any_true, 0, 0),
    "allFalse": (_all_false, 0, 0),
    "anyFalse": (_any_false, 0, 0),
    "subsetOf": (_subset_of, 1, 1),
    "supersetOf": (_superset_of, 1, 1),
    "distinct": (_distinct, 0, 0),
    "isDistinct": (_is_distinct, 0, 0),
    "count": (_count, 0, 0),
}
