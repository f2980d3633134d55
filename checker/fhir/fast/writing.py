"""Python source out of our own templates: lines, and the constants that they name.

Nothing of a definition is ever part of the source but as a name of ours for a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.fast.clean import Dirty


class Writer:
    """The body of one function in the making."""

    __slots__ = ("_names", "constants", "lines", "place")

    def __init__(self, place: str) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {"Dirty": Dirty}
        self.place = place
        self._names: dict[int, str] = {}

    def name(self, constant: Any) -> str:
        """The name by which the source calls a constant."""
        found = self._names.get(id(constant))
        if found is None:
            found = self._names[id(constant)] = f"k{len(self._names)}"
            self.constants[found] = constant
        return found

    def add(self, indent: int, line: str) -> None:
        """A line, ``indent`` levels inside the function."""
        self.lines.append("    " * (indent + 1) + line)

    def dirty(self, why: str) -> str:
        """The statement that gives the resource up."""
        return f"raise Dirty({self.name(self.place + ' ' + why)})"

    def function(self, arguments: str) -> Callable[..., Any]:
        """Compile what was written."""
        source = f"def check({arguments}):\n" + "\n".join(self.lines) + "\n"
        code = compile(
            source, f"<checks of {''.join(c for c in self.place if c.isalnum() or c in ' .:')[:80]}>", "exec"
        )
        exec(code, self.constants)  # noqa: S102 - our own templates; definitions go in as constants only
        made: Callable[..., Any] = self.constants["check"]
        return made
