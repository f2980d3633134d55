"""What checks ask of an evidence pack: the pack as a whole, a section, a table, or a file by a named reader."""

from __future__ import annotations

from checker.model.need import Budget
from checker.model.pack import KIND, SECTION, OfFile, OfSection, OfTable
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams


@probe("pack.whole", "1", params=NoParams, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def whole(s: Session, p: NoParams) -> None:
    """Read the root of the evidence pack, and the size and digest of every file in it."""
    if s.supplier.artefacts_of(KIND):
        await s.artefacts(KIND, "pack", KIND)


@probe("pack.personal-data", "1", params=NoParams, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def personal_data(s: Session, p: NoParams) -> None:
    """Look for data of patients in the text files of the evidence pack."""
    if s.supplier.artefacts_of(KIND):
        await s.artefacts(KIND, "personal", "pack-personal-data")


@probe("pack.section", "1", params=OfSection, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def section(s: Session, p: OfSection) -> None:
    """Read one section of the evidence pack."""
    kind = SECTION + p.name
    if s.supplier.artefacts_of(kind):
        await s.artefacts(kind, "section", kind)


@probe("pack.table", "1", params=OfTable, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def table(s: Session, p: OfTable) -> None:
    """Read some columns of a table that the pack holds."""
    if s.supplier.artefacts_of(p.kind):
        await s.artefacts(p.kind, "table", "pack-table", p.columns)


@probe("pack.file", "1", params=OfFile, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def file(s: Session, p: OfFile) -> None:
    """Read a file that the pack holds by a named reader."""
    if s.supplier.artefacts_of(p.kind):
        await s.artefacts(p.kind, "file", p.reader)
