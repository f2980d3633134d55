"""The event loop of a command: as asyncio makes it, and quiet when Ctrl-C comes between two of its steps."""

from __future__ import annotations

import asyncio
from typing import Any


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop that says nothing of callbacks whose future a Ctrl-C has cancelled meanwhile.

    asyncio cancels the main task from its handler of SIGINT, and a socket that was ready at that moment then sets the
    result of a cancelled future. That is no fault; its trace would hide the line that says what was kept.
    """
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_handle)
    return loop


def _handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), asyncio.InvalidStateError):
        loop.default_exception_handler(context)
