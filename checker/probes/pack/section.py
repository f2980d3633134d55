"""One section of an evidence pack: YAML or JSON in which every scalar is text, held against its schema."""

from __future__ import annotations

from typing import Any

from checker.probes.pack.root import MOST_BYTES
from checker.probes.pack.schemas import cited, held_against
from checker.probes.plain_yaml import Refused, parsed


class Section:
    """Reads the one file of a section."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held = bytearray()
        self._bytes = 0
        self._files = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._bytes += len(chunk)
        if self._bytes <= MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        self._files += 1

    def facts(self) -> dict[str, Any]:
        """``content``: the top-level keys that fit the schema. ``faults``: what does not, by JSON pointer.

        ``cited``: the ids of artefacts that it cites as evidence, each with its ``place``.
        """
        if self._files != 1:
            return {"content": {}, "cited": [], "faults": [f"a section is one file, and there are {self._files}"]}
        if self._bytes > MOST_BYTES:
            return {"content": {}, "cited": [], "faults": [f"it is longer than {MOST_BYTES} bytes"]}
        if self._held.startswith(b"PK\x03\x04"):
            fault = "it is a spreadsheet or another archive, and YAML or JSON is asked for"
            return {"content": {}, "cited": [], "faults": [fault]}
        try:
            found = held_against(self._name, parsed(bytes(self._held)))
        except Refused as refused:
            return {"content": {}, "cited": [], "faults": [str(refused)]}
        return {
            "content": found.content,
            "cited": cited(self._name, found.content),
            "faults": list(found.faults),
        }
