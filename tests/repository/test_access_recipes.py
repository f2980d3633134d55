"""The recipes of docs/access.md are supplier files that load, and speak of what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.cli.app import COMMANDS
from checker.engine.supplier_file import read_supplier
from checker.model.header_template import OF_A_RUN
from fixtures.supplier.login import LOGINS

PAGE = (Path(__file__).parents[2] / "docs/access.md").read_text("utf-8")
RECIPES = [re.sub(r"(?m)^ {3}", "", one) for one in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
START = '[supplier]\nname = "Example"\n'
ENDPOINT = '[endpoint]\nbase-url = "https://fhir.example/r4"\ntoken-url = "https://auth.example/token"\n'


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_a_recipe_loads(recipe: str) -> None:
    start = START if "[endpoint]" in recipe else START + ENDPOINT
    found = read_supplier((start + recipe).encode(), "docs/access.md", Path())
    assert found.identities or found.supplier.headers


def test_every_kind_every_placeholder_and_every_login_has_its_word() -> None:
    assert len(RECIPES) == 6
    for kind in ("none", "api-key", "bearer", "client-credentials", "private-key-jwt", "client-certificate"):
        assert f"`{kind}`" in PAGE
    for placeholder in (*OF_A_RUN, "ods-code", "role-id", "organisation", "target"):
        assert f"`{{{placeholder}}}`" in PAGE
    for login in set(LOGINS) - {"default"}:
        assert login in PAGE
    for command in re.findall(r"checker ([a-z]+) --", PAGE):
        assert command in COMMANDS
