"""What lies in the folder of an evidence pack, beside what its root names: bytes, digests, links, orphans.

The facts hold the root as far as it fits its schema, every file with size and SHA-256, and for each file that the
root names what was found at its place. Nothing outside the folder is read, and no link is followed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from checker.model.supplier import Limits
from checker.probes.pack.paths import why_not_a_file
from checker.probes.pack.root import ROOT, Root, digest_of, read
from checker.probes.source.storage import is_in_store

_MOST_FILES = 20_000
_EMPTY = hashlib.sha256().hexdigest()
_CHUNK_BYTES = 1 << 20


def pack_facts(artefact: str, place: Path | str, limits: Limits) -> dict[str, Any]:
    """``content`` and ``faults`` of the root, ``files``, ``links``, ``named`` and the ``digest`` of the whole.

    ``named``: for each file that the root names ``what``, ``kind``, ``path``, the ``declared`` digest, the one that was
    ``found`` ("" for none) and the ``problem``. ``unlisted``: why not every file was looked at, "" when each was.
    """
    if isinstance(place, str) or is_in_store(str(place)):
        return {"problem": "an evidence pack is a folder on this machine"}
    if not place.is_dir():
        return {"problem": f"an evidence pack is a folder with {ROOT} in it, and this is a file"}
    root = read(place)
    files, links, unlisted = _listed(place)
    digests = {str(one["path"]): str(one["sha256"]) for one in files}
    named = [_named(place, root, number, digests) for number in range(len(root.named))]
    of_named = {one["path"]: one["found"] for one in named if one["found"]}
    return {
        "content": root.content,
        "faults": list(root.faults),
        "root_sha256": root.sha256,
        "files": [one for one in files if one["path"] != ROOT],
        "links": links,
        "unlisted": unlisted,
        "named": named,
        "digest": digest_of(root.said, of_named),
    }


def _named(folder: Path, root: Root, number: int, digests: dict[str, str]) -> dict[str, str]:
    one = root.named[number]
    problem = why_not_a_file(folder, one.path)
    found = "" if problem else digests.get(one.path, "")
    if not problem and not found:
        problem = "it could not be read"
    elif found == _EMPTY:
        problem = "it is empty"
    return {
        "what": one.what,
        "kind": one.kind,
        "path": one.path,
        "declared": one.sha256,
        "found": found,
        "problem": problem,
    }


def _listed(folder: Path) -> tuple[list[dict[str, Any]], list[str], str]:
    """Every file with size and digest in the order of paths, the links, and what could not be looked at."""
    files: list[dict[str, Any]] = []
    links: list[str] = []
    unread: list[str] = []
    for place, folders, names in os.walk(folder, followlinks=False, onerror=lambda fault: unread.append("a folder")):
        folders.sort()
        for name in sorted((*folders, *names)):
            path = Path(place) / name
            said = path.relative_to(folder).as_posix()
            if path.is_symlink():
                links.append(said)
            elif name in names and len(files) < _MOST_FILES:
                files += _digested(path, said, unread)
            elif name in names:
                return files, sorted(links), f"it holds more than {_MOST_FILES} files"
        folders[:] = [name for name in folders if not (Path(place) / name).is_symlink()]
    why = f"{unread[0]} cannot be read" if unread else ""
    return sorted(files, key=lambda one: str(one["path"])), sorted(links), why


def _digested(path: Path, said: str, unread: list[str]) -> list[dict[str, Any]]:
    digest, size = hashlib.sha256(), 0
    if not path.is_file():
        unread.append(said)  # a pipe or a device: reading it might never end
        return []
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        unread.append(said)
        return []
    return [{"path": said, "size_bytes": size, "sha256": digest.hexdigest()}]
