"""CSV and Parquet by a mapping of their columns: what rows become, and what is said of those that cannot be read."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.checks.fhir_conforms import CONFORMS, ConformsParams
from checker.checks.nhs_number import NHS_NUMBER_VALID, NhsNumberParams
from checker.engine.mapping_file import MappingFault, read_mapping, with_tables
from checker.engine.scans import ScanJob, finish_scan, scan_artefacts
from checker.engine.scans.pool import Pool
from checker.engine.scans.work import Surroundings
from checker.model.supplier import ArtefactRef, Limits
from checker.model.table import Table, steps_of, table_for
from checker.model.value import canonical
from checker.model.verdict import Finding
from checker.probes.source import Source, walk_source
from checker.probes.source.kinds import parts_of
from checker.probes.source.survey import survey
from tests.scans.samples import PLAIN_JOBS, SALT, zipped

MAPPING = b"""
tables:
  - resource: Patient
    columns:
      NHS: {path: "Patient.identifier[nhs].value", role: direct}
      NAME: {path: "name[0].family", role: direct}
      BORN: {path: birthDate, dates: DD/MM/YYYY, roles: [quasi, date]}
      SEX: {path: gender, values: {M: male, F: female}, role: quasi, optional: true}
      DEAD: {path: deceasedBoolean, form: boolean, optional: true}
      ETHNIC:
        path: extension('https://fhir.hl7.org.uk/x').valueCodeableConcept.coding[0].code
        role: sensitive
        optional: true
      NOTES: {role: free-text, optional: true}
    fixed:
      "identifier[nhs].system": https://fhir.nhs.uk/Id/nhs-number
      "extension('https://fhir.hl7.org.uk/x').valueCodeableConcept.coding[0].system": https://fhir.hl7.org.uk/y
      active: true
