"""FHIR NPM packages and loose definitions: what is in them, read when it is asked for.

A package is a .tgz, or a folder with or without ``package/``; loose definitions are a file, or a folder of files,
each one resource. The format is HL7's (https://confluence.hl7.org/display/FHIR/NPM+Package+Specification).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from checker.errors import PackageFault
from checker.fhir.definitions.provider import Entry
from checker.fhir.validation.issue import DefinitionProblem

if TYPE_CHECKING:
    from checker.fhir.definitions.archive import Limits

Xml = Callable[[bytes], dict[str, Any]]
"""Reads a resource written in XML. May raise ``ValueError``."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,200}")
_SKIPPED = frozenset({"openapi", "rdf", "xml", "schemas", "tests"})
"""Folders of a package that hold no definitions in JSON."""
_LOOSE_FILES = 20_000
LARGEST = 64 * 1024 * 1024
"""The largest file of a package that is read, in bytes, where the caller sets no limits."""


class _Head(msgspec.Struct):
    """The members by which a resource is found. Whatever else it has is passed over, not parsed."""

    resourceType: object = ""  # noqa: N815  FHIR's own name
    url: object = ""
    version: object = ""
    id: object = ""
    type: object = ""


class Content(Protocol):
    """Files by name, from an archive or a folder."""

    def names(self) -> list[str]:
        """Relative names with ``/``, sorted."""

    def read(self, name: str) -> bytes:
        """A file's content. May raise ``OSError``."""


