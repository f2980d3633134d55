"""SECURITY.md claims nothing without a test, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE)))


def _table(title: str) -> list[str]:
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def test_every_defence_names_a_test() -> None:
    rows = _table("What is defended, and the test that proves it")
    assert len(rows) > 15
    assert [row for row in rows if "`tests/" not in row.split("|")[3]] == []


def test_every_named_test_is_there() -> None:
    assert len(NAMED) > 20
    assert [name for name in NAMED if not re.search(r"^(async )?def test_", _text(name), re.MULTILINE)] == []


def _text(name: str) -> str:
    path = ROOT / name
    return path.read_text("utf-8") if path.is_file() else ""


def test_every_hostile_test_is_named() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "hostile").glob("test_*.py")}
    assert files - set(NAMED) == set()


def test_the_kinds_of_secret_are_counted() -> None:
    from tests.hostile.test_secrets import KINDS

    (said,) = re.findall(r"(\d+) kinds are searched for", PAGE)
    assert int(said) == sum(map(len, KINDS.values()))
