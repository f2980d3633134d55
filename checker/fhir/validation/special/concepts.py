"""Compare CodeableConcepts in JSON."""

from __future__ import annotations

from typing import Any

from checker.fhir.validation.special.json_shape import dicts, text


def codes(concept: Any) -> set[tuple[str | None, str | None]]:
    """System and code of each coding that has a code."""
    found = dicts(concept.get("coding")) if isinstance(concept, dict) else []
    return {(text(one.get("system")), text(one.get("code"))) for one in found if text(one.get("code"))}


def same(one: Any, other: Any) -> bool:
    """Whether the two share a coding, or, when neither has codings, the text."""
    left, right = codes(one), codes(other)
    if left or right:
        return bool(left & right)
    words = one.get("text") if isinstance(one, dict) else None
    return bool(words) and isinstance(other, dict) and words == other.get("text")


def first_code(concept: Any) -> str | None:
    """The code of the first coding."""
    found = dicts(concept.get("coding")) if isinstance(concept, dict) else []
    return text(found[0].get("code")) if found else None


def shown(concept: Any) -> str:
    """The concept in words."""
    if not isinstance(concept, dict):
        return ""
    words = [str(one.get("code") or one.get("display") or "") for one in dicts(concept.get("coding"))]
    return str(concept.get("text") or "/".join(word for word in words if word))
