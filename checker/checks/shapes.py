"""Is what stands at a path there as often, and in the form, that is asked for? And: places that tell no values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from checker.fhir import bounded_regex
from checker.fhir.values import values_at
from checker.model.obliged import Shape
from checker.model.verdict import Finding, Statement

_MOST = 4_000
"""A longer text is of no form."""


def problems(resource: Any, expect: Iterable[Shape]) -> Iterator[tuple[str, str, str]]:
    """Path, expected and actual of each expectation that a resource does not meet. No value is repeated."""
    for one in expect:
        found = values_at(resource, one.path)
        if len(found) < one.min:
            yield one.path, f"at least {one.min}", "none" if not found else f"{len(found)}"
        elif one.max is not None and len(found) > one.max:
            yield one.path, f"at most {one.max}" if one.max else "none", f"{len(found)}"
        elif one.one_of and any(value not in one.one_of for value in found if isinstance(value, str)):
            yield one.path, " or ".join(one.one_of), "another value"
        elif one.pattern and any(not _fits(value, one.pattern) for value in found):
            yield one.path, f"of the form {one.pattern}", "a value of another form"


def without_query(statement: Statement) -> Statement:
    """The statement with a place that ends before the query: values of people stand there."""
    if not isinstance(statement, Finding):
        return statement
    address, _, rest = statement.place.partition("?")
    return msgspec.structs.replace(statement, place=address + ("#" + rest.partition("#")[2] if "#" in rest else ""))


def _fits(value: Any, pattern: str) -> bool:
    """Is it text of that form? Raises ``ValueError`` for a pattern that cannot be used: then nothing is decided."""
    compiled = bounded_regex.compile(pattern)
    if compiled is None:
        raise ValueError(f"the pattern {pattern!r} cannot be used")
    return isinstance(value, str) and len(value) <= _MOST and compiled.fullmatch(value)
