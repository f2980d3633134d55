"""The logs of the supplier's servers, and what a browser recorded of its pages."""

from __future__ import annotations

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams

KIND = "server-log"


@probe("logs.personal-data", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def personal_data(s: Session, p: NoParams) -> None:
    """Look through the server logs that were submitted for personal data. Nothing is kept but sorts and places."""
    await s.artefacts(KIND, "log", "personal-data")


@probe("logs.front-end", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def front_end(s: Session, p: NoParams) -> None:
    """The same, for the HAR files among the logs; whoever submitted none has none that leak."""
    if s.supplier.artefacts_of(KIND):
        await s.artefacts(KIND, "log", "personal-data")
