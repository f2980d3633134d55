"""The commented files that ``checker pack init`` writes, made from the published schemas."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from checker import resources
from checker.model.pack import TO_DO
from checker.probes.pack.schemas import FOLDER, SECTIONS, VERSION, schema

_WIDTH = 110
_DEPTH = 6
_COMMON = "common.schema.json#/$defs/"
_PLAIN = frozenset({"text", "person", "id", "evidence", "path", "version"})
"""Shared types whose form needs no word beside what the schema says of the value."""
_OWN_NAME = "a-name-of-your-own"
_EMPTY_LISTS = frozenset({"artefacts", "not-applicable"})
_GONE = frozenset({"sha256"})


def root_text(names: Mapping[str, str], today: date, said: Mapping[str, str]) -> str:
    """``pack.yaml``. ``names``: section → path of its file; ``said``: what is known of supplier and product already.

    ``said`` has ``supplier``, ``product`` and ``version``, each of which may be missing.
    """
    known = {"pack-version": f'"{VERSION}"', "assessed-on": today.isoformat()}
    lines = [
        "# The root of an evidence pack. Fill in what says TO DO, and delete what does not apply.",
        "# Then: checker pack lint .   checker pack hash .   docs/evidence-pack.md tells the kinds of artefacts.",
        "",
    ]
    for name, rule in schema("pack")["properties"].items():
        if name in known:
            lines += [*_comment(rule, 0), f"{name}: {known[name]}", ""]
        elif name == "sections":
            lines += [*_comment(rule, 0), *_sections(names), ""]
        elif name in _EMPTY_LISTS:
            shown = _block(name, rule, 0, 0)
            lines += [*_comment(rule, 0), f"{name}: []", *(f"# {line}".rstrip() for line in shown), ""]
        elif name == "signed":
            lines += [*_comment(rule, 0), *(f"# {line}".rstrip() for line in _block(name, rule, 0, 0)), ""]
        else:
            lines += [*_comment(rule, 0), *_block(name, rule, 0, 0), ""]
    text = "\n".join(lines)
    for place, value in (
        ("  name: TO DO\n  # The company", said.get("supplier", "")),
        ("  name: TO DO\n  # The version", said.get("product", "")),
        ("  version: TO DO\n  # What sort", said.get("version", "")),
    ):
        if value:
            text = text.replace(place, place.replace(TO_DO, json.dumps(value, ensure_ascii=False)), 1)
    return text


def known_sections() -> tuple[str, ...]:
    """The sections that have a published schema."""
    folder = resources.data(FOLDER).joinpath("pack")
    return tuple(name for name in SECTIONS if folder.joinpath(f"{name}.schema.json").is_file())


def section_text(name: str) -> str:
    """The file of one section."""
    rule = schema(name)
    lines = [
        f"# {rule.get('title', name)}.",
        f"# Schema: {name}.schema.json, version {VERSION}. Fill in what says TO DO, and delete what does not apply.",
        "",
    ]
    for key, one in rule.get("properties", {}).items():
        lines += [*_comment(one, 0, rule), *_block(key, one, 0, 0, rule), ""]
    return "\n".join(lines)


def _sections(names: Mapping[str, str]) -> Iterator[str]:
    yield "sections:" if names else "sections: {}"
    for name, path in names.items():
        yield f"  {name}:"
        yield f"    path: {path}"


def _block(
    key: str, rule: Mapping[str, Any], indent: int, depth: int, whole: Mapping[str, Any] | None = None
) -> list[str]:
    """A key with its value, and what is below it."""
    pad = " " * indent
    rule = _resolved(rule, whole)
    lines = _value(rule, indent, depth, whole)
    return [f"{pad}{key}: {lines[0].strip()}"] if len(lines) == 1 and _is_short(lines[0]) else [f"{pad}{key}:", *lines]


def _is_short(line: str) -> bool:
    return line.strip() in (TO_DO, "[]")


def _value(rule: Mapping[str, Any], indent: int, depth: int, whole: Mapping[str, Any] | None) -> list[str]:
    pad = " " * (indent + 2)
    if depth >= _DEPTH:
        return [TO_DO]
    if rule.get("type") == "array" or "items" in rule:
        if rule.get("_evidence"):
            return ["[]"]
        item = _resolved(rule.get("items", {}), whole)
        below = _value(item, indent + 2, depth + 1, whole)
        if len(below) == 1 and _is_short(below[0]):
            return [f"{pad}- {below[0].strip()}"]
        first = next((number for number, line in enumerate(below) if not line.lstrip().startswith("#")), 0)
        comments = [line[2:] for line in below[:first]]
        return [*comments, f"{pad}- {below[first].lstrip()}", *below[first + 1 :]]
    if rule.get("properties"):
        lines: list[str] = []
        for name, one in rule["properties"].items():
            if name not in _GONE:
                lines += [*_comment(one, indent + 2, whole), *_block(name, one, indent + 2, depth + 1, whole)]
        return lines
    if isinstance(rule.get("additionalProperties"), dict):
        return _block(_OWN_NAME, rule["additionalProperties"], indent + 2, depth + 1, whole)
    return [TO_DO]


def _comment(rule: Mapping[str, Any], indent: int, whole: Mapping[str, Any] | None = None) -> list[str]:
    """What the schema says of a value: its meaning, its form, the words that may stand there."""
    found = _resolved(rule, whole)
    said = str(rule.get("description") or found.get("description", ""))
    reference = str(rule.get("$ref", ""))
    form = reference.removeprefix(_COMMON)
    if reference.startswith(_COMMON) and form not in _PLAIN and rule.get("description"):
        said += f" ({schema('common')['$defs'][form]['description'].rstrip('.')}.)"
    words = found.get("enum") or _resolved(found.get("items", {}), whole).get("enum")
    if words and form != "yes-no":
        said += f" One of: {', '.join(words)}."
    pad = " " * indent
    return [f"{pad}# {line}" for line in textwrap.wrap(said, _WIDTH - indent, break_on_hyphens=False)]


def _resolved(rule: Mapping[str, Any], whole: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The rule that a reference names, in the common schema or the same one; of several ways the first."""
    reference = str(rule.get("$ref", ""))
    if reference.startswith(_COMMON):
        name = reference.removeprefix(_COMMON)
        found = {**schema("common")["$defs"][name], **rule}
        return {**found, "_evidence": True} if name == "evidence" else found
    if reference.startswith("#/$defs/") and whole is not None:
        return _resolved({**whole["$defs"][reference.removeprefix("#/$defs/")], **_without_reference(rule)}, whole)
    for ways in ("oneOf", "anyOf"):
        if rule.get(ways):
            return {**_resolved(rule[ways][0], whole), **{key: one for key, one in rule.items() if key != ways}}
    return rule


def _without_reference(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in rule.items() if key != "$ref"}
