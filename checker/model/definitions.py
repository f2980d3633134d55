"""The definitions that a run is judged by, as the recording seals them."""

from __future__ import annotations

from checker.model.value import Value

_SHOWN = 12
"""Digits of a digest that are shown in a verdict; the recording holds all of them."""


class PackageSeal(Value, frozen=True, kw_only=True):
    """One package of definitions: its name, its version, and the digest of what is in it.

    ``version`` is "" for loose definitions. ``sha256`` is over the resources, so that the same package as an archive
    and as a folder has the same; "" for what ships with the checker.
    """

    name: str
    version: str = ""
    sha256: str = ""

    @property
    def label(self) -> str:
        """``name#version``."""
        return f"{self.name}#{self.version}" if self.version else self.name

    @property
    def mark(self) -> str:
        """How verdicts name it: the label, with the beginning of the digest where there is one.

        >>> PackageSeal(name="a.b", version="1.0.0", sha256="0123456789abcdef").mark
        'a.b#1.0.0 (sha256 0123456789ab)'
        """
        return f"{self.label} (sha256 {self.sha256[:_SHOWN]})" if self.sha256 else self.label
