"""A page of terminal text: the one place that knows ``rich``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from checker.render.visible import one_line
from checker.render.words import Mark

_LABEL_WIDTH = 12
_TABLE_WIDTH = 90


def _widest(heading: str) -> int:
    """The longest word of a heading: a column narrower than that would clip, and a clipped number is a wrong one."""
    return max(map(len, heading.split()), default=_LABEL_WIDTH)


class Page:
    """Lines are added in order; ``text`` gives them all. Every string is made visible here."""

    def __init__(self, *, width: int, colour: bool, unicode: bool, tty: bool) -> None:
        self.tty = tty
        self.wide = tty and width >= _TABLE_WIDTH
        """Is there room for tables?"""
        self._unicode = unicode
        self._stream = io.StringIO()
        # The environment is withheld: NO_COLOR, COLUMNS and the like are the command line's to read.
        self._console = Console(
            file=self._stream,
            width=max(40, width),
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )

    def symbol(self, mark: Mark) -> str:
        """The symbol of a mark that this page can show."""
        return mark.symbol if self._unicode else mark.ascii

    def line(self, said: str, style: str = "") -> None:
        """One line; a log never wraps it."""
        self._print(Text(one_line(said), style=style))

    def heading(self, said: str) -> None:
        """An empty line and a heading."""
        self.line("")
        self.line(said, "bold")

    def fact(self, label: str, said: str) -> None:
        """An indented label and its text; on a terminal the text hangs beside the label."""
        name = f"    {label + ':':<{_LABEL_WIDTH}}"
        if not self.tty:
            self._print(Text(f"{name} {one_line(said)}"))
            return
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(name), Text(one_line(said)))
        self._console.print(grid)

    def command(self, label: str, said: str) -> None:
        """A command to copy: its own lines, never wrapped, also on a terminal."""
        self._print(Text(f"    {label}:"))
        for part in said.splitlines():
            self._print(Text(f"      {part}"), wrap=False)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table, first column to the left and numbers to the right."""
        made = Table(box=box.SIMPLE if self._unicode else None, pad_edge=False)
        for number, heading in enumerate(headings):
            align: JustifyMethod = "right" if number else "left"
            made.add_column(Text(one_line(heading)), justify=align, min_width=_widest(heading))
        for row in rows:
            made.add_row(*(Text(one_line(cell)) for cell in row))
        self._console.print(made)

    def text(self) -> str:
        """All that was added."""
        return self._stream.getvalue()

    def _print(self, said: Text, *, wrap: bool = True) -> None:
        whole = not (self.tty and wrap)
        self._console.print(said, soft_wrap=whole, overflow="ignore" if whole else "fold", no_wrap=whole, crop=False)
