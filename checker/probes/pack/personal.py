"""Data of patients in the text files of an evidence pack: what sort, in which file and line, how often. Never a value.

A pack speaks of a product and a company. Their people and addresses may stand in it, so what counts is what only a
patient's record has: NHS numbers, National Insurance numbers, dates of birth. Numbers that begin with 9 are never
issued: a file whose every NHS number is of that sort is about nobody, and so are the dates of birth in it.
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from checker.detectors import Kind, Sureness, detect
from checker.detectors.prefilter import prefilter
from checker.model.supplier import Limits
from checker.probes.source.storage import is_in_store

PERSONAL = "pack-personal-data"
TEXTS = frozenset(
    {
        *("csv", "tsv", "json", "ndjson", "jsonl", "yaml", "yml", "xml", "txt", "text", "md", "markdown", "rst"),
        *("html", "htm", "xhtml", "log", "har", "hl7", "sql", "eml"),
    }
)
"""How names of files end whose text is looked at."""
_SECTIONS = frozenset({"yaml", "yml"})
_KINDS = frozenset({Kind.NHS_NUMBER, Kind.NINO, Kind.BIRTH_DATE, Kind.TITLED_NAME})
_BARE = "bare-number"
_NEVER_ISSUED = "9"
_LONGEST_LINE = 1 << 20
_MOST_FILES = 20_000
_MOST_PLACES = 5
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def personal_facts(artefact: str, place: Path | str, limits: Limits) -> dict[str, Any]:
    """``read``: how many files were. ``hits``: what was found, by file. ``unscanned``: names of files that are no text;
    ``unread``: of those that are text by name, and could not be read.

    Each of ``hits`` has ``path``, ``synthetic`` (how many numbers that are never issued), ``sorts`` (sort → ``count``
    and ``places``) and ``bare`` (different numbers of ten digits, and how many have the check digit of an NHS number).
    """
    if isinstance(place, str) or is_in_store(str(place)) or not place.is_dir():
        return {"problem": "an evidence pack is a folder on this machine"}
    hits: list[dict[str, Any]] = []
    unscanned: list[str] = []
    unread: list[str] = []
    read = 0
    for number, (path, said) in enumerate(_files(place)):
        if number >= _MOST_FILES:
            unread.append(f"what comes after {_MOST_FILES} files")
            break
        if PurePath(said).suffix.lower().lstrip(".") not in TEXTS:
            unscanned.append(said)
            continue
        try:
            found = _scanned(path)
        except (OSError, csv.Error):
            unread.append(said)
            continue
        read += 1
        if found.told:
            hits.append({"path": said, **found.facts()})
    return {"read": read, "hits": hits, "unscanned": unscanned, "unread": unread}


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file with its path in the pack, in order; what is a link, or no file, is for others to tell."""
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not (Path(place) / name).is_symlink())
        for name in sorted(names):
            path = Path(place) / name
            if path.is_symlink() or not path.is_file():
                continue
            yield path, path.relative_to(folder).as_posix()


class _Found:
    """What was found in one file."""

    def __init__(self, *, names_of_staff: bool) -> None:
        self._sorts: dict[str, tuple[int, list[str]]] = {}
        self._numbers: set[str] = set()
        self._passing = 0
        self._synthetic = 0
        self._kinds = _KINDS - {Kind.TITLED_NAME} if names_of_staff else _KINDS

    @property
    def told(self) -> bool:
        """Is there anything to tell?"""
        return bool(self._sorts or self._numbers)

    def look(self, text: str, line: int) -> None:
        """One line, or one piece of a long one."""
        for hit in detect(text, self._kinds):
            if hit.kind is not Kind.NHS_NUMBER:
                self._add(str(hit.kind), line)
            elif hit.value.startswith(_NEVER_ISSUED):
                self._synthetic += hit.sureness is not Sureness.CHANCE
            elif hit.sureness >= Sureness.LIKELY:
                self._add(str(hit.kind), line)
            elif hit.value not in self._numbers:
                self._numbers.add(hit.value)
                self._passing += hit.sureness is Sureness.BARE
                if hit.sureness is Sureness.BARE:
                    self._add(_BARE, line)

    def facts(self) -> dict[str, Any]:
        """Counts and places."""
        sorts = {sort: {"count": count, "places": places} for sort, (count, places) in sorted(self._sorts.items())}
        bare = {"numbers": len(self._numbers), "passing": self._passing}
        return {"synthetic": self._synthetic, "sorts": sorts, "bare": bare}

    def _add(self, sort: str, line: int) -> None:
        count, places = self._sorts.get(sort, (0, []))
        place = f"line {line}"
        if len(places) < _MOST_PLACES and place not in places:
            places.append(place)
        self._sorts[sort] = (count + 1, places)


def _scanned(path: Path) -> _Found:
    ending = path.suffix.lower().lstrip(".")
    found = _Found(names_of_staff=ending in _SECTIONS)
    may_hold = prefilter(_KINDS).may_hold
    lines = _labelled(path) if ending in ("csv", "tsv") else _lines(path)
    for line, text in lines:
        if may_hold(text.encode("utf-8", "replace")):
            found.look(text, line)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as stream:
        coding = "utf-16" if stream.read(2) in _UTF_16 else "utf-8-sig"
    with path.open(encoding=coding, errors="replace", newline="") as texts:
        line = 1
        while piece := texts.readline(_LONGEST_LINE):
            yield line, piece
            line += piece.endswith(("\n", "\r"))


def _labelled(path: Path) -> Iterator[tuple[int, str]]:
    """The rows of a table, each cell behind the name of its column: that says what a number is."""
    rows = csv.reader((text for _, text in _lines(path)), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    header = next(rows, [])
    yield 1, "; ".join(header)
    for row in rows:
        names = (*header, *("" for _ in row[len(header) :]))
        yield rows.line_num, ";\n".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=False))
