"""One text: which form it has, and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from checker.model.scan import Locator
from checker.probes.source.blocks import BLOCK_BYTES, head_of, without_first
from checker.probes.source.chunk import Piece, Unreadable
from checker.probes.source.document import DocumentSplitter, outer_type
from checker.probes.source.lines import split_lines
from checker.probes.source.xml import XmlSplitter, is_xml

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LINE_ENDINGS = (".ndjson", ".jsonl")

Opener = Callable[[], Iterator[bytes]]


def split_text(
    path: str, blocks: Iterable[bytes], again: Opener, *, max_bytes: int, noted: Callable[[Locator, str], None]
) -> Iterator[Piece]:
    """The parts of a text. ``blocks`` is the reading proper; ``again`` opens it for a look ahead.

    ``noted`` is told of what is wrong with the form but does not stop the reading.
    """
    head = head_of(again())
    start = 0
    if head.startswith(UTF_16):
        yield Unreadable(locator=Locator(path=path, offset=0), reason="the text is UTF-16; FHIR JSON is UTF-8")
        return
    if head.startswith(BOM):
        start = len(BOM)
        head = head[start:]
        blocks = without_first(blocks, start)
        note_bom(path, noted)
    if is_xml(path, head):
        yield from XmlSplitter(path=path, start=start, max_bytes=max_bytes, noted=noted).split(blocks)
    elif is_lines(path, head):
        yield from split_lines(blocks, path=path, start=start, max_bytes=max_bytes)
    else:
        splitter = DocumentSplitter(
            path=path,
            start=start,
            max_bytes=max_bytes,
            outer_type=lambda: outer_type(again(), min(max_bytes, BLOCK_BYTES)),
        )
        yield from splitter.split(blocks)


def note_bom(path: str, noted: Callable[[Locator, str], None]) -> None:
    """Tell of a byte order mark."""
    noted(Locator(path=path, offset=0), "starts with a byte order mark, which FHIR JSON does not allow")


def is_lines(path: str, head: bytes) -> bool:
    """NDJSON by its name, or because its first line is a whole object and more follows."""
    if path.lower().removesuffix(".gz").endswith(_LINE_ENDINGS):
        return True
    first, _, rest = head.lstrip().partition(b"\n")
    if not rest.strip():
        return False
    try:
        return isinstance(msgspec.json.decode(first), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
