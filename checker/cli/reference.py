"""The reference supplier as a process of its own, for as long as a ``with`` block lasts."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checker import resources
from checker.errors import CheckerFault, UsageFault

START_S = 20.0
"""So long may it take to start, in seconds."""
STOP_S = 10.0
"""So long may it take to stop, in seconds."""
_NEEDED = ("starlette", "trustme", "uvicorn")


def must_be_installed() -> None:
    """Raise ``UsageFault`` unless what the reference supplier is made of is there."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageFault(
            f"The demonstration needs {', '.join(missing)}, which the extra 'demo' brings.",
            next_step="Install it: python -m pip install 'nhs-standards-checker[demo]'",
        )


@contextmanager
def reference_supplier(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Start it with its files in ``folder``, and yield what it says of itself.

    It is told to stop by the end of its standard input, which also comes when this process dies.
    Raises ``CheckerFault`` if it does not start.
    """
    home = resources.data("fixtures")
    path = os.pathsep.join(filter(None, [str(Path(str(home)).parent), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "fixtures.supplier", "--until-end-of-input", "--out", str(folder), *options]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own module, and no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        )
        try:
            line = _first_line(process)
            if not line:
                said.seek(0)
                told = said.read().decode("utf-8", "replace").strip().splitlines()
                raise CheckerFault(
                    f"The reference supplier did not start: {told[-1] if told else 'it said nothing'}",
                    next_step="Is this machine allowed to listen on 127.0.0.1? If so, please report this.",
                )
            yield _described(line)
        finally:
            _stop(process)


def _described(line: bytes) -> dict[str, Any]:
    """What it says of itself. Raises ``CheckerFault`` for a line that something else wrote."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CheckerFault(
            f"The reference supplier began with a line that is not its own: {line[:80].decode('utf-8', 'replace')!r}",
            next_step="Does something print whenever Python starts here (sitecustomize, a .pth file)? Turn it off.",
        )
    return found


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The line by which it says that it is ready; nothing if it ends, or takes too long."""
    found: list[bytes] = []

    def read() -> None:
        if process.stdout is not None:
            found.append(process.stdout.readline())

    # Not every platform can wait for a pipe with a limit; a thread can.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(START_S)
    return found[0] if found else b""


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
