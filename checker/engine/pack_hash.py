"""Writing digests into the root of an evidence pack, in place: comments, order and quotes stay as they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.engine.pack_lint import must_be_a_pack
from checker.errors import OutputFault, UsageFault
from checker.model.pack import KIND
from checker.model.supplier import Limits
from checker.probes.pack.inventory import pack_facts
from checker.probes.pack.paths import why_not_a_file
from checker.probes.pack.root import ROOT, read

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

_CHUNK_BYTES = 1 << 20


class Hashed(NamedTuple):
    """What was written: how many digests changed, the digest of the pack, and what could not be read."""

    changed: int
    files: int
    digest: str
    signed: str
    """The digest that was signed; "" where nobody signed."""
    problems: tuple[str, ...]


class _Change(NamedTuple):
    """A part of the text, from a place to a place, and what stands there from now on."""

    start: int
    end: int
    text: str


def write_digests(folder: Path, *, sign: bool = False) -> Hashed:
    """Write the SHA-256 of each file that the root names into it; with ``sign`` that of the pack under ``signed`` too.

    Raises ``UsageFault`` for what is no pack, or a root that cannot be read.
    """
    must_be_a_pack(folder)
    text = _text(folder)
    changes: list[_Change] = []
    problems: list[str] = []
    count = 0
    for one in _named(text):
        path = _scalar(one, "path")
        if path is None:
            problems.append(f"line {one.start_mark.line + 1}: a file without a path")
            continue
        if why := why_not_a_file(folder, path.value):
            problems.append(f"{path.value[:80]}: {why}")
            continue
        count += 1
        changes += _of_file(text, one, path, _digest(folder / path.value))
    _write(folder, _changed(text, changes))
    found = _digests(folder)
    if sign:
        _write(folder, _signed(_text(folder), found[0]))
        found = _digests(folder)
    return Hashed(len(changes), count, *found, tuple(problems))


def _digests(folder: Path) -> tuple[str, str]:
    facts = pack_facts(KIND, folder, Limits())
    signed = facts["content"].get("signed", {})
    return facts["digest"], signed.get("digest", "")


def _text(folder: Path) -> str:
    root = read(folder)
    if not root.said:
        raise UsageFault(
            f"The root cannot be read: {root.faults[0]}.",
            where=str(folder / ROOT),
            next_step="Mend it; 'checker pack lint' names the place.",
        )
    return (folder / ROOT).read_bytes().decode("utf-8")


def _named(text: str) -> Iterator[MappingNode]:
    """The mappings that name a file: each section, then each artefact."""
    import yaml
    from yaml.nodes import MappingNode, SequenceNode

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    sections, artefacts = _value(root, "sections"), _value(root, "artefacts")
    if isinstance(sections, MappingNode):
        yield from (one for _, one in sections.value if isinstance(one, MappingNode))
    if isinstance(artefacts, SequenceNode):
        yield from (one for one in artefacts.value if isinstance(one, MappingNode))


def _value(node: Node | None, name: str) -> Node | None:
    from yaml.nodes import MappingNode

    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def _scalar(node: Node | None, name: str) -> Node | None:
    from yaml.nodes import ScalarNode

    found = _value(node, name)
    return found if isinstance(found, ScalarNode) else None


def _of_file(text: str, node: MappingNode, path: Node, digest: str) -> Iterator[_Change]:
    known = _scalar(node, "sha256")
    if known is not None:
        if known.value != digest:
            yield _Change(known.start_mark.index, known.end_mark.index, _spaced(text, known, digest))
        return
    end = path.end_mark.index
    if node.flow_style:
        yield _Change(end, end, f", sha256: {digest}")
        return
    line_end = text.find("\n", end)
    key = next(key for key, value in node.value if value is path)
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{' ' * key.start_mark.column}sha256: {digest}"
    if line_end < 0:
        yield _Change(len(text), len(text), newline + line + newline)
    else:
        yield _Change(line_end + 1, line_end + 1, line + newline)


def _spaced(text: str, node: Node, value: str) -> str:
    """The value, behind a blank where nothing stood behind the colon."""
    start = node.start_mark.index
    return f" {value}" if text[start - 1 : start] == ":" else value


def _signed(text: str, digest: str) -> str:
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    known = _scalar(_value(root, "signed"), "digest")
    if known is None:
        raise UsageFault(
            "Nobody is named who signs the pack.",
            where=f"{ROOT} /signed",
            next_step="Write name, role, date and 'digest: TO DO' under 'signed', then run this again.",
        )
    return _changed(text, [_Change(known.start_mark.index, known.end_mark.index, _spaced(text, known, digest))])


def _changed(text: str, changes: list[_Change]) -> str:
    for one in sorted(changes, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _write(folder: Path, text: str) -> None:
    """In one step: who reads meanwhile sees the old root or the new one."""
    place = folder / ROOT
    if place.read_bytes() == text.encode("utf-8"):
        return
    beside = folder / f"{ROOT}.new"
    try:
        beside.write_bytes(text.encode("utf-8"))
        os.replace(beside, place)
    except OSError as error:
        raise OutputFault(
            f"The root cannot be written: {error.strerror or error}.",
            where=str(place),
            next_step="Make the folder one that you can write to.",
        ) from None
