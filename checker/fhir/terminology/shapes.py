"""Reading JSON that may be of any shape: what is not of the right type is as if it were absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def text(value: Any) -> str:
    """The string, empty for anything else."""
    return value if isinstance(value, str) else ""


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of an array, nothing for anything else."""
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield one


def strings(value: Any) -> Iterator[str]:
    """The strings of an array, nothing for anything else."""
    if isinstance(value, list):
        for one in value:
            if isinstance(one, str):
                yield one


def member(value: Any, name: str) -> dict[str, Any]:
    """The object under that name of an object, empty for anything else."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
