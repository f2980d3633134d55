"""The command line: one module per command; composes everything; the only package that prints."""

from __future__ import annotations

from collections.abc import Sequence

EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. Ctrl-C ends it quietly from its first moment, while modules are still read."""
    try:
        from checker.cli.entry import main as enter

        enter(arguments)
    except KeyboardInterrupt:  # once the command runs, checker.cli.entry says more
        import os
        import sys

        if sys.stderr is not None:
            os.write(sys.stderr.fileno(), b"checker: Interrupted.\n")
        sys.exit(EXIT_INTERRUPTED)


__all__ = ["main"]
