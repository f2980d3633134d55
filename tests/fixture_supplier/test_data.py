"""The synthetic records, and the export of them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier import nhs_number
from fixtures.supplier.data import build, patient_of
from fixtures.supplier.export import FORMS, Form, export, main, rows, write_export
from fixtures.supplier.manifest import NAME as MANIFEST
from fixtures.supplier.manifest import SHA256
from fixtures.supplier.records import current, is_deleted, living
from fixtures.supplier.routes import TYPES
from fixtures.supplier.scenario import FIXTURES
from fixtures.supplier.switches import DataSwitches, ExportSwitches

HEALTHY = FIXTURES / "exports" / "healthy"


@pytest.mark.parametrize(("stem", "digit"), [("999000001", 8), ("943476591", 9), ("999000000", None)])
def test_check_digits(stem: str, digit: int | None) -> None:
    assert nhs_number.check_digit(stem) == digit


def test_validity_of_numbers() -> None:
    assert nhs_number.is_valid("9990000018")
    assert not any(nhs_number.is_valid(bad) for bad in ("9990000019", "999000001", "99900000180", "999000001٨", ""))
    assert not nhs_number.is_valid(nhs_number.spoilt("9990000018"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    else:
        yield str(value)


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [found for inner in value.values() for found in references(inner)]
    return [found for inner in value for found in references(inner)] if isinstance(value, list) else []


def test_only_numbers_that_are_never_issued() -> None:
    everything = strings([versions for by_id in build().values() for versions in by_id.values()])
    ten = {text for text in everything if len(text) == 10 and text.isdigit()}
    assert len(ten) == 12
    assert all(number >= "9990000000" and nhs_number.is_valid(number) for number in ten)


def test_every_reference_leads_somewhere() -> None:
    store = build()
    found = references([versions for by_id in store.values() for versions in by_id.values()])
    assert len(found) > 150
    for reference in found:
        target, _, identity = reference.partition("/")
        assert not is_deleted(current(store[target][identity]))


def test_versions_count_up_in_time() -> None:
    lengths = []
    for by_id in build().values():
        for versions in by_id.values():
            lengths.append(len(versions))
            metas = [version["meta"] for version in versions]
            assert [meta["versionId"] for meta in metas] == [str(n + 1) for n in range(len(versions))]
            assert [meta["lastUpdated"] for meta in metas] == sorted(meta["lastUpdated"] for meta in metas)
    assert lengths.count(2) == 4
    assert lengths.count(1) == len(lengths) - 4


def test_the_same_switches_give_the_same_records() -> None:
    assert build() == build(DataSwitches())
    for form in FORMS:
        assert export(form) == export(form)


def test_fewer_patients_have_no_orphans() -> None:
    store = build(DataSwitches(patients=1))
    assert {kind: len(living(store[kind])) for kind in ("Patient", "Encounter", "Observation")} == {
        "Patient": 1,
        "Encounter": 1,
        "Observation": 4,
    }
    assert {patient_of(row) for by_id in store.values() for row in living(by_id)} == {"", "pat-001"}


def test_the_committed_export_is_what_the_generator_writes() -> None:
    committed = {path.name: path.read_bytes() for path in HEALTHY.iterdir()}
    assert committed == export()


def test_all_forms_hold_the_same_resources(tmp_path: Path) -> None:
    plain = export()
    assert set(plain) == {*(f"{kind}.ndjson" for kind in TYPES), MANIFEST}
    with zipfile.ZipFile(io.BytesIO(export("zip")["export.zip"])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == plain
    del plain[MANIFEST]
    written = {path.name: path.read_bytes() for path in write_export(tmp_path, "ndjson.gz")}
    del written[MANIFEST]
    assert {name: gzip.decompress(content) for name, content in written.items()} == {
        f"{name}.gz": content for name, content in plain.items()
    }
    bundle = json.loads(export("bundle")["export.json"])
    lines = [json.loads(line) for content in plain.values() for line in content.splitlines()]
    assert [entry["resource"] for entry in bundle["entry"]] == lines
    assert [row for each in rows().values() for row in each] == lines
    assert not any("_deleted" in line or line["id"] == "obs-900" for line in lines)


@pytest.mark.parametrize(
    ("form", "switches"), [("ndjson", ExportSwitches()), ("ndjson.gz", ExportSwitches(loses_row=True))]
)
def test_the_manifest_tells_of_each_file(form: Form, switches: ExportSwitches) -> None:
    files = export(form, switches)
    told = json.loads(files.pop(MANIFEST))
    assert {"transactionTime", "request", "requiresAccessToken", "output", "error"} == told.keys()
    assert {each["url"] for each in told["output"]} == files.keys()
    for each in told["output"]:
        content = files[each["url"]]
        assert each["extension"] == {SHA256: hashlib.sha256(content).hexdigest()}
        lines = (gzip.decompress(content) if form == "ndjson.gz" else content).splitlines()
        assert {json.loads(line)["resourceType"] for line in lines} == {each["type"]}
        assert len(lines) == each["count"]


def test_line_ends() -> None:
    usual = export()["Patient.ndjson"]
    other = export(switches=ExportSwitches(line_end="crlf", final_newline=False))["Patient.ndjson"]
    assert usual.endswith(b"}\n")
    assert b"\r" not in usual
    assert other.endswith(b"}")
    assert other.count(b"\r\n") == 11
    assert other.replace(b"\r\n", b"\n") + b"\n" == usual


def test_the_command_writes_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "a"), "--form", "zip", "--fault", "DH-NHSNO-01"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'a' / 'export.zip'}\n"
    assert main([str(tmp_path / "b")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == export()
    assert main([str(tmp_path / "c"), "--decoy", "no-such-decoy"]) == 2
    assert "crlf-ndjson" in capsys.readouterr().err
