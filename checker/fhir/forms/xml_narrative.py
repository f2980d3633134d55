"""The narrative of FHIR XML as the text that JSON has: XHTML written anew from what the parser tells.

The root carries the namespace; a namespace that differs further down is declared where it begins, so that the check
of the narrative sees it. Entities and CDATA come out as characters.

Source: http://hl7.org/fhir/R4/narrative.html
"""

from __future__ import annotations

XHTML = "http://www.w3.org/1999/xhtml"
_XML = "http://www.w3.org/XML/1998/namespace"

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)

Name = tuple[str, str, str]


class Narrative:
    """A ``div`` that is being read."""

    __slots__ = ("_names", "_open", "_parts", "_spaces")

    def __init__(self, name: Name, attributes: list[tuple[Name, str]]) -> None:
        self._parts: list[str] = []
        self._names: list[str] = []
        self._spaces: list[str] = [""]
        self._open = False
        self.start(name, attributes)

    def start(self, name: Name, attributes: list[tuple[Name, str]]) -> None:
        """An element begins."""
        self._close()
        namespace, local, _ = name
        self._parts.append("<" + local)
        if namespace != self._spaces[-1]:
            self._parts.append(f' xmlns="{namespace.translate(_ATTRIBUTE)}"')
        for (space, attribute, prefix), value in attributes:
            called = attribute
            if space == _XML:
                called = "xml:" + attribute
            elif space:
                called = f"{prefix or 'other'}:{attribute}"
                self._parts.append(f' xmlns:{prefix or "other"}="{space.translate(_ATTRIBUTE)}"')
            self._parts.append(f' {called}="{value.translate(_ATTRIBUTE)}"')
        self._names.append(local)
        self._spaces.append(namespace)
        self._open = True

    def end(self) -> bool:
        """An element ends. True when it was the root."""
        name = self._names.pop()
        self._spaces.pop()
        if self._open:
            self._parts.append("/>")
            self._open = False
        else:
            self._parts.append(f"</{name}>")
        return not self._names

    def characters(self, text: str) -> None:
        """Text between elements."""
        self._close()
        self._parts.append(text.translate(_TEXT))

    def comment(self, text: str) -> None:
        """A comment."""
        self._close()
        self._parts.append(f"<!--{text}-->")

    def text(self) -> str:
        """The whole as text."""
        return "".join(self._parts)

    def _close(self) -> None:
        if self._open:
            self._parts.append(">")
            self._open = False
