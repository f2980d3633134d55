"""The generator writes the same bytes for the same options, in flat memory, and every place of its truth is true."""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier import nhs_number
from fixtures.supplier.manifest import SHA256
from tests.bench import make_export
from tests.bench.exports import Options, truth, write_export
from tests.bench.exports.files import NdjsonFile
from tests.bench.exports.kinds import KINDS, standard
from tests.bench.exports.layout import FEWEST_RESOURCES
from tests.bench.exports.plan import by_rate, of_all
from tests.bench.exports.template import dumped
from tests.bench.exports.truth import Row

MANY = 3_300
"""Enough for each fault and each decoy once."""


def everything(*, anonymised: bool = False, **more: int) -> dict[str, int]:
    """Each fault and each decoy once, with those that are seeded only by name."""
    return {
        **of_all(1, anonymised=anonymised, decoys=False),
        **of_all(1, anonymised=anonymised, decoys=True),
        **more,
    }


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def resources_of(export: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(export.glob("*.ndjson")):
        for line in path.read_bytes().splitlines():
            yield json.loads(line)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("healthy"), Options(resources=1_500, seed=5)).export


# The same bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("anonymised", [False, True])
def test_the_same_options_give_the_same_bytes(tmp_path: Path, form: Any, anonymised: bool) -> None:
    faults = {"copied-resource": 5, "dangling-reference": 5, "order-number": 5, "value-as-text": 5}
    for folder in ("one", "other"):
        options = Options(resources=1_500, seed=3, form=form, anonymised=anonymised, faults=faults)
        write_export(tmp_path / folder, options)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "other")


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_export(tmp_path / str(seed), Options(resources=300, seed=seed))
    one, other = ({each["id"] for each in resources_of(tmp_path / seed / "export")} for seed in "12")
    assert not one & other


def test_gzip_and_zip_hold_the_same_lines(tmp_path: Path) -> None:
    exports = {
        form: write_export(tmp_path / form, Options(resources=300, form=form)).export
        for form in ("plain", "gzip", "zip")
    }
    plain = {path.name: path.read_bytes() for path in exports["plain"].glob("*.ndjson")}
    assert {path.name[:-3]: gzip.decompress(path.read_bytes()) for path in exports["gzip"].glob("*.gz")} == plain
    with zipfile.ZipFile(exports["zip"] / "export.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"} == plain


# Memory --------------------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted while it writes: objects that the collector knows of, and bytes that wait in buffers."""
    alive: list[int] = []
    waiting: list[int] = []
    flush = NdjsonFile._flush

    def counted(self: NdjsonFile, but_last: int = 0) -> None:
        if self.path.name == "Encounter.ndjson":  # it fills its buffer less often than the observations do
            gc.collect()
            alive.append(len(gc.get_objects()))
        waiting.append(self._held)
        flush(self, but_last)

    monkeypatch.setattr(NdjsonFile, "_flush", counted)
    write_export(tmp_path, Options(resources=14_000, faults=everything()))
    assert len(alive) >= 3
    assert max(alive) - alive[0] < 500, "14,000 resources come and go"
    assert max(waiting) < 600_000


# What is in it -------------------------------------------------------------------------------


@pytest.mark.parametrize("resources", [FEWEST_RESOURCES, 57, 100, 999, 6_001])
def test_there_are_as_many_resources_as_asked(tmp_path: Path, resources: int) -> None:
    faults = everything() if resources > 6_000 else {}
    written = write_export(tmp_path, Options(resources=resources, faults=faults))
    assert written.resources == resources
    assert sum(1 for _ in resources_of(written.export)) == resources


def test_the_mix_is_that_of_a_practice(healthy: Path) -> None:
    count = {path.stem: len(path.read_bytes().splitlines()) for path in healthy.glob("*.ndjson")}
    assert set(count) == {
        *("Patient", "Observation", "Condition", "MedicationRequest", "AllergyIntolerance", "Encounter"),
        *("Immunization", "DocumentReference", "Organization", "Practitioner", "PractitionerRole", "Location"),
    }
    assert count["Patient"] == 120
    assert count["Observation"] > count["Encounter"] > count["Patient"]