class Package:
    """A package, or loose definitions. Nothing is parsed before it is asked for, but the index.

    ``name``, ``version``, ``fhir_versions``, ``dependencies`` (name to version) come from ``package.json``; loose
    definitions have none of them. ``problems``: members that cannot be used. ``label``: what messages call it.
    """

    def __init__(self, content: Content, label: str, *, xml: Xml | None = None, limits: Limits | None = None) -> None:
        self.label = label
        self.problems: list[DefinitionProblem] = []
        self._content = content
        self._xml = xml
        self._limit = limits.member if limits is not None else LARGEST
        self._names = content.names()
        self._root = "package/" if "package/package.json" in self._names else ""
        self.manifest = manifest = self._manifest()
        self.name = _text(manifest.get("name"))
        self.version = _text(manifest.get("version"))
        listed = manifest.get("fhirVersions", manifest.get("fhir-version-list", []))
        self.fhir_versions = tuple(one for one in _items(listed) if isinstance(one, str))
        named = manifest.get("dependencies")
        self.dependencies: Mapping[str, str] = (
            {key: value for key, value in named.items() if isinstance(value, str)} if isinstance(named, dict) else {}
        )
        if self.name and self.version:
            self.label = f"{self.name}#{self.version}"
        self._by_url: dict[str, list[Entry]] | None = None
        self._by_type: dict[str, list[Entry]] = {}

    def find(self, url: str, resource_type: str = "") -> list[Entry]:
        """The entries of that canonical (without version), those of the package proper first."""
        found = self._indexed().get(url, [])
        return [one for one in found if one.resource_type == resource_type] if resource_type else found

    def entries(self, resource_type: str) -> list[Entry]:
        """The entries of that resource type, by member name."""
        self._indexed()
        return self._by_type.get(resource_type, [])

    def types(self) -> list[str]:
        """The resource types that it has, sorted."""
        self._indexed()
        return sorted(self._by_type)

    def has_definitions(self) -> bool:
        """Is there anything that others may name by its canonical?"""
        return any(self._indexed())

    def load(self, entry: Entry) -> dict[str, Any] | None:
        """The resource, parsed now; None, with a problem, when it cannot be read."""
        try:
            resource = self._parsed(entry.member)
        except (ValueError, RecursionError, OSError) as error:
            self._problem(entry.member, f"cannot be read: {_reason(error)}")
            return None
        if not isinstance(resource, dict) or resource.get("resourceType") != entry.resource_type:
            self._problem(entry.member, f"is not the {entry.resource_type} that the package's index says")
            return None
        if entry.url and resource.get("url") != entry.url:
            self._problem(entry.member, f"does not have the url that the package's index says: {entry.url}")
            return None
        return resource

    def digest(self) -> str:
        """SHA-256 over the names and the bytes of its resources: the same for an archive and for a folder."""
        from hashlib import sha256

        whole = sha256()
        for name in self._names:
            if self._is_resource(name):
                try:
                    inner = sha256(self._bytes(name)).hexdigest()
                except (OSError, ValueError) as error:
                    inner = f"not read: {_reason(error)}"
                whole.update(f"{_told(name[len(self._root) :])}\0{inner}\n".encode())
        return whole.hexdigest()

    def _problem(self, member: str, text: str) -> None:
        problem = DefinitionProblem(definition=self.label, message=text, element=_told(member))
        if problem not in self.problems:
            self.problems.append(problem)

    def _bytes(self, member: str) -> bytes:
        raw = self._content.read(member)
        if len(raw) > self._limit:
            raise ValueError("it is too large")
        return raw.removeprefix(b"\xef\xbb\xbf")

    def _parsed(self, member: str) -> object:
        raw = self._bytes(member)
        if member.endswith(".xml"):
            return self._xml(raw) if self._xml is not None else None
        return msgspec.json.decode(raw)

    def _manifest(self) -> dict[str, Any]:
        name = f"{self._root}package.json"
        if name not in self._names:
            return {}
        try:
            manifest = msgspec.json.decode(self._bytes(name))
        except (ValueError, RecursionError, OSError) as error:
            self._problem(name, f"cannot be read: {_reason(error)}")
            return {}
        if not isinstance(manifest, dict):
            self._problem(name, "is not a JSON object")
            return {}
        return manifest

    def _indexed(self) -> dict[str, list[Entry]]:
        if self._by_url is None:
            self._by_url = {}
            members = [name for name in self._names if self._is_resource(name)]
            listed = self._listed(set(members))
            for name in members:
                entry = listed.get(name) or self._scanned(name)
                if entry is not None:
                    self._by_type.setdefault(entry.resource_type, []).append(entry)
                    if entry.url:
                        self._by_url.setdefault(entry.url, []).append(entry)
            for found in (*self._by_url.values(), *self._by_type.values()):
                found.sort(key=lambda one: one.rank)
        return self._by_url

    def _is_resource(self, name: str) -> bool:
        if not name.startswith(self._root):
            return False
        *folders, last = name[len(self._root) :].split("/")
        if any(folder in _SKIPPED or folder.startswith(".") for folder in folders) or last.startswith("."):
            return False
        if last in ("package.json", "package-lock.json", "ig-r4.json", "spec.internals", "validation-summary.json"):
            return False
        return last.endswith(".json") or (last.endswith(".xml") and self._xml is not None)

    def _listed(self, members: set[str]) -> dict[str, Entry]:
        """The entries of ``.index.json``; none when it is missing or broken: then members are scanned."""
        name = f"{self._root}.index.json"
        if name not in self._names:
            return {}
        try:
            index = msgspec.json.decode(self._bytes(name))
        except (ValueError, RecursionError, OSError) as error:
            self._problem(name, f"cannot be read, members are looked at one by one: {_reason(error)}")
            return {}
        found = {}
        for one in _items(index.get("files") if isinstance(index, dict) else None):
            if not isinstance(one, dict):
                continue
            member = f"{self._root}{_text(one.get('filename'))}"
            kind = _text(one.get("resourceType"))
            if member in members and kind:
                found[member] = self._entry(member, kind, one)
        return found

    def _entry(self, member: str, kind: str, head: Mapping[str, object]) -> Entry:
        below = "/" in member[len(self._root) :] and bool(self.name)
        texts = {key: _text(head.get(key)) for key in ("url", "version", "id", "type")}
        if kind != "StructureDefinition":
            texts["type"] = ""
        return Entry(member, kind, **texts, rank=int(below))

    def _scanned(self, name: str) -> Entry | None:
        try:
            if name.endswith(".xml"):
                parsed = self._parsed(name)
                head = parsed if isinstance(parsed, dict) else {}
            else:
                head = msgspec.structs.asdict(msgspec.json.decode(self._bytes(name), type=_Head))
        except (ValueError, RecursionError, OSError) as error:
            self._problem(name, f"cannot be read: {_reason(error)}")
            return None
        kind = _text(head.get("resourceType"))
        return self._entry(name, kind, head) if kind else None


