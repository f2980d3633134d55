"""Servers on loopback that answer with whatever bytes they like, over TLS or without it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme

Answer = Callable[[socket.socket, bytes], None]
"""The connection, and the head of the request that came."""


@dataclass
class Raw:
    """``heads`` is what was asked, ``ca`` whom to trust."""

    port: int
    ca: Path
    heads: list[bytes] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self.port}/fhir"


@contextmanager
def raw_server(
    folder: Path, answer: Answer, *, certificate: tuple[bytes, bytes] | None = None, tls: bool = True
) -> Iterator[Raw]:
    """One request a connection. ``certificate``: chain and key in PEM; ``tls=False``: the answer begins at once."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    ca = folder / "raw-ca.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate is None:
        authority.cert_pem.write_to_path(str(ca))
        authority.issue_cert("127.0.0.1").configure_cert(context)
    else:
        ca.write_bytes(certificate[0])
        (folder / "raw.pem").write_bytes(b"\n".join(certificate))
        context.load_cert_chain(folder / "raw.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    found = Raw(listener.getsockname()[1], ca)

    def serve(plain: socket.socket) -> None:
        with plain, suppress(OSError):
            plain.settimeout(20)
            if not tls:
                answer(plain, b"")
                return
            with context.wrap_socket(plain, server_side=True) as connection:
                head = b""
                while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
                    head += more
                found.heads.append(head)
                answer(connection, head)

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield found
    finally:
        listener.close()


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK", kind: bytes = b"application/fhir+json") -> bytes:
    """An answer in bytes."""
    lines = [b"HTTP/1.1 " + status, b"Content-Type: " + kind, b"Content-Length: %d" % len(body), b"Connection: close"]
    return b"\r\n".join([*lines, *headers, b"", body])
