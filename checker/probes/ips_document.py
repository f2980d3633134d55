"""Files that hold an International Patient Summary each: what is wrong with it, by place. No content is kept."""

from __future__ import annotations

from typing import Any

from checker.fhir.patient_summary import is_document, problems
from checker.model.view import parse_json

_MOST_BYTES = 16 * 1024 * 1024


class IpsDocument:
    """Reads JSON files, each one Bundle."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._found: list[dict[str, Any]] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        text, size = bytes(self._held), self._bytes
        self._held, self._bytes = bytearray(), 0
        if size > _MOST_BYTES:
            self._found.append({"unread": f"longer than {_MOST_BYTES} bytes"})
            return
        body = parse_json(text)
        if body.problem:
            self._found.append({"unread": body.problem.partition(":")[0]})
        elif not is_document(body.value):
            self._found.append({"unread": "no Bundle"})
        else:
            self._found.append({"problems": problems(body.value)})

    def facts(self) -> dict[str, Any]:
        """``summaries``: for each file its ``problems`` by part, or why it was ``unread``."""
        return {"summaries": self._found}
