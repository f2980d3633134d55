"""TLS in front of a server that speaks plain HTTP only: bytes pass unread and unchanged in both directions."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.interop.running import LOOPBACK

_CHUNK = 65536


@contextmanager
def tls_front(context: ssl.SSLContext, port: int, behind: int) -> Iterator[None]:
    """Listen on ``port`` of loopback with TLS while the block runs, and pass all on to the port ``behind``."""
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: _passed(r, w, behind), LOOPBACK, port, ssl=context)
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise OSError(f"nothing listens on port {port}")
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, behind: int) -> None:
    """One connection, until one side ends it. A server that refuses is a connection that ends."""
    with suppress(OSError):
        from_server, to_server = await asyncio.open_connection(LOOPBACK, behind)
        tasks = {asyncio.create_task(_pumped(reader, to_server)), asyncio.create_task(_pumped(from_server, writer))}
        _, open_still = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in open_still:
            task.cancel()
        to_server.close()
    with suppress(OSError):
        writer.close()


async def _pumped(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
