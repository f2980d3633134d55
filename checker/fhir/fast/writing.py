"""Python source out of our own templates: lines, and the constants that they name.

Nothing of a definition is ever part of the source but as a name of ours for a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.fast.clean import Dirty


class Writer:
    """The body of one function in the making.

    - ``base``: how deep the lines stand that are added now; ``holder``: the variable of the object they are about.
    - ``count``: names and texts that every object has by its shape, of the function or of the loop written now.
    - ``unfolded``: whether objects inside are judged by a function of their own that could stand here instead.
    - ``often``: the function is for a shape that is often met; ``inside``: how many objects deep it is written.
    """

    __slots__ = (
        *("_fresh", "_header", "_names", "base", "constants", "count", "holder", "inside", "lines", "often", "place"),
        "unfolded",
    )

    def __init__(self, place: str, *, often: bool = False) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {"Dirty": Dirty}
        self.place = place
        self.base = 0
        self.holder = "o"
        self.count = 0
        self.inside = 0
        self.often = often
        self.unfolded = False
        self._fresh = 0
        self._names: dict[int, str] = {}
        self._header: dict[str, str] = {}

    def name(self, constant: Any) -> str:
        """The name by which the source calls a constant."""
        found = self._names.get(id(constant))
        if found is None:
            found = self._names[id(constant)] = f"k{len(self._names)}"
            self.constants[found] = constant
        return found

    def add(self, indent: int, line: str) -> None:
        """A line, ``indent`` levels inside the function."""
        self.lines.append("    " * (self.base + indent + 1) + line)

    def fresh(self) -> str:
        """The name of a variable that stands nowhere else."""
        self._fresh += 1
        return f"u{self._fresh}"

    def once(self, name: str, code: str) -> str:
        """A variable that is set at the start of the function."""
        self._header[name] = code
        return name

    def dirty(self, why: str) -> str:
        """The statement that gives the resource up."""
        return f"raise Dirty({self.name(self.place + ' ' + why)})"

    def function(self, arguments: str) -> Callable[..., Any]:
        """Compile what was written."""
        start = [f"    {name} = {code}" for name, code in self._header.items()]
        source = f"def check({arguments}):\n" + "\n".join([*start, f"    n = {self.count}", *self.lines]) + "\n"
        code = compile(
            source, f"<checks of {''.join(c for c in self.place if c.isalnum() or c in ' .:')[:80]}>", "exec"
        )
        exec(code, self.constants)  # noqa: S102 - our own templates; definitions go in as constants only
        made: Callable[..., Any] = self.constants["check"]
        return made
