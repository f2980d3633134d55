"""What an artefact consists of: its files as they are now, in the order of their paths."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from checker.model.table import Table
from checker.probes.source.blocks import why_not_read
from checker.probes.source.names import HARMLESS, HIDDEN, why_skipped, written
from checker.probes.source.part import Account, Listed, unreadable
from checker.probes.source.storage import listed_in_store


@dataclass(frozen=True)
class Survey:
    """An artefact that was listed. ``account``: what is left out or cannot be listed. ``problem``: why there is
    nothing at all, or "".
    """

    files: list[Listed]
    account: Account = field(default_factory=Account)
    problem: str = ""


def survey(
    artefact: str,
    path: Path | str,
    prefix: str,
    tables: tuple[Table, ...] = (),
    *,
    attachments: bool = False,
    every: bool = False,
) -> Survey:
    """List a file, or a folder with all that is below it. ``prefix`` goes before every name.

    ``path`` as text is the URL of a store. ``tables``: what its mappings say. ``attachments``: may there be files
    beside the records that hold none? ``every``: list all that is not hidden, whatever its name.
    """
    account = Account()
    one = Listed(artefact=artefact, name="", file="", size_bytes=0, mtime_ns=0, tables=tables, attachments=attachments)
    try:
        if isinstance(path, str):
            return Survey(_in_store(one, path, prefix, account, every=every), account)
        if path.is_dir():
            found = _folder(path, prefix, account, one, every=every)
        elif path.is_file():
            found = [(prefix + written(path.name), path)]
        else:
            gone = "neither a file nor a folder" if path.exists() else "there is no such file or folder"
            return Survey([], account, gone)
        return Survey([file for file in (_listed(one, *each, account) for each in found) if file], account)
    except OSError as error:
        return Survey([], account, why_not_read(error))


def _in_store(one: Listed, url: str, prefix: str, account: Account, *, every: bool) -> list[Listed]:
    listed = []
    for name, file, size_bytes, mtime_ns in sorted(listed_in_store(url)):
        told = prefix + written(name)
        reason = "" if file == url else why_skipped(name, one.tables, attachments=one.attachments)
        if reason and not (every and reason != HIDDEN):
            account.skip(told, reason, harmless=reason in HARMLESS)
        else:
            listed.append(replace(one, name=told, file=file, size_bytes=size_bytes, mtime_ns=mtime_ns))
    return listed


def _listed(one: Listed, name: str, path: Path, account: Account) -> Listed | None:
    try:
        now = path.stat()
    except OSError as error:
        account.unreadable.add(unreadable(name, why_not_read(error)))
        return None
    return replace(one, name=name, file=str(path), size_bytes=now.st_size, mtime_ns=now.st_mtime_ns)


def _folder(top: Path, prefix: str, account: Account, one: Listed, *, every: bool) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    waiting = [(prefix, top)]
    while waiting:
        below, folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            account.unreadable.add(unreadable(below if below != prefix else f"{prefix}.", why_not_read(error)))
            continue
        for entry in listed:
            name = below + written(entry.name)
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                waiting.append((f"{name}/", Path(entry.path)))
            elif (reason := _why_left_out(entry, name.removeprefix(prefix), one)) and not (
                every and reason != HIDDEN and entry.is_file(follow_symlinks=False)
            ):
                account.skip(name, reason, harmless=reason in HARMLESS)
            else:
                found.append((name, Path(entry.path)))
    return sorted(found)


def _why_left_out(entry: os.DirEntry[str], name: str, one: Listed) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir(follow_symlinks=False):
        return HIDDEN
    if not entry.is_file(follow_symlinks=False):
        return "not a regular file"
    return why_skipped(name, one.tables, attachments=one.attachments)


def why_nothing(texts: int, files: int, unreadable: int, skipped: int) -> str:
    """Why there was nothing to read in an artefact, by what was met in all of it; "" if there was something."""
    if texts and files:
        return ""
    if unreadable:
        return "nothing in it could be read"
    return f"no FHIR file in it ({skipped} skipped)" if skipped else "it is empty"
