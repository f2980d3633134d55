"""The data dictionary of an export, as a reader takes it."""

from __future__ import annotations

from typing import Any

from checker.checks.exit_codes import _digest
from checker.probes.dictionary import Dictionary, code_digest

YAML = b"""
topics: {units: kilograms, mapping: "  "}
elements:
  - {path: Patient.name, meaning: the name}
  - {path: "Observation.value[x]", description: what was seen}
  - {path: Patient.gender, meaning: ""}
  - {path: "not a path!", meaning: x}
  - just words
code-systems:
  - {system: "https://supplier.example/ward", codes: {W7: Ward 7, 012: "", yes: on}}
not-exported: {history: kept nowhere, audit: ""}
tenant: {ods: [rxx, "RYY", "not a code!"]}
"""


def facts(*files: bytes) -> dict[str, Any]:
    reader = Dictionary()
    for text in files:
        for at in range(0, len(text), 7):
            reader.feed(text[at : at + 7])
        reader.end()
    return reader.facts()


def test_what_it_explains_is_kept_and_no_text_of_it() -> None:
    found = facts(YAML)
    assert found["topics"] == ["units"]
    assert found["elements"] == ["Observation.value", "Patient.name"]
    assert found["unexplained"] == 1
    system = "https://supplier.example/ward"
    assert found["codes"] == {system: sorted([code_digest(system, "W7"), code_digest(system, "yes")])}
    assert (found["not_exported"], found["ods"], found["problems"]) == (["history"], ["RXX", "RYY"], [])
    assert "kilograms" not in str(found)
    assert code_digest("a", "b") == _digest("a", "b")


def test_a_table_adds_to_a_document() -> None:
    table = b'"path","Meaning"\r\nPatient.birthDate,"born, by the register"\r\nPatient.active\r\n'
    found = facts(YAML, table)
    assert found["elements"] == ["Observation.value", "Patient.birthDate", "Patient.name"]
    assert found["unexplained"] == 2


def test_what_cannot_be_read_is_said() -> None:
    for text in (b"a: [", b"- 1\n- 2\n", b"\xff\xfe\x00", b"[" * 100_000, b"{" * 3000, b"a: &a [*a]\ntopics: *a\n"):
        found = facts(text, YAML)
        assert len(found["problems"]) <= 1
        assert found["topics"] == ["units"]