"""
TABLES = read_mapping(MAPPING, "m.yaml")
NHS = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
ROWS = read_mapping(b"tables: [{columns: {A: {role: quasi}, B: {role: free-text}}}]", "m.yaml")


def read(
    path: Path, data: bytes | None = None, tables: tuple[Table, ...] = TABLES, **limits: Any
) -> tuple[list[Any], Source]:
    if data is not None:
        path.write_bytes(data)
    source = walk_source(path, Limits(**limits), tables=tables)
    return [json.loads(chunk.data) for chunk in source], source


def test_a_row_becomes_a_resource(tmp_path: Path) -> None:
    data = b"NHS,NAME,BORN,SEX,DEAD,ETHNIC\r\n9990000018,Smith,01/02/1980,M,true,A\r\n,Jones,,,,\r\n"
    found, source = read(tmp_path / "p.csv", data)
    assert found[0] == {
        "resourceType": "Patient",
        "identifier": [{"value": "9990000018", "system": NHS["system"]}],
        "name": [{"family": "Smith"}],
        "birthDate": "1980-02-01",
        "gender": "male",
        "deceasedBoolean": True,
        "extension": [
            {
                "url": "https://fhir.hl7.org.uk/x",
                "valueCodeableConcept": {"coding": [{"code": "A", "system": "https://fhir.hl7.org.uk/y"}]},
            }
        ],
        "active": True,
    }
    assert found[1] == {"resourceType": "Patient", "name": [{"family": "Jones"}], "active": True}
    assert (source.unreadable.count, source.problem) == (0, "")


def test_columns_without_a_place_stay_in_a_row_of_their_own(tmp_path: Path) -> None:
    found, _ = read(tmp_path / "p.csv", b'NOTES,NHS,NAME,BORN\n"seen\n""twice"", ok",9990000018,,\n')
    assert found[1] == {"resourceType": "Row", "column": {"NOTES": 'seen\n"twice", ok'}}
    assert found[0]["identifier"] == [NHS]


def test_what_a_spreadsheet_broke_stays_as_it_is(tmp_path: Path) -> None:
    found, _ = read(tmp_path / "p.csv", b"NHS,NAME,BORN\n9.99E+09,a,1-Feb\n999000001,b,44197\n 9990000018,c,\n")
    assert [one["identifier"][0]["value"] for one in found] == ["9.99E+09", "999000001", " 9990000018"]
    assert [one.get("birthDate") for one in found] == ["1-Feb", "44197", None]


def test_positions_are_where_rows_begin(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbfA,B\r\n1,"two\nlines"\r\n\r\n3,4'
    path = tmp_path / "p.csv"
    path.write_bytes(data)
    offsets = [chunk.locator.offset for chunk in walk_source(path, Limits(), tables=ROWS)]
    assert [data[offset : offset + 2] for offset in offsets] == [b"1,", b"3,"]


def test_delimiters_and_declared_encodings(tmp_path: Path) -> None:
    tables = read_mapping(b"tables: [{delimiter: tab, encoding: windows-1252, columns: {A: {}, B: {}}}]", "m.yaml")
    found, source = read(tmp_path / "p.tsv", b"A\tB\ncaf\xe9,\t\x80\n\x81\tx\n", tables)
    assert found == [{"resourceType": "Row", "column": {"A": "café,", "B": "€"}}]
    assert source.unreadable.examples == ("p.tsv@12: not valid windows-1252 at byte 0 from there",)


BAD: dict[str, tuple[bytes, list[str], list[str]]] = {
    "ragged": (b"A,B\n1,2\n3\n4,5,6\n7,8\n", ["1", "7"], [
        "x.csv@10: a row of 3 fields under a header of 2",
        "x.csv@8: a row of 1 fields under a header of 2",
    ]),
    "mixed encodings": (b"A,B\n1,caf\xc3\xa9\n2,caf\xe9\n3,x\n", ["1", "3"], [
        "x.csv@12: not valid utf-8 at byte 5 from there"
    ]),
    "a NUL": (b"A,B\n1,\0\n2,x\n", ["2"], ["x.csv@4: a NUL byte in a row"]),
    "a quote inside": (b'A,B\n1,5" pipe\n2,x\n', ["2"], ["x.csv@4: a quote within a field that is not quoted"]),
    "a quote not closed": (b'A,B\n1,"pipe\n2,x\n3,y\n', ["2", "3"], ["x.csv@4: a quoted field is not closed"]),
    "a quote closed too late": (b'A,B\n1,"pipe\n2,x\n3,"y"\n', ["2", "3"], [
        "x.csv@4: a quoted field is not closed"
    ]),
    "a quote that swallows a row": (b'A,B\n1,"pipe\n2,x\n3",y\n4,z\n', ["2", "4"], [
        "x.csv@16: a quote within a field that is not quoted",
        "x.csv@4: a row of 3 fields under a header of 2",
    ]),
    "text after a quoted field": (b'A,B\n"1" x,y\n2,z\n', ["2"], [
        "x.csv@4: a row that is not quoted as RFC 4180 has it"
    ]),
    "a lone CR": (b"A,B\n1,x\r2,y\n3,z\n", ["3"], ["x.csv@4: a row that is not quoted as RFC 4180 has it"]),
    "a long line": (b"A,B\n1," + b"x" * 3000 + b"\n2,y\n", ["2"], ["x.csv@4: a line longer than 2000 bytes"]),
    "a column more": (b"A,B,MORE\n1,2,3\n", ["1"], [
        "x.csv@0: column 3 (MORE) is not in the mapping, so nobody looked at it"
    ]),
    "a column less": (b"A\n1\n", ["1"], ["x.csv@0: there is no column B"]),
    "no header": (b"9990000018,Smith\n9990000026,Jones\n", [], [
        "x.csv@0: the first row names none of the columns of the mapping"
    ]),
    "two alike": (b"A,B,A\n1,2,3\n", [], ["x.csv@0: two columns have the same name"]),
    "empty": (b"", [], ["x.csv@0: the file is empty"]),
    "UTF-16": ("A,B\n1,2\n".encode("utf-16"), [], ["x.csv@0: the text is UTF-16, and the mapping says utf-8"]),
    "a header that is no row": (b'A"x,B\n1,2\n', [], [
        "x.csv@0: the header cannot be read: a quote within a field that is not quoted"
    ]),
    "a person in the header": (b"A,B,Smith 9990000018\n1,2,3\n", ["1"], [
        "x.csv@0: column 3 is not in the mapping, so nobody looked at it"
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_told_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    data, values, said = BAD[name]
    found, source = read(tmp_path / "x.csv", data, ROWS, max_resource_bytes=2000)
    assert [one["column"]["A"] for one in found] == values
    assert list(source.unreadable.examples) == said


def test_a_gzip_that_ends_too_early_loses_no_row_before(tmp_path: Path) -> None:
    text = b"A,B\n" + b"".join(b"%d,%d\n" % (n, random.Random(n).getrandbits(200)) for n in range(2000))
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(text)[:-2000])
    found, source = read(path, None, ROWS)
    assert [one["column"]["A"] for one in found] == [str(n) for n in range(len(found))]
    assert len(found) > 1000
    (said,) = source.unreadable.examples
    offset = int(said.split("@")[1].split(":")[0])
    assert said.endswith("the gzip data ends too early")
    assert text[offset:].startswith(b"%d," % len(found))


def test_in_folders_and_zips_each_by_its_table(tmp_path: Path) -> None:
    tables = read_mapping(
        b"tables: [{files: [a*.csv], columns: {A: {}}}, {files: [in/b.csv], columns: {B: {}}}]", "m.yaml"
    )
    (tmp_path / "a1.csv").write_bytes(b"A\n1\n")
    (tmp_path / "c.csv").write_bytes(b"C\n1\n")
    (tmp_path / "x.zip").write_bytes(zipped({"in/b.csv": b"B\n2\n", "d.csv": b"D\n1\n", "p.parquet": b"PAR1"}))
    found, source = read(tmp_path, None, tables)
    assert found == [{"resourceType": "Row", "column": {"A": "1"}}, {"resourceType": "Row", "column": {"B": "2"}}]
    assert source.unreadable.examples == (
        "c.csv@0: a table without a mapping of its columns",
        "x.zip!/d.csv@0: a table without a mapping of its columns",
        "x.zip!/p.parquet@0: a Parquet file inside a zip is not read",
    )


def test_a_single_file_without_a_mapping_is_told_of(tmp_path: Path) -> None:
    found, source = read(tmp_path / "x.csv", b"A\n1\n", ())
    assert (found, source.unreadable.examples) == ([], ("x.csv@0: a table without a mapping of its columns",))


cells = st.sampled_from(["", "a", "9990000018", "café", "x y", "-"])
quoted_cells = st.sampled_from(['"a,b"', '"two\nlines"', '"say ""so"""', '"', 'a"b', "\r", "\0", "\udcff"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(cells | quoted_cells, min_size=1, max_size=3), max_size=12),
    st.booleans(),
    st.integers(5, 200),
)
def test_however_a_table_is_divided_the_same_is_said(
    tmp_path: Path, rows: list[list[str]], plain: bool, stride: int
) -> None:
    text = "\n".join(["A,B", *(",".join(row) for row in rows)])
    data = (text.replace('"', "") if plain else text).encode("utf-8", "surrogateescape")
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    tables = {"e": ROWS}
    whole, divided = (
        scan_artefacts([("e", path)], PLAIN_JOBS, salt=SALT, limits=Limits(), stride=one, tables=tables)
        for one in (10**9, stride)
    )
    assert canonical([whole.states, whole.noted, whole.noted_examples]) == canonical(
        [divided.states, divided.noted, divided.noted_examples]
    )


