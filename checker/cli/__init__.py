"""The command line: one module per command; composes everything; the only package that prints."""

from __future__ import annotations

from checker.cli.entry import main

__all__ = ["main"]
