"""Requirements as written, before linking: plain values, each with the line that set it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from checker.catalogue.document import Document, step
from checker.errors import ProfileFault
from checker.model.requirement import Change, Layer


@dataclass(frozen=True)
class Row:
    """One requirement as written.

    ``layers``: field → the file and line that set it; parameters as ``with.<name>``.
    """

    id: str
    profile: str
    """Id of the profile that defines it."""
    ours: bool
    """Does it come from a profile shipped with the tool?"""
    data: dict[str, Any]
    layers: dict[str, Layer]

    @property
    def where(self) -> str:
        """``file:line`` of the row."""
        return self.place("id")

    def place(self, name: str) -> str:
        """``file:line`` of a field; of the field around it, or of the row, if it has no mark."""
        layer = self.layers.get(name) or self.layers.get(name.partition(".")[0]) or self.layers["id"]
        return f"{layer.source}:{layer.line}"

    def changed(self, values: dict[str, Any], layers: dict[str, Layer]) -> Row:
        """The row with other values, and who set them."""
        return replace(self, data={**self.data, **values}, layers={**self.layers, **layers})


@dataclass
class Assembled:
    """A profile with all that it includes, before linking."""

    id: str
    version: str
    title: str
    gate_scope: str = ""
    decision: str = ""
    policy_rows: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    settings: dict[str, tuple[Any, Layer]] = field(default_factory=dict)
    expects: list[tuple[dict[str, Any], Layer]] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def layer(document: Document, pointer: str) -> Layer:
    """The layer of a place in a document."""
    return Layer(source=document.source, line=document.line(pointer))


def rows_of(document: Document, profile: str, *, ours: bool) -> dict[str, Row]:
    """The rows that a document defines itself, in order. One id twice is a fault."""
    rows: dict[str, Row] = {}
    for index, data in enumerate(document.data.get("requirements", [])):
        base = step("/requirements", index)
        layers = {name: layer(document, step(base, name)) for name in data}
        for name in data.get("with", {}):
            layers[f"with.{name}"] = layer(document, step(step(base, "with"), name))
        row = Row(id=data["id"], profile=profile, ours=ours, data=data, layers=layers)
        if row.id in rows:
            raise ProfileFault(
                f"the requirement id {row.id} stands twice",
                where=f"{row.where} and {rows[row.id].where}",
                next_step="Give one of them another id: ids are unique and never used again.",
            )
        rows[row.id] = row
    return rows