def test_only_what_has_no_quotes_is_divided(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"A,B\n" + b"1,2\n" * 100)
    (tmp_path / "b.csv").write_bytes(b"A,B\n" + b'1,"2"\n' * 100)
    files = survey("e", tmp_path, "", ROWS).files
    assert [len(list(parts_of(file, 100, Limits()))) for file in files] == [5, 1]


def test_the_same_in_a_pool(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"NHS,NAME,BORN\n" + b"9990000018,A,\n9990000019,B,\n" * 500)
    jobs = [ScanJob(scan=NHS_NUMBER_VALID, params=NhsNumberParams())]
    one, two = (
        scan_artefacts(
            [("e", tmp_path)],
            jobs,
            salt=SALT,
            limits=Limits(),
            stride=2000,
            tables={"e": TABLES},
            engine=by,
            surroundings=Surroundings(modules=("checker.checks.nhs_number",)),
        )
        for by in (None, Pool(2))
    )
    assert canonical(one.states) == canonical(two.states)
    assert one.states[0] is not None
    said = list(finish_scan(NHS_NUMBER_VALID, NhsNumberParams(), [one.states[0].state]))
    assert sum(found.count for found in said if isinstance(found, Finding)) == 500


def test_rows_are_nothing_that_fhir_defines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"A,B\n1,2\n")
    jobs = [ScanJob(scan=CONFORMS, params=ConformsParams())]
    found = scan_artefacts([("e", tmp_path)], jobs, salt=SALT, limits=Limits(), tables={"e": ROWS})
    assert found.states[0] is not None
    assert list(finish_scan(CONFORMS, ConformsParams(), [found.states[0].state])) == []


