"""No NHS number that could be a real person's stands anywhere in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from checker.checks.nhs_number import check_digit

ROOT = Path(__file__).resolve().parents[2]
_TEN_DIGITS = re.compile(r"(?<![0-9.])[0-9]{10}(?![0-9.])")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""SHA-256, in which ten digits in a row are chance."""
_ALPHABET = "0123456789"
_NOT_PEOPLE = frozenset({"2147483648", "1162415002", "1162417005", "1162419008", "1772517607"})
"""The smallest integer that 32 bits do not hold, SNOMED CT codes of vital signs, and a time in seconds: right by the
check digit too."""
_CODES = frozenset({"profiles/uk-core-stu3-draft/definitions/definitions.json"})
"""Files that hold codes of SNOMED CT, some of which have ten digits, and no patients."""


def _tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.decode().split("\0") if name and name not in _CODES]


def _could_be_a_persons(number: str) -> bool:
    """Right by its check digit, and not of the block 999, which is kept for tests."""
    if number in _NOT_PEOPLE:
        return False
    return not number.startswith("999") and number != _ALPHABET and str(check_digit(number[:9])) == number[9]


def test_only_numbers_kept_for_tests_stand_in_the_repository() -> None:
    found = []
    for path in _tracked():
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        numbers = _TEN_DIGITS.findall(_DIGEST.sub("", text))
        found += [f"{path.relative_to(ROOT)}: {n}" for n in numbers if _could_be_a_persons(n)]
    assert found == []


def test_the_search_would_find_one() -> None:
    nine = "4" + "00000000"
    assert _could_be_a_persons(nine + str(check_digit(nine)))
