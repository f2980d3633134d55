"""Switches and the files that set them: what is unknown is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.supplier.scenario import files, load, named
from fixtures.supplier.switches import ExportSwitches, SupplierSwitches, SwitchError, switches


def test_nothing_given_is_healthy() -> None:
    assert switches(SupplierSwitches, {}) == SupplierSwitches()
    assert switches(ExportSwitches, {"line_end": "crlf"}).line_end == "crlf"


@pytest.mark.parametrize(
    "given",
    [
        {"nonsense": 1},
        {"etag": "no"},
        {"etag": 1},
        {"page_size": True},
        {"read": "wrong"},
        {"read": 1},
        {"patients": 0},
        {"patients": 13},
    ],
)
def test_unknown_switches_and_values_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(SwitchError):
        switches(SupplierSwitches, given)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "requirement: A\n",
        "title: t\nsupplier: {etag: absent}\n",
        "requirement: []\ntitle: t\nsupplier: {etag: absent}\n",
        "requirement: A\ntitle: t\nsupplier: {etag: absent}\nwhat: 1\n",
        "requirement: A\ntitle: t\nsupplier: {line_end: crlf}\n",
        "requirement: A\ntitle: t\nsupplier: [etag]\n",
        "requirement: A\ntitle: t\n",
        "requirement: A\ntitle: t\nsupplier: {etag: weak}\n",
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SwitchError):
        load(path)


def test_faults_are_named_after_the_requirement_that_catches_them() -> None:
    faults = [load(path) for path in files("fault")]
    assert len(faults) >= 24
    for fault in faults:
        assert fault.kind == "fault"
        assert fault.requirements == (fault.name.partition(".")[0],)
        assert fault.requirements[0] not in fault.also


def test_decoys_name_rows_that_stay_quiet() -> None:
    decoys = [load(path) for path in files("decoy")]
    assert len(decoys) >= 16
    assert all(decoy.kind == "decoy" and decoy.requirements for decoy in decoys)


def test_no_two_files_do_the_same() -> None:
    loaded = [load(path) for kind in ("fault", "decoy") for path in files(kind)]
    changes = [(scenario.supplier, scenario.export, scenario.handed, scenario.environment) for scenario in loaded]
    assert len(set(changes)) == len(changes)
    assert len({scenario.title for scenario in loaded}) == len(loaded)


def test_an_unknown_name_is_refused() -> None:
    assert named("fault", "CERT-003").supplier.certificate == "expired"
    with pytest.raises(SwitchError, match="CERT-003"):
        named("fault", "CERT-999")
