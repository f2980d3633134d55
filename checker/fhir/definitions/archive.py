"""The members of a .tgz, read in memory. Nothing is ever written to disk, whatever the archive says."""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

from checker.errors import PackageFault

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """What an archive may hold. Sizes in bytes, unpacked.

    The largest known package (hl7.fhir.r4.core) has 4,600 members, 49 MiB unpacked and eleven times its packed size.
    """

    members: int = 50_000
    member: int = 64 * MIB
    total: int = 1024 * MIB
    ratio: int = 100
    """Unpacked against packed size, looked at beyond ``free`` bytes."""
    free: int = 32 * MIB


class _Bounded:
    """Unpacks, and stops where the limits do."""

    def __init__(self, packed: bytes, limits: Limits) -> None:
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(packed))
        self._left = min(limits.total, max(limits.free, limits.ratio * len(packed)))

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(min(size if size >= 0 else self._left + 1, self._left + 1))
        self._left -= len(chunk)
        if self._left < 0:
            raise _TooLarge
        return chunk


class _TooLarge(Exception):
    pass


class Archive:
    """The regular files of a .tgz by name, each kept packed. ``refused`` tells what was left out and why."""

    def __init__(
        self, packed: bytes, label: str, limits: Limits | None = None, *, wanted: Callable[[str], bool] | None = None
    ) -> None:
        """Reads the whole archive once. ``wanted`` tells by its name whether a member is kept.

        Raises ``PackageFault`` when it is no gzipped tar, or more than ``limits`` allow.
        """
        self._limits = limits or Limits()
        self._members: dict[str, bytes] = {}
        self.refused: list[tuple[str, str]] = []
        try:
            self._read(packed, wanted or (lambda name: True), label)
        except gzip.BadGzipFile:
            raise _fault("is not a .tgz: it is not packed with gzip", label, "Download the package again.") from None
        except _TooLarge:
            raise _fault(
                "unpacks to more than is allowed", label, "Use a package from a source that you trust."
            ) from None
        except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError, RecursionError) as error:
            what = f"is not a sound .tgz: {str(error) or type(error).__name__}"
            raise _fault(what, label, "Download the package again.") from None

    def names(self) -> list[str]:
        """The members' names, sorted."""
        return sorted(self._members)

    def read(self, name: str) -> bytes:
        """A member's content."""
        return zlib.decompress(self._members[name])

    def _read(self, packed: bytes, wanted: Callable[[str], bool], label: str) -> None:
        stream: Any = _Bounded(packed, self._limits)
        count = 0
        with tarfile.open(fileobj=stream, mode="r|", bufsize=128 * 1024) as tar:
            for member in tar:
                count += 1
                if count > self._limits.members:
                    what = f"has more than {self._limits.members} members"
                    raise _fault(what, label, "Use a package from a source that you trust.")
                if member.isdir():
                    continue
                name = _clean(member.name)
                if name is None:
                    self.refused.append((member.name[:200], "its name leads out of the package"))
                elif not member.isreg() or member.issparse():
                    self.refused.append((name, "it is not a plain file"))
                elif member.size > self._limits.member:
                    self.refused.append((name, f"it is larger than {self._limits.member // MIB} MiB"))
                elif wanted(name):
                    content = tar.extractfile(member)
                    self._members[name] = zlib.compress(content.read() if content else b"", 1)


def _clean(name: str) -> str | None:
    """The name as a relative path with ``/``; None when it is absolute or leads upwards."""
    if name.startswith(("/", "\\")) or "\\" in name or "\0" in name or (len(name) > 1 and name[1] == ":"):
        return None
    path = posixpath.normpath(name)
    return None if path == ".." or path.startswith("../") else path


def _fault(what: str, label: str, next_step: str) -> PackageFault:
    return PackageFault(f"the package {what}", where=label, next_step=next_step)
