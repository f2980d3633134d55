"""What is asked of an evidence pack: which section, table or file."""

from __future__ import annotations

from checker.model.value import Params

KIND = "evidence-pack"
"""The kind of the artefact that is the pack as a whole, a folder."""
SECTION = "pack-"
"""Begins the kind of the artefact that is one section: ``pack-service``."""
PART = "pack:"
"""Begins the id of the artefact that is a file of the pack and no section of it."""

TO_DO = "TO DO"
"""Stands in a template for what is still to be filled in. It fits no schema."""


class OfSection(Params, frozen=True, kw_only=True):
    """Which section."""

    name: str


class OfTable(Params, frozen=True, kw_only=True):
    """Which kind of artefact, and the columns that are kept; ``?`` behind one that may be left out."""

    kind: str
    columns: tuple[str, ...]


class OfFile(Params, frozen=True, kw_only=True):
    """Which kind of artefact, by which reader."""

    kind: str
    reader: str = "digest"
