"""The root file of an evidence pack, ``pack.yaml``: of whom and what it is, its sections and its files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from checker.model.pack import SECTION
from checker.probes.pack.schemas import Held, held_against
from checker.probes.plain_yaml import Refused, parsed

ROOT = "pack.yaml"
MOST_BYTES = 4 * 1024 * 1024


class Named(NamedTuple):
    """A file that the root names: as what (``section service``, ``artefact cscr``), where, with which digest."""

    what: str
    kind: str
    """``pack-service`` of a section; of an artefact its kind."""
    path: str
    sha256: str
    """As declared; "" where it is not."""


class Root(NamedTuple):
    """The root as read: what fits its schema, and what does not, by place."""

    content: dict[str, Any]
    faults: tuple[str, ...]
    sha256: str
    said: dict[str, Any] = {}
    """All that it says, whether it fits or not: what its digest is over. It may name people."""

    @property
    def named(self) -> tuple[Named, ...]:
        """All files that it names, sections first."""
        sections = self.content.get("sections", {})
        artefacts = self.content.get("artefacts", [])
        return (
            *(
                Named(f"section {name}", SECTION + name, one["path"], one.get("sha256", ""))
                for name, one in sections.items()
            ),
            *(Named(f"artefact {one['id']}", one["kind"], one["path"], one.get("sha256", "")) for one in artefacts),
        )


def read(folder: Path) -> Root:
    """The root of the pack in a folder. What is in the way of reading it is a fault of it."""
    if (folder / ROOT).exists() and not (folder / ROOT).is_file():
        return Root({}, (f"{ROOT} is no file",), "")  # to read a pipe might never end
    try:
        with (folder / ROOT).open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        return Root({}, (f"{ROOT} cannot be read: {error.strerror or type(error).__name__}",), "")
    digest = hashlib.sha256(text).hexdigest()
    if (folder / ROOT).is_symlink():
        return Root({}, (f"{ROOT} is a symbolic link",), digest)
    if len(text) > MOST_BYTES:
        return Root({}, (f"{ROOT} is longer than {MOST_BYTES} bytes",), digest)
    try:
        said = parsed(text)
        found: Held = held_against("pack", said)
    except Refused as refused:
        return Root({}, (f"{ROOT}: {refused}",), digest)
    return Root(found.content, tuple(f"{ROOT} {one}" for one in found.faults), digest, said)


def digest_of(said: dict[str, Any], digests: dict[str, str]) -> str:
    """The digest of a pack: over all that its root says but digests, and over every file that it names.

    ``digests``: path → SHA-256 of the bytes. A line for each file, sorted by path, then the root as JSON with sorted
    keys, without the digests of files and the one that was signed; so it does not depend on comments and spaces in the
    root, and changes with every byte of every file and with who signs.
    """
    signed = said.get("signed")
    plain = _without_digests(said)
    if isinstance(signed, dict):
        plain["signed"] = {name: one for name, one in signed.items() if name != "digest"}
    lines = [f"{digests[path]}  {path}\n" for path in sorted(digests)]
    whole = "".join(lines) + json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _without_digests(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_digests(one) for name, one in node.items() if name != "sha256"}
    return [_without_digests(one) for one in node] if isinstance(node, list) else node
