"""Regular expressions for runs of whole elements: the simple parts of a narrative in one step.

Each is matched where an element's content goes on, and eats as much as it knows to be right there: text, and elements
from the opening to the closing tag whose own content is text, inline elements, rows or items. It ends with the next
tag, without its brackets, as its only group. No match: there is no further tag, or text where none may stand.

All repeats are possessive, and what may follow one another differs in its first characters, so that nothing is ever
read twice by one expression. Tags with other attributes than the usual, or in another order, are not known here.

Source: http://hl7.org/fhir/R4/narrative.html#xhtml
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

Run = Callable[[str, int], "re.Match[str] | None"]
"""The match of a run in a text, from a place on."""

_TEXT: Final = r"[^<]*+"
_SPACE: Final = r"\s*+"
_VALUE: Final = r'="[^"<>&]*+"'
_STYLE: Final = r' style="(?![\sjJ#]|[vV]\s*[bB])[^"<>&]*+"'
_LINK: Final = r"""href="(?!data:|[jJ#]|[vV][bB])[\w;?:@=+$.,/%\-~#\[\]!'()*|]++\""""
_LEAVES: Final = ("b", "span", "i", "strong", "em", "code", "small", "sup", "sub", "big", "tt", "var", "cite")
"""Of the elements within a line, those that are usual; they may not stand in themselves, so hold no others here."""


_WITH_SEVERAL: Final = frozenset({"table", "tr", "td", "th", "p", "span", "a"})
"""These may have a class, a style and another attribute; the other elements of a run a class or a style."""


class _Pieces:
    """The parts that runs are made of, for tags without attributes, or with the usual ones."""

    def __init__(self, plain: bool) -> None:
        self.plain = plain
        of_cell = ("colspan", "rowspan", "align", "valign", "width")
        leaves = [self.element(name, _TEXT) for name in _LEAVES]
        self.leaf = "|".join(["br ?/>", *leaves, self.element("a", _TEXT, "", "name", or_=_LINK)])
        self.paragraph = self.element("p", _TEXT, self.leaf)
        data = self.element("td", _TEXT, f"{self.leaf}|{self.paragraph}", *of_cell)
        self.cell = f"{data}|{self.element('th', _TEXT, self.leaf, *of_cell)}"
        self.row = self.element("tr", _SPACE, self.cell)
        self.item = self.element("li", _TEXT, self.leaf)
        blocks = [self.paragraph, self.element("table", _SPACE, self.row, "border", "width", "summary")]
        blocks += [self.element(name, _SPACE, self.item) for name in ("ul", "ol")]
        blocks += [self.element(f"h{level}", _TEXT) for level in (1, 2, 3, 4, 5, 6)]
        self.block = "|".join([*blocks, "hr ?/>", self.leaf])

    def element(self, name: str, around: str, one: str = "", *attributes: str, or_: str = "") -> str:
        """An element from tag to tag, without the first bracket: with ``around``, and any number of ``one`` in it."""
        end = ">"
        if not self.plain and name in _WITH_SEVERAL:
            more = f" (?:{'|'.join(('title', 'id', *attributes))}){_VALUE}" + (f"| {or_}" if or_ else "")
            end = f"(?:>|(?: class{_VALUE})?+(?:{_STYLE}(?:{more})?+|(?:{more})(?:{_STYLE})?+)?+>)"
        elif not self.plain:
            end = f"(?:>| class{_VALUE}>|{_STYLE}>)"
        close = f"</{name}>"
        content = f"{around}(?:{close}|(?:<(?:{one}){around})++{close})" if one else f"{around}{close}"
        return f"{name}(?:{end}{content}|/>)" if name in ("td", "p") else f"{name}{end}{content}"


def _any(one: str, around: str) -> str:
    """Any number of ``one`` (without the first bracket), with text or space around each."""
    return f"{around}(?:<(?:{one}){around})*+"


def _run(source: str) -> Run:
    return re.compile(source + "<([^<>]*+)>").match


_pieces = cache(_Pieces)
text: Final = _run(_TEXT)
"""Text only."""
space: Final = _run(_SPACE)
"""Where only elements may stand."""
outside: Final = _run(r"[ \t\r\n]*+")
"""Before the outer element."""


@cache
def line(plain: bool) -> Run:
    """In an element of a line, or that holds lines only; within no element that may not hold itself.

    ``plain``: tags are not looked for attributes, which is faster where there are hardly any.
    """
    return _run(_any(_pieces(plain).leaf, _TEXT))


@cache
def blocks(plain: bool) -> Run:
    """Where blocks may stand, and text."""
    return _run(_any(_pieces(plain).block, _TEXT))


@cache
def inside(name: str, plain: bool) -> Run:
    """In an element that holds certain elements only, and no text."""
    pieces = _pieces(plain)
    if name in ("table", "tbody", "thead", "tfoot"):
        return _run(_any(pieces.row, _SPACE))
    if name == "tr":
        return _run(_any(pieces.cell, _SPACE))
    return _run(_any(pieces.item, _SPACE)) if name in ("ul", "ol") else space
