"""What a source yields: chunks that can be parsed, and places that could not be read."""

from __future__ import annotations

from checker.model.scan import Locator, Smallest
from checker.model.value import Value


class Chunk(Value, frozen=True, kw_only=True):
    """The bytes of one JSON value: a resource, or the entry of a Bundle that holds one.

    ``data`` stands at ``locator`` in the decompressed text. ``pointer_prefix`` leads from the
    value to the resource in it: "" for a resource, ``/resource`` for an entry. ``original``: the text that it was in
    the source, where that was not JSON but another form of FHIR.
    """

    locator: Locator
    data: bytes
    pointer_prefix: str = ""
    original: bytes | None = None


class Unreadable(Value, frozen=True, kw_only=True):
    """A place that could not be read, and why. The reason never quotes the data."""

    locator: Locator
    reason: str

    def __str__(self) -> str:
        """``path@offset: reason``."""
        return f"{self.locator}: {self.reason}"


class Unreadables:
    """How many places could not be read, with the smallest few as examples."""

    def __init__(self) -> None:
        self.count = 0
        self._smallest = Smallest()

    def add(self, found: Unreadable) -> None:
        """Count one place."""
        self.count += 1
        self._smallest.add(str(found))

    def absorb(self, other: Unreadables) -> None:
        """Count all that the other has counted."""
        self.count += other.count
        self._smallest = self._smallest.merged(other._smallest)

    @property
    def examples(self) -> tuple[str, ...]:
        """The smallest places, as ``path@offset: reason``."""
        return tuple(self._smallest.items)


class Skipped(Value, frozen=True, kw_only=True):
    """A file that was left out on purpose, and why."""

    path: str
    reason: str


Piece = Chunk | Unreadable
"""What a splitter makes of a text."""
