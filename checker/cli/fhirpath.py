"""``checker validate --fhirpath EXPR``: one expression on each resource."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from checker.cli.words import plain_line
from checker.errors import UsageFault
from checker.probes.source.inputs import Input, Inputs

if TYPE_CHECKING:
    from checker.fhir.validator import Validator

_OPTION = "--fhirpath"


def evaluate_on(expression: str, inputs: Inputs, form: str, validator: Validator, output: str | None = None) -> int:
    """Write what the expression gives on each input: an item a line, or with ``ndjson`` an object for each input.

    The definitions and value sets that it may ask for are those of ``validator``. In the object ``result`` lists
    ``{"type", "value", "path"}``: the FHIR type and path of what stands in the resource, the System type of what was
    computed. Exit code 0 when it was evaluated on every input, 3 when one could not be read or there was none.
    ``output`` is a file, None or ``-`` stdout. Raises ``UsageFault`` for an expression that cannot be parsed or
    evaluated, and for another format; ``OutputFault`` for an output that cannot be written.
    """
    from checker.cli.outputs import ReaderGone, destination

    try:
        with destination(output) as write:
            return _evaluated(expression, inputs, form, validator, write)
    except ReaderGone:
        return 3


def _evaluated(
    expression: str, inputs: Inputs, form: str, validator: Validator, write: Callable[[bytes], object]
) -> int:
    from checker.cli.clock import SystemClock
    from checker.fhir.fhirpath import FHIRPathError, FHIRPathSyntaxError, parse
    from checker.fhir.forms.reading import read

    if form not in ("console", "ndjson"):
        raise UsageFault(
            f"The result of an expression has no form {form!r}.", where=_OPTION, next_step="Use console or ndjson."
        )
    try:
        parsed = parse(expression)
    except FHIRPathSyntaxError as error:
        raise _refused("is not FHIRPath", error, _OPTION) from error
    now = SystemClock().now()
    seen, unread = 0, 0
    for one in inputs:
        place = f"{one.source}:{one.line}"
        text = read(one.data, validator.definitions)
        if text.resource is None:
            unread += 1
            click.echo(f"checker: not read: {plain_line(place)}: {text.issues[0].message}", err=True)
            continue
        seen += 1
        try:
            found = validator.evaluate(text.resource, parsed, now)
        except FHIRPathError as error:
            raise _refused("cannot be evaluated", error, place) from error
        write(_told(one, [_item(item) for item in found], form).encode("utf-8", "backslashreplace"))
    for reason in inputs.unreadable:
        click.echo(f"checker: not read: {plain_line(reason.locator.path)}: {reason.reason}", err=True)
    return 0 if seen and not unread and not inputs.unreadable else 3


def _told(one: Input, items: list[dict[str, Any]], form: str) -> str:
    if form == "ndjson":
        return json.dumps({"source": one.source, "line": one.line, "result": items}, ensure_ascii=False) + "\n"
    return "".join(f"{plain_line(_shown(item['value']))}\n" for item in items)


def _refused(what: str, error: Exception, where: str) -> UsageFault:
    return UsageFault(f"The expression {what}: {error}.", where=where, next_step="Correct the expression.")


def _item(item: Any) -> dict[str, Any]:
    from checker.fhir.fhirpath.types import type_info
    from checker.fhir.instance import Node

    info = type_info(item)
    if isinstance(item, Node):
        value = item.value if item.value is not None else item.extra
        return {"type": info.name, "value": _plain(value), "path": item.path}
    value = item if isinstance(item, bool | int | str) else str(item)
    return {"type": f"System.{info.name}", "value": value}


def _plain(value: Any) -> Any:
    """JSON values without Decimal: a number that is not an integer keeps its digits as text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
