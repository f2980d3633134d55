"""A response body, decompressed under a cap: memory stays flat however far a body unfolds."""

from __future__ import annotations

import zlib


class Undecodable(Exception):
    """The body is not what its Content-Encoding says."""


_GZIP, _ZLIB, _DEFLATE = 31, 15, -15
"""Window sizes: gzip (RFC 1952), zlib (RFC 1950), and bare deflate (RFC 1951), which some servers send."""


class Body:
    """Undoes the content codings gzip, deflate and identity (RFC 9110 §8.4.1), chunk by chunk.

    Another coding is kept as received: ``encoding`` says what it was.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self.encoding = encoding
        self.encoded_bytes = 0
        self.decoded_bytes = 0
        self.truncated = False
        self._limit = limit
        self._content = bytearray()
        coding = encoding.strip().lower()
        self._window = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}.get(coding, 0)
        self.unknown = coding not in {"", "identity", "gzip", "x-gzip", "deflate"}
        self._inflater = zlib.decompressobj(self._window) if self._window else None

    def feed(self, chunk: bytes) -> bool:
        """Take a chunk as received. False once the body is beyond the limit: read no more."""
        self.encoded_bytes += len(chunk)
        if self._inflater is None:
            self._keep(chunk)
        else:
            self._inflate(chunk)
        if self.encoded_bytes > self._limit:
            self._cut()
        return not self.truncated

    def _inflate(self, chunk: bytes) -> None:
        while chunk and not self.truncated and self._inflater is not None:
            room = self._limit - self.decoded_bytes + 1
            try:
                self._keep(self._inflater.decompress(chunk, room))
            except zlib.error as problem:
                if self._window == _ZLIB and self.decoded_bytes == 0:
                    self._window = _DEFLATE
                    self._inflater = zlib.decompressobj(_DEFLATE)
                    continue
                raise Undecodable(f"The body is not {self.encoding}, as its Content-Encoding says.") from problem
            chunk = self._inflater.unconsumed_tail
            if self._inflater.eof:  # RFC 1952 §2.2: a gzip file may have several members
                chunk = self._inflater.unused_data if self._window == _GZIP else b""
                if chunk:
                    self._inflater = zlib.decompressobj(self._window)

    def _keep(self, data: bytes) -> None:
        self.decoded_bytes += len(data)
        if self.decoded_bytes > self._limit:
            self._cut()
        else:
            self._content += data

    def _cut(self) -> None:
        self.truncated = True
        self._content = bytearray()

    def end(self) -> None:
        """No more comes. Raises ``Undecodable`` when a compressed body stops in the middle."""
        if self.unknown and self.encoded_bytes:
            self._content = bytearray()
            raise Undecodable(f"The Content-Encoding {self.encoding[:40]} was not asked for and cannot be undone.")
        if self._inflater is not None and self.encoded_bytes and not self._inflater.eof and not self.truncated:
            raise Undecodable(f"The {self.encoding} body ends before its end.")

    def content(self) -> bytes:
        """The body, b"" when it was cut."""
        return bytes(self._content)
