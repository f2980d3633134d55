"""The first code of a value set, as far as the definitions list any."""

from __future__ import annotations

from typing import Any

_UNUSABLE = "notSelectable"
_NULLS = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
"""Codes for what is not known: an example of them would show nothing."""


def first_code(definitions: Any, canonical: str | None, depth: int = 0) -> dict[str, str] | None:
    """System, code and display of the first code that the value set takes in; None where nobody can list one."""
    url = (canonical or "").partition("|")[0]
    held = definitions.raw(url, "ValueSet") if url and depth < 4 else None
    compose = held.get("compose") if isinstance(held, dict) else None
    for include in compose.get("include", []) if isinstance(compose, dict) else ():
        found = _of_include(definitions, include, depth)
        if found is not None:
            return found
    return None


def _of_include(definitions: Any, include: dict[str, Any], depth: int) -> dict[str, str] | None:
    system = include.get("system")
    if system == _NULLS:
        return None
    if system and include.get("concept"):
        return _coding(system, include["concept"][0])
    if system and not include.get("filter"):
        held = definitions.raw(system, "CodeSystem")
        for concept in held.get("concept", []) if isinstance(held, dict) else ():
            if not any(one.get("code") == _UNUSABLE for one in concept.get("property", ())):
                return _coding(system, concept)
    for other in include.get("valueSet", ()):
        found = first_code(definitions, other, depth + 1)
        if found is not None:
            return found
    return None


def _coding(system: str, concept: dict[str, Any]) -> dict[str, str]:
    display = concept.get("display")
    return {"system": system, "code": concept["code"], **({"display": display} if display else {})}
