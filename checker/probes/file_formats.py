"""What kind of file each file of an artefact is, by its first bytes and not by its name; and which nobody can open.

Facts are counts and names of files.
"""

from __future__ import annotations

import codecs
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from checker.model.supplier import Limits
from checker.probes.source.blocks import GZIP_MAGIC, Cut, gunzip, head_of
from checker.probes.source.items import Item, items

OPEN = frozenset(
    {"json", "ndjson", "xml", "csv", "text", "parquet", "pdf", "jpeg", "png", "gif", "tiff", "webp", "dicom", "zip"}
    | {"office-open-xml", "open-document", "rtf", "wav", "mp3", "mp4", "svg", "html", "gzip", "empty"}
)
"""Formats that anybody's software opens. A gzip or zip is told by what is in it where that can be read."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"{\\rtf", "rtf"),
    (b"ID3", "mp3"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"(\xb5/\xfd", "zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7-zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\0\x01\0\0Standard Jet DB", "microsoft-access"),
    (b"\0\x01\0\0Standard ACE DB", "microsoft-access"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "microsoft-compound-file"),
    (b"TAPE\0\0", "sql-server-backup"),
    (b"PGDMP", "postgresql-dump"),
    (b"\x03\0\x01EXPORT:", "oracle-dump"),
    (b"Salted__", "encrypted"),
    (b"-----BEGIN PGP MESSAGE", "encrypted"),
    (b"age-encryption.org/", "encrypted"),
    (b"\x1f\x9d", "compress"),
    (b"\x1f\xa0", "compress"),
)
_HEAD_BYTES = 4096
_MOST_NAMES = 20


def format_facts(artefact: str, path: Path | str, limits: Limits) -> dict[str, Any]:
    """``files``: how many there are. ``formats``: how many of each kind. ``closed``: the first names of each kind that
    is not open. ``unopened``: names of files that could not be opened at all, with the reason.
    """
    formats: dict[str, int] = {}
    closed: dict[str, list[str]] = {}
    unopened: list[dict[str, str]] = []
    files = 0
    with ExitStack() as opened:
        for item in items(artefact, path, limits, opened):
            files += not item.is_zip
            kind = _kind(item, unopened)
            if kind:
                formats[kind] = formats.get(kind, 0) + 1
            if kind and kind not in OPEN:
                closed.setdefault(kind, []).append(item.name)
    return {
        "files": files,
        "formats": dict(sorted(formats.items())),
        "closed": {
            kind: {"count": len(names), "files": sorted(names)[:_MOST_NAMES]} for kind, names in sorted(closed.items())
        },
        "unopened": sorted(unopened, key=lambda one: one["file"])[:_MOST_NAMES],
        "unopened_count": len(unopened),
    }


def _kind(item: Item, unopened: list[dict[str, str]]) -> str:
    """The kind of a file; that of its content where it is gzip; "" where nothing of it can be read."""
    if item.is_zip:
        return "zip"
    if item.problem:
        unopened.append({"file": item.name, "why": item.problem})
        return "encrypted" if "encrypted" in item.problem else ""
    try:
        return kind_by_bytes(_first(item), item.name)
    except Cut as cut:
        unopened.append({"file": item.name, "why": cut.reason})
        return ""


def _first(item: Item) -> bytes:
    head = head_of(item.blocks(), _HEAD_BYTES)
    if not head.startswith(GZIP_MAGIC):
        if not head and item.size_bytes:
            for _ in item.blocks():
                break  # raises what is wrong
        return head
    inner = head_of(gunzip(item.blocks()), _HEAD_BYTES)
    if not inner:
        for _ in gunzip(item.blocks()):
            break
    return inner


def kind_by_bytes(head: bytes, name: str = "") -> str:
    """The kind of a file that begins so. The name decides only between kinds of plain text."""
    if not head:
        return "empty"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[128:132] == b"DICM":
        return "dicom"
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"word/" in head or b"xl/" in head:
            return "office-open-xml"
        return "open-document" if b"mimetypeapplication/vnd.oasis.opendocument" in head else "zip"
    if head.startswith(b"RIFF"):
        return {b"WAVE": "wav", b"WEBP": "webp"}.get(head[8:12], "unknown")
    if head[4:8] == b"ftyp":
        return "mp4"
    return _text(head, name.lower().removesuffix(".gz"))


def _text(head: bytes, name: str) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16-text"
    text = head.removeprefix(b"\xef\xbb\xbf")
    is_binary = any(byte < 9 or 13 < byte < 32 for byte in text)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)  # the last character may be cut off
    except UnicodeDecodeError:
        return "unknown" if is_binary else "text-not-utf-8"
    if is_binary:
        return "unknown"
    start = text.lstrip()
    if start.startswith(b"<"):
        lower = start[:200].lower()
        if b"<!doctype html" in lower or lower.startswith(b"<html"):
            return "html"
        return "svg" if b"<svg" in lower else "xml"
    if name.endswith((".csv", ".tsv")):
        return "csv"
    if name.endswith((".ndjson", ".jsonl")):
        return "ndjson"
    return "json" if start.startswith((b"{", b"[")) else "text"
