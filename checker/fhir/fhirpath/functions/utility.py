"""Utility functions: trace, the clock, conditions, variables.

Source: FHIRPath N1 §5.9; FHIRPath 2.1 (defineVariable)
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import Collection, boolean
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope


def _trace(call: Function, focus: Collection, scope: Scope) -> Collection:
    name = scope.text(call.arguments[0], "trace()")
    sink = scope.env.trace
    if sink is not None:
        shown = focus
        if len(call.arguments) > 1:
            shown = [
                one for index, item in enumerate(focus) for one in scope.each(item, index).evaluate(call.arguments[1])
            ]
        sink(name or "", shown)
    return focus


def _instant(call: Function, scope: Scope) -> datetime:
    if scope.env.now is None:
        raise FHIRPathError(f"{call.name}() has no clock here")
    return scope.env.now


def _now(call: Function, focus: Collection, scope: Scope) -> Collection:
    now = _instant(call, scope)
    offset = now.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else 0
    parts = (now.year, now.month, now.day, now.hour, now.minute, now.second)
    return [DateTime(parts, f"{now.microsecond // 1000:03}", minutes)]


def _today(call: Function, focus: Collection, scope: Scope) -> Collection:
    now = _instant(call, scope)
    return [Date((now.year, now.month, now.day))]


def _time_of_day(call: Function, focus: Collection, scope: Scope) -> Collection:
    now = _instant(call, scope)
    return [Time((now.hour, now.minute, now.second), f"{now.microsecond // 1000:03}")]


def _iif(call: Function, focus: Collection, scope: Scope) -> Collection:
    if len(focus) > 1:
        raise FHIRPathError(f"iif() takes one item and is given {len(focus)}")
    inner = scope.over(focus) if call.source is not None else scope
    if boolean(inner.argument(call.arguments[0]), "iif()"):
        return inner.argument(call.arguments[1])
    return inner.argument(call.arguments[2]) if len(call.arguments) > 2 else []


def _define_variable(call: Function, focus: Collection, scope: Scope) -> Collection:
    name = scope.text(call.arguments[0], "defineVariable()")
    if name is None:
        raise FHIRPathError("defineVariable() takes a name")
    if name in scope.variables or scope.env.is_constant(name):
        raise FHIRPathError(f"the variable %{name} is defined already")
    value = focus
    if len(call.arguments) > 1:
        value = scope.over(focus).evaluate(call.arguments[1])
    scope.variables[name] = value
    return focus


FUNCTIONS = {
    "trace": (_trace, 1, 2),
    "now": (_now, 0, 0),
    "today": (_today, 0, 0),
    "timeOfDay": (_time_of_day, 0, 0),
    "iif": (_iif, 2, 3),
    "defineVariable": (_define_variable, 1, 2),
}
