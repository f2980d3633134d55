"""The data dictionary of an export: which elements and codes it explains, and what it declares of the whole.

YAML with ``topics``, ``elements``, ``code-systems``, ``not-exported`` and ``tenant``, or CSV with a column ``path``
(or ``element``, ``column``) and one of ``meaning`` (or ``description``, ``definition``). Several files add up.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import Any

from checker.model.whole_text import whole_value

_MOST_BYTES = 16 * 1024 * 1024
_PATH = ("path", "element", "column")
_MEANING = ("meaning", "description", "definition")
_PLAIN = re.compile(r"[A-Za-z0-9_.\[\]*:-]{1,200}")
_ODS = re.compile(r"[A-Z0-9]{3,10}")


class Dictionary:
    """Reads the files of a dictionary. Facts are names, counts and digests of codes; no text of it is kept."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._topics: set[str] = set()
        self._elements: set[str] = set()
        self._unexplained = 0
        self._codes: dict[str, set[str]] = {}
        self._not_exported: set[str] = set()
        self._ods: set[str] = set()
        self._problems: list[str] = []
        self._file = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends: read it."""
        self._file += 1
        text = bytes(self._held)
        too_long = self._bytes > _MOST_BYTES
        self._held, self._bytes = bytearray(), 0
        if too_long:
            self._problems.append(f"file {self._file} is longer than {_MOST_BYTES} bytes")
            return
        try:
            self._read(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            self._problems.append(f"file {self._file} is not UTF-8 at byte {error.start}")

    def facts(self) -> dict[str, Any]:
        """What the dictionary explains."""
        return {
            "topics": sorted(self._topics),
            "elements": sorted(self._elements),
            "unexplained": self._unexplained,
            "codes": {system: sorted(codes) for system, codes in sorted(self._codes.items())},
            "not_exported": sorted(self._not_exported),
            "ods": sorted(self._ods),
            "problems": self._problems[:5],
        }

    def _read(self, text: str) -> None:
        head = text.lstrip().partition("\n")[0].lower()
        columns = [cell.strip().strip('"') for cell in head.split(",")]
        if len(columns) > 1 and any(name in columns for name in _PATH):
            self._table(text)
        else:
            self._document(text)

    def _table(self, text: str) -> None:
        for row in csv.DictReader(io.StringIO(text.lstrip())):
            cells = {str(name or "").strip().lower(): value for name, value in row.items() if isinstance(value, str)}
            path = next((cells[name] for name in _PATH if cells.get(name)), "")
            self._element(path, next((cells[name] for name in _MEANING if cells.get(name)), ""))

    def _document(self, text: str) -> None:
        import yaml

        try:
            found = whole_value(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - every scalar stays text
        except (yaml.YAMLError, RecursionError, ValueError):
            self._problems.append(f"file {self._file} is neither CSV with a column 'path' nor YAML")
            return
        if not isinstance(found, dict):
            self._problems.append(f"file {self._file} holds no mapping")
            return
        self._topics |= {name for name, said in _pairs(found.get("topics")) if _says(said)}
        for one in _list(found.get("elements")):
            if isinstance(one, dict):
                self._element(str(one.get("path", "")), next((one[name] for name in _MEANING if one.get(name)), ""))
        for one in _list(found.get("code-systems")):
            if isinstance(one, dict) and isinstance(one.get("system"), str):
                known = self._codes.setdefault(one["system"], set())
                known |= {code_digest(one["system"], code) for code, said in _pairs(one.get("codes")) if _says(said)}
        self._not_exported |= {name for name, why in _pairs(found.get("not-exported")) if _says(why)}
        tenant = found.get("tenant")
        for code in _list(tenant.get("ods") if isinstance(tenant, dict) else None):
            if isinstance(code, str) and _ODS.fullmatch(code.upper()):
                self._ods.add(code.upper())

    def _element(self, path: str, meaning: object) -> None:
        if not _PLAIN.fullmatch(path.strip()):
            return
        if _says(meaning):
            self._elements.add(path.strip().replace("[x]", ""))
        else:
            self._unexplained += 1


def code_digest(system: str, code: str) -> str:
    """What stands for a code of a system: local codes may say more than they should."""
    return hashlib.sha256(f"{system}|{code}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _says(said: object) -> bool:
    return isinstance(said, str) and bool(said.strip())


def _pairs(found: Any) -> list[tuple[str, Any]]:
    return [(name, said) for name, said in found.items() if isinstance(name, str)] if isinstance(found, dict) else []


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