def test_every_id_stands_once_and_every_reference_leads_to_one(healthy: Path) -> None:
    ids = [f"{one['resourceType']}/{one['id']}" for one in resources_of(healthy)]
    assert len(set(ids)) == len(ids)
    text = b"".join(path.read_bytes() for path in healthy.glob("*.ndjson")).decode()
    references = set(re.findall(r'"reference":"([^"]+)"', text))
    assert references
    assert references <= set(ids)


def test_all_people_are_invented(healthy: Path) -> None:
    """Numbers nobody is given, telephone numbers for drama, addresses for examples, postcodes of no place."""
    text = b"".join(path.read_bytes() for path in healthy.glob("*.ndjson")).decode()
    numbers = re.findall(r'nhs-number","value":"(\d{10})"', text)
    assert len(set(numbers)) == len(numbers) == 120
    assert all(number.startswith("999") and nhs_number.is_valid(number) for number in numbers)
    phones = re.findall(r'"system":"phone","value":"([^"]+)"', text)
    assert phones
    assert all(re.fullmatch(r"01632 960\d{3}|07700 900\d{3}", phone) for phone in phones)
    assert set(re.findall(r"@([\w.]+)", text)) == {"example.org", "example.com", "example.net"}
    postcodes = re.findall(r'"postalCode":"([^"]+)"', text)
    assert all(re.fullmatch(r"ZZ[1-8]?\d \d[A-Z]{2}", postcode) for postcode in postcodes)


def test_a_release_names_nobody(tmp_path: Path) -> None:
    export = write_export(tmp_path, Options(resources=1_500, anonymised=True)).export
    text = b"".join(path.read_bytes() for path in export.glob("*.ndjson")).decode()
    for mark in ("nhs-number", '"family"', '"patient1@', '"data"'):
        assert mark not in text
    patients = [one for one in resources_of(export) if one["resourceType"] == "Patient"]
    assert all(set(one["address"][0]) == {"use", "district", "country"} for one in patients)
    classes: dict[tuple[str, ...], int] = {}
    for one in patients:
        group = one["birthDate"], one["gender"], one["address"][0]["district"]
        classes[group] = classes.get(group, 0) + 1
    assert min(classes.values()) >= 10
    assert all(len(born) == 4 for born, _, _ in classes)


def test_two_recipients_have_no_pseudonym_in_common(tmp_path: Path) -> None:
    found = []
    for recipient in ("one", "other"):
        options = Options(resources=1_500, anonymised=True, recipient=recipient, faults={"pseudonym-for-all": 3})
        export = write_export(tmp_path / recipient, options).export
        patients = (one for one in resources_of(export) if one["resourceType"] == "Patient")
        found.append({one["identifier"][0]["value"] for one in patients})
    assert len(found[0] & found[1]) == 3, "those with the fault"


def test_what_a_fault_went_through_is_written_like_the_rest(tmp_path: Path) -> None:
    export = write_export(tmp_path, Options(resources=MANY, faults=everything())).export
    for path in export.glob("*.ndjson"):
        for line in path.read_bytes().splitlines():
            assert dumped(json.loads(line)).encode() == line


