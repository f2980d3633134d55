"""The only module that knows where packaged data lives.

In a wheel the data is under ``checker/_data``; in a source tree it is beside the package.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def data(kind: str) -> Traversable:
    """The folder of that kind of data: ``profiles``, ``reports/templates``, ``reports/schemas``, …"""
    installed = files("checker").joinpath("_data")
    for part in kind.split("/"):
        installed = installed.joinpath(part)
    return installed if installed.is_dir() else Path(__file__).resolve().parents[1].joinpath(*kind.split("/"))
