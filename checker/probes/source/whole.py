"""A file that is read from its beginning to its end: a document, a Bundle, gzip, lines, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.model.supplier import Limits
from checker.model.table import Table, table_for
from checker.probes.source.blocks import GZIP_MAGIC, Meter, gunzip, head_of
from checker.probes.source.chunk import Piece
from checker.probes.source.document import outer_type
from checker.probes.source.names import NO_MAPPING
from checker.probes.source.part import Account, Listed, Part, unreadable
from checker.probes.source.separated import split_rows
from checker.probes.source.text import Opener, split_text

MANIFEST = "manifest.json"
"""What a bulk export calls the list of its files (FHIR Bulk Data Access): not a resource itself."""
_A_MANIFEST = "the manifest of an export, not a resource"


class Whole:
    """Any file at all as one part."""

    id = "whole"

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part]:
        """One part."""
        yield Part(listed=listed, kind=self.id, weight_bytes=listed.size_bytes)

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """The pieces of its text, out of gzip if it is that."""
        listed = part.listed
        head = head_of(listed.blocks(), 4)

        def text(raw: Iterable[bytes]) -> Iterator[bytes]:
            meter = Meter(listed.size_bytes, limits)
            return meter.capped(gunzip(raw) if head.startswith(GZIP_MAGIC) else raw)

        yield from split(
            listed.name, text(account.blocks(listed)), lambda: text(listed.blocks()), limits, account, listed.tables
        )


def split(
    name: str,
    blocks: Iterator[bytes],
    again: Opener,
    limits: Limits,
    account: Account,
    tables: tuple[Table, ...] = (),
) -> Iterator[Piece]:
    """The pieces of a text; ``again`` opens it for a look ahead."""
    if is_manifest(name) and not outer_type(again(), limits.max_resource_bytes):
        account.skip(name, _A_MANIFEST, harmless=True)
        return
    account.texts += 1
    table = table_for(name, tables)
    if table is not None:
        yield from split_rows(blocks, table, path=name, max_bytes=limits.max_resource_bytes, account=account)
        return
    if name.lower().removesuffix(".gz").endswith((".csv", ".tsv")):
        yield unreadable(name, NO_MAPPING)
        return
    yield from split_text(name, blocks, again, max_bytes=limits.max_resource_bytes, noted=account.note)


def is_manifest(name: str) -> bool:
    """Is it called like the list of an export's files?"""
    return name.lower().endswith(MANIFEST)
