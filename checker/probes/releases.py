"""Probes that read what belongs to a release: its files, published tables, and the files of the opt-out service."""

from __future__ import annotations

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams


@probe("release.files", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def release_files(s: Session, p: NoParams) -> None:
    """The digests of the files of the release."""
    await s.artefacts("release", "release", "digest")


@probe("tables.published", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def published_tables(s: Session, p: NoParams) -> None:
    """The cells of published tables that break a rule, by place."""
    await s.artefacts("tables", "tables", "published-tables")


@probe("opt-out.submission", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def opt_out_submission(s: Session, p: NoParams) -> None:
    """The lines of the submitted file that break a rule, by number."""
    await s.artefacts("opt-out-submitted", "submission", "opt-out-file")
