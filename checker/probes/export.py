"""The export as files: its manifest, and the formats of what is in it."""

from __future__ import annotations

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams


@probe("export.manifest", "1", budget=lambda p: Budget(artefacts=1), identities=lambda p: (), safety=Safety.S0)
async def manifest(s: Session, p: NoParams) -> None:
    """Read the manifest of the export, and hold the files against it: which are there, and with which digests."""
    await s.artefacts("export", "manifest", "manifest")


@probe("export.formats", "1", budget=lambda p: Budget(artefacts=1), identities=lambda p: (), safety=Safety.S0)
async def formats(s: Session, p: NoParams) -> None:
    """See by their first bytes what kind of files the export consists of, and which cannot be opened."""
    await s.artefacts("export", "formats", "formats")
