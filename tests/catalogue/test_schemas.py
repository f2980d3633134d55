"""The published schemas: valid, closed, and in step with the types that they describe."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.catalogue.schema import schema_bytes
from checker.engine.attestations import Attestation
from checker.engine.waivers import Waiver
from checker.model.supplier import Limits
from checker.probes.config import IdentityConfig

NAMES = ("mapping", "profile", "obligations", "standards-register", "supplier", "waivers", "attestations")


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_bytes(name))
    return found


def objects(node: Any) -> list[dict[str, Any]]:
    """Every subschema that lists properties."""
    if isinstance(node, list):
        return [one for item in node for one in objects(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if isinstance(node.get("properties"), dict) and "type" in node else []
    return own + [one for item in node.values() for one in objects(item)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_with_a_title_and_refuses_unknown_keys(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["title"]
    assert found["description"]
    assert all(one.get("additionalProperties") is False for one in objects(found))


@pytest.mark.parametrize("name", NAMES)
def test_every_pattern_is_explained(name: str) -> None:
    def patterns(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [one for item in node for one in patterns(item)]
        if not isinstance(node, dict):
            return []
        own = [node] if isinstance(node.get("pattern"), str) else []
        return own + [one for item in node.values() for one in patterns(item)]

    assert all(one.get("description") for one in patterns(schema(name)))


def test_limits_of_the_file_are_those_of_the_model_but_for_the_ceiling() -> None:
    written = {name.replace("-", "_") for name in schema("supplier")["properties"]["limits"]["properties"]}
    assert written == set(Limits.__struct_fields__) - {"ceiling"}


def test_fields_of_an_identity_are_all_to_be_written() -> None:
    table = schema("supplier")["properties"]["identity"]["additionalProperties"]["properties"]
    written = {name.removesuffix("-env").removesuffix("-file").replace("-", "_") for name in table}
    assert written == set(IdentityConfig.__struct_fields__) - {"name", "client_id_from"}  # written as client-id-env


def test_waivers_and_attestations_are_as_their_types() -> None:
    waiver = schema("waivers")["properties"]["waivers"]["items"]["properties"]
    attestation = schema("attestations")["properties"]["attestations"]["items"]["properties"]
    assert set(waiver) == set(Waiver.__struct_fields__) - {"signer"}
    assert set(attestation) == set(Attestation.__struct_fields__) - {"trusted"}
