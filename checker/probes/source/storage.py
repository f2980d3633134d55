"""Files wherever they lie: on disks that this process sees, or in a store that is named by a URL.

A store is read through ``pyarrow.fs``, with the credentials that the machine has for it. Nothing else of the checker
knows the difference.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from checker.errors import SupplierFault

SCHEMES = ("hdfs", "viewfs", "s3", "gs", "abfs", "abfss", "file")
_SAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
"""What Hadoop calls them."""


class Found(NamedTuple):
    """A file in a store: its path below the place that was listed, and the file as it was then."""

    name: str
    file: str
    size_bytes: int
    mtime_ns: int


def is_in_store(location: str) -> bool:
    """Is it the URL of a store, and not a path or something on the web?"""
    scheme, mark, _ = location.partition("://")
    return bool(mark) and (scheme in SCHEMES or scheme in _SAME)


def open_file(file: str) -> IO[bytes]:
    """The file, to be read from anywhere in it. Raises ``OSError``."""
    if not is_in_store(file):
        return Path(file).open("rb")
    store, path = _store(file)
    return cast(IO[bytes], store.open_input_file(path))


def state_of(file: str) -> tuple[int, int]:
    """Size in bytes, and time of change in nanoseconds (0 where the store does not tell). Raises ``OSError``."""
    if not is_in_store(file):
        now = os.stat(file)
        return now.st_size, now.st_mtime_ns
    store, path = _store(file)
    info = store.get_file_info(path)
    if info.size is None:
        raise FileNotFoundError(2, "No such file")
    return int(info.size), int(info.mtime_ns or 0)


def listed_in_store(url: str) -> list[Found]:
    """The file that the URL names, or all files below it. Raises ``OSError``."""
    from pyarrow import fs

    store, top = _store(url)
    info = store.get_file_info(top)
    if info.type == fs.FileType.NotFound:
        raise FileNotFoundError(2, "No such file")
    if info.type == fs.FileType.File:
        return [_found(url, info.base_name, info)]
    below = store.get_file_info(fs.FileSelector(top, recursive=True))
    base = url.rstrip("/")
    names = ((one.path[len(top.rstrip("/")) :].lstrip("/"), one) for one in below if one.type == fs.FileType.File)
    return [_found(f"{base}/{name}", name, one) for name, one in names]


def _found(file: str, name: str, info: Any) -> Found:
    return Found(name, file, int(info.size), int(info.mtime_ns or 0))


def _store(url: str) -> tuple[Any, str]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    found, top = _connected(f"{_SAME.get(scheme, scheme)}://{host}{slash}")
    return found, (top.rstrip("/") + "/" if top.strip("/") else top) + path


@lru_cache(maxsize=8)
def _connected(url: str) -> tuple[Any, str]:
    """The store, and how it calls its root."""
    try:
        from pyarrow import fs
    except ImportError:
        raise SupplierFault(
            "Files in a store are read with pyarrow, which is not installed.",
            where=url,
            next_step="Run: pip install pyarrow",
        ) from None
    found, top = fs.FileSystem.from_uri(url)
    return found, str(top)
