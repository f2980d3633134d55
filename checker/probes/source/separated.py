"""CSV by a mapping of its columns: each row becomes a resource, where it begins.

Rows end with LF or CRLF and fields are quoted as RFC 4180 has it: a quoted field may hold delimiters and line ends.
A row that is not so is told of, and the reading goes on with the line after its first.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from functools import lru_cache

from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.table import Table, table_for
from checker.probes.source.blocks import GZIP_MAGIC, Cut
from checker.probes.source.chunk import Chunk, Piece, Unreadable
from checker.probes.source.part import Account, Listed, Part, from_a_line
from checker.probes.source.rows import RowMaker

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MAX_RECORD_BYTES = 16 << 20
"""A row of several lines is no longer; an unclosed quote would swallow the file."""
_AGAIN = 4
"""So often the bytes read may be read again, on average, after rows that are not closed."""

_Line = tuple[int, bytes, bool]
"""Offset, text without its LF, and whether it is too long to be held."""
_Record = tuple[int, list[str]]


def split_rows(
    blocks: Iterable[bytes], table: Table, *, path: str, max_bytes: int, account: Account, stop: int | None = None
) -> Iterator[Piece]:
    """The resources of a whole text, or of the rows that begin before ``stop``."""
    stream = iter(blocks)
    try:
        first = next(stream, b"")
        while 0 < len(first) < len(_BOM) and (more := next(stream, b"")):
            first += more
    except Cut as cut:
        yield Unreadable(locator=Locator(path=path, offset=0), reason=cut.reason)
        return
    if first.startswith(_UTF_16):
        reason = f"the text is UTF-16, and the mapping says {table.encoding}"
        yield Unreadable(locator=Locator(path=path, offset=0), reason=reason)
        return
    start = len(_BOM) if first.startswith(_BOM) else 0
    blocks = itertools.chain([first[start:]], stream)
    reader = _Records(blocks, table, path=path, start=start, max_bytes=max_bytes, stop=stop)
    header = next(reader.records(), None)
    maker = yield from _maker(header, table, path)
    if maker is not None:
        yield from _rows(reader, maker, path, account)


def _maker(header: _Record | Unreadable | None, table: Table, path: str) -> Generator[Piece, None, RowMaker | None]:
    """What makes the rows, and what is to be said of the header."""
    if header is None or isinstance(header, Unreadable):
        reason = f"the header cannot be read: {header.reason}" if header else "the file is empty"
        yield Unreadable(locator=Locator(path=path, offset=0), reason=reason)
        return None
    maker = RowMaker(table, header[1])
    for problem in maker.problems:
        yield Unreadable(locator=Locator(path=path, offset=header[0]), reason=problem)
    return None if maker.fatal else maker


def _rows(reader: _Records, maker: RowMaker, path: str, account: Account) -> Iterator[Piece]:
    reader.width = maker.width
    for found in reader.records():
        if isinstance(found, Unreadable):
            yield found
            continue
        offset, values = found
        locator = Locator(path=path, offset=offset)
        made = maker.resources(values)
        for data in made:
            yield Chunk(locator=locator, data=data)
        if not made:
            account.note(locator, "a row without any value")


class _Records:
    """The records of a text, one after the other; :meth:`records` goes on where it was left."""

    def __init__(
        self, blocks: Iterable[bytes], table: Table, *, path: str, start: int, max_bytes: int, stop: int | None = None
    ) -> None:
        self.width: int | None = None
        """How many fields a row has, once the header is known."""
        self._lines = _Lines(blocks, start, max_bytes)
        self._delimiter = table.delimiter
        self._again: deque[_Line] = deque()
        self._path = path
        self._max_bytes = max_bytes
        self._stop = stop
        self._encoding = table.encoding
        self._field, self._open_quote = _patterns(table.delimiter)
        self._allowance = _MAX_RECORD_BYTES
        """So many bytes may still be read again."""
        self._cut = ""

    def records(self) -> Iterator[_Record | Unreadable]:
        """Offset and values of each record, or why it cannot be read."""
        while (line := self._next()) is not None:
            offset, text, too_long = line
            if self._stop is not None and offset >= self._stop:
                return
            if too_long:
                yield self._unreadable(offset, f"a line longer than {self._max_bytes} bytes")
            elif text.strip(b"\r"):
                yield self._record(line)
        if self._cut:
            yield self._unreadable(self._lines.at, self._cut)

    def _record(self, line: _Line) -> _Record | Unreadable:
        offset, text, _ = line
        rest: list[_Line] = []
        if text.count(b'"') % 2:
            if not self._open_quote.match(text):
                return self._unreadable(offset, "a quote within a field that is not quoted")
            if not self._close(line, rest):
                return self._go_back(rest, offset, "a quoted field is not closed")
            text = b"\n".join([text, *(one for _, one, _ in rest)])
        text = text.removesuffix(b"\r")
        if b"\0" in text:
            return self._unreadable(offset, "a NUL byte in a row")
        try:
            decoded = text.decode(self._encoding)
        except UnicodeDecodeError as error:
            return self._unreadable(offset, f"not valid {self._encoding} at byte {error.start} from there")
        values = self._values(decoded)
        if values is None:
            return self._go_back(rest, offset, "a row that is not quoted as RFC 4180 has it")
        if self.width not in (None, len(values)):
            return self._go_back(rest, offset, f"a row of {len(values)} fields under a header of {self.width}")
        return offset, values

    def _go_back(self, rest: list[_Line], offset: int, reason: str) -> Unreadable:
        """The lines behind the first of a row that is none are rows of their own, as far as that may be tried."""
        size = sum(len(text) for _, text, _ in rest)
        if size <= self._allowance:
            self._allowance -= size
            self._again.extendleft(reversed(rest))
        elif rest:
            reason = f"{reason}, and {len(rest)} lines after it were not read"
        return self._unreadable(offset, reason)

    def _close(self, line: _Line, rest: list[_Line]) -> bool:
        """Take lines into ``rest`` until all quotes are closed."""
        size, quotes = len(line[1]), line[1].count(b'"')
        while quotes % 2:
            more = self._next()
            if more is None:
                return False
            rest.append(more)
            size += len(more[1]) + 1
            quotes += more[1].count(b'"')
            if more[2] or size > min(self._max_bytes, _MAX_RECORD_BYTES):
                return False
        return True

    def _values(self, text: str) -> list[str] | None:
        field, at, values = self._field, 0, []
        if '"' not in text and "\r" not in text:
            return text.split(self._delimiter)
        while True:
            match = field.match(text, at)
            if match is None:
                return None
            quoted = match.group(1)
            values.append(match.group(2) if quoted is None else quoted.replace('""', '"'))
            at = match.end()
            if not match.group(3):
                return values

    def _next(self) -> _Line | None:
        if self._again:
            return self._again.popleft()
        try:
            line = next(self._lines, None)
        except Cut as cut:
            self._cut = cut.reason
            return None
        if line is not None:
            self._allowance += _AGAIN * len(line[1])
        return line

    def _unreadable(self, offset: int, reason: str) -> Unreadable:
        return Unreadable(locator=Locator(path=self._path, offset=offset), reason=reason)


class _Lines(Iterator[_Line]):
    """The lines of a text; ``at`` is where the one begins that is being read."""

    def __init__(self, blocks: Iterable[bytes], start: int, max_bytes: int) -> None:
        self._at = [start]
        self._made = _lines(blocks, self._at, max_bytes)  # knows nothing of this object: they go as soon as nobody asks

    def __next__(self) -> _Line:
        """The next line. Raises :class:`Cut`."""
        return next(self._made)

    @property
    def at(self) -> int:
        """The offset of the line that is being read."""
        return self._at[0]


def _lines(blocks: Iterable[bytes], at: list[int], max_bytes: int) -> Iterator[_Line]:
    held, length = bytearray(), 0
    for block in blocks:
        begin = 0
        while True:
            end = block.find(b"\n", begin)
            piece = block[begin:] if end < 0 else block[begin:end]
            length += len(piece)
            if length <= max_bytes:
                held += piece
            else:
                held.clear()
            if end < 0:
                break
            yield at[0], bytes(held), length > max_bytes
            held.clear()
            at[0], length, begin = at[0] + length + 1, 0, end + 1
    if length:
        yield at[0], bytes(held), length > max_bytes


@lru_cache(maxsize=16)
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    """One field of a row with what ends it; and a line at the end of which a quoted field is still open."""
    mark = re.escape(delimiter)
    plain, quoted = rf'[^"\r\n{mark}]*+', r'"((?:[^"]|"")*+)"'
    field = re.compile(rf"(?:{quoted}|({plain}))({mark}|\Z)")
    whole = rf'(?:"(?:[^"]|"")*+"|{plain}){mark}'
    open_quote = re.compile(rf'(?:{whole})*+"(?:[^"]|"")*+\Z'.encode())
    return field, open_quote


class Rows:
    """CSV files without any quote, longer than one stride: each of their lines is a row, whoever reads it."""

    id = "rows"

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part] | None:
        """Ranges of ``stride`` bytes; they need not begin where a row does. Looks for quotes in all of the file."""
        if listed.size_bytes <= stride or listed.name.lower().endswith((".zip", ".parquet")):
            return None
        table = table_for(listed.name, listed.tables)
        if table is None or table.json_column or head.startswith((GZIP_MAGIC, *_UTF_16)):
            return None
        try:
            if any(b'"' in block for block in listed.blocks()):
                return None
        except Cut:
            return None  # reading it says so
        return self._ranges(listed, stride)

    def _ranges(self, listed: Listed, stride: int) -> Iterator[Part]:
        for offset in range(0, listed.size_bytes, stride):
            length = min(stride, listed.size_bytes - offset)
            yield Part(listed=listed, kind=self.id, offset=offset, length=length, weight_bytes=length)

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """The rows that begin in the range. Each range reads the header; the first says what is wrong with it."""
        listed, stop, max_bytes = part.listed, part.offset + part.length, limits.max_resource_bytes
        account.texts += 1
        table = table_for(listed.name, listed.tables)
        if table is None:
            yield Unreadable(locator=Locator(path=listed.name, offset=part.offset), reason="no mapping speaks of it")
            return
        if part.offset == 0:
            blocks = account.blocks_of(listed, 0, stop)
            yield from split_rows(blocks, table, path=listed.name, max_bytes=max_bytes, account=account, stop=stop)
            return
        try:
            before = _after_mark(listed.blocks())
            header = next(_Records(before, table, path=listed.name, start=0, max_bytes=max_bytes).records(), None)
        except Cut:
            header = None
        if header is None or isinstance(header, Unreadable):
            return  # the first range says so
        maker = RowMaker(table, header[1])
        if maker.fatal:
            return
        try:
            start, blocks = from_a_line(part, stop, account)
        except Cut as cut:
            yield Unreadable(locator=Locator(path=listed.name, offset=part.offset), reason=cut.reason)
            return
        if start < stop:
            reader = _Records(blocks, table, path=listed.name, start=start, max_bytes=max_bytes, stop=stop)
            yield from _rows(reader, maker, listed.name, account)


def _after_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    stream = iter(blocks)
    first = next(stream, b"")
    return itertools.chain([first.removeprefix(_BOM)], stream)
