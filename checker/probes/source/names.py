"""File names: which are taken for FHIR, and how they are written down."""

from __future__ import annotations

_READ = (".json", ".ndjson", ".jsonl")


def why_skipped(name: str) -> str:
    """Why a file of that name in a folder or archive is left out; "" if it is read."""
    parts = name.split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "hidden"
    lower = parts[-1].lower()
    if lower.removesuffix(".gz").endswith(_READ) or lower.endswith(".zip"):
        return ""
    if lower.removesuffix(".gz").endswith(".xml"):
        return "FHIR XML is not read by scans"
    return "not named as FHIR JSON (.json, .ndjson, .jsonl, each also .gz, or .zip)"


def written(name: str) -> str:
    """The name as text that can always be encoded: a byte that is not UTF-8 is written in hexadecimal."""
    return name.encode("utf-8", "surrogatepass" if _has_pair(name) else "surrogateescape").decode(
        "utf-8", "backslashreplace"
    )


def _has_pair(name: str) -> bool:
    """Surrogates beyond those that stand for undecodable bytes (Windows allows them in names)."""
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in name)
