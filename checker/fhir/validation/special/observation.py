"""An Observation: advice on what each should say. Vital signs are chosen by their code in the walk.

Source: http://hl7.org/fhir/R4/observation.html
"""

from __future__ import annotations

from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE: Final = "http://hl7.org/fhir/R4/observation.html"

NO_SUBJECT = rule(
    "observation-no-subject",
    "warning",
    "invalid",
    title="An Observation should have a subject",
    why="A measurement of nobody is of no use.",
    fix="Refer to the patient.",
    source=_SOURCE,
    advice=True,
)
NO_PERFORMER = rule(
    "observation-no-performer",
    "warning",
    "invalid",
    title="An Observation should have a performer",
    why="Readers weigh a measurement by who took it.",
    fix="Refer to who took it.",
    source=_SOURCE,
    advice=True,
)
NO_TIME = rule(
    "observation-no-time",
    "warning",
    "invalid",
    title="An Observation should say when it holds",
    why="A measurement without a time cannot be placed in the course of an illness.",
    fix="Give effective[x].",
    source=_SOURCE,
    advice=True,
)


def check(run: Run, node: Node) -> None:
    """Give advice on subject, performer and time."""
    if not run.options.advice:
        return
    if not node.children("subject"):
        run.report(NO_SUBJECT, node, "The Observation has no subject.")
    if not node.children("performer"):
        run.report(NO_PERFORMER, node, "The Observation has no performer.")
    if not node.children("effective"):
        run.report(NO_TIME, node, "The Observation does not say when it holds.")
