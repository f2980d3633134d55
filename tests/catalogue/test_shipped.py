"""The profiles that are shipped: every one is valid, has its sources, and keeps its ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from checker.catalogue.assemble import assemble, own_rows
from checker.catalogue.compiled import compile_index, unpack
from checker.catalogue.library import Library
from checker.catalogue.rows import Row, rows_of
from checker.cli.compose import profile, registry
from checker.resources import data

LIBRARY = Library(plugins=False)
NAMES = LIBRARY.names()


def defined_by(name: str) -> dict[str, Row]:
    """The rows that a profile defines itself, those of its obligations among them."""
    source = LIBRARY.find(name)
    return own_rows(LIBRARY, source, LIBRARY.read(source))


@pytest.mark.parametrize("name", NAMES)
def test_it_assembles_and_is_called_as_its_folder(name: str) -> None:
    found = assemble(LIBRARY, LIBRARY.find(name))
    assert found.id == name
    assert found.rows
    assert not found.changes


@pytest.mark.parametrize("name", NAMES)
def test_its_sources_speak_of_every_row(name: str) -> None:
    text = data("profiles").joinpath(name, "sources.md").read_text(encoding="utf-8")
    document = LIBRARY.read(LIBRARY.find(name))
    for id in rows_of(document, name, ours=True):
        assert id in text, f"{id} is not in the sources of {name}"
    groups = re.findall(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+(?:-[A-Z0-9]+)*", text)
    for id in defined_by(name):  # what obligations become is named by the stem of their ids
        assert id in text or any(id.startswith(f"{one}-") for one in groups), f"{id} is not in the sources of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_why_it_matters(name: str) -> None:
    for row in assemble(LIBRARY, LIBRARY.find(name)).rows.values():
        for field in ("summary", "rationale", "fix"):
            assert len(row.data.get(field, "")) > 20, f"{row.id}: {field}"
        assert "url" in row.data["clause"]


def test_the_baseline_is_all_of_these() -> None:
    found = assemble(LIBRARY, LIBRARY.find("baseline"))
    assert found.includes == [
        "fhir-r4-rest@0.1.0",
        "api-security@0.1.0",
        "tls-ncsc@0.1.0",
        "access-control@0.1.0",
        "api-hardening@0.1.0",
        "nhs-number@0.1.0",
        "export-basics@0.1.0",
        "data-handling@0.1.0",
    ]
    assert len(found.rows) == 142


def test_the_ledger_holds_every_row_where_it_is() -> None:
    defined = {id: name for name in NAMES for id in defined_by(name)}
    in_force = {id: entry.profile for id, entry in LIBRARY.ledger.items() if not entry.withdrawn}
    assert defined == in_force, "add new ids to profiles/ledger.yaml; never remove or move one: mark it withdrawn"


def test_an_included_row_is_defined_once() -> None:
    ids = [id for name in NAMES for id in defined_by(name)]
    assert len(ids) == len(set(ids))


def test_the_strict_reader_and_an_ordinary_one_see_the_same_words() -> None:
    for name in NAMES:
        source = LIBRARY.find(name)
        ordinary = yaml.load(source.file.read_bytes(), Loader=yaml.BaseLoader)  # every scalar is text
        strict = LIBRARY.read(source).data
        assert [row["summary"] for row in strict.get("requirements", [])] == [
            row["summary"] for row in ordinary.get("requirements", [])
        ]


def test_only_what_the_law_says_is_called_law() -> None:
    for name in NAMES:
        for row in assemble(LIBRARY, LIBRARY.find(name)).rows.values():
            law = row.data["clause"]["standard"] in {
                *("ISB 0149", "DCB0129", "DCB3058", "UK GDPR", "Data Protection Act 2018"),
                *("DCB0160", "Medical Devices Regulations 2002"),
                "Medical Devices (Post-market Surveillance Requirements) (Amendment) (Great Britain) Regulations 2024",
                "Equality Act 2010",
                "Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations 2018",
                *("Procurement Act 2023", "Procurement Regulations 2024"),
                *("ISB 0149", "DCB0129", "DCB3058", "UK GDPR", "Data Protection Act 2018", "Modern Slavery Act 2015"),
            }
            assert (row.data["basis"] == "L") == law, row.id


def test_a_row_that_was_not_read_at_its_source_does_not_count() -> None:
    unread = {
        *(f"DH-NHSNO-{number:02}" for number in (3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14)),
        *("DH-SENS-04", "DH-SENS-06", "DH-SENS-08"),
        "DH-AUD-06",
        *("FHIR-OP-001", "FHIR-OP-002", "FHIR-RES-001", "FHIR-VAL-001"),
    }
    rows = assemble(LIBRARY, LIBRARY.find("baseline")).rows.values()
    assert {row.id for row in rows if not row.data["confirmed"]} == unread, "say in sources.md what was read, and when"


def test_all_of_them_compile() -> None:
    root = data("profiles")
    assert isinstance(root, Path)
    files = sum(1 + len(LIBRARY.read(LIBRARY.find(name)).data.get("obligations", [])) for name in NAMES)
    assert len(unpack(compile_index(root))) == files + 1, "and the ledger"


def test_the_readme_says_how_many_requirements_there_are() -> None:
    text = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    said = {name: int(count) for name, count in re.findall(r"^\| `([a-z0-9-]+)` \| (\d+) \|", text, re.MULTILINE)}
    assert said == {name: len(assemble(LIBRARY, LIBRARY.find(name)).rows) for name in LIBRARY.names()}
    assert f"{said['baseline']} requirements" in text


def test_the_gate_asks_for_hazards_and_a_buyer_who_asks_for_none_is_seen(tmp_path: Path) -> None:
    known = registry()
    assert profile("tender-gate", known).settings.waivers_name_hazards == ("nhs-number", "restricted")
    mine = tmp_path / "mine.yaml"
    head = 'id: mine\nversion: "1"\ntitle: Mine\ninclude: [{profile: tender-gate}]\n'
    mine.write_text(head, "utf-8")
    assert profile(str(mine), known).settings.waivers_name_hazards == ("nhs-number", "restricted")
    mine.write_text(head + "settings: {waivers-name-hazards: []}\n", "utf-8")
    found = profile(str(mine), known)
    assert found.settings.waivers_name_hazards == ()
    assert [(one.verb, one.detail) for one in found.changes] == [
        ("set", "waivers-name-hazards: ['nhs-number', 'restricted'] → []")
    ]
