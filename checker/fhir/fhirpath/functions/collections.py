"""Subsetting and combining.

Source: FHIRPath N1 §5.3 (subsetting), §5.4 (combining)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.comparison import Seen, distinct
from checker.fhir.fhirpath.conversion import Collection, single

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope


def _single(call: Function, focus: Collection, scope: Scope) -> Collection:
    single(focus, "single()")
    return focus


def _first(call: Function, focus: Collection, scope: Scope) -> Collection:
    return focus[:1]


def _last(call: Function, focus: Collection, scope: Scope) -> Collection:
    return focus[-1:]


def _tail(call: Function, focus: Collection, scope: Scope) -> Collection:
    return focus[1:]


def _skip(call: Function, focus: Collection, scope: Scope) -> Collection:
    count = scope.number(call.arguments[0], "skip()")
    return [] if count is None else focus[max(count, 0) :]


def _take(call: Function, focus: Collection, scope: Scope) -> Collection:
    count = scope.number(call.arguments[0], "take()")
    return [] if count is None else focus[: max(count, 0)]


def _intersect(call: Function, focus: Collection, scope: Scope) -> Collection:
    others = Seen(scope.argument(call.arguments[0]))
    return distinct(item for item in focus if item in others)


def _exclude(call: Function, focus: Collection, scope: Scope) -> Collection:
    others = Seen(scope.argument(call.arguments[0]))
    return [item for item in focus if item not in others]


def _union(call: Function, focus: Collection, scope: Scope) -> Collection:
    return distinct([*focus, *scope.argument(call.arguments[0])])


def _combine(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [*focus, *scope.argument(call.arguments[0])]


FUNCTIONS = {
    "single": (_single, 0, 0),
    "first": (_first, 0, 0),
    "last": (_last, 0, 0),
    "tail": (_tail, 0, 0),
    "skip": (_skip, 1, 1),
    "take": (_take, 1, 1),
    "intersect": (_intersect, 1, 1),
    "exclude": (_exclude, 1, 1),
    "union": (_union, 1, 1),
    "combine": (_combine, 1, 2),
}
