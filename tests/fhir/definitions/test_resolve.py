"""Which packages are used: versions and patterns, dependencies, what is embedded, what is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from checker.errors import PackageFault
from checker.fhir.definitions.package import Package, read_package
from checker.fhir.definitions.provider import version_key
from checker.fhir.definitions.resolve import Resolver
from tests.fhir.definitions.sample import definition, manifest, packed


class Server:
    """Packages by name and version, in memory."""

    def __init__(self, *manifests: dict[str, object], reason: str = "") -> None:
        self._held = {(str(one["name"]), str(one["version"])): _packed(one) for one in manifests}
        self.reason = reason
        self.asked: list[tuple[str, str]] = []

    def fetch(self, name: str, version: str) -> bytes | None:
        self.asked.append((name, version))
        return self._held.get((name, version))

    def versions(self, name: str) -> Sequence[str]:
        return [version for held, version in self._held if held == name]


def _packed(described: dict[str, object]) -> bytes:
    return packed({"StructureDefinition-P.json": definition("P", "Patient")}, described)


def _package(**dependencies: str) -> Package:
    names = {name.replace("_", "."): version for name, version in dependencies.items()}
    return read_package(_packed(manifest("example.root", dependencies=names)), "root.tgz")


def _labels(packages: Sequence[Package]) -> list[str]:
    return [package.label for package in packages]


def _told(resolver: Resolver) -> list[tuple[str, str]]:
    return [(problem.severity, problem.message) for problem in resolver.problems]


def test_dependencies_come_before_what_needs_them() -> None:
    server = Server(manifest("a", dependencies={"b": "1.0.0"}), manifest("b"))
    resolver = Resolver(source=server)
    assert _labels(resolver.all([_package(a="1.0.0")])) == ["b#1.0.0", "a#1.0.0", "example.root#1.0.0"]
    assert resolver.problems == []


def test_core_is_embedded_and_other_versions_of_fhir_are_noted() -> None:
    resolver = Resolver()
    wanted = _package(hl7_fhir_r4_core="4.0.1", hl7_fhir_r5_core="5.0.0")
    assert _labels(resolver.all([wanted])) == ["example.root#1.0.0"]
    text = "depends on hl7.fhir.r5.core 5.0.0, another version of FHIR: it is not loaded"
    assert _told(resolver) == [("note", text)]


def test_a_missing_dependency_is_told_with_the_reason() -> None:
    offline = Resolver()
    offline.all([_package(a="1.0.0")])
    assert _told(offline) == [
        ("error", "depends on a 1.0.0, which was not found: it is not in the cache, and no package server is asked")
    ]
    down = Resolver(source=Server(reason="packages.example.org did not answer"))
    down.all([_package(a="1.0.0")])
    assert _told(down)[0][1].endswith("it is not in the cache; packages.example.org did not answer")


def test_packages_that_need_each_other_are_each_used_once() -> None:
    server = Server(manifest("a", dependencies={"b": "1.0.0"}), manifest("b", dependencies={"a": "1.0.0"}))
    assert _labels(Resolver(source=server).all([_package(a="1.0.0")])) == ["b#1.0.0", "a#1.0.0", "example.root#1.0.0"]


def test_of_two_versions_the_nearer_is_used_and_told() -> None:
    server = Server(manifest("a", dependencies={"b": "2.0.0"}), manifest("b"), manifest("b", "2.0.0"))
    resolver = Resolver(source=server)
    assert "b#1.0.0" in _labels(resolver.all([_package(a="1.0.0", b="1.0.0")]))
    assert _told(resolver) == [("note", "wants b 2.0.0; 1.0.0 is used, which was named first")]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("1.2.x", "1.2.10"), ("1.x", "1.10.0"), ("latest", "2.0.0"), ("2.1.0-beta", "2.1.0-beta"), ("x", "2.0.0")],
)
def test_patterns_take_the_highest_release_that_fits(pattern: str, found: str) -> None:
    versions = ("1.2.0", "1.2.10", "1.2.9", "1.10.0", "2.0.0", "2.1.0-beta", "1.2.11-rc")
    server = Server(*(manifest("a", version) for version in versions))
    assert Resolver(source=server).named(f"a@{pattern}").version == found


def test_without_a_version_the_latest_is_meant() -> None:
    server = Server(manifest("a", "1.9.0"), manifest("a", "1.10.0"))
    assert Resolver(source=server).named("a").version == "1.10.0"
    assert Resolver(source=server).named("a#1.9.0").version == "1.9.0"


@pytest.mark.parametrize("name", ["a@current", "a@dev", "../a@1.0.0", "a@../1", "", "@", "a b@1"])
def test_what_cannot_be_a_version_is_told(name: str) -> None:
    server = Server(manifest("a"))
    with pytest.raises(PackageFault, match="was not found"):
        Resolver(source=server).named(name)
    assert server.asked == []


def test_a_broken_answer_and_a_wrong_one_are_told() -> None:
    class Broken(Server):
        def fetch(self, name: str, version: str) -> bytes | None:
            return b"<html>" if name == "a" else _packed(manifest("other"))

    resolver = Resolver(source=Broken())
    resolver.all([_package(a="1.0.0", b="1.0.0")])
    assert [text.partition("not found: ")[2][:31] for _, text in _told(resolver)] == [
        "the package is not a .tgz: it i",
        "the server answered with the pa",
    ]


def test_the_cache_is_asked_before_the_server_and_answers_are_offered_to_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / "a#1.0.0" / "package"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps(manifest("a")))
    (folder / "p.json").write_text(json.dumps(definition("P", "Patient")))
    kept: list[tuple[str, str]] = []
    server = Server(manifest("b"))
    resolver = Resolver([tmp_path], server, kept=lambda name, version, data: kept.append((name, version)))
    assert len(resolver.all([_package(a="1.0.0", b="1.0.x")])) == 3
    assert server.asked == [("b", "1.0.0")]
    assert kept == [("b", "1.0.0")]


def test_a_package_for_another_version_of_fhir_is_refused_or_left_out() -> None:
    five = manifest("five", fhirVersions=["5.0.0"])
    with pytest.raises(PackageFault, match=r"is for FHIR 5\.0\.0, not for R4"):
        Resolver().all([read_package(_packed(five), "five.tgz")])
    resolver = Resolver(source=Server(five))
    assert _labels(resolver.all([_package(five="1.0.0")])) == ["example.root#1.0.0"]
    assert _told(resolver) == [("note", "depends on five#1.0.0, which is for FHIR 5.0.0: it is not loaded")]


def test_versions_are_ordered_by_value() -> None:
    ordered = ["0.9", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0", "1.0.9", "1.0.10", "2.0.0"]
    mixed = [*ordered[4:], *ordered[:4]]
    assert sorted(mixed, key=version_key) == ordered
