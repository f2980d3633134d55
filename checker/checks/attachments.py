"""Attachments leave with the records: every one that is referred to is in the export, whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import SplitResult, unquote, urlsplit

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ELEMENTS = (
    "attachment",
    "content",
    "contentAttachment",
    "photo",
    "presentedForm",
    "sourceAttachment",
    "valueAttachment",
)
"""The elements of FHIR R4 that are, or may be, of type Attachment."""
_BINARY = re.compile(r"(?:.*/)?Binary/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)
_IS_THERE, _IS_WANTED = b"\0", b"\1"
_ELSEWHERE = "elsewhere"
_RESOURCE_FILES = (".ndjson", ".json", ".xml", ".gz", ".zip", ".parquet", ".csv", ".yaml", ".yml")

_SAID = {
    "missing": Said(
        "An attachment is referred to and is not in the export",
        "a file or Binary in the export for each attachment",
        "none at its url",
    ),
    "empty": Said("An attachment has no content in the export", "its content", "zero bytes"),
    "size": Said(
        "An attachment has another size than is stated", "as many bytes as Attachment.size says", "more or fewer"
    ),
    "hash": Said(
        "An attachment is not the one that was stored: its hash is another",
        "the SHA-1 that Attachment.hash holds",
        "another SHA-1",
    ),
}


class AttachmentParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``wanted``: the files of the export, ``size sha1 path``. ``base``: the supplier's own base URL."""

    wanted: tuple[str, ...] = ()
    base: str = ""
    seed: str = ""


@dataclass
class _Files:
    by_path: Mapping[str, tuple[int, str]] = field(default_factory=dict)


class Attachments(TalliedScan[AttachmentParams], Keyed[AttachmentParams, Tallied]):
    """Every attachment by url leads to a file, or a Binary, of the export; size and hash are those that are stated.

    A url leads to a file relative to the export, or to the file that refers to it; to a Binary by ``Binary/id``, also
    below the supplier's own base. Content within the resource (``data``) is held against size and hash too. What is
    elsewhere on the web is counted, and left open. Size is in bytes and hash is SHA-1, in base64
    (http://hl7.org/fhir/R4/datatypes.html#Attachment).

    Good: ``{"url": "files/letter.pdf", "size": 1024}`` and a file of 1024 bytes there.
    Bad: the same without the file, or with an empty one.
    """

    id: ClassVar[str] = "export.attachments"
    params_type: ClassVar[type[Params]] = AttachmentParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Binary",)), *(Look(element=name) for name in _ELEMENTS))
    source: ClassVar[str] = "docs/policy.md#attachments-leave-too"
    absences: ClassVar[bool] = True

    def __init__(self) -> None:
        self._known: tuple[AttachmentParams, _Files] | None = None

    def emit(self, seen: Seen, params: AttachmentParams) -> Iterator[tuple[bytes, bytes]]:
        """A Binary under its id; an attachment under the Binary or file that it leads to."""
        node = seen.node
        if not isinstance(node, dict):
            return
        if node.get("resourceType") == "Binary":
            if seen.resource_id and not seen.pointer.count("/contained/"):
                said = _content(node.get("data"))
                yield f"Binary/{seen.resource_id}".encode(), _IS_THERE + json.dumps(said).encode()
            return
        if not _is_attachment(node):
            return
        stated = {"place": seen.place, "size": node.get("size"), "hash": node.get("hash")}
        url = node.get("url")
        if "data" in node or not isinstance(url, str):
            if "data" in node:
                yield f"@{seen.place}".encode(), _IS_WANTED + _packed({**stated, "is": _content(node["data"])})
            return
        if params.base and url.startswith(f"{params.base}/"):
            url = url[len(params.base) + 1 :]
        binary = _BINARY.fullmatch(url)
        if binary is not None and not _is_elsewhere(url):
            yield f"Binary/{binary[1]}".encode(), _IS_WANTED + _packed(stated)
        elif _is_elsewhere(url):
            yield f"@{seen.place}".encode(), _IS_WANTED + _packed({**stated, _ELSEWHERE: True})
        else:
            path = self._path(url, seen.locator.path, params)
            yield f"@{seen.place}".encode(), _IS_WANTED + _packed({**stated, "file": path})

    def reduce(self, state: Tallied, values: Iterator[bytes], params: AttachmentParams) -> Tallied:
        """One attachment, or all those that lead to one Binary behind the Binary itself."""
        binary: list[Any] | None = None
        for value in values:
            if value[:1] == _IS_THERE:
                binary = json.loads(value[1:])
                continue
            wanted = json.loads(value[1:])
            if wanted.get(_ELSEWHERE):
                state.count(_ELSEWHERE)
                continue
            state.count()
            if "file" in wanted:
                state.count(f"file {wanted['file']}") if wanted["file"] else None
                there = self._files(params).by_path.get(wanted["file"])
                content = None if there is None else [there[0], there[1]]
            else:
                content = wanted.get("is", binary)
            for fault in _faults(wanted, content):
                state.fault(fault, wanted["place"])
        return state

    def finish(self, state: Tallied, params: AttachmentParams) -> Iterator[Statement]:
        """How many attachments were followed, and a finding for each sort of fault."""
        if state.examined:
            yield Examined(what="attachments", count=state.examined)
            yield from findings(state, _SAID)

    def _files(self, params: AttachmentParams) -> _Files:
        if self._known is None or self._known[0] is not params:
            split = (one.split(" ", 2) for one in params.wanted)
            self._known = (params, _Files({path: (int(size), sha1) for size, sha1, path in split}))
        return self._known[1]

    def _path(self, url: str, locator: str, params: AttachmentParams) -> str:
        """The path of the file in the export; "" when there is none."""
        wanted = posixpath.normpath(unquote(_parts(url).path).lstrip("/"))
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(locator.partition("/")[2]), wanted))
        return next((path for path in (wanted, beside) if path in self._files(params).by_path), "")


