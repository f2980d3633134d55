"""Slices of a choice of types: by type, and named by it.

The slice of ``value[x]`` that holds a Quantity is ``valueQuantity``: tools write one for the other.

Source: http://hl7.org/fhir/R4/profiling.html#slicing
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.json_shape import dicts, text

CHOICE: Final = rule(
    "differential-choice-slice",
    "error",
    "structure",
    title="A choice of types is sliced by type, and not as FHIR has it",
    why="No snapshot can be made of it: tools take the slice and the short name of the choice for the same.",
    fix="Slice by the discriminator type on $this, and name each slice after its type, such as valueQuantity.",
    source="http://hl7.org/fhir/R4/profiling.html#slicing",
    good='"id": "Observation.value[x]:valueQuantity", "path": "Observation.value[x]", "sliceName": "valueQuantity",'
    ' "type": [{"code": "Quantity"}]',
    bad='"id": "Observation.value[x]:quantity", "path": "Observation.value[x]", "sliceName": "quantity",'
    ' "type": [{"code": "Quantity"}]',
)


class ChoiceSlices:
    """The choices that a differential slices, as they come."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sliced: dict[str, tuple[Node, list[tuple[str | None, str | None]]]] = {}

    def check(self, element: Node, path: str) -> None:
        """Judge one element, and take note of how it slices a choice."""
        held: dict[str, Any] = element.value
        if not path.endswith("[x]"):
            return
        slicing, name = held.get("slicing"), text(held.get("sliceName"))
        if isinstance(slicing, dict) and name is None:
            found = [(text(one.get("type")), text(one.get("path"))) for one in dicts(slicing.get("discriminator"))]
            self.sliced[path] = (element, found)
        elif name is not None and path in self.sliced:
            self._slice(element, path, name)

    def _slice(self, element: Node, path: str, name: str) -> None:
        head, discriminators = self.sliced[path]
        codes = [text(one.get("code")) for one in dicts(element.value.get("type"))]
        if len(codes) != 1 or codes[0] is None or "/" in codes[0] or "/" in name or name.startswith("@"):
            return
        code = codes[0]
        wanted = path.rpartition(".")[2].removesuffix("[x]") + code[:1].upper() + code[1:]
        if discriminators == [("type", "$this")]:
            if name != wanted:
                said = f"The slice of '{path}' that holds {code} is named {wanted}, not {name}."
                self.run.report(CHOICE, element, said, below="sliceName", found=name, allowed=wanted)
        elif name == wanted and discriminators and "type" not in {kind for kind, _ in discriminators}:
            said = f"'{path}' has a slice for the type {code}, but is not sliced by type."
            self.run.report(CHOICE, head, said, below="slicing")
            del self.sliced[path]
