"""A JSON value against a schema of an OpenAPI description, in bounded work.

OpenAPI 3.0 schemas are JSON Schema of an early draft with ``nullable``; those of 3.1 are JSON Schema 2020-12. Patterns
run on an engine that cannot be kept busy, references are followed so often at most, and no host is asked.

Source: https://spec.openapis.org/oas/v3.0.3#schema-object, https://spec.openapis.org/oas/v3.1.0#schema-object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from checker.checks.openapi_description import Description

_MOST_REFERENCES = 60_000
_MOST_FAULTS = 3
_BASE = "https://openapi.invalid/"
"""No host of that name is ever there (RFC 6761 section 6.4), and none is asked: all files are at hand."""
_LEFT_OUT = ("unevaluatedProperties", "unevaluatedItems", "uniqueItems", "$dynamicRef", "contentMediaType")
"""Keywords that are not looked at: their work has no bound, or they say nothing that is binding."""


class Unjudged(Exception):
    """The schema cannot be used: too much work, or a reference that leads nowhere. Says which."""


def faults(one: Description, file: str, pointer: str, value: Any) -> list[str]:
    """Where a value does not fit the schema at that pointer, as ``place: keyword``; at most three. Raises ``Unjudged``.

    Values are never part of what is said.
    """
    from referencing.exceptions import Unresolvable

    try:
        validator = _validator(one, file, pointer)
        found = []
        for error in validator.iter_errors(value):
            found.append(f"/{'/'.join(_step(step) for step in error.absolute_path)}: {error.validator}")
            if len(found) == _MOST_FAULTS:
                break
        return found
    except Unresolvable:
        raise Unjudged("a reference in the schema leads nowhere") from None
    except RecursionError:
        raise Unjudged("the schema leads in a circle") from None
    except Unjudged:
        raise
    except Exception:  # the library takes a schema for a schema, and breaks in its own ways on one that is none
        raise Unjudged("the schema is none") from None


def _step(step: object) -> str:
    """A step of a path: an index, or the name of a member, which is no value."""
    text = str(step)
    return text if text.replace("_", "").replace("-", "").isalnum() and len(text) <= 40 else "(a member)"


def _validator(one: Description, file: str, pointer: str) -> Any:
    from referencing import Registry
    from referencing.jsonschema import DRAFT4, DRAFT202012

    from checker.json_schema import Draft4Validator, Draft202012Validator, validators

    old = _is_old(one, file)
    specification = DRAFT4 if old else DRAFT202012
    registry: Any = Registry()
    for name, document in one.files.items():
        contents = _nullable(document) if old else document
        registry = registry.with_resource(_BASE + quote(name), specification.create_resource(contents))
    base = Draft4Validator if old else Draft202012Validator
    followed = 0

    def reference(validator: Any, ref: Any, instance: Any, schema: Any) -> Iterator[Any]:
        nonlocal followed
        followed += 1
        if followed > _MOST_REFERENCES:
            raise Unjudged("the schema takes too much work")
        yield from base.VALIDATORS["$ref"](validator, ref, instance, schema)

    keywords = {"$ref": reference, "pattern": _pattern, "patternProperties": _pattern_properties}
    keywords |= {"additionalProperties": _additional, **dict.fromkeys(_LEFT_OUT, _nothing)}
    extend: Any = validators.extend
    made = extend(base, keywords)
    return made({"$ref": f"{_BASE}{quote(file)}#{quote(pointer)}"}, registry=registry)


def _is_old(one: Description, file: str) -> bool:
    """OpenAPI 3.0? By the document itself, or where it is a part of one, by the first document there is."""
    for name in (file, *one.roots):
        document = one.files.get(name)
        version = document.get("openapi") if isinstance(document, dict) else None
        if isinstance(version, str):
            return version.startswith("3.0")
    return True


def _nullable(node: Any) -> Any:
    """The same with ``nullable: true`` written as JSON Schema has it."""
    if isinstance(node, list):
        return [_nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: _nullable(one) for name, one in node.items()}
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list):
            made["enum"] = [*made["enum"], None]
    return made


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from checker.json_schema import ValidationError

    if isinstance(instance, str) and _found(pattern, instance) is False:
        yield ValidationError("does not match")


def _pattern_properties(validator: Any, listed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if isinstance(listed, dict) and isinstance(instance, dict):
        for pattern, inner in listed.items():
            for name, value in instance.items():
                if _found(pattern, name):
                    yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from checker.json_schema import ValidationError

    if not isinstance(instance, dict):
        return
    own, patterns = schema.get("properties"), schema.get("patternProperties")
    for name, value in instance.items():
        is_own = isinstance(own, dict) and name in own
        if is_own or any(_found(one, name) for one in (patterns if isinstance(patterns, dict) else ())):
            continue
        if wanted is False:
            yield ValidationError("a member that is not allowed", path=[name])
        elif isinstance(wanted, dict):
            yield from validator.descend(value, wanted, path=name)


def _nothing(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
    return iter(())


def _found(pattern: Any, text: str) -> bool | None:
    """Does the pattern occur in the text? None when it cannot be read or takes too much work."""
    from checker.fhir import bounded_regex

    made = bounded_regex.compile(pattern) if isinstance(pattern, str) else None
    try:
        return made.search(text) if made is not None else None
    except ValueError:
        return None
