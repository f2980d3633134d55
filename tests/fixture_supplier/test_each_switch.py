"""Each value of each switch changes exactly what it says, on the server and in the export."""

from __future__ import annotations

import json
from typing import get_args, get_type_hints

import pytest

from fixtures.supplier.export import export
from fixtures.supplier.scenario import PACKED, SEARCH, files, load
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches, SupplierSwitches, switches
from tests.fixture_supplier.client import Client
from tests.fixture_supplier.switch_table import SERVED, WRITTEN, Exported, changed


def named(key: tuple[str, object]) -> str:
    return "=".join(str(part) for part in key)


def exported(asked: ExportSwitches | None = None) -> Exported:
    files = export(switches=asked)
    return {
        name.partition(".")[0]: [json.loads(line) for line in content.splitlines()]
        for name, content in files.items()
        if name.endswith(".ndjson")
    }


@pytest.mark.parametrize("key", SERVED, ids=named)
def test_the_healthy_supplier(healthy: Client, key: tuple[str, object]) -> None:
    assert SERVED[key].look(healthy) == SERVED[key].healthy


@pytest.mark.parametrize("key", SERVED, ids=named)
def test_the_changed_supplier(key: tuple[str, object]) -> None:
    with Served(switches=switches(SupplierSwitches, dict([key]))) as served:
        assert SERVED[key].look(Client(served)) == SERVED[key].other


@pytest.mark.parametrize("key", WRITTEN, ids=named)
def test_the_export(key: tuple[str, object]) -> None:
    assert WRITTEN[key].look(exported()) == WRITTEN[key].healthy
    assert WRITTEN[key].look(exported(switches(ExportSwitches, dict([key])))) == WRITTEN[key].other


def test_every_value_is_looked_at() -> None:
    """Here, or in a fault or decoy file."""
    seen = set(SERVED) | {
        key
        for kind in ("fault", "decoy")
        for folder in ("", SEARCH, *PACKED)
        for path in files(kind, folder)
        for key in changed(load(path).supplier)
    }
    healthy = SupplierSwitches()
    for name, hint in get_type_hints(SupplierSwitches).items():
        values = get_args(hint) or ((True, False) if hint is bool else ())
        assert {(name, value) for value in values if value != getattr(healthy, name)} <= seen, name
