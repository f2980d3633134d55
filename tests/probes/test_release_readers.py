"""Readers of published tables, of opt-out lists and of the release declaration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.engine.release_file import read_release, with_release
from checker.engine.supplier_file import SupplierFile
from checker.errors import SupplierFault
from checker.model.supplier import ArtefactRef, Limits, Supplier
from checker.probes.opt_out_file import OptOutFile
from checker.probes.published_tables import PublishedTables
from checker.probes.source import walk_source
from tests.scans.samples import GOOD, OTHER


def table(text: str | bytes) -> dict[str, Any]:
    """What is found in one table."""
    reader = PublishedTables()
    data = text.encode() if isinstance(text, str) else text
    for at in range(0, len(data), 7):
        reader.feed(data[at : at + 7])
    reader.end()
    return reader.facts()


def counts(facts: dict[str, Any]) -> dict[str, int]:
    """How often each rule is broken."""
    return {rule: found["count"] for rule, found in facts["faults"].items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Area,Visits\nA,15\nB,*\nC,0\nD,1,005\n", None),
        ('Area,Visits\nA,15\nB,*\nC,0\nD,"1,005"\n', {}),
        ("Area,Visits\nA,7\nB,1\nC,8\n", {"small": 2, "unrounded": 1}),
        ("Area,Visits\nEngland,7\nA,10\n", {}),
        ("Level,Area,Visits\nNational,UK,3\nRegion,A,3\n", {"small": 1}),
        ("Area,Year,Age,Visits\nA,2024,7,10\n", {}),
        ("Area,Men,Women,Total\nA,*,12,17\n", {"unrounded": 2, "recoverable": 1}),
        ("Area,Men,Women,Total\nA,*,10,15\n", {}),
        ("Area,Men,Women,Total\nA,*,*,17\n", {"unrounded": 1}),
        ("Area,Men,Women,Total\nEngland,*,12,17\n", {"recoverable": 1}),
        ("Area,Visits\nA,10\nB,*\nTotal,17\n", {"unrounded": 1, "recoverable": 1}),
        ("Area,Visits\nA,10\nB,*\nEngland,17\n", {}),
        ("Area,Visits\nA,11\nB,*\nEngland,17\n", {"unrounded": 1, "recoverable": 1}),
        ("Area,n,Mean stay\nA,6,2.5\nB,15,2.5\n", {"small": 1, "averages": 1}),
        ("Area,n,Mean stay\nA,*,2.5\nB,15,*\n", {"averages": 1}),
        ("Area,n,Median\nA,10,2.5\nEngland,6,2.5\n", {}),
    ],
)
def test_cells_are_judged_by_the_rules(text: str, found: dict[str, int] | None) -> None:
    facts = table(text)
    if found is None:
        assert facts["tables"] == 0
        assert facts["unread"] == ["table 1: line 5 has not as many cells as there are columns"]
    else:
        assert counts(facts) == found
        assert facts["unread"] == []


def test_places_are_told_and_no_values() -> None:
    facts = table("Area,Visits\nA,10\nB,4\n")
    assert facts["faults"]["small"] == {"count": 1, "places": ["table 1, line 3, column 2"]}


@pytest.mark.parametrize("text", [b"", b"Area,Visits\n", b"\xff\xfe\x00", b'a,b\n"x', b"a\x00,b\n1,2\n"])
def test_what_is_no_table_is_told_and_never_raises(text: bytes) -> None:
    facts = table(text)
    assert facts["tables"] + len(facts["unread"]) == 1


def test_averages_without_the_number_of_people_are_counted() -> None:
    assert table("Area,Mean\nA,2.5\nB,*\n")["averages_without_n"] == 1


def submission(data: bytes) -> dict[str, int]:
    """Which rules the lines of a file break."""
    reader = OptOutFile()
    for at in range(0, len(data), 5):
        reader.feed(data[at : at + 5])
    reader.end()
    facts = reader.facts()
    assert GOOD not in str(facts)
    return counts(facts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{GOOD},\n{OTHER},\n", {}),
        (f"{GOOD},\r\n{OTHER},\n", {"crlf": 1}),
        (f"{GOOD}\n", {"no-comma": 1}),
        (f"{GOOD},\n{GOOD},\n", {"duplicate": 1}),
        ("9990000019,\n", {"check-digit": 1}),
        (f"{GOOD},\n\n", {"blank": 1}),
        (f"{GOOD},\n{OTHER},", {"no-final-line-end": 1}),
        (f"NHS number,\n{GOOD},\n", {"not-a-number": 1}),
        ("999 000 0018,\n", {"not-a-number": 1}),
        (f"{GOOD},{OTHER},\n", {"not-a-number": 1}),
        ("", {}),
    ],
)
def test_the_submitted_file_is_judged_byte_by_byte(text: str, found: dict[str, int]) -> None:
    assert submission(text.encode()) == found


def test_a_line_without_end_is_not_held() -> None:
    reader = OptOutFile()
    for _ in range(100):
        reader.feed(b"9" * 100_000)
    reader.end()
    assert reader.facts()["faults"]["not-a-number"]["count"] == 1


@pytest.mark.parametrize("ending", [",\n", "\n", ",\r\n", " , \n"])
def test_a_list_of_numbers_is_shown_as_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "list.dat"
    path.write_bytes("".join(f"{one}{ending}" for one in (GOOD, OTHER, 'odd "x')).encode())
    source = walk_source(path, Limits())
    found = [chunk.data for chunk in source]
    expected = [b'{"resourceType":"Row","number":"%s"}' % one for one in (GOOD.encode(), OTHER.encode(), b"")]
    assert found == expected
    assert source.problem == ""


def test_json_that_begins_with_a_number_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"9990000018.5")
    assert [chunk.data for chunk in walk_source(path, Limits())] == [b"9990000018.5"]


GOOD_DECLARATION = b"""
name: Weights
publication: open
fields:
  - {path: Patient.gender, roles: [quasi]}
k: 12
"""


def test_a_declaration_is_read() -> None:
    found = read_release(GOOD_DECLARATION, "r.yaml")
    assert (found.name, found.k, found.publication, found.paths("quasi")) == (
        "Weights",
        12,
        "open",
        ("Patient.gender",),
    )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"name: x", "fields"),
        (b"name: x\nfields: []\nname: y", "twice"),
        (b"name: x\nfields: []\nk: many", "k"),
        (b"name: x\nfields: []\nK: 5", "K"),
        (b"name: x\nfields: [{path: Patient.x, roles: [secret]}]", "secret"),
        (b"name: x\nfields: []\nassessment: {k: 5}", "adversary"),
        (b"[", "YAML"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_declaration_that_is_wrong_is_refused_with_its_place(text: bytes, word: str) -> None:
    with pytest.raises(SupplierFault) as refused:
        read_release(text, "r.yaml")
    assert word in str(refused.value)


def test_the_declaration_becomes_part_of_the_supplier(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes(GOOD_DECLARATION)
    reference = ArtefactRef(id="r", kind="release-declaration", location="r.yaml")
    found = with_release(SupplierFile(supplier=Supplier(name="T", artefacts=(reference,)), root=tmp_path))
    assert found.supplier.release is not None
    assert found.supplier.release.k == 12
    plain = SupplierFile(supplier=Supplier(name="T"), root=tmp_path)
    assert with_release(plain) == plain
    for artefacts in ((reference, reference), (ArtefactRef(id="r", kind="release-declaration", location="none"),)):
        with pytest.raises(SupplierFault):
            with_release(SupplierFile(supplier=Supplier(name="T", artefacts=artefacts), root=tmp_path))
