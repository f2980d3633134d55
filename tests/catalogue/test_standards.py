"""The register of standards: strict, closed, whole: every standard that a shipped profile cites is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker import resources
from checker.catalogue.strict_yaml import parse
from checker.cli.compose import library, profile, registry
from checker.standards_register import FILE, plain, resolve, standards
from tests.cli.in_process import here


def register() -> list[dict[str, Any]]:
    """As it is written, read strictly: no key twice, no alias."""
    found = parse(resources.data("profiles").joinpath(FILE).read_bytes(), FILE).data
    schema = json.loads(resources.data("reports/schemas").joinpath("standards-register.schema.json").read_bytes())
    Draft202012Validator(schema).validate(found)
    return list(found["standards"])


def test_it_fits_its_schema() -> None:
    assert len(register()) == len(standards()) > 0


@pytest.mark.parametrize("name", library().names())
def test_every_standard_that_a_profile_cites_is_registered(name: str) -> None:
    cited = {row.clause.standard for row in profile(name, registry()).requirements}
    assert {one for one in cited if resolve(one) is None} == set()


def test_no_name_means_two_standards() -> None:
    names = [(plain(name), one.id) for one in standards() for name in set(map(plain, one.names))]
    assert len(names) == len({name for name, _ in names})


def test_what_supersedes_and_what_is_superseded_agree() -> None:
    known = {one.id: one for one in standards()}
    for one in standards():
        if one.superseded_by:
            assert one.id in known[one.superseded_by].supersedes


def test_no_row_of_law_cites_what_is_registered_as_less() -> None:
    weaker = {
        (row.id, row.clause.standard)
        for name in library().names()
        for row in profile(name, registry()).requirements
        if row.basis == "L" and (known := resolve(row.clause.standard)) is not None and known.basis != "L"
    }
    assert weaker == set()


def test_the_list_shows_each_with_its_profiles(tmp_path: Any) -> None:
    done = here("list", "standards", "--json", cwd=tmp_path)
    found = {one["id"]: one for one in json.loads(done.stdout)}
    assert found.keys() == {one.id for one in standards()}
    assert found["smart-app-launch"]["used-by"].keys() >= {"smart-discovery"}
    assert found["gp-connect"]["superseded-by"] == "gp-connect-1.6"
    page = here("list", "standards", cwd=tmp_path).stdout
    assert "superseded by: gp-connect-1.6" in page
    profiles = here("list", "profiles", "--json", cwd=tmp_path)
    remarks = {one["profile"]: one["remark"] for one in json.loads(profiles.stdout)}
    assert "superseded by gp-connect-1.6" in remarks["gp-connect-provider"]
    assert remarks["fhir-r4-rest"] == ""