class _Folder:
    """The files below a folder. Links that lead out of it are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def names(self) -> list[str]:
        found = []
        for path in self._root.rglob("*"):
            if path.suffix in (".json", ".xml") and path.is_file() and path.resolve().is_relative_to(self._root):
                found.append(path.relative_to(self._root).as_posix())
                if len(found) > _LOOSE_FILES:
                    what = f"the folder has more than {_LOOSE_FILES} files"
                    raise PackageFault(what, where=str(self._root), next_step="Name the folder of the definitions.")
        return sorted(found)

    def read(self, name: str) -> bytes:
        return _read(self._root / name)


class _File:
    """One loose file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        return [self._path.name]

    def read(self, name: str) -> bytes:
        return _read(self._path)


def read_package(packed: bytes, label: str, *, xml: Xml | None = None, limits: Limits | None = None) -> Package:
    """The package in the bytes of a .tgz. Raises ``PackageFault``."""
    from checker.fhir.definitions.archive import Archive

    archive = Archive(packed, label, limits, wanted=lambda name: name.endswith((".json", ".xml")))
    package = Package(archive, label, xml=xml, limits=limits)
    for name, why in archive.refused:
        text = f"is left out: {why}"
        package.problems.append(DefinitionProblem(definition=package.label, message=text, element=_told(name)))
    if not package.name:
        what, next_step = (
            "the archive has no package/package.json",
            "Give a FHIR package (a .tgz from a package server).",
        )
        raise PackageFault(what, where=label, next_step=next_step)
    return package


def open_package(path: Path, *, xml: Xml | None = None, limits: Limits | None = None) -> Package:
    """The package, or the loose definitions, at that path. Raises ``PackageFault`` when there is nothing to read."""
    label = _told(path.as_posix())
    try:
        if path.is_dir():
            content: Content = _Folder(path)
        elif path.suffix in (".json", ".xml") and path.is_file():
            content = _File(path)
        else:
            return read_package(_packed(path), label, xml=xml, limits=limits)
        package = Package(content, label, xml=xml, limits=limits)
    except (OSError, RecursionError) as error:
        what = f"the package cannot be read: {_reason(error)}"
        raise PackageFault(what, where=label, next_step="Check the path and its permissions.") from None
    if not package.types():
        told = package.problems[0].message if package.problems else "no FHIR resource is in it"
        what = f"no definition was found: {told}"
        raise PackageFault(what, where=label, next_step="Give a FHIR package, or a folder of StructureDefinitions.")
    if not package.manifest and not package.has_definitions():
        what = "no definition was found: nothing in it has a canonical url"
        raise PackageFault(what, where=label, next_step="Give a FHIR package, or a folder of StructureDefinitions.")
    return package


def _read(path: Path) -> bytes:
    """At most a byte more than the largest file may have: who asks then sees that it is too large."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _packed(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a pipe or a device may never end
        raise PackageFault("this is no file", where=_told(path.as_posix()), next_step="Give a file or a folder.")
    if path.stat().st_size > 16 * LARGEST:
        raise PackageFault("the package is too large", where=path.as_posix(), next_step="Check that it is a package.")
    return path.read_bytes()


def is_name(name: str, version: str = "0") -> bool:
    """Can a package have that name and version? Both become part of a path and of a URL."""
    return bool(_NAME.fullmatch(name) and _NAME.fullmatch(version)) and ".." not in name + version


def cached_package(root: Path, name: str, version: str, *, xml: Xml | None = None) -> Package | None:
    """The package from a cache folder such as ``~/.fhir/packages``; None when it is not there."""
    folder = root / f"{name}#{version}"
    return open_package(folder, xml=xml) if is_name(name, version) and folder.is_dir() else None


def cached_versions(root: Path, name: str) -> list[str]:
    """The versions of a package in a cache folder, sorted as text."""
    if not is_name(name) or not root.is_dir():
        return []
    return sorted(one.name.partition("#")[2] for one in root.glob(f"{name}#*") if one.is_dir())


def _told(name: str) -> str:
    """A file name as text that can be written: a byte that is not UTF-8 becomes an escape."""
    return name.encode("utf-8", "backslashreplace").decode()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _items(value: object) -> Iterator[object]:
    return iter(value) if isinstance(value, list) else iter(())


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return (error.strerror or "") if isinstance(error, OSError) else str(error)
