"""The manifest of an export, as the reference supplier writes it, and what may be untrue in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fixtures.supplier.manifest import NAME, SHA256
from tests.bench.exports.calendar import EXPORTED_AT
from tests.bench.exports.files import NdjsonFile

__all__ = ["NAME", "manifest", "spoilt"]


def manifest(files: Iterable[tuple[str, NdjsonFile]]) -> dict[str, Any]:
    """Of these types and files."""
    return {
        "transactionTime": EXPORTED_AT,
        "request": "https://supplier.example/fhir/$export",
        "requiresAccessToken": False,
        "output": [
            {"type": kind, "url": file.path.name, "count": file.count, "extension": {SHA256: file.sha256}}
            for kind, file in files
        ],
        "error": [],
    }


def spoilt(told: dict[str, Any], faults: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Make the manifest untrue in these ways; each that was made, with its pointer."""
    output: list[dict[str, Any]] = told["output"]
    place = {one["type"]: index for index, one in enumerate(output)}
    if "manifest-wrong-count" in faults:
        output[place["Encounter"]]["count"] += 1
        yield "manifest-wrong-count", f"/output/{place['Encounter']}/count"
    if "manifest-wrong-digest" in faults:
        output[place["Condition"]]["extension"][SHA256] = "0" * 64
        yield "manifest-wrong-digest", f"/output/{place['Condition']}/extension"
    if "manifest-missing-file" in faults:
        output.append({"type": "Procedure", "url": "Procedure.ndjson", "count": 12, "extension": {SHA256: "1" * 64}})
        yield "manifest-missing-file", f"/output/{len(output) - 1}/url"
    if "file-not-in-manifest" in faults:
        del output[place["PractitionerRole"]]
        yield "file-not-in-manifest", "/output"


def text(told: dict[str, Any]) -> str:
    """As it is written."""
    return json.dumps(told, indent=2) + "\n"
