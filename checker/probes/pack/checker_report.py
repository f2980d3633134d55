"""An earlier report of this tool, in JSON: of which product, by which profile, with which conclusion, on what it rests.

Only what a claim of conformance needs is kept. A file is taken for a report if it has the form of one, and if its
tally counts the rows that it has; who made it is not shown by that.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from checker.model.json_depth import nests_too_deep

KIND = "checker-report"
_MOST_BYTES = 64 * 1024 * 1024
_MOST_STANDARDS = 200
_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{64}")


class CheckerReport:
    """Reads one report. What is none has a ``fault``, and no more."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._files = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._files += 1

    def facts(self) -> dict[str, Any]:
        """``profile`` (id, version, digest, modified), ``product``, ``version``, ``conclusion``, ``as_of``, ``passed``.

        ``passed``: the standards that its passing rows cite, as it spells them.
        """
        if self._files != 1:
            return {"fault": f"a report is one file, and there are {self._files}"}
        if self._bytes > _MOST_BYTES:
            return {"fault": f"it is longer than {_MOST_BYTES} bytes"}
        try:
            found = msgspec.json.decode(self._held)
        except RecursionError:
            return {"fault": "it is nested too deeply"}
        except (msgspec.MsgspecError, ValueError):
            return {"fault": "it is not JSON"}
        if nests_too_deep(bytes(self._held)):
            return {"fault": "it is nested too deeply"}
        try:
            return _facts(found)
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
            return {"fault": "it is JSON, and no report of this tool"}


def _facts(found: Any) -> dict[str, Any]:
    profile, supplier, rows = found["profile"], found["supplier"], found["rows"]
    counted = sum(int(line["count"]) for line in found["tally"]["lines"])
    if counted != len(rows):
        return {"fault": f"its tally counts {counted} rows, and it has {len(rows)}"}
    if not _DIGEST.fullmatch(profile["digest"]):
        return {"fault": "it does not say by which edition of its profile it was made"}
    passed = {str(row["clause"]["standard"])[:200] for row in rows if row["verdict"]["outcome"] == "pass"}
    return {
        "profile": {
            "id": _text(profile["id"]),
            "version": _text(profile["version"]),
            "digest": _text(profile["digest"]),
            "modified": "yes" if profile["modified"] else "no",
        },
        "product": _text(supplier.get("product", "")),
        "version": _text(supplier.get("version", "")),
        "conclusion": _text(found["conclusion"]),
        "interrupted": "yes" if found.get("interrupted") else "no",
        "as_of": _text(found["as_of"]),
        "passed": sorted(passed)[:_MOST_STANDARDS],
    }


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found[:200]
