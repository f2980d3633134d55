"""Data of patients in the texts of a pack: what is found, in which line, and what is let be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.model.supplier import Limits
from checker.probes.pack.personal import PERSONAL, personal_facts


def found(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """What is found in one file."""
    (folder / name).write_bytes(data)
    return personal_facts(PERSONAL, folder, Limits())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "Date of birth: 17/05/1957"),
        ("a.csv", "id,date of birth\n1,1957-05-17\n"),
        ("a.tsv", "id\tdob\n1\t1957-05-17\n"),
        ("a.html", "<p>DOB 17 May 1957</p>"),
        ("a.ndjson", '{"text": "born on 17 May 1957"}'),
    ],
)
def test_a_date_of_birth_is_found(tmp_path: Path, name: str, text: str) -> None:
    (hit,) = found(tmp_path, name, text.encode())["hits"]
    assert hit["sorts"]["birth-date"]["count"] == 1


def test_utf_16_is_read(tmp_path: Path) -> None:
    (hit,) = found(tmp_path, "a.csv", "id,dob\r\n1,1957-05-17\r\n".encode("utf-16"))["hits"]
    assert hit["sorts"]["birth-date"]["places"] == ["line 2"]


def test_numbers_kept_for_tests_are_of_nobody(tmp_path: Path) -> None:
    (hit,) = found(tmp_path, "a.txt", b"NHS number 999 000 0018, dob 17/05/1957")["hits"]
    assert hit["synthetic"] == 1
    assert "nhs-number" not in hit["sorts"]


def test_names_of_staff_in_a_section_are_let_be(tmp_path: Path) -> None:
    assert not found(tmp_path, "a.yaml", b"contact: Mrs Kestrelby\n")["hits"]


def test_what_is_no_text_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    facts = found(tmp_path, "a.csv", b"a,b\n1," + b"x" * 200_000 + b"\n")
    assert facts["unscanned"] == ["a.pdf"]
    assert facts["unread"] == ["a.csv"]


@pytest.mark.parametrize("data", [b"", b"\x00" * 4_000, b"\xff\xfe", b'"' * 9_000, b"\n" * 9_000, b"x" * 3_000_000])
@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.json"])
def test_odd_bytes_break_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    assert not found(tmp_path, name, data)["hits"]
