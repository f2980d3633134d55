"""The DTAC form for the report: its questions in order, what was answered, and the rows that decide them."""

from __future__ import annotations

from enum import StrEnum

from checker.model.value import Value


class Decided(StrEnum):
    """Who decides a question."""

    MACHINE = "machine"
    PARTLY = "partly"
    """A machine decides part, a person the rest."""
    PERSON = "person"


class DtacQuestion(Value, frozen=True, kw_only=True):
    """One question of the form, and its answer in the pack."""

    code: str
    topic: str
    decided: Decided
    criterion: bool
    """Is it one of C1 to C4, which a product passes or fails?"""
    asked: bool
    """False where the answers before it lead past it."""
    answer: str = ""
    """As it was written; ``given`` where it names a person or a way to reach one; "" for none."""
    told: bool = False
    """Is the answer one of those that the form has?"""
    evidence: tuple[str, ...] = ()
    """Ids of artefacts of the pack that it cites."""
    rows: tuple[str, ...] = ()
    """Requirements that decide it, or part of it."""


class DtacNote(Value, frozen=True, kw_only=True):
    """The form of a pack."""

    version: str
    """Which the form says that it is; "" where it does not."""
    questions: tuple[DtacQuestion, ...]
