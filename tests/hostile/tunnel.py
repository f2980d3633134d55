"""An HTTP proxy that wants a password, and leads every tunnel to one port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Tunnel:
    """``heads`` is what clients said to the proxy itself."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)


@contextmanager
def tunnel(to: int, *, authorization: bytes) -> Iterator[Tunnel]:
    """Whoever brings the header gets a tunnel; others get 407, and all that they said read out to them."""
    listener = socket.create_server(("127.0.0.1", 0))
    found = Tunnel(listener.getsockname()[1])

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (more := client.recv(4096)):
                head += more
            found.heads.append(head)
            if authorization not in head:
                client.sendall(
                    b"HTTP/1.1 407 Who are you? " + head.replace(b"\r\n", b" ") + b"\r\nContent-Length: 0\r\n\r\n"
                )
                return
            with socket.create_connection(("127.0.0.1", to)) as server:
                client.sendall(b"HTTP/1.1 200 Open\r\nX-You-Said: " + head.replace(b"\r\n", b" ") + b"\r\n\r\n")
                one = threading.Thread(target=_pour, args=(server, client), daemon=True)
                one.start()
                _pour(client, server)
                one.join(10)

    def listen() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield found
    finally:
        listener.close()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
