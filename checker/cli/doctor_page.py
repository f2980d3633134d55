"""The steps of ``checker doctor`` for people and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from checker import __version__
from checker.engine.doctor.step import Diagnosis, State
from checker.render.visible import one_line
from checker.render.words import Mark

if TYPE_CHECKING:
    from checker.engine.doctor.observed import Observed
    from checker.render.console_page import Page

FORMAT = 1
"""Of the JSON: a new number for a change that a reader would notice."""

_MARKS = {
    State.WORKS: Mark("works", "✓", "+", "green"),
    State.TROUBLE: Mark("trouble", "✗", "x", "bold red"),
    State.NOT_TRIED: Mark("not tried", "?", "?", "yellow"),
    State.NOT_NEEDED: Mark("not needed", "–", "-", "blue"),
}


def page(empty: Page, diagnosis: Diagnosis, seen: Observed) -> Page:
    """Each step with its state, what was seen, and what to do; the last line is what to mend first."""
    supplier = seen.found.supplier
    empty.line(f"checker {__version__} doctor | {supplier.name} | {supplier.base_url or 'files only'}", "bold")
    empty.line("")
    for number, step in enumerate(diagnosis.steps, 1):
        mark = _MARKS[step.state]
        empty.line(f"{empty.symbol(mark)} {number} {step.name}: {mark.word}", mark.colour)
        for said in step.seen:
            empty.fact("seen", said)
        if step.next:
            empty.fact("next", step.next)
    empty.line("")
    empty.line(last_line(diagnosis), "bold")
    return empty


def last_line(diagnosis: Diagnosis) -> str:
    """The first trouble, or that there is none, with the exit code."""
    trouble = diagnosis.first_trouble
    if trouble is not None:
        number = diagnosis.steps.index(trouble) + 1
        return f"Exit code {diagnosis.exit_code}: the first trouble is step {number}, {trouble.name}. Mend that first."
    if diagnosis.exit_code:
        return f"Exit code {diagnosis.exit_code}: not every step could be tried."
    return "Exit code 0: all that a run needs works from this machine."


def as_data(diagnosis: Diagnosis, seen: Observed) -> str:
    """The same as JSON."""
    trouble = diagnosis.first_trouble
    data = {
        "format": FORMAT,
        "tool_version": __version__,
        "supplier": seen.found.supplier.name,
        "base_url": seen.base_url,
        "steps": [
            {
                "number": number,
                "name": step.name,
                "state": str(step.state),
                "needed": step.needed,
                "seen": [one_line(said) for said in step.seen],
                "next": one_line(step.next),
            }
            for number, step in enumerate(diagnosis.steps, 1)
        ],
        "first_trouble": trouble.name if trouble else None,
        "exit_code": diagnosis.exit_code,
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
