"""Packages and loose definitions are read; what is hostile or broken in them is left out and told."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from checker.errors import PackageFault
from checker.fhir.definitions.archive import Limits
from checker.fhir.definitions.package import Package, cached_package, cached_versions, open_package, read_package
from tests.fhir.definitions.sample import HERE, definition, element, manifest, packed

PATIENT = definition("P", "Patient", element("Patient.name", min=1))
SYSTEM = {"resourceType": "CodeSystem", "url": "https://example.org/s", "version": "2", "content": "complete"}


def _read(files: dict[str, object], **members: Any) -> Package:
    return read_package(packed(files, manifest(**members)), "one.tgz")


def _tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue())


def _told(package: Package) -> list[tuple[str | None, str]]:
    return [(problem.element, problem.message) for problem in package.problems]


def test_a_package_says_what_it_is() -> None:
    package = _read({"StructureDefinition-P.json": PATIENT}, dependencies={"hl7.fhir.r4.core": "4.0.1"})
    assert (package.name, package.version, package.fhir_versions) == ("example.one", "1.0.0", ("4.0.1",))
    assert package.dependencies == {"hl7.fhir.r4.core": "4.0.1"}
    assert package.label == "example.one#1.0.0"


def test_resources_are_found_by_canonical_and_by_type() -> None:
    package = _read({"a.json": PATIENT, "b.json": SYSTEM, "c.json": {"resourceType": "Patient", "id": "x"}})
    (entry,) = package.find(HERE + "P")
    assert (entry.resource_type, entry.version, entry.type) == ("StructureDefinition", "1.0.0", "Patient")
    assert package.load(entry) == PATIENT
    assert package.find(HERE + "P", "ValueSet") == []
    assert package.types() == ["CodeSystem", "Patient", "StructureDefinition"]
    assert package.problems == []


def test_the_index_is_used_and_what_it_leaves_out_is_found() -> None:
    listed = {"filename": "a.json", "resourceType": "StructureDefinition", "url": HERE + "P", "version": "1.0.0"}
    package = _read({".index.json": {"files": [listed]}, "a.json": PATIENT, "b.json": SYSTEM})
    assert package.find(HERE + "P")
    assert package.find(str(SYSTEM["url"]))


def test_an_index_that_lies_is_told_when_the_member_is_read() -> None:
    listed = {"filename": "a.json", "resourceType": "ValueSet", "url": HERE + "P"}
    package = _read({".index.json": {"files": [listed]}, "a.json": PATIENT})
    (entry,) = package.find(HERE + "P")
    assert package.load(entry) is None
    assert _told(package) == [("package/a.json", "is not the ValueSet that the package's index says")]


@pytest.mark.parametrize("index", [b"{", b"[]", b'{"files": 3}', b'{"files": [null, {"filename": 3}]}', b"[" * 100_000])
def test_a_broken_index_is_done_without(index: bytes) -> None:
    package = _read({".index.json": index, "a.json": PATIENT})
    assert package.find(HERE + "P")


def test_examples_come_last() -> None:
    package = _read({"example/a.json": SYSTEM | {"version": "9"}, "b.json": SYSTEM, "other/c.json": PATIENT})
    assert [entry.version for entry in package.find(str(SYSTEM["url"]))] == ["2", "9"]
    assert [entry.rank for entry in package.find(HERE + "P")] == [1]


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 200_000, b"\xff\xfe", b'{"resourceType": "ValueSet", "url": '])
def test_a_broken_member_is_told_and_the_rest_is_used(content: bytes) -> None:
    package = _read({"a.json": content, "b.json": PATIENT})
    assert package.find(HERE + "P")
    assert [member for member, _ in _told(package)] == ["package/a.json"]


@pytest.mark.parametrize("content", [[], "x", {"resourceType": 3}, {"a": 1}, {"resourceType": "ValueSet", "url": [1]}])
def test_a_member_of_the_wrong_form_is_no_definition(content: object) -> None:
    package = _read({"a.json": content, "b.json": PATIENT})
    assert package.types()[-1] == "StructureDefinition" or package.types() == ["StructureDefinition", "ValueSet"]


def test_a_byte_order_mark_is_passed_over() -> None:
    package = _read({"a.json": b"\xef\xbb\xbf" + json.dumps(PATIENT).encode()})
    assert package.find(HERE + "P")


@pytest.mark.parametrize("name", ["../../evil.json", "/etc/evil.json", "a/../../../evil.json", "..\\evil.json"])
def test_names_that_lead_out_are_left_out(name: str) -> None:
    package = _read({name: PATIENT, "b.json": SYSTEM})
    assert package.types() == ["CodeSystem"]
    assert [message for _, message in _told(package)] == ["is left out: its name leads out of the package"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_what_is_no_plain_file_is_left_out(kind: bytes) -> None:
    link = tarfile.TarInfo("package/a.json")
    link.type = kind
    link.linkname = "/etc/passwd"
    described = tarfile.TarInfo("package/package.json"), json.dumps(manifest()).encode()
    package = read_package(_tar(described, (link, b"")), "one.tgz")
    assert _told(package) == [("package/a.json", "is left out: it is not a plain file")]


def test_a_bomb_is_refused() -> None:
    packed_ = packed({"a.json": b" " * 4_000_000}, manifest())
    with pytest.raises(PackageFault, match="unpacks to more than is allowed"):
        read_package(packed_, "bomb.tgz", limits=Limits(free=100_000))
    with pytest.raises(PackageFault, match="unpacks to more than is allowed"):
        read_package(packed_, "bomb.tgz", limits=Limits(total=1_000_000))
    large = read_package(packed_, "bomb.tgz", limits=Limits(member=1_048_576))
    assert _told(large) == [("package/a.json", "is left out: it is larger than 1 MiB")]
    with pytest.raises(PackageFault, match="more than 3 members"):
        read_package(packed({f"{n}.json": SYSTEM for n in range(3)}, manifest()), "x.tgz", limits=Limits(members=3))


@pytest.mark.parametrize(
    "data",
    [b"", b"no", gzip.compress(b"no tar" * 1000), packed({}, manifest())[:-40]],
    ids=["empty", "no gzip", "no tar", "cut off"],
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(PackageFault):
        read_package(data, "x.tgz")


def test_an_archive_without_a_manifest_is_no_package() -> None:
    with pytest.raises(PackageFault, match=r"no package/package\.json"):
        read_package(packed({"a.json": PATIENT}), "x.tgz")


@pytest.mark.parametrize("root", ["", "package"])
def test_a_folder_is_a_package(tmp_path: Path, root: str) -> None:
    folder = tmp_path / root
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text(json.dumps(manifest()))
    (folder / "a.json").write_text(json.dumps(PATIENT))
    package = open_package(tmp_path)
    assert package.name == "example.one"
    (entry,) = package.find(HERE + "P")
    assert package.load(entry) == PATIENT


def test_loose_definitions_are_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.json").write_text(json.dumps(PATIENT))
    (tmp_path / "note.txt").write_text("no definition")
    assert open_package(tmp_path).find(HERE + "P")
    assert open_package(tmp_path / "deep" / "a.json").find(HERE + "P")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PackageFault, match="no definition was found"):
        open_package(tmp_path / "empty")


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(PATIENT))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "b.json").write_text(json.dumps(SYSTEM))
    (inside / "a.json").symlink_to(outside)
    assert open_package(inside).types() == ["CodeSystem"]


def test_a_member_in_xml_is_read_by_the_reader_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<StructureDefinition/>")
    (tmp_path / "b.json").write_text(json.dumps(SYSTEM))
    assert open_package(tmp_path).types() == ["CodeSystem"]
    assert open_package(tmp_path, xml=lambda raw: PATIENT).find(HERE + "P")

    def broken(raw: bytes) -> dict[str, Any]:
        raise ValueError("no XML")

    package = open_package(tmp_path, xml=broken)
    assert package.types() == ["CodeSystem"]
    assert _told(package) == [("a.xml", "cannot be read: no XML")]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageFault) as caught:
        open_package(tmp_path / "nowhere.tgz")
    assert caught.value.next_step == "Check the path and its permissions."


def test_the_cache_is_asked_by_name_and_version(tmp_path: Path) -> None:
    folder = tmp_path / "example.one#1.0.0" / "package"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps(manifest()))
    (folder / "a.json").write_text(json.dumps(PATIENT))
    found = cached_package(tmp_path, "example.one", "1.0.0")
    assert found is not None
    assert found.find(HERE + "P")
    assert cached_package(tmp_path, "example.one", "1.0.1") is None
    assert cached_package(tmp_path, "../example.one", "1.0.0") is None
    assert cached_versions(tmp_path, "example.one") == ["1.0.0"]
