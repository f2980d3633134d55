"""Gzip read as a stream, in bounded memory, to its end or to where it is cut off."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_PIECE_BYTES = 1 << 20
MOST_BYTES = 64 * 1024 * 1024 * 1024
"""Of one file; what unpacks to more is a bomb."""


class Unpacked:
    """Takes packed chunks and gives the text in pieces; members one after the other are one text."""

    def __init__(self) -> None:
        self._packed = zlib.decompressobj(31)
        self._given = 0
        self._problem = ""
        self._is_open = False

    def parts(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces that come out of the next chunk."""
        while chunk and not self._problem:
            self._is_open = True
            try:
                piece = self._packed.decompress(chunk, _PIECE_BYTES)
            except zlib.error:
                self._problem = "is damaged gzip"
                return
            chunk = self._packed.unconsumed_tail
            self._given += len(piece)
            if self._given > MOST_BYTES:
                self._problem = "unpacks to too much"
                return
            if piece:
                yield piece
            if self._packed.eof:
                self._is_open = False
                chunk = self._packed.unused_data.lstrip(b"\x00")
                self._packed = zlib.decompressobj(31)

    def problem(self) -> str:
        """What kept it from being read whole; "" for nothing. To be asked at the end."""
        return self._problem or ("is cut off" if self._is_open else "")
