"""Published tables of counts, as CSV: which cells break the rules of disclosure control, by place and never by value.

The first row names the columns. A cell is a count when it is a whole number, or ``*`` for one that was suppressed. A
column whose name says mean, median or average holds averages; one called ``n``, ``count`` or ``number`` beside it says
on how many people they rest. A row is national when a column called ``level`` says so, or its first cell is England,
UK, Great Britain or National. Totals are rows whose first cell, and columns whose name, begin with Total or All.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any, NamedTuple

_MOST_BYTES = 32 * 1024 * 1024
"""Of one file: a table that is published is read by people."""
_MOST_PLACES = 5
_COUNT = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+|-?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?", re.ASCII)
_AVERAGE = re.compile(r"\b(?:mean|median|average|avg)\b", re.I)
_PEOPLE = re.compile(r"n|count|number|people|patients|denominator", re.I)
_TOTAL = re.compile(r"(?:grand |sub)?total\b|all\b", re.I)
_NATIONAL = re.compile(r"england|united kingdom|uk|great britain|national", re.I)
_LEVEL = re.compile(r"(?:geography|geographic|area|org(?:anisation)?)?[ _-]?level", re.I)
_NO_COUNT = re.compile(r"\b(?:year|month|date|code|id|age|week|quarter|rank|rate|percent\w*|ratio|score)\b|%", re.I)
_SUPPRESSED = "*"
_SMALLEST, _LARGEST = 1, 7
"""The counts that are suppressed (disclosure control for HES and ECDS since September 2018)."""
_ROUNDED_TO = 5
_RULES = ("small", "unrounded", "recoverable", "averages")


class _Table(NamedTuple):
    """One table: what its columns are, and its rows with the number of the line on which each begins."""

    columns: list[str]
    rows: list[tuple[int, list[str]]]
    counts: list[int]
    averages: list[int]
    level: int


class PublishedTables:
    """Reads CSV files. ``facts``: how many cells of each sort there are, and the places of those that break a rule."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._file = 0
        self._counts = {"tables": 0, "cells": 0, "averages": 0, "lines_with_totals": 0}
        self._faults: dict[str, int] = {}
        self._places: dict[str, list[str]] = {}
        self._unread: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """Hold the file, up to a size."""
        if len(self._held) <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """Judge the table that was held."""
        self._file += 1
        name = f"table {self._file}"
        data, self._held = bytes(self._held), bytearray()
        if len(data) > _MOST_BYTES:
            self._unread.append(f"{name} is larger than {_MOST_BYTES} bytes")
            return
        try:
            table = _read(data)
        except (UnicodeDecodeError, csv.Error):
            self._unread.append(f"{name} cannot be read as CSV in UTF-8")
            return
        if isinstance(table, str):
            self._unread.append(f"{name}: {table}")
            return
        self._counts["tables"] += 1
        self._cells(name, table)
        self._averages(name, table)
        self._totals(name, table)

    def facts(self) -> dict[str, Any]:
        """What was found in all files."""
        faults = {
            rule: {"count": self._faults[rule], "places": self._places[rule]} for rule in _RULES if rule in self._faults
        }
        return {**self._counts, "faults": faults, "unread": self._unread}

    def _fault(self, rule: str, place: str) -> None:
        self._faults[rule] = self._faults.get(rule, 0) + 1
        places = self._places.setdefault(rule, [])
        if len(places) < _MOST_PLACES:
            places.append(place)

    def _cells(self, name: str, table: _Table) -> None:
        for line, row in table.rows:
            if _is_national(table, row):
                continue
            for column in table.counts:
                count = _count(row[column])
                if row[column].strip() == _SUPPRESSED or count is not None:
                    self._counts["cells"] += 1
                if count is None:
                    continue
                place = f"{name}, line {line}, column {column + 1}"
                if _SMALLEST <= count <= _LARGEST:
                    self._fault("small", place)
                elif count % _ROUNDED_TO:
                    self._fault("unrounded", place)

    def _averages(self, name: str, table: _Table) -> None:
        people = next((number for number, one in enumerate(table.columns) if _PEOPLE.fullmatch(one.strip())), None)
        for line, row in table.rows if table.averages else ():
            if _is_national(table, row):
                continue
            n = _count(row[people]) if people is not None else None
            suppressed = people is not None and row[people].strip() == _SUPPRESSED
            for column in table.averages:
                if not _NUMBER.fullmatch(row[column].strip()):
                    continue
                if people is None:
                    self._counts["averages_without_n"] = self._counts.get("averages_without_n", 0) + 1
                    continue
                self._counts["averages"] += 1
                if suppressed or (n is not None and _SMALLEST <= n <= _LARGEST):
                    self._fault("averages", f"{name}, line {line}, column {column + 1}")

    def _totals(self, name: str, table: _Table) -> None:
        """Each line of cells with its total: across, and down."""
        totals = [number for number in table.counts if _TOTAL.match(table.columns[number].strip())]
        parts = [number for number in table.counts if number not in totals]
        if len(totals) == 1 and parts:
            for line, row in table.rows:
                self._line(f"{name}, line {line}", row[totals[0]], [row[part] for part in parts])
        below = [row for _, row in table.rows if _TOTAL.match(row[0].strip()) or _NATIONAL.fullmatch(row[0].strip())]
        above = [row for _, row in table.rows if row not in below]
        if len(below) == 1 and above:
            for column in table.counts:
                cells = [row[column] for row in above]
                national = _is_national(table, below[0])
                self._line(f"{name}, column {column + 1}", below[0][column], cells, national=national)

    def _line(self, place: str, total: str, parts: list[str], *, national: bool = False) -> None:
        """One suppressed cell beside exact numbers is their difference.

        A national total is exact by the rules; where all others are rounded, the difference is not.
        """
        whole = _count(total)
        known = [_count(part) for part in parts]
        suppressed = sum(part.strip() == _SUPPRESSED for part in parts)
        if whole is None:
            return
        self._counts["lines_with_totals"] += 1
        if suppressed != 1 or sum(one is None for one in known) != 1:
            return
        if (whole % _ROUNDED_TO and not national) or any(one is not None and one % _ROUNDED_TO for one in known):
            self._fault("recoverable", place)


def _read(data: bytes) -> _Table | str:
    text = data.decode("utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = next(reader, [])
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    if not columns or not rows:
        return "there is no row below the names of the columns"
    ragged = next((line for line, row in rows if len(row) != len(columns)), 0)
    if ragged:
        return f"line {ragged} has not as many cells as there are columns"
    averages = [number for number, one in enumerate(columns) if _AVERAGE.search(one)]
    level = next((number for number, one in enumerate(columns) if _LEVEL.fullmatch(one.strip())), -1)
    counts = [
        number
        for number, one in enumerate(columns)
        if number not in averages and not _NO_COUNT.search(one) and _are_counts([row[number] for _, row in rows])
    ]
    return _Table(columns, rows, counts, averages, level)


def _are_counts(cells: list[str]) -> bool:
    """Whole numbers and stars; blanks are allowed beside them."""
    told = [cell.strip() for cell in cells if cell.strip()]
    return bool(told) and all(cell == _SUPPRESSED or _COUNT.fullmatch(cell) for cell in told)


def _count(cell: str) -> int | None:
    text = cell.strip()
    return int(text.replace(",", "")) if len(text) < 20 and _COUNT.fullmatch(text) else None


def _is_national(table: _Table, row: list[str]) -> bool:
    told = row[table.level] if table.level >= 0 else row[0]
    return bool(_NATIONAL.fullmatch(told.strip()))
