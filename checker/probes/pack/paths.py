"""Paths of an evidence pack: inside it, relative, in one form, and through no link."""

from __future__ import annotations

import os
import re
from pathlib import Path

_DRIVE = re.compile(r"^[A-Za-z]:")
_MOST_CHARACTERS = 240
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}
)


def why_unsafe(path: str) -> str:
    """Why a path that a pack names is not one of a file inside it; "" when it may be.

    >>> why_unsafe("service/outages.csv"), why_unsafe("../secrets"), why_unsafe("/etc/passwd")
    ('', 'it leads out of the pack', 'it is not relative')
    """
    if not path or len(path) > _MOST_CHARACTERS:
        return "it is empty, or too long"
    if any(not character.isprintable() for character in path):
        return "it holds characters that are not shown"
    if "\\" in path or path.startswith("/") or _DRIVE.match(path) or "://" in path:
        return "it is not relative" if "\\" not in path else "it has a backslash: write it with /"
    steps = path.split("/")
    if ".." in steps:
        return "it leads out of the pack"
    if "" in steps or "." in steps:
        return "it has an empty step"
    if any(step.partition(".")[0].casefold() in _DEVICES or step != step.strip() or step[-1] == "." for step in steps):
        return "a part of it is no name of a file everywhere"
    return ""


def why_not_a_file(folder: Path, path: str) -> str:
    """What is in the way of reading the file at a path of a pack; "" for nothing. No link is followed."""
    if why := why_unsafe(path):
        return why
    place = folder
    for step in path.split("/"):
        place = place / step
        if place.is_symlink() or _is_junction(place):
            return "a symbolic link is on its way"
    if not place.exists():
        return "there is no such file"
    if not place.is_file():
        return "it is no file"
    return ""


def _is_junction(place: Path) -> bool:
    found = getattr(os.path, "isjunction", None)  # from Python 3.12, for Windows
    return bool(found is not None and found(place))
