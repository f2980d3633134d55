"""What the scripts have in common: their options, their folders, and what they do when something is not there."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fixtures.supplier import tls
from fixtures.supplier.switches import SupplierSwitches
from tests.interop.judging import PROFILES, Subject, judge
from tests.interop.running import InteropError, free_port, say


@dataclass(frozen=True)
class Prepared:
    """What a script is given: its folder, a port, and certificates for loopback."""

    folder: Path
    port: int
    tls: tls.Tls
    ca: Path
    certificate: Path
    key: Path
    stack: ExitStack
    """What is entered here ends with the run."""


def main(key: str, about: str, serve: Callable[[Prepared], Subject], arguments: list[str] | None = None) -> int:
    """Run a script: 0 when every profile was judged, whatever the verdict; 1 when something was not to be had."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.interop.{key}", description=about)
    parser.add_argument("--work", type=Path, help="folder to install into and kept; default: a temporary one")
    parser.add_argument("--out", type=Path, help="folder of the reports; default: 'reports' in the working folder")
    parser.add_argument("-p", "--profile", action="append", help=f"repeatable; default: {', '.join(PROFILES)}")
    parser.add_argument("--hold", action="store_true", help="no run: say where the server is, and wait for Enter")
    parser.add_argument("more", nargs="*", help="after --: options of 'checker run', e.g. -- --allow-writes")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="interop-")))
        folder = (work / key).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subject = serve(_prepared(folder, stack))
            say(f"  {subject.product} {subject.version} is up at {subject.base_url}")
            if options.hold:
                say(f"  its authority: {subject.ca}\n  Enter stops it.")
                sys.stdin.readline()
                return 0
            out = (options.out or Path("interop-reports" if options.work is None else work / "reports")).absolute()
            judge(subject, tuple(options.profile or PROFILES), out, tuple(options.more))
        except (InteropError, FileNotFoundError) as error:
            say(str(error))
            return 1
    return 0


def _prepared(folder: Path, stack: ExitStack) -> Prepared:
    made = tls.make(folder, datetime.now(UTC), SupplierSwitches())  # noqa: TID251 a script by hand reads the clock
    ca = folder / "ca.pem"
    ca.write_bytes(made.ca_pem)
    return Prepared(
        folder=folder,
        port=free_port(),
        tls=made,
        ca=ca,
        certificate=folder / "server-ecdsa.pem",
        key=folder / "server-ecdsa.key",
        stack=stack,
    )
