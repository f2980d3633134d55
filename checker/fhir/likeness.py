"""When two copies of a resource hold the same: content by path, and digests of it that can be compared elsewhere.

Not compared is how a copy is written: the order of members, white space, ``5.0`` for ``5``, ``Z`` for ``+00:00``,
a reference with the base of its own server before it. Not compared either is what ``aside`` names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

ASIDE = ("meta.versionId", "meta.lastUpdated", "text", "contained.text")
"""What two copies may differ in: the server's own account of the version, and the narrative made from the rest."""
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
_ADDRESSES = frozenset({"reference", "url"})
"""The members in which a server may put its own base before a relative address."""
_WHOLE = 16
_LEAF = 4
WHOLE_DIGITS, LEAF_DIGITS = 2 * _WHOLE, 2 * _LEAF
"""So many hexadecimal digits stand for the whole content, and for one value at its path."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a resource holds."""

    whole: str
    """Digest of all values with their paths."""
    paths: dict[str, str]
    """Digest of one value at its path → that path, with indices: ``name[0].given[1]``."""

    @property
    def text(self) -> str:
        """The digests in one string: of the whole, then of each value, sorted."""
        return self.whole + "".join(sorted(self.paths))


def content(resource: dict[str, Any], *, base: str = "", aside: Sequence[str] = ASIDE) -> Content:
    """The content of one copy. ``base``: the base URL of the server that it is a copy of."""
    found = sorted(leaves(resource, base=base, aside=aside))
    whole = hashlib.blake2b(digest_size=_WHOLE)
    paths: dict[str, str] = {}
    for path, value in found:
        leaf = path.encode("utf-8", "surrogatepass") + b"\0" + value
        whole.update(len(leaf).to_bytes(8, "big") + leaf)
        paths.setdefault(hashlib.blake2b(leaf, digest_size=_LEAF).hexdigest(), path)
    return Content(whole.hexdigest(), paths)


def leaves(resource: dict[str, Any], *, base: str = "", aside: Sequence[str] = ASIDE) -> Iterator[tuple[str, bytes]]:
    """Each value with its path, in no order. Values are written in one way."""
    prefix = f"{base}/" if base else ""
    left_out = frozenset(aside)
    waiting: list[tuple[str, str, str, Any]] = [("", "", "", resource)]
    while waiting:
        path, general, name, node = waiting.pop()
        if general in left_out:
            continue
        if isinstance(node, dict) and (node or not path):
            dot = "." if path else ""
            waiting += [(f"{path}{dot}{key}", f"{general}{dot}{key}", key, inner) for key, inner in node.items()]
        elif isinstance(node, list) and node:
            waiting += [(f"{path}[{index}]", general, name, inner) for index, inner in enumerate(node)]
        else:
            yield path, _written(node, prefix if name in _ADDRESSES else "")


def general(path: str) -> str:
    """A path without indices.

    >>> general("name[0].given[1]")
    'name.given'
    """
    return re.sub(r"\[[0-9]+\]", "", path)


def _written(value: Any, prefix: str) -> bytes:
    if isinstance(value, str):
        if prefix and value.startswith(prefix):
            value = value.removeprefix(prefix)
        time = _TIME.fullmatch(value)
        if time is not None:
            fraction = (time[2] or "").rstrip("0").rstrip(".")
            value = time[1] + fraction + ("Z" if time[3] in ("+00:00", "-00:00") else time[3])
        return f's"{value}'.encode("utf-8", "surrogatepass")
    if isinstance(value, bool) or value is None:
        return str(value).encode()
    if isinstance(value, int | float):
        try:
            return f"n{Decimal(str(value)).normalize()}".encode()
        except InvalidOperation:
            return f"n{value}".encode()
    return b"{}" if isinstance(value, dict) else b"[]"
