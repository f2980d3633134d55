"""A step of the way to a supplier's system, and the whole way."""

from __future__ import annotations

from enum import StrEnum

from checker.model.value import Value


class State(StrEnum):
    """What came of a step."""

    WORKS = "works"
    TROUBLE = "trouble"
    NOT_TRIED = "not tried"
    """An earlier step was in the way."""
    NOT_NEEDED = "not needed"


class Step(Value, frozen=True, kw_only=True):
    """One step. ``seen`` and ``next`` are plain sentences; no secret and no data of a person is in them."""

    name: str
    state: State
    seen: tuple[str, ...] = ()
    next: str = ""
    """What to do; also advice on a step that works."""
    needed: bool = True
    """Does a run need it? Trouble with what is not needed does not change the exit code."""


EXIT_OPEN = 0
EXIT_CONFIGURATION = 2
EXIT_TROUBLE = 3

CONFIGURATION, CREDENTIAL = "configuration", "credential"

_AT_HOME = (CONFIGURATION, CREDENTIAL)
"""The steps that need no network: trouble there is the user's to mend."""


class Diagnosis(Value, frozen=True, kw_only=True):
    """All steps, in order."""

    steps: tuple[Step, ...]

    @property
    def first_trouble(self) -> Step | None:
        """The first needed step that is in trouble: what to mend before anything else."""
        return next((step for step in self.steps if step.needed and step.state is State.TROUBLE), None)

    @property
    def exit_code(self) -> int:
        """0 when all that a run needs works, 2 for configuration, 3 for anything else."""
        if any(step.name in _AT_HOME and step.state is State.TROUBLE for step in self.steps):
            return EXIT_CONFIGURATION
        stuck = any(step.needed and step.state in (State.TROUBLE, State.NOT_TRIED) for step in self.steps)
        return EXIT_TROUBLE if stuck else EXIT_OPEN


def not_tried(name: str, why: str, *, needed: bool = True) -> Step:
    """A step that an earlier one was in the way of."""
    return Step(name=name, state=State.NOT_TRIED, seen=(why,), needed=needed)


def not_needed(name: str, *seen: str, next: str = "") -> Step:
    """A step that this supplier has no use for."""
    return Step(name=name, state=State.NOT_NEEDED, seen=seen, next=next, needed=False)


def shown(text: object, limit: int = 160) -> str:
    """A server's words, on one line and not endless."""
    line = " ".join(str(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
