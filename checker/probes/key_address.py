"""An address on this machine where a key of this tool can be fetched: who comes for it has followed a token's header.

It listens on loopback alone, for as long as one request lasts, and is used against systems on this machine only.
Source: RFC 7515 sections 4.1.2 and 4.1.5, RFC 8725 section 3.10.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from checker.probes import forge
from checker.probes.tokens import jwt_parts

_MOST_BYTES = 4096
_WAIT_S = 2.0


@dataclass
class KeyAddress:
    """A token that points here for its key, and who came for it. ``member``: ``jku`` or ``x5u``."""

    token: str
    member: str
    seed: bytes
    forged: str | None = None
    """The token, signed by a key of this tool and pointing here; None where it is no JWT that can be signed so."""
    visits: int = 0
    """How many connections came."""
    _server: asyncio.Server | None = None
    _keys: bytes = b""

    async def __aenter__(self) -> Self:
        """Listen, and make the token."""
        parts = jwt_parts(self.token)
        algorithm = parts[0].get("alg") if parts else None
        key: Any = forge.own_key(algorithm, self.seed) if isinstance(algorithm, str) else None
        if parts is None or key is None:
            return self
        self._keys = json.dumps(
            {"keys": [forge.public_jwk(key, str(algorithm), str(parts[0].get("kid", "")))]}
        ).encode()
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=_MOST_BYTES)
        port = self._server.sockets[0].getsockname()[1]
        header = {**parts[0], self.member: f"http://127.0.0.1:{port}/keys"}
        self.forged = forge.signed(header, parts[1], key)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _WAIT_S)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(self._keys)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode() + self._keys)
            await writer.drain()
        writer.close()
