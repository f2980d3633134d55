"""From the values of a row to the resource that a table's mapping makes of it, as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from checker.model.table import ROW, Column, Step, Table, steps_of

_encode = msgspec.json.Encoder(decimal_format="number").encode
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_DATES = {
    "DD/MM/YYYY": re.compile(r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})", re.ASCII),
    "DD-MM-YYYY": re.compile(r"(?P<d>[0-9]{2})-(?P<m>[0-9]{2})-(?P<y>[0-9]{4})", re.ASCII),
    "YYYYMMDD": re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})", re.ASCII),
}
_HARMLESS = re.compile(r"[A-Za-z][A-Za-z0-9_ .:/()-]{0,60}", re.ASCII)
_MANY_DIGITS = re.compile(r"[0-9]{5}")


class Items(dict[str, Any]):
    """A list while it is being filled: its items by what the mapping calls them."""


class RowMaker:
    """Makes resources of the rows of one file. ``header``: the names of its columns, in its order.

    ``problems``: what is wrong with the header, in words; ``fatal``: nothing can be made of such a file.
    """

    def __init__(self, table: Table, header: Sequence[str]) -> None:
        self.width = len(header)
        self.problems: list[str] = []
        self.fatal = False
        self._table = table
        places = {name: number for number, name in enumerate(header)}
        mapped = {column.name: column for column in table.columns}
        if not places.keys() & mapped.keys():
            self.problems.append("the first row names none of the columns of the mapping")
            self.fatal = True
            return
        if len(places) < len(header):
            self.problems.append("two columns have the same name")
            self.fatal = True
            return
        for name, number in places.items():
            if name not in mapped:
                told = f" ({name})" if _HARMLESS.fullmatch(name) and not _MANY_DIGITS.search(name) else ""
                self.problems.append(f"column {number + 1}{told} is not in the mapping, so nobody looked at it")
        self.problems += [
            f"there is no column {column.name}"
            for column in table.columns
            if column.name not in places and not column.optional
        ]
        there = [column for column in table.columns if column.name in places]
        self._filling = [
            (places[column.name], steps_of(column.path, table.resource), _reader(column))
            for column in there
            if column.path
        ]
        self._kept = [(places[column.name], column.name) for column in there if not column.path]
        self._fixed = [(steps_of(one.path, table.resource), one.value) for one in table.fixed]

    def resources(self, values: Sequence[str]) -> list[bytes]:
        """The resource of a row, and a :data:`ROW` of what has no place in it; nothing of a row without values."""
        found: list[bytes] = []
        resource: dict[str, Any] = {}
        for number, steps, read in self._filling:
            if value := values[number]:
                put(resource, steps, read(value))
        if resource:
            for steps, value in self._fixed:
                _put_beside(resource, steps, value)
            found.append(_encode({"resourceType": self._table.resource, **_plain(resource)}))
        kept = {name: values[number] for number, name in self._kept if values[number]}
        if kept:
            found.append(_encode({"resourceType": ROW, "column": kept}))
        return found


def _reader(column: Column) -> Callable[[str], Any]:
    """What a column makes of a value that is not empty."""
    meanings = dict(column.values)
    pattern = _DATES.get(column.dates)

    def read(text: str) -> Any:
        text = meanings.get(text, text)
        if pattern is not None and (found := pattern.fullmatch(text)):
            return f"{found['y']}-{found['m']}-{found['d']}"
        if column.form == "number" and _NUMBER.fullmatch(text):
            return Decimal(text)
        if column.form == "boolean" and text in ("true", "false"):
            return text == "true"
        return text

    return read


def put(resource: dict[str, Any], steps: Sequence[Step], value: Any) -> None:
    """Put a value where the steps lead, and make what is not there on the way."""
    node = resource
    for step in steps[:-1]:
        node = _below(node, step)
    last = steps[-1]
    if last.item:
        node.setdefault(last.name, Items())[last.item] = value
    else:
        node[last.name] = value


def _below(node: dict[str, Any], step: Step) -> dict[str, Any]:
    if not step.item:
        inner: dict[str, Any] = node.setdefault(step.name, {})
        return inner
    items = node.setdefault(step.name, Items())
    if step.item not in items:
        items[step.item] = {"url": step.url} if step.url else {}
    found: dict[str, Any] = items[step.item]
    return found


def _put_beside(resource: dict[str, Any], steps: Sequence[Step], value: Any) -> None:
    """Put a fixed value, unless nothing is there that it would stand beside."""
    node: Any = resource
    for step in steps[:-1]:
        node = node.get(step.name)
        if node is not None and step.item:
            node = node.get(step.item)
        if node is None:
            return
    last = steps[-1]
    if last.item:
        node.setdefault(last.name, Items()).setdefault(last.item, value)
    else:
        node.setdefault(last.name, value)


def _plain(node: Any) -> Any:
    if isinstance(node, Items):
        return [_plain(item) for item in node.values()]
    if isinstance(node, dict):
        return {name: _plain(value) for name, value in node.items()}
    return node
