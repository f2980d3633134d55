"""SampledData: the data are decimals, or the letters that stand for what could not be measured.

Source: http://hl7.org/fhir/R4/datatypes.html#SampledData
"""

from __future__ import annotations

import re
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_POINT: Final = re.compile(r"[EUL]|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

DATA = rule(
    "sampled-data-point",
    "error",
    "value",
    title="A point of the sampled data is neither a decimal nor E, U or L",
    why="Readers cannot draw or compute with it.",
    fix="Separate decimals by one blank; write E for an error, U and L for above and below what can be measured.",
    source="http://hl7.org/fhir/R4/datatypes-definitions.html#SampledData.data",
)


def check(run: Run, node: Node) -> None:
    """Judge the points; the first that is wrong is said."""
    data = node.text("data")
    for point in data.split() if data is not None else ():
        if not _POINT.fullmatch(point):
            said = f"'{point[:40]}' is neither a decimal nor E, U or L."
            run.report(DATA, node, said, below="data", found=point[:40])
            return
