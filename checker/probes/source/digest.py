"""The digest of a file, which needs all of its bytes in order."""

from __future__ import annotations

import hashlib

from checker.model.evidence import SourceFile
from checker.probes.source.blocks import Cut
from checker.probes.source.part import Listed


def digest_of(listed: Listed) -> SourceFile | str | None:
    """Size and digest; in words why it cannot be read; None if the file is not what was listed any more."""
    sha256, size_bytes = hashlib.sha256(), 0
    try:
        for block in listed.blocks():
            sha256.update(block)
            size_bytes += len(block)
    except Cut as cut:
        return cut.reason
    if size_bytes != listed.size_bytes or listed.has_changed():
        return None
    return SourceFile(path=listed.name, size_bytes=size_bytes, sha256=sha256.hexdigest())
