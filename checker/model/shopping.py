"""The data shopping list: what no resource has shown yet, and what to load so that the next run can tell."""

from __future__ import annotations

from checker.model.value import Value


class ToLoad(Value, frozen=True, kw_only=True, order=True):
    """One thing that must be supported and that no resource shows."""

    type: str
    element: str
    """Id of the element, as its StructureDefinition has it; with ``:`` and the name of a slice."""
    as_type: str = ""
    """The type that a choice has to have."""
    to: str = ""
    """The resource type that a reference has to lead to."""
    definition: str = ""
    """Canonical of the StructureDefinition that wants it."""
    denied: bool = False
    """Does a resource say that the system does not support it?"""
    example: str = ""
    """A synthetic resource that shows it, as JSON text; "" where none could be made that the validator passes."""

    @property
    def key(self) -> str:
        """How verdicts name it, and what ``absent`` of a profile takes."""
        said = self.element + (f" as {self.as_type}" if self.as_type else "")
        return said + (f" to {self.to}" if self.to else "")


class ShoppingNote(Value, frozen=True, kw_only=True):
    """The list, by type and element. ``seen``: resource type → how many were looked at."""

    items: tuple[ToLoad, ...] = ()
    seen: dict[str, int] = {}

    def __hash__(self) -> int:
        """Over the items."""
        return hash(self.items)

    @property
    def examples(self) -> tuple[str, ...]:
        """The examples, each once, in the order of the items."""
        return tuple(dict.fromkeys(one.example for one in self.items if one.example))
