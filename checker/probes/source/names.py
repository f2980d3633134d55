"""File names: which are taken for records, and how they are written down."""

from __future__ import annotations

from collections.abc import Iterable

from checker.model.table import Table, table_for

_READ = (".json", ".ndjson", ".jsonl", ".xml")
_TABLES = (".csv", ".tsv")
_MAPPINGS = (".mapping.yaml", ".mapping.yml")
_ATTACHMENTS = (
    *(".pdf", ".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".svg", ".dcm", ".dicom"),
    *(".rtf", ".doc", ".docx", ".odt", ".wav", ".mp3", ".mp4", ".sha256", ".md5"),
)
_NOTES = ("readme", "licence", "license", "sha256sums", "md5sums", "checksums")
HIDDEN = "hidden"
MAPPING = "the mapping of a table"
ATTACHMENT = "an attachment or a note, which holds no records"
HARMLESS = frozenset({HIDDEN, MAPPING, ATTACHMENT})
"""Reasons to leave a file out that nobody need be told of twice."""
NO_MAPPING = "a table without a mapping of its columns"


def why_skipped(name: str, tables: Iterable[Table] = (), *, attachments: bool = False) -> str:
    """Why a file of that name in a folder or archive is left out; "" if it is read.

    ``tables``: those that have a mapping. ``attachments``: are pictures and letters to be expected?
    """
    parts = name.split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return HIDDEN
    lower = parts[-1].lower()
    plain = lower.removesuffix(".gz")
    if lower.endswith(_MAPPINGS):
        return MAPPING
    if plain.endswith(_READ) or lower.endswith((".zip", ".parquet")) or table_for(name, tables) is not None:
        return ""
    if plain.endswith(_TABLES):
        return NO_MAPPING
    note = lower.partition(".")[0] in _NOTES and lower.endswith((*_NOTES, ".txt", ".md"))
    if attachments and (lower.endswith(_ATTACHMENTS) or note):
        return ATTACHMENT
    return "not named as FHIR (.json, .ndjson, .jsonl, .xml, each also .gz, or .zip)"


def written(name: str) -> str:
    """The name as text that can always be encoded: a byte that is not UTF-8 is written in hexadecimal."""
    return name.encode("utf-8", "surrogatepass" if _has_pair(name) else "surrogateescape").decode(
        "utf-8", "backslashreplace"
    )


def _has_pair(name: str) -> bool:
    """Surrogates beyond those that stand for undecodable bytes (Windows allows them in names)."""
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in name)
