"""The manifest of an export (FHIR Bulk Data Access): which files it names, and whether they are there as it says.

Facts hold names of files, types, counts and whether digests agree; of the resources nothing is looked at here.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from checker.model.supplier import Limits
from checker.probes.source.blocks import BLOCK_BYTES, GZIP_MAGIC, Cut, gunzip, head_of
from checker.probes.source.document import outer_type
from checker.probes.source.items import Item, items
from checker.probes.source.names import why_skipped
from checker.probes.source.whole import is_manifest

SECTIONS = ("output", "deleted", "error")
_MAX_BYTES = 16 << 20
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_TYPE = re.compile(r"[A-Za-z]{1,64}", re.ASCII)


def manifest_facts(artefact: str, path: Path | str, limits: Limits) -> dict[str, Any]:
    """``manifests``: path, time and problems of each. ``entries``: what they name. ``besides``: files that none names.

    An entry has the section, the type, the file (or what it is called where it is not there), whether it is ``there``,
    the ``count`` (None where none is told) and the ``sha256``: ``same``, ``differs`` or ``absent``.
    """
    with ExitStack() as opened:
        return _facts({item.name: item for item in items(artefact, path, limits, opened)}, limits)


def _facts(found: dict[str, Item], limits: Limits) -> dict[str, Any]:
    told = [_manifest(item, limits) for item in found.values() if is_manifest(item.name)]
    manifests = [one for one in told if one is not None]
    entries: list[dict[str, Any]] = []
    named: set[str] = set()
    for manifest, content in manifests:
        for section, number, given in _listed(content):
            entry = _entry(section, given, manifest, number, found, limits)
            if entry is None:
                continue
            if entry["there"] and entry["file"] in named:
                manifest["problems"].append(f"{section}[{number}] names a file that is named before")
            named.add(entry["file"])
            entries.append(entry)
    names = {manifest["path"] for manifest, _ in manifests}
    besides = [
        item.name
        for item in found.values()
        if not item.is_zip and item.name not in named | names and _holds_records(item.name)
    ]
    return {"manifests": [manifest for manifest, _ in manifests], "entries": entries, "besides": sorted(besides)}


def _holds_records(name: str) -> bool:
    """Is it named as records are? Notes and attachments are not for the manifest."""
    base = name.rpartition("/")[2]
    return not why_skipped(base) or base.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


def _manifest(item: Item, limits: Limits) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """A manifest with what is wrong in its form, and its content; None for a resource that is only called so."""
    facts: dict[str, Any] = {"path": item.name, "transaction_time": "", "problems": []}
    problems: list[str] = facts["problems"]
    held = bytearray()
    try:
        for block in item.text(limits):
            held += block
            if len(held) > _MAX_BYTES:
                if outer_type(item.text(limits), BLOCK_BYTES):
                    return None
                problems.append(f"it is larger than {_MAX_BYTES} bytes")
                return facts, {}
        content = msgspec.json.decode(bytes(held).removeprefix(b"\xef\xbb\xbf"))
    except Cut as cut:
        problems.append(cut.reason)
        return facts, {}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        problems.append("it is not valid JSON")
        return facts, {}
    if not isinstance(content, dict):
        problems.append("it is not a JSON object")
        return facts, {}
    if isinstance(content.get("resourceType"), str):
        return None
    time = content.get("transactionTime")
    if isinstance(time, str) and _INSTANT.fullmatch(time):
        facts["transaction_time"] = time
    else:
        problems.append("transactionTime, which says as of when the export is, is missing or no instant with a zone")
    if not isinstance(content.get("output"), list):
        problems.append("output, the list of the files, is missing")
    for section in SECTIONS[1:]:
        if section in content and not isinstance(content[section], list):
            problems.append(f"{section} is not a list")
    return facts, content


def _listed(content: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
    for section in SECTIONS:
        given = content.get(section)
        for number, one in enumerate(given if isinstance(given, list) else ()):
            yield section, number, one


def _entry(
    section: str, given: Any, manifest: dict[str, Any], number: int, found: dict[str, Item], limits: Limits
) -> dict[str, Any] | None:
    place = f"{section}[{number}]"
    problems: list[str] = manifest["problems"]
    if not isinstance(given, dict):
        problems.append(f"{place} is not an object")
        return None
    url, kind, count = given.get("url"), given.get("type"), given.get("count")
    if not isinstance(url, str) or not url:
        problems.append(f"{place} has no url")
        return None
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        problems.append(f"{place} has no resource type")
        kind = ""
    if count is not None and (type(count) is not int or count < 0):
        problems.append(f"{place} has a count that is no number of resources")
        count = None
    name = file_of(url, manifest["path"], found)
    item = found.get(name)
    if name == "":
        problems.append(f"{place} leads out of the export")
        name = f"{manifest['path']}#{place}"
    return {
        "section": section,
        "type": kind,
        "file": name,
        "there": item is not None,
        "count": count,
        "sha256": _agrees(_sha256_in(given), item, limits),
    }


def file_of(url: str, manifest: str, found: dict[str, Item]) -> str:
    """The file that an entry means: beside the manifest by its relative URL; else by the last part of its URL.

    Also the same in gzip. What it would be called, where there is none; "" for a way out of the export.
    """
    top = manifest[: max(manifest.rfind("/"), manifest.rfind("!/") + 1) + 1]
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    path = unquote(parts.path)
    if not parts.scheme and not parts.netloc and not path.startswith("/"):
        steps: list[str] = []
        for step in path.split("/"):
            if step == "..":
                if not steps:
                    return ""
                steps.pop()
            elif step not in ("", "."):
                steps.append(step)
        wanted = top + "/".join(steps)
        if "\\" in wanted:
            return ""
        return next((name for name in (wanted, f"{wanted}.gz") if name in found), wanted)
    last = path.rstrip("/").rpartition("/")[2]
    if not last or last in (".", ".."):
        return ""
    for name in (top + last, f"{top}{last}.gz"):
        if name in found:
            return name
    elsewhere = [name for name in found if name.rpartition("/")[2] in (last, f"{last}.gz")]
    return elsewhere[0] if len(elsewhere) == 1 else top + last


def _sha256_in(entry: dict[str, Any]) -> str:
    """The SHA-256 that an entry tells, wherever it has it: in itself or in its extension, by a name that says so."""
    extension = entry.get("extension")
    places: list[tuple[str, Any]] = list(entry.items())
    if isinstance(extension, dict):
        places += extension.items()
    elif isinstance(extension, list):
        for one in extension:
            if isinstance(one, dict):
                places += [(str(one.get("url")), value) for name, value in one.items() if name.startswith("value")]
    for name, value in places:
        plain = name.lower().replace("-", "")
        if "sha256" in plain or "checksum" in plain or "hash" in plain:
            found = value.lower().removeprefix("sha256:") if isinstance(value, str) else ""
            if _SHA256.fullmatch(found):
                return found
    return ""


def _agrees(told: str, item: Item | None, limits: Limits) -> str:
    """Is it the digest of the file, or of what is in its gzip?"""
    if not told:
        return "absent"
    if item is None:
        return "differs"
    stored, inner = hashlib.sha256(), hashlib.sha256()
    try:
        packed = head_of(item.blocks(), 2).startswith(GZIP_MAGIC)
        for block in item.blocks():
            stored.update(block)
        if stored.hexdigest() == told:
            return "same"
        if packed:
            for block in gunzip(item.blocks()):
                inner.update(block)
    except Cut:
        return "differs"
    return "same" if packed and inner.hexdigest() == told else "differs"
