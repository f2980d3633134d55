"""The command in this process: the same from its arguments to its exit code, without the time that a start takes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from checker.cli import entry


def here(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """Run ``checker`` to its end, as :func:`tests.cli.support.run` does."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n", write_through=True) for _ in range(2))
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err), patch.dict("os.environ", env or {}):
        code = entry.run(list(arguments))
    told, said = (stream.buffer.getvalue().decode() for stream in (out, err))
    assert "checker itself broke" not in said, said
    return CompletedProcess(arguments, code, told, said)
