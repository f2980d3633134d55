"""The published schemas of an evidence pack: each is one, and explains every value that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker import resources
from checker.engine.pack_template import known_sections, section_text
from checker.json_schema import Draft202012Validator
from checker.model.pack import TO_DO
from checker.probes.pack.schemas import VERSION, held_against, schema
from checker.probes.plain_yaml import parsed

NAMES = sorted(
    Path(one.name).name.removesuffix(".schema.json")
    for one in resources.data("reports/schemas").joinpath("pack").iterdir()
)


def properties(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a schema with its place."""
    if isinstance(node, dict):
        for name, one in node.get("properties", {}).items():
            if isinstance(one, dict):
                yield f"{place}/{name}", one
        for name, one in node.items():
            yield from properties(one, f"{place}/{name}")
    elif isinstance(node, list):
        for number, one in enumerate(node):
            yield from properties(one, f"{place}/{number}")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_of_this_version(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$id"].endswith(f"/{VERSION}/{name}.schema.json")


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_explained(name: str) -> None:
    for place, one in properties(schema(name)):
        assert one.get("description") or "$ref" in one, f"{name} {place}"


@pytest.mark.parametrize("name", known_sections())
def test_the_template_of_a_section_lacks_nothing_but_what_is_to_be_filled_in(name: str) -> None:
    said = parsed(section_text(name).encode())
    assert said.keys() == schema(name)["properties"].keys()
    for fault in held_against(name, said).faults:
        node: Any = said
        for step in fault.partition(":")[0].removeprefix("/").split("/"):
            node = node[int(step)] if isinstance(node, list) else node[step]
        assert node == TO_DO, fault
