"""The bad pack: every fault in it is known, each is found, and nothing else fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from checker.cli.clock import SystemClock
from fixtures.packs import faulty
from fixtures.supplier.scenario import PACKED
from tests.cli.in_process import here
from tests.conformance.packs import NOW

ENTAILED = {"PK-SIGN": "a certificate was issued after the pack was signed"}
"""Rows that fail for what another fault of the list did."""


def failing(profile: str, folder: Path) -> frozenset[str]:
    """The rows of a profile that the bad pack fails."""
    shutil.copytree(faulty.BAD, folder / "pack")
    with patch.object(SystemClock, "now", lambda self: NOW):
        asked = ("-p", profile, "--pack", "pack", "--name", "Bad", "-q", "-o", "json:report.json")
        here("run", *asked, cwd=folder)
    found: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    assert not [row["id"] for row in found["rows"] if row["verdict"]["outcome"] == "error"]
    return frozenset(row["id"] for row in found["rows"] if row["verdict"]["outcome"] == "fail")


def test_it_lies_here_as_it_is_made(tmp_path: Path) -> None:
    made = faulty.made(tmp_path / "pack")
    here_is = {path.relative_to(faulty.BAD): path.read_bytes() for path in faulty.BAD.rglob("*") if path.is_file()}
    again = {path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assert here_is.keys() == again.keys()
    assert [str(name) for name in here_is if here_is[name] != again[name]] == []


@pytest.mark.parametrize("profile", PACKED)
def test_each_fault_is_found_and_nothing_else(profile: str, tmp_path: Path) -> None:
    known = dict(zip(faulty.listed(), (one.requirements[0] for one in faulty.faults()), strict=True))
    found = failing(profile, tmp_path)
    assert {row for name, row in known.items() if name.startswith(f"{profile}/")} <= found
    assert found <= {*known.values(), *ENTAILED}
