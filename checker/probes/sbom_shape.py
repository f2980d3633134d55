"""Parts of JSON that may be anything, as what is asked for."""

from __future__ import annotations

from typing import Any

_MOST_TEXT = 300


def mapping(found: Any) -> dict[str, Any]:
    """A mapping, or an empty one."""
    return found if isinstance(found, dict) else {}


def listed(found: Any) -> list[dict[str, Any]]:
    """The mappings of a list."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text_of(found: Any) -> str:
    """A text, cut; "" for anything else."""
    return found[:_MOST_TEXT] if isinstance(found, str) else ""


def written(found: Any) -> bool:
    """Does something stand there that is more than spaces?"""
    return isinstance(found, str) and bool(found.strip())
