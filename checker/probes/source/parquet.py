"""Parquet, by pyarrow: a column of FHIR JSON, or columns by a mapping. Row groups are the parts.

A row is told by its number in the file, from 0: Parquet has no text to count bytes of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.table import Table, table_for
from checker.probes.source.blocks import why_not_read
from checker.probes.source.chunk import Chunk, Piece, Unreadable
from checker.probes.source.part import Account, Listed, Part, unreadable
from checker.probes.source.rows import RowMaker

MAGIC = b"PAR1"
JSON_COLUMNS = ("resource", "json", "content", "body")
"""What a column of FHIR JSON is called, where no mapping says it and there are others beside it."""
_BATCH_ROWS = 512
_ROW_GROUP_FACTOR = 16
"""So many times the largest resource a row group may take when it is unpacked."""


def is_available() -> bool:
    """Is pyarrow installed?"""
    return find_spec("pyarrow") is not None


class Parquet:
    """Files of columns."""

    id = "parquet"

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part] | None:
        """Runs of row groups, about ``stride`` bytes of unpacked values together."""
        if not (head.startswith(MAGIC) or listed.name.lower().endswith(".parquet")):
            return None
        return self._runs(listed, stride)

    def _runs(self, listed: Listed, stride: int) -> Iterator[Part]:
        try:
            with ExitStack() as opened:
                file = _opened(listed, opened)
                sizes = [file.metadata.row_group(number).total_byte_size for number in range(file.num_row_groups)]
        except _FAULTS:
            sizes = []  # reading it says so
        first = weight = 0
        for number, size in enumerate(sizes):
            if weight and weight + size > stride:
                yield self._part(listed, first, number - first, weight)
                first, weight = number, 0
            weight += size
        yield self._part(listed, first, -1, weight)

    def _part(self, listed: Listed, first: int, count: int, weight: int) -> Part:
        return Part(listed=listed, kind=self.id, offset=first, length=count, weight_bytes=max(1, weight))

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """The resources of the rows of its row groups."""
        listed = part.listed
        account.texts += 1
        if not is_available():
            yield unreadable(listed.name, "Parquet is read with pyarrow, which is not installed here")
            return
        try:
            with ExitStack() as opened:
                yield from _rows(_opened(listed, opened), part, limits, account)
        except OSError as error:
            if error.errno is None:  # pyarrow's own word for what it cannot understand
                yield unreadable(listed.name, "the Parquet data is damaged or ends too early")
            else:
                account.broken.add(listed.name)
                yield unreadable(listed.name, why_not_read(error))
        except _FAULTS:
            yield unreadable(listed.name, "the Parquet data is damaged or ends too early")


_FAULTS = (OSError, ValueError, KeyError, TypeError, NotImplementedError, RuntimeError, OverflowError, MemoryError)
"""What pyarrow raises over damaged files: its own exceptions are kinds of these."""


def _opened(listed: Listed, opened: ExitStack) -> Any:
    from pyarrow import parquet

    return opened.enter_context(parquet.ParquetFile(opened.enter_context(listed.open())))


def _rows(file: Any, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
    name, metadata = part.listed.name, file.metadata
    names = list(file.schema_arrow.names)
    reading = _reading(part, names)
    if isinstance(reading, str):
        if part.offset == 0:
            yield unreadable(name, reading)
        return
    if isinstance(reading, RowMaker):
        if part.offset == 0:
            yield from (unreadable(name, problem) for problem in reading.problems)
        if reading.fatal:
            return
    wanted = names if isinstance(reading, RowMaker) else [reading.name]
    stop = metadata.num_row_groups if part.length < 0 else part.offset + part.length
    row = sum(metadata.row_group(number).num_rows for number in range(part.offset))
    for number in range(part.offset, stop):
        group = metadata.row_group(number)
        if group.total_byte_size > _ROW_GROUP_FACTOR * limits.max_resource_bytes:
            reason = f"a row group of more than {_ROW_GROUP_FACTOR * limits.max_resource_bytes} bytes"
            yield Unreadable(locator=Locator(path=name, offset=row), reason=reason)
            row += group.num_rows
            continue
        yield from _group(file, number, wanted, reading, row, name, limits, account)
        account.passed(group.total_byte_size)
        row += group.num_rows


class _JsonColumn:
    """A column of whole resources."""

    def __init__(self, name: str) -> None:
        self.name = name


def _reading(part: Part, names: list[str]) -> RowMaker | _JsonColumn | str:
    """How rows are read; in words why they cannot be."""
    table: Table | None = table_for(part.listed.name, part.listed.tables)
    if table is not None and not table.json_column:
        return RowMaker(table, names)
    if table is not None:
        there = table.json_column in names
        return _JsonColumn(table.json_column) if there else f"there is no column {table.json_column}"
    called = [one for one in JSON_COLUMNS if one in names]
    if len(names) == 1 or called:
        return _JsonColumn(called[0] if called else names[0])
    return "columns without a mapping, and none of them is called resource"


def _group(
    file: Any,
    number: int,
    wanted: list[str],
    reading: RowMaker | _JsonColumn,
    row: int,
    name: str,
    limits: Limits,
    account: Account,
) -> Iterator[Piece]:
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, row_groups=[number], columns=wanted, use_threads=False):
        columns = [batch.column(one).to_pylist() for one in wanted]
        for values in zip(*columns, strict=True):
            locator = Locator(path=name, offset=row)
            row += 1
            if isinstance(reading, RowMaker):
                yield from _mapped(values, reading, locator, account)
            else:
                yield _resource(values[0], locator, limits)


def _resource(value: Any, locator: Locator, limits: Limits) -> Piece:
    data = value.encode() if isinstance(value, str) else value
    if not isinstance(data, bytes):
        why = "an empty value where a resource is expected" if value is None else "no text where a resource is expected"
        return Unreadable(locator=locator, reason=why)
    if len(data) > limits.max_resource_bytes:
        return Unreadable(locator=locator, reason=f"a resource larger than {limits.max_resource_bytes} bytes")
    return Chunk(locator=locator, data=data)


def _mapped(values: tuple[Any, ...], maker: RowMaker, locator: Locator, account: Account) -> Iterator[Piece]:
    texts = []
    for value in values:
        text = _text(value)
        if text is None:
            yield Unreadable(locator=locator, reason="a value that is no text, number or date")
            return
        texts.append(text)
    made = maker.resources(texts)
    for data in made:
        yield Chunk(locator=locator, data=data)
    if not made:
        account.note(locator, "a row without any value")


def _text(value: Any) -> str | None:
    """A value as FHIR writes it; None for one that has no text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is not None else value.isoformat(" ").replace(" ", "T")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    return None
