"""Programs that are installed, started and stopped again. All of it on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"


class InteropError(Exception):
    """What went wrong, for the person at the terminal."""


def say(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def installed(folder: Path, mark: str, *commands: Sequence[str], cwd: Path | None = None) -> None:
    """Run commands once for a folder: ``mark`` names what they install, and a file remembers it.

    Raises ``InteropError`` with the end of what the failing command said.
    """
    done = folder / ".installed"
    if done.exists() and done.read_text("utf-8") == mark:
        return
    for command in commands:
        say(f"  {' '.join(command)}")
        ran = subprocess.run(command, cwd=cwd or folder, capture_output=True, text=True, timeout=1800, check=False)
        if ran.returncode:
            raise InteropError(f"{command[0]} failed:\n{(ran.stdout + ran.stderr)[-2000:]}")
    done.write_text(mark, "utf-8")


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


@contextmanager
def started(
    command: Sequence[str], folder: Path, url: str, wait: float, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server while the block runs: from the first answer at ``url`` (plain or with any certificate) to its end.

    What it says goes to ``server.log`` in the folder. Raises ``InteropError`` if it ends, or is silent for ``wait``
    seconds.
    """
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    try:
        _await_answer(process, url, wait, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(process: subprocess.Popen[bytes], url: str, wait: float, log: Path) -> None:
    until = time.monotonic() + wait
    while time.monotonic() < until:
        if process.poll() is not None:
            raise InteropError(f"The server ended with {process.returncode}:\n{_end_of(log)}")
        if _answers(url):
            return
        time.sleep(0.5)
    raise InteropError(f"The server did not answer at {url} within {wait:.0f} s:\n{_end_of(log)}")


def _answers(url: str) -> bool:
    """Whether anything comes back: a refused connection is none, any status is."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(url, timeout=60):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-2000:]
