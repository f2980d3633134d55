"""The gallery is what the formats are today, byte for byte."""

from __future__ import annotations

import pytest

from checker.model.report import Report
from tests.render import gallery


@pytest.mark.parametrize("name", gallery.EXIT_CODES)
def test_the_gallery_is_up_to_date(name: str) -> None:
    for file, data in gallery.files(name).items():
        assert (gallery.FOLDER / file).read_bytes() == data, f"{file}: run 'python -m tests.render.gallery'"


@pytest.mark.parametrize(("name", "code"), gallery.EXIT_CODES.items())
def test_each_sample_shows_what_it_is_there_for(name: str, code: int) -> None:
    report = Report.from_json((gallery.FOLDER / f"{name}.json").read_bytes())
    assert report.exit_code == code
    assert len(report.rows) > 10


def test_the_gallery_holds_nothing_else_and_is_small() -> None:
    found = {path.name: path.stat().st_size for path in gallery.FOLDER.iterdir()}
    made = {f"{name}.{ending}" for name in gallery.EXIT_CODES for ending in gallery.ENDINGS.values()}
    assert set(found) == {"README.md", *made}
    assert sum(found.values()) < 2_000_000


def test_every_sample_is_described() -> None:
    said = (gallery.FOLDER / "README.md").read_text("utf-8")
    for ending in gallery.ENDINGS.values():
        assert f".{ending}`" in said
    for name, code in gallery.EXIT_CODES.items():
        assert f"| `{name}` | {code} |" in said