ATTACHMENTS = Attachments()
_NEED = Need(probe="exit.attachments", params=NoParams())


@check(
    "export.holds-its-attachments",
    needs=lambda p, settings: [_NEED],
    source="docs/policy.md#attachments-leave-too",
)
def holds_its_attachments(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every attachment of the export is in it, with the size and hash that are stated, and no file is left over.

    A file is left over when it stands in a folder to which an attachment leads, and none leads to it.

    Good: a DocumentReference whose ``attachment.url`` is ``files/letter.pdf``, and that file.
    Bad: the file is missing, empty or another; or ``files/other.pdf`` belongs to no record.
    """
    view = ev.record(_NEED)
    found = [(item.id, one) for item in view.evidence("attachments") if isinstance(one := item.read(), Artefact)]
    files = [one for item in view.evidence("files") if isinstance(one := item.read(), Artefact)]
    if not found or any("state" not in one.facts for _, one in found):
        yield view.undecided("the attachments of the export")
        return
    state = Tallied()
    for _, one in found:
        state = ATTACHMENTS.merge(state, ATTACHMENTS.load(one.facts["state"]))
    evidence = tuple(name for name, _ in found)
    doubt = next((one for _, one in found if one.facts.get("unreadable")), None)
    archives = [file.path for one in files for file in one.files if file.path.lower().endswith(".zip")]
    for said in findings(state, _SAID):
        if said.message == _SAID["missing"].message and (doubt is not None or archives):
            why = "a part of the export could not be read" if doubt is not None else "an archive was not looked into"
            yield Undecided(reason=Reason.NO_DATA, message=f"{said.count} attachments were not found, and {why}")
        else:
            yield said
    if elsewhere := state.counts.get(_ELSEWHERE, 0):
        message = f"{elsewhere} attachments are elsewhere on the web: whether they stay there is not known"
        yield Undecided(reason=Reason.HUMAN, message=message, evidence=evidence)
    used = {name.removeprefix("file ") for name in state.counts if name.startswith("file ")}
    if left := sorted(_left_over(files, used)):
        yield Finding(
            message=f"{len(left)} files beside the attachments belong to no record.",
            expected="a record that refers to each file",
            actual="no attachment leads to it",
            place=f"a file of {sum(one.size_bytes for _, one in left)} bytes in all",
            evidence=evidence,
            count=len(left),
        )
    if state.examined:
        yield Examined(what=f"{state.examined} attachments were followed.", evidence=evidence, count=state.examined)


def _left_over(files: list[Artefact], used: set[str]) -> Iterator[tuple[str, Any]]:
    folders = {posixpath.dirname(path) for path in used} - {""}
    for one in files:
        for file in one.files:
            is_data = file.path.lower().endswith(_RESOURCE_FILES)
            if posixpath.dirname(file.path) in folders and file.path not in used and not is_data:
                yield file.path, file


def _is_attachment(node: dict[str, Any]) -> bool:
    """``content`` is an Attachment in Media alone; in DocumentReference it holds one."""
    return "resourceType" not in node and ("url" in node or "data" in node) and "attachment" not in node


def _is_elsewhere(url: str) -> bool:
    return bool(_parts(url).scheme)


def _parts(url: str) -> SplitResult:
    """A URL in its parts; one that is none is all path."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def _content(data: Any) -> list[Any]:
    """Size and SHA-1 of content in base64; size -1 when it is not."""
    try:
        raw = base64.b64decode("".join(data.split()), validate=True) if isinstance(data, str) else b""
    except (binascii.Error, ValueError):
        return [-1, ""]
    return [len(raw), hashlib.sha1(raw, usedforsecurity=False).hexdigest()]


def _packed(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True).encode()


def _faults(wanted: dict[str, Any], content: list[Any] | None) -> Iterator[str]:
    if content is None:
        yield "missing"
        return
    size, sha1 = content
    if size <= 0:
        yield "empty"
        return
    if type(wanted["size"]) is int and wanted["size"] != size:
        yield "size"
    if isinstance(wanted["hash"], str):
        try:
            stated = base64.b64decode("".join(wanted["hash"].split()), validate=True).hex()
        except (binascii.Error, ValueError):
            stated = ""
        if stated and stated != sha1 and len(stated) == len(sha1):
            yield "hash"
