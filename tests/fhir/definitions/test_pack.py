"""The embedded packs hold the facts of the packages that they were made from, in few bytes."""

from __future__ import annotations

import random
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from checker.fhir.definitions.build_pack import build, main
from checker.fhir.definitions.lower import BY_HAND
from checker.fhir.definitions.pack import Header, Pack, TextPack, pack, text_pack
from checker.fhir.definitions.package import open_package
from checker.resources import data
from tests.fhir.definitions import compare_uk_core
from tests.fhir.definitions.comparison import differences
from tests.fhir.definitions.sample import HERE, definition, element, manifest, packed
from tests.fhir.published import CORE, needs_core

HEADER = Header(name="example.one", version="1.0.0")
needs_uk_core = pytest.mark.skipif(not compare_uk_core.UK_CORE.is_file(), reason="the UK Core package is not here")


def _core_file() -> Traversable:
    return files("checker.fhir").joinpath("_pack", "hl7.fhir.r4.core-4.0.1.pack")


def _uk_core_file() -> Traversable:
    return data("profiles").joinpath("uk-core-stu3-draft", "definitions", "definitions.json")


def test_core_is_small_and_says_what_it_is_made_of() -> None:
    held = _core_file().read_bytes()
    assert len(held) < 600_000
    header = Pack(held).header
    assert (header.name, header.version, header.license) == ("hl7.fhir.r4.core", "4.0.1", "CC0-1.0")


def test_uk_core_says_that_it_is_an_unpublished_build() -> None:
    header = TextPack(_uk_core_file().read_bytes()).header
    assert (header.name, header.version) == ("fhir.r4.ukcore.stu3.staging", "2.0.0-staging.20250620")
    assert "not a published package" in header.title
    assert header.source_commit == "3d2827e3e9918674640d0c14a0f870084397a615"
    assert header.license == "Apache-2.0"


def test_no_descriptive_text_is_embedded() -> None:
    text = _uk_core_file().read_text(encoding="utf-8")
    for word in ("description", "definition", "comment", "human", "publisher", "copyright", "purpose", "mapping"):
        assert f'"{word}":' not in text
    assert '{"system":"http://snomed.info/sct","code":"' in text
    assert '"system":"http://snomed.info/sct","code":"271649006","display"' not in text


@needs_core
def test_core_holds_every_rule_of_the_published_snapshots() -> None:
    held, published = Pack(_core_file().read_bytes()), open_package(CORE)
    found = {entry.url: entry for entry in published.entries("StructureDefinition") if not entry.rank}
    compared = 0
    for url, entry in found.items():
        theirs = published.load(entry)
        assert theirs is not None
        if "snapshot" not in theirs:
            continue
        (own,) = held.find(url, "StructureDefinition")
        ours = held.load(own)
        assert ours is not None
        assert {key: ours.get(key) for key in ("kind", "type", "derivation", "baseDefinition", "context")} == {
            key: theirs.get(key) for key in ("kind", "type", "derivation", "baseDefinition", "context")
        }
        for one in ours["snapshot"]["element"]:
            one["id"] = one["path"] + one.get("sliceName", "")
        for one in theirs["snapshot"]["element"]:
            one["id"] = one["path"] + one.get("sliceName", "")
        unequal = differences(
            url, ours["snapshot"]["element"], theirs["snapshot"]["element"], by_hand=frozenset(BY_HAND)
        )
        assert [one for one in unequal if one.fact not in ("condition", "isSummary")] == []
        compared += 1
    assert compared == 653


@needs_core
def test_core_holds_every_code() -> None:
    held, published = Pack(_core_file().read_bytes()), open_package(CORE)
    for entry in published.entries("CodeSystem"):
        if entry.rank:
            continue
        theirs = published.load(entry)
        (own,) = held.find(entry.url, "CodeSystem")
        ours = held.load(own)
        assert theirs is not None
        assert ours is not None
        assert _codes(ours) == _codes(theirs)


def _codes(system: dict[str, object]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    waiting: list[tuple[object, dict[str, object]]] = [("", system)]
    while waiting:
        above, here = waiting.pop()
        listed = here.get("concept", [])
        assert isinstance(listed, list)
        for one in listed:
            found.append((above, one["code"], one.get("display", one["code"]), str(one.get("property"))))
            waiting.append((one["code"], one))
    return sorted(found, key=str)


@needs_core
@needs_uk_core
def test_uk_core_compiles_to_what_its_package_compiles_to() -> None:
    count, found = compare_uk_core.compared()
    assert (count, found) == (153, [])


@needs_uk_core
def test_the_embedded_uk_core_is_what_the_builder_makes_of_the_package() -> None:
    made = build(compare_uk_core.UK_CORE.read_bytes(), "uk-core", text=True)
    assert made == _uk_core_file().read_bytes()


def test_the_order_of_definitions_does_not_matter() -> None:
    definitions = [definition(f"P{n}", "Patient", element("Patient.name", min=1)) for n in range(40)]
    turned = random.Random(7).sample(definitions, len(definitions))
    assert pack(HEADER, turned) == pack(HEADER, definitions)
    assert text_pack(HEADER, turned) == text_pack(HEADER, definitions)


def test_both_forms_give_back_what_was_put_in() -> None:
    definitions = [definition("P", "Patient"), definition("Q", "Patient"), definition("E", "Extension")]
    for held in (Pack(pack(HEADER, definitions)), TextPack(text_pack(HEADER, definitions))):
        assert held.header == HEADER
        assert [entry.url for entry in held.entries("StructureDefinition")] == [HERE + "E", HERE + "P", HERE + "Q"]
        (entry,) = held.find(HERE + "P")
        assert held.load(entry) == definitions[0]
        assert held.find(HERE + "P", "ValueSet") == []
        assert list(held.entries("Patient")) == []


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04", b"{}", b"["])
def test_what_is_no_pack_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match="not a"):
        Pack(broken)
    with pytest.raises(ValueError, match="not a"):
        TextPack(broken)


def test_the_builder_is_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "one.tgz", tmp_path / "out" / "one.pack"
    source.write_bytes(packed({"a.json": definition("P", "Patient", element("Patient.name", min=1))}, manifest()))
    assert main([str(source), str(target), "--text"]) == 0
    (entry,) = TextPack(target.read_bytes()).entries("StructureDefinition")
    assert entry.url == HERE + "P"
    assert main([str(source)]) == 2
    assert main([str(tmp_path / "nowhere.tgz"), str(target)]) == 2
    assert "No such file" in capsys.readouterr().err
