"""Checks a document against one of the published JSON Schemas, and says what is wrong in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from checker.catalogue.document import Document, advice, step
from checker.errors import ProfileFault, UsageFault
from checker.model.value import sha256
from checker.resources import data

if TYPE_CHECKING:
    from checker.json_schema import Draft202012Validator, ValidationError

Problem = tuple[str, str, str]
"""Pointer, what is wrong, next step."""

_UNKNOWN = "unknown key"
_TYPE_WORDS = {
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "integer": "a whole number",
    "number": "a number",
}


def schema_bytes(name: str) -> bytes:
    """The published schema of that name: ``profile``, ``supplier``, ``waivers``, ``attestations``."""
    return data("reports/schemas").joinpath(f"{name}.schema.json").read_bytes()


@cache
def schema_digest(name: str) -> str:
    """SHA-256 of the schema: part of what a cached document was checked against."""
    return sha256(schema_bytes(name))


@cache
def _validator(name: str) -> Draft202012Validator:
    # Imported here: it is slow, and a cached profile does not need it.
    from checker.json_schema import Draft202012Validator

    schema = json.loads(schema_bytes(name))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def validate(document: Document, name: str, *, fault: type[UsageFault] = ProfileFault) -> None:
    """Raise ``fault`` for the first thing (by line) that does not fit the schema of that name."""
    problems = sorted(
        _worth_saying(
            [problem for error in _validator(name).iter_errors(document.data) for problem in _problems(error)]
        ),
        key=lambda problem: (document.line(problem[0]), problem),
    )
    if not problems:
        return
    pointer, what, next_step = problems[0]
    more = len({problem[0] for problem in problems}) - 1
    tail = f" ({more} more after this one)" if more else ""
    raise fault(what + tail, where=document.where(pointer), next_step=next_step)


def _worth_saying(problems: list[Problem]) -> list[Problem]:
    """A misspelt key explains what else its mapping lacks: that is not said as well."""
    misspelt = {pointer.rpartition("/")[0] for pointer, what, _ in problems if what.startswith(_UNKNOWN)}
    return [problem for problem in problems if problem[1].startswith(_UNKNOWN) or problem[0] not in misspelt]


def _problems(error: ValidationError) -> Iterator[Problem]:
    """The problems of one schema error."""
    pointer = ""
    for part in error.absolute_path:
        pointer = step(pointer, part)
    name = str(error.absolute_path[-1]) if error.absolute_path else "the file"
    rule: Any = error.validator_value
    schema: Any = error.schema
    given: Any = error.instance
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for key in sorted(set(given) - set(known)):
            yield step(pointer, key), f"{_UNKNOWN} {key!r}", _advice_for_key(key, known, schema)
    elif error.validator == "required":
        for key in sorted(set(rule) - set(given)):
            yield pointer, f"{key!r} is missing", f"Add {key!r} here."
    elif error.validator == "enum":
        yield pointer, f"{_shown(given)} is no {name!r} that is known", advice(str(given), rule, "value")
    elif error.validator == "type":
        wanted = " or ".join(_TYPE_WORDS.get(one, one) for one in ([rule] if isinstance(rule, str) else rule))
        hint = "Write it in quotes." if rule == "string" and not isinstance(given, dict | list) else ""
        yield pointer, f"{name!r} must be {wanted}, not {_shown(given)}", hint or f"Write {wanted} here."
    else:
        said = schema.get("description", "")
        shown = "what is written here" if schema.get("x-secret") else _shown(given)  # somebody's secret, perhaps
        yield pointer, f"{name!r} does not fit: {shown}", said or f"Rule {error.validator}: {rule}"


def _advice_for_key(key: str, known: dict[str, Any], schema: dict[str, Any]) -> str:
    """A schema may say of a key why it is refused (``x-refused``): an inline secret, for one."""
    refused: dict[str, str] = schema.get("x-refused", {})
    return refused.get(key) or advice(key, known, "key")


def _shown(value: Any) -> str:
    """The value, short. A whole mapping is not repeated: the line says where it is."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
