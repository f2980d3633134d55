"""The compiled index and the cache: the same profiles with and without, and no trust in damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.catalogue import compiled, strict_yaml
from checker.catalogue.compiled import INDEX_NAME, Store, compile_index, key_of
from checker.catalogue.document import Document
from checker.catalogue.load import load_profile
from checker.errors import ProfileFault
from checker.model.requirement import Profile
from tests.catalogue.sample import READ, library, registry, row, safety, write


def shipped(folder: Path) -> Path:
    write(folder, row("T-A-1"), row("T-A-2", READ + "    tags: [read]\n"), id="a")
    write(folder, row("T-B-1"), id="b", head="include: [{profile: a}]\nsettings: {max-waiver-days: 4}\n")
    return folder


def load(folder: Path, cache: Path | None = None) -> Profile:
    return load_profile("b", registry(), library(folder, cache), safety_of=safety)


def no_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> Document:
        raise AssertionError("parsed again")

    monkeypatch.setattr(strict_yaml, "parse", refuse)


def test_the_index_gives_the_same_profile_without_parsing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shipped(tmp_path)
    plain = load(folder)
    (folder / INDEX_NAME).write_bytes(compile_index(folder))
    no_parsing(monkeypatch)
    indexed = load(folder)
    assert indexed == plain
    assert indexed.digest == plain.digest
    assert indexed.origins == plain.origins


def test_the_index_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    assert compile_index(folder) == compile_index(folder)


def test_a_bad_profile_is_not_compiled(tmp_path: Path) -> None:
    write(tmp_path, row(more="    chek: x\n"), id="a")
    with pytest.raises(ProfileFault, match="unknown key 'chek'"):
        compile_index(tmp_path)


def test_the_cache_gives_the_same_profile_without_parsing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = shipped(tmp_path / "p"), tmp_path / "cache" / "deep"
    plain = load(folder)
    assert load(folder, cache) == plain
    assert len(list(cache.glob("*.json"))) == 2
    assert not list(cache.glob("*.part"))
    no_parsing(monkeypatch)
    assert load(folder, cache).origins == plain.origins


def test_nothing_is_written_beside_a_profile(tmp_path: Path) -> None:
    folder = shipped(tmp_path / "p")
    before = sorted(folder.rglob("*"))
    load(folder)
    load(folder, tmp_path / "cache")
    assert sorted(folder.rglob("*")) == before


def test_a_changed_profile_is_read_anew(tmp_path: Path) -> None:
    folder, cache = shipped(tmp_path / "p"), tmp_path / "cache"
    load(folder, cache)
    (folder / INDEX_NAME).write_bytes(compile_index(folder))
    file = folder / "a" / "profile.yaml"
    file.write_text(file.read_text().replace("It works.", "It works well."))
    assert load(folder, cache).requirements[0].summary == "It works well."


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "shape", "list", "format", "nested"])
def test_a_damaged_index_and_cache_are_harmless(tmp_path: Path, damage: str) -> None:
    folder, cache = shipped(tmp_path / "p"), tmp_path / "cache"
    plain = load(folder, cache)
    good = compile_index(folder)

    def spoilt(data: bytes) -> bytes:
        return {
            "empty": b"",
            "text": b"\xff\xfe nothing",
            "cut": data[:-10],
            "flipped": data.replace(b"It works.", b"It lies!."),
            "shape": b'{"entries": {}}',
            "list": b"[]",
            "format": data.replace(b'"format":1', b'"format":2'),
            "nested": b"[" * 100_000,
        }[damage]

    assert spoilt(good) != good
    (folder / INDEX_NAME).write_bytes(spoilt(good))
    for file in cache.iterdir():
        file.write_bytes(spoilt(file.read_bytes()))
    assert load(folder, cache) == plain


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    folder = shipped(tmp_path / "p")
    (tmp_path / "file").write_text("in the way")
    assert load(folder, tmp_path / "file") == load(folder)


def test_another_version_of_the_tool_does_not_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(b"x")
    monkeypatch.setattr(compiled, "__version__", "999")
    assert key_of(b"x") != before


def test_an_index_is_found_by_content_not_by_name(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    content = (folder / "a" / "profile.yaml").read_bytes()
    document = Store(compile_index(folder)).read(content, "elsewhere.yaml")
    assert document.source == "elsewhere.yaml"
    assert document.where("/id") == "elsewhere.yaml:1"