# Mappings ------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[bytes, str]] = {
    "twice": (b"tables: [{columns: {A: {}, A: {}}}]", "the key 'A' stands twice"),
    "unknown role": (b"tables: [{columns: {A: {role: secret}}}]", "is no 'role' that is known"),
    "unknown key": (b"tables: [{columns: {A: {rol: direct}}}]", "unknown key 'rol'"),
    "no columns": (b"tables: [{resource: Patient}]", "either 'columns' or a 'json-column'"),
    "a path without a resource": (b"tables: [{columns: {A: {path: id}}}]", "the table has no 'resource'"),
    "no such resource": (b"tables: [{resource: Patent, columns: {A: {path: id}}}]", "no resource Patent"),
    "no such element": (b"tables: [{resource: Patient, columns: {A: {path: nam}}}]", "no element 'nam'"),
    "a list": (b"tables: [{resource: Patient, columns: {A: {path: name.family}}}]", "'name' is a list"),
    "no list": (b'tables: [{resource: Patient, columns: {A: {path: "gender[0]"}}}]', "'gender' is no list"),
    "no value": (b'tables: [{resource: Patient, columns: {A: {path: "name[0]"}}}]', "no value but a HumanName"),
    "beyond a value": (b"tables: [{resource: Patient, columns: {A: {path: gender.x}}}]", "'gender' has no elements"),
    "no path": (b"tables: [{resource: Patient, columns: {A: {path: 'a b'}}}]", "a dot is expected at character 2"),
    "an extension without a URL": (
        b"tables: [{resource: Patient, columns: {A: {path: 'extension[0].valueString'}}}]",
        "which one is said by its URL",
    ),
    "not UTF-8": (b"tables: \xff", "not UTF-8"),
    "an alias": (b"a: &a [1]\ntables: *a", "an alias"),
    "a fixed list": (b"tables: [{resource: Patient, columns: {A: {path: id}}, fixed: {name: x}}]", "'name' is a list"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_mapping_that_cannot_be_used_is_a_fault_with_its_line(name: str) -> None:
    data, said = FAULTS[name]
    with pytest.raises(MappingFault) as caught:
        read_mapping(data, "m.yaml")
    assert said in caught.value.what
    assert caught.value.where.startswith("m.yaml:")
    assert caught.value.next_step


def test_a_mapping_lies_beside_its_file_or_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(b"A,B\n")
    (tmp_path / "in" / "a.mapping.yaml").write_bytes(b"tables: [{columns: {A: {}}}]")
    (tmp_path / "other.yaml").write_bytes(b"tables: [{files: [b.csv], columns: {B: {}}}]")
    for location in ("in", "in/a.csv"):
        ref = with_tables(ArtefactRef(id="e", kind="export", location=location), tmp_path, "other.yaml")
        found = table_for("in/a.csv", ref.tables)
        assert found is not None
        assert found.columns[0].name == "A"
        assert table_for("b.csv", ref.tables) is ref.tables[0]
    with pytest.raises(MappingFault, match="cannot be read"):
        with_tables(ArtefactRef(id="e", kind="export", location="in"), tmp_path, "not-there.yaml")


def test_roles_are_kept() -> None:
    (table,) = TABLES
    assert [column.name for column in table.columns_of("quasi")] == ["BORN", "SEX"]
    assert steps_of("Patient.name[0].given[1]", "Patient") == steps_of("name[0].given[1]")


# Parquet -------------------------------------------------------------------------------------

parquet = pytest.importorskip("pyarrow.parquet")
arrow = pytest.importorskip("pyarrow")


def write(path: Path, columns: dict[str, list[Any]], rows: int = 10**6) -> None:
    parquet.write_table(arrow.table(columns), path, row_group_size=rows)


def test_a_column_of_json(tmp_path: Path) -> None:
    texts = [json.dumps({"resourceType": "Basic", "id": f"{n}"}) for n in range(5)]
    write(tmp_path / "one.parquet", {"anything": texts}, rows=2)
    write(tmp_path / "two.parquet", {"id": [1, 2, 3], "resource": [texts[0], None, texts[1]]})
    write(tmp_path / "three.parquet", {"id": [1], "more": ["x"]})
    found, source = read(tmp_path, None, ())
    assert [one["id"] for one in found] == ["0", "1", "2", "3", "4", "0", "1"]
    assert source.unreadable.examples == (
        "three.parquet@0: columns without a mapping, and none of them is called resource",
        "two.parquet@1: an empty value where a resource is expected",
    )


def test_columns_by_a_mapping_reach_the_checks_as_text(tmp_path: Path) -> None:
    import datetime

    columns: dict[str, list[Any]] = {
        "NHS": [9990000018, None],
        "NAME": ["Ål", "x"],
        "BORN": [datetime.date(1980, 2, 1), None],
        "DEAD": [True, False],
        "OTHER": [1.5, 2.5],
    }
    write(tmp_path / "p.parquet", columns)
    found, source = read(tmp_path / "p.parquet")
    assert found[0]["identifier"] == [{"value": "9990000018", "system": NHS["system"]}]
    assert (found[0]["birthDate"], found[0]["deceasedBoolean"]) == ("1980-02-01", True)
    assert found[1] == {"resourceType": "Patient", "name": [{"family": "x"}], "deceasedBoolean": False, "active": True}
    assert source.unreadable.examples == (
        "p.parquet@0: column 5 (OTHER) is not in the mapping, so nobody looked at it",
    )


def test_row_groups_are_parts_and_show_nothing(tmp_path: Path) -> None:
    write(tmp_path / "p.parquet", {"NHS": [str(9990000000 + n) for n in range(60)], "NAME": ["x"] * 60}, rows=7)
    (listed,) = survey("e", tmp_path, "", TABLES).files
    assert len(list(parts_of(listed, 100, Limits()))) > 3
    whole, divided = (
        scan_artefacts([("e", tmp_path)], PLAIN_JOBS, salt=SALT, limits=Limits(), stride=one, tables={"e": TABLES})
        for one in (10**9, 100)
    )
    assert canonical(whole.states) == canonical(divided.states)
    assert whole.states[0] is not None
    assert whole.states[0].resources == 60


@pytest.mark.parametrize("keep", [0, 3, 4, 50, -1, -10])
def test_a_damaged_file_is_told_of(tmp_path: Path, keep: int) -> None:
    write(tmp_path / "p.parquet", {"resource": ['{"resourceType": "Basic"}'] * 50})
    data = (tmp_path / "p.parquet").read_bytes()
    found, source = read(tmp_path / "p.parquet", data[:keep], ())
    assert found == []
    assert source.unreadable.examples == ("p.parquet@0: the Parquet data is damaged or ends too early",)


def test_without_pyarrow_it_is_a_fault_before_anything_is_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr("checker.probes.source.parquet.find_spec", lambda name: None)
    with pytest.raises(MappingFault, match="Parquet is read with pyarrow") as caught:
        with_tables(ArtefactRef(id="e", kind="export", location="."), tmp_path)
    assert "nhs-standards-checker[parquet]" in caught.value.next_step
    _, source = read(tmp_path / "p.parquet", None, ())
    assert source.unreadable.examples == ("p.parquet@0: Parquet is read with pyarrow, which is not installed here",)
