"""What a run of the command really does, by Python's own audit: connections, programs started, files written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_HOOK = """
import json, os, sys
_fd = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def _say(kind, *what):
    os.write(_fd, (json.dumps([kind, *map(str, what)]) + "\\n").encode("utf-8", "replace"))
def _hook(event, given):
    if event in ("socket.connect", "socket.sendto"):
        _say("connect", *(given[1][:2] if isinstance(given[1], tuple) else (given[1], "")))
    elif event == "socket.getaddrinfo":
        _say("name", given[0])
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"):
        _say("program", event, given[0] if given else "")
    elif event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _say("write", os.path.abspath(os.fsdecode(given[0])) if not isinstance(given[0], int) else given[0])
    elif event in ("os.rename", "os.link", "os.symlink"):
        _say("write", os.path.abspath(os.fsdecode(given[1])))
    elif event == "os.mkdir":
        _say("write", os.path.abspath(os.fsdecode(given[0])))
sys.addaudithook(_hook)
"""


@dataclass(frozen=True)
class Watch:
    """Put ``environment`` beside that of a process, and read afterwards what it did."""

    folder: Path

    @property
    def _log(self) -> Path:
        return self.folder / "audit"

    def environment(self) -> dict[str, str]:
        """What starts the audit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "sitecustomize.py").write_text(_HOOK.format(log=str(self._log)), "utf-8")
        return {"PYTHONPATH": str(self.folder)}

    def seen(self, kind: str) -> set[tuple[str, ...]]:
        """All that was done of one kind: ``connect``, ``name``, ``program`` or ``write``."""
        lines = [json.loads(line) for line in self._log.read_text("utf-8").splitlines()]
        return {tuple(line[1:]) for line in lines if line[0] == kind}
