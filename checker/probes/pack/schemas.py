"""The published schemas of an evidence pack, and what of a file fits the one of its section.

Every scalar is text (see ``register.parsed``), so a number is a text of a number's form: nothing turns 99.90 into 99.9.
What fits is kept by top-level key, so that one slip in a section leaves its other rows decided.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import resources
from checker.model.pack import TO_DO
from checker.probes.register import GIVEN, words

if TYPE_CHECKING:
    from checker.json_schema import Draft202012Validator

VERSION = "1.0"
"""Of the schemas: what ``pack-version`` says."""
FOLDER = "reports/schemas"
SECTIONS = (
    *("accessibility", "ai", "device", "dtac", "effectiveness", "exit", "identity", "inclusion", "kpis", "maturity"),
    *("organisation", "pricing", "product", "safety", "service", "social-care", "social-value", "standards", "value"),
)
"""The sections that a pack may have, each with a schema of its name."""
PEOPLE = "person"
"""A property whose schema says ``"x-holds": "person"`` names a person: the facts hold that one is named, not who."""
_MOST_FAULTS = 40
_EVIDENCE = "common.schema.json#/$defs/evidence"


class Held(NamedTuple):
    """What of a file fits its schema, and what does not: by JSON pointer, without the value."""

    content: dict[str, Any]
    faults: tuple[str, ...]


def held_against(name: str, found: dict[str, Any]) -> Held:
    """``pack`` (the root) or a section, held against its schema; ids stand once in each list."""
    errors = [
        (tuple(error.absolute_path), said) for error in _validator(name).iter_errors(found) for said in [_words(error)]
    ]
    errors += _twice(found, ())
    known = schema(name)["properties"]
    wrong = {str(place[0]) for place, _ in errors if place} | (found.keys() - known.keys())
    content = {key: _kept(one, known[key]) for key, one in found.items() if key not in wrong}
    faults = sorted({"".join(f"/{str(step)[:60]}" for step in place) + f": {said}" for place, said in errors})
    return Held(content, tuple(one if one.startswith("/") else f"/{one}" for one in faults[:_MOST_FAULTS]))


def _words(error: Any) -> str:
    if error.instance == TO_DO:
        return "still to be filled in"
    if error.validator == "additionalProperties":
        extra = sorted(error.instance.keys() - error.schema.get("properties", {}).keys())
        return f"a key that there is not: {', '.join(str(one)[:60] for one in extra[:3])}"
    if error.validator == "required":
        missing = [one for one in error.validator_value if one not in error.instance]
        return f"a key is missing: {', '.join(missing[:3])}"
    return words(error.validator)


def _twice(node: Any, place: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], str]]:
    """Ids that stand twice in a list: JSON Schema has no word for it."""
    found: list[tuple[tuple[Any, ...], str]] = []
    if isinstance(node, dict):
        for name, one in node.items():
            found += _twice(one, (*place, name))
    elif isinstance(node, list):
        seen: set[str] = set()
        for number, one in enumerate(node):
            key = one.get("id") if isinstance(one, dict) else None
            if isinstance(key, str):
                if key in seen:
                    found.append(((*place, number, "id"), "an id that stands before in this list"))
                seen.add(key)
            found += _twice(one, (*place, number))
    return found


def _kept(node: Any, rule: dict[str, Any]) -> Any:
    """The same without the names of people, as the schema marks them."""
    rule = _resolved(rule)
    if rule.get("x-holds") == PEOPLE and isinstance(node, str):
        return GIVEN if node.strip() else ""
    if isinstance(node, dict):
        known, others = rule.get("properties", {}), rule.get("additionalProperties")
        other = others if isinstance(others, dict) else {}
        return {name: _kept(one, known.get(name, other)) for name, one in node.items()}
    if isinstance(node, list):
        return [_kept(one, rule.get("items", {})) for one in node]
    return node


def cited(name: str, content: dict[str, Any]) -> list[dict[str, str]]:
    """Which ids of artefacts a section cites, each with its ``place``: where the schema asks for ``evidence``."""
    found: list[dict[str, str]] = []
    _cites(content, schema(name), "", found)
    return found


def _cites(node: Any, rule: dict[str, Any], place: str, found: list[dict[str, str]]) -> None:
    if rule.get("$ref") == _EVIDENCE and isinstance(node, list):
        found += [{"place": f"{place}/{number}", "id": one} for number, one in enumerate(node)]
        return
    rule = _resolved(rule)
    if isinstance(node, dict):
        known, others = rule.get("properties", {}), rule.get("additionalProperties")
        other = others if isinstance(others, dict) else {}
        for key, one in node.items():
            _cites(one, known.get(key, other), f"{place}/{key}", found)
    elif isinstance(node, list):
        for number, one in enumerate(node):
            _cites(one, rule.get("items", {}), f"{place}/{number}", found)


def _resolved(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule that a reference to the common schema names."""
    reference = rule.get("$ref", "")
    if not reference.startswith("common.schema.json#/$defs/"):
        return rule
    found: dict[str, Any] = schema("common")["$defs"][reference.rpartition("/")[2]]
    return {**found, **rule}


@cache
def schema(name: str) -> dict[str, Any]:
    """The published schema of the root (``pack``), a section, or what they share (``common``)."""
    file = resources.data(FOLDER).joinpath("pack", f"{name}.schema.json")
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


@cache
def _validator(name: str) -> Draft202012Validator:
    from checker.json_schema import Draft202012Validator, FormatChecker

    return Draft202012Validator(_whole(schema(name)), format_checker=FormatChecker(["date"]))


def _whole(rule: Any) -> Any:
    """A schema with what it shares in the place of each reference: looked up once, and not at each value."""
    if isinstance(rule, list):
        return [_whole(one) for one in rule]
    if not isinstance(rule, dict):
        return rule
    return {key: _whole(one) for key, one in _resolved(rule).items() if key not in ("$ref", "$id")}