@pytest.mark.parametrize("form", ["plain", "gzip", "zip"])
def test_the_manifest_is_true(tmp_path: Path, form: Any) -> None:
    export = write_export(tmp_path, Options(resources=300, form=form)).export
    if form == "zip":
        with zipfile.ZipFile(export / "export.zip") as archive:
            archive.extractall(export)
    told = json.loads((export / "manifest.json").read_bytes())
    for output in told["output"]:
        data = (export / output["url"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == output["extension"][SHA256]
        lines = gzip.decompress(data) if form == "gzip" else data
        assert output["count"] == len(lines.splitlines())
        assert all(json.loads(line)["resourceType"] == output["type"] for line in lines.splitlines())
    assert {output["url"] for output in told["output"]} == {path.name for path in export.glob("*.ndjson*")}


# The truth -----------------------------------------------------------------------------------


@pytest.mark.parametrize("anonymised", [False, True])
def test_every_row_of_the_truth_leads_to_its_place(tmp_path: Path, anonymised: bool) -> None:
    apart = {"malformed-line": 2, "latin-1-line": 1}
    options = Options(resources=MANY, anonymised=anonymised, faults=everything(anonymised=anonymised, **apart))
    written = write_export(tmp_path, options)
    known = truth.read(written.truth)
    assert known.resources == MANY
    assert {row.name for row in known.rows} == {name for name, count in options.faults.items() if count}
    files = bytes_of(written.export)
    for row in known.rows:
        assert row.breaks
        if row.line:
            leads_there(files, row)


def leads_there(files: dict[str, bytes], row: Row) -> None:
    data = files[row.path]
    line = data[row.offset :].split(b"\n", 1)[0]
    assert data[: row.offset].count(b"\n") == row.line - 1
    if row.name == "malformed-line":
        with pytest.raises(json.JSONDecodeError):
            json.loads(line)
        return
    if row.name == "latin-1-line":
        with pytest.raises(UnicodeDecodeError):
            line.decode()
        return
    resource = json.loads(line)
    assert (resource["resourceType"], resource["id"]) == (row.type, row.id)
    assert line.endswith(b"\r") == (row.name == "crlf-line")
    node: Any = resource
    for step in row.pointer.split("/")[1:-1]:  # the last step may be what is missing
        node = node[int(step)] if isinstance(node, list) else node[step]
    if row.other is not None:
        before = files[row.other.path][row.other.offset :].split(b"\n", 1)[0]
        assert json.loads(before)["resourceType"] == "Patient"


def test_faults_of_whole_files_are_made(tmp_path: Path) -> None:
    names = [kind.name for kind in KINDS.values() if kind.change is None]
    written = write_export(tmp_path, Options(resources=300, faults=dict.fromkeys(names, 1)))
    rows = {row.name: row for row in truth.read(written.truth).rows}
    assert set(rows) == set(names)
    told = json.loads((written.export / "manifest.json").read_bytes())
    urls = {one["url"] for one in told["output"]}
    assert "Procedure.ndjson" in urls
    assert not (written.export / "Procedure.ndjson").exists()
    assert "PractitionerRole.ndjson" not in urls
    location = rows["number-in-file-name"].path
    assert nhs_number.is_valid(re.sub(r"\D", "", location))
    assert (written.export / location).exists()
    cut = rows["truncated-last-line"]
    data = (written.export / cut.path).read_bytes()
    assert not data.endswith(b"\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(data[cut.offset :])
    assert json.loads(data[: cut.offset].splitlines()[-1])["resourceType"] == "Observation"


def test_no_two_faults_meet_in_one_household(tmp_path: Path) -> None:
    options = Options(resources=MANY, faults=by_rate(0.5, MANY, anonymised=False))
    seen: dict[str, tuple[str, int]] = {}
    for row in truth.read(write_export(tmp_path, options).truth).rows:
        assert seen.setdefault(row.id or row.name, (row.name, row.occurrence)) == (row.name, row.occurrence)


def test_there_are_decoys_enough() -> None:
    decoys = [kind for kind in KINDS.values() if kind.decoy]
    assert len(decoys) >= 25
    assert all((kind.breaks and kind.told.endswith(".")) or kind.told.endswith(")") for kind in KINDS.values())
    assert len(standard(anonymised=False)) > 60


# Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--resources", "3"], "An export has"),
        (["--faults", "no-such-fault"], "no kind of fault"),
        (["--faults", "nine-digits=x"], "has no count"),
        (["--faults", "nine-digits=1000"], "too many"),
        (["--faults", "name-kept"], "only be in an export that is anonymised"),
        (["--faults", "ungrouped-narrative", "--anonymised"], "only be in an export that is identified"),
        (["--faults", "manifest-wrong-count=2"], "1 times at most"),
        (["--fault-rate", "0.9"], "0 to 0.5"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert make_export.main(["--out", str(tmp_path / "out"), *arguments]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_kinds_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_export.main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(KINDS)


def test_the_command_writes_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path), "--resources", str(MANY), "--faults", "all,nine-digits=2", "--decoys", "1"]
    assert make_export.main(out) == 0
    assert f"{MANY:,} resources" in capsys.readouterr().out
    rows = truth.read(tmp_path / "truth.json").rows
    assert sum(row.name == "nine-digits" for row in rows) == 2
