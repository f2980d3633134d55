"""The quick look at a narrative: says of most that are clean that they are clean.

It follows the tags of a narrative through a tree of contexts that it has met before, one look-up for each tag, and
passes over runs of whole simple elements in one step (:mod:`checker.fhir.validation.special.xhtml_runs`). Whatever it
does not know for sure goes to :mod:`checker.fhir.validation.special.xhtml_reading`, so it can only be wrong by letting
pass; a property test compares the two.

Source: http://hl7.org/fhir/R4/narrative.html
"""

from __future__ import annotations

import re
from typing import Final

from checker.fhir.forms.characters import has_controls
from checker.fhir.validation.special import xhtml_rules as facts
from checker.fhir.validation.special import xhtml_runs as runs

USUAL_START: Final = f'<div xmlns="{facts.NAMESPACE}">'
"""The outer tag of most narratives."""
_USUAL_TAG: Final = USUAL_START[1:-1]
_USUAL_LENGTH: Final = len(USUAL_START)
_TAG: Final = re.compile(
    r"""([a-z][a-z0-9]*)"""
    r"""((?:\s+[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?\s*=\s*(?:"[^"]*"|'[^']*'))*+)\s*(/?)""",
    re.ASCII,
)
_ATTRIBUTE: Final = re.compile(r"""(?<![\w.:\-])([A-Za-z_][\w.:\-]*)\s*+=\s*(?:"([^"]*)"|'([^']*)')""", re.ASCII)
_ANCHOR: Final = re.compile(' (?:id|name)="')
_CONTENT: Final = re.compile(r">\s*+(?:[^<\s&]|&(?:lt|gt|amp|quot|apos);)")
"""No tag of a narrative that is let pass has ``>`` within. Other entities may stand for a space."""
_OTHER_ENTITY: Final = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
_ANCHORS: Final = frozenset({"id", "name"})
_URLS: Final = frozenset({"href", "src", "cite", "longdesc", "usemap", "style"})
_PASSED_BY: Final = frozenset({"xml:lang", "xml:space", "xmlns"})
"""Attributes that the full reading looks at when they stand inside."""
_SPACES: Final = " \t\r\n"
"""What XML calls white space: other spaces may not stand outside the outer element."""
_MOST_CONTEXTS: Final = 20_000
_FIRST: Final = 50
"""How many narratives are looked at tag by tag, before it pays to compile the expressions for runs of elements."""


class _Context(dict[str, "_Context"]):
    """A place in a narrative (the line of open elements), as the map from tag to the place after it.

    ``run`` passes over what is simple there, to the next tag; ``plain``: in a narrative without attributes.
    """

    __slots__ = ("around", "bare", "holder", "in_paragraph", "name", "plain", "run")

    def __init__(self, name: str, holder: _Context | None, plain: bool, run: runs.Run | None = None) -> None:
        super().__init__()
        self.plain = plain
        self.name = name
        self.holder = holder
        self.bare = name in facts.ONLY or name in facts.VOID or name == ""
        self.in_paragraph: bool = name == "p" or (holder is not None and holder.in_paragraph)
        keeps = frozenset({name}) if name in facts.TEXT_HOLDERS and holder is not None and holder.name else frozenset()
        self.around: frozenset[str] = keeps if holder is None else holder.around | keeps
        self.run: runs.Run = run or self._run()

    def _run(self) -> runs.Run:
        if _looks[0] <= _FIRST:
            return runs.space if self.bare else runs.text
        if self.around & facts.INLINE:
            return runs.space if self.bare else runs.text
        if self.bare:
            return runs.inside(self.name, self.plain) if not self.around and not self.in_paragraph else runs.space
        return runs.line(self.plain) if self.around or self.in_paragraph else runs.blocks(self.plain)

    def __missing__(self, tag: str) -> _Context:
        """The place after a tag met for the first time here; raises ``_Doubt`` when it may not stand here."""
        if tag[:1] == "/":
            if tag[1:].rstrip(_SPACES) != self.name or self.holder is None:
                raise _Doubt
            after = self.holder if self.holder.name else _END
        else:
            after = self._entered(tag)
        if _size[0] < _MOST_CONTEXTS and (len(tag) < 60 or self.holder is None):
            _size[0] += 1
            self[tag] = after
        return after

    def _entered(self, tag: str) -> _Context:
        from checker.fhir.validation.special.xhtml_reading import misplaced

        read = _TAG.fullmatch(tag)
        if read is None:
            raise _Doubt
        name, attributes, void = read.groups()
        outer = self.holder is None
        if outer:
            if name != "div" or void:
                raise _Doubt
        elif name not in facts.ELEMENTS or misplaced(name, self.name, self.in_paragraph, self.around):
            raise _Doubt
        _attributes(name, attributes, outer)
        return self if void else self._below(name)

    def _below(self, name: str) -> _Context:
        key = f"<{name}"
        if key in self:
            return self[key]
        below = _Context(name, self, self.plain)
        if len(below.around) > 12 or self.depth() > 60:
            raise _Doubt
        self[key] = below
        _size[0] += 1
        return below

    def depth(self) -> int:
        """How many elements are open."""
        count, step = 0, self.holder
        while step is not None:
            count, step = count + 1, step.holder
        return count


class _Doubt(Exception):
    """The quick look does not know."""


_looks: list[int] = [0]
_size: list[int] = [0]
_START = _Context("", None, False, runs.outside)
_PLAIN_START = _Context("", None, True, runs.outside)
_END = _Context("", None, False, runs.outside)


def is_plain(text: str) -> bool:
    """Whether the narrative has the usual outer tag, and no quotation marks else."""
    return text.find('"', _USUAL_LENGTH) < 0 and text.startswith(USUAL_START)


def is_clean(text: str, plain: bool) -> bool:
    """Whether the narrative is surely clean, whatever its language; False says only that this is not sure.

    ``plain``: what :func:`is_plain` says of it.
    """
    looks = _looks[0]
    if looks <= _FIRST:
        _looks[0] = looks + 1
    if looks == _FIRST or _size[0] >= _MOST_CONTEXTS:
        _START.clear()
        _PLAIN_START.clear()
        _size[0] = 0
    try:
        if plain:
            context, at = _PLAIN_START[_USUAL_TAG], _USUAL_LENGTH
        else:
            context, at = _START, 0
        while context is not _END:
            found = context.run(text, at)
            if found is None:
                return False
            at = found.end()
            context = context[found[1]]
    except _Doubt:
        return False
    if at != len(text) and text[at:].strip(_SPACES):
        return False
    return (_CONTENT.search(text) is not None or "<img" in text) and _characters(text, plain)


def outer_attributes(text: str) -> dict[str, str] | None:
    """The attributes of the outer div of a clean narrative; None where its tag has more than plain characters."""
    tag = text[text.index("<") : text.index(">")]
    if not tag.isprintable() or "&" in tag:
        return None
    return {name: one or other for name, one, other in _ATTRIBUTE.findall(tag)}


def _characters(text: str, plain: bool) -> bool:
    """Whether all characters, entities and anchors are surely right."""
    try:
        if has_controls(text) or "\ufffe" in text or "\uffff" in text:
            return False
    except UnicodeEncodeError:
        return False
    if "]" in text and "]]>" in text:
        return False
    if "&" in text and _OTHER_ENTITY.search(text) is not None:
        for name in facts.ENTITY.findall(text):
            if not name or (name[0] != "#" and name[:-1] not in facts.XML_ENTITIES):
                return False
            if name[0] == "#" and not _is_character(name):
                return False
    if plain:
        return True
    if '="#' in text:
        return False
    if ' id="' in text or ' name="' in text:
        anchors = [one.partition('"')[0] for one in _ANCHOR.split(text)[1:]]
        return len(set(anchors)) == len(anchors)
    return True


def _is_character(name: str) -> bool:
    point = int(name[2:-1], 16) if name[1] in "x" else int(name[1:-1])
    return 0x20 <= point < 0xD800 or 0xE000 <= point < 0xFFFE or 0x10000 <= point < 0x110000


def _attributes(name: str, written: str, outer: bool) -> None:
    """Raises ``_Doubt`` unless all attributes are surely right."""
    seen: set[str] = set()
    for attribute, one, other in _ATTRIBUTE.findall(written):
        value = one or other
        if attribute in seen or "<" in value or (attribute in _ANCHORS and f' {attribute}="' not in written):
            raise _Doubt
        seen.add(attribute)
        if attribute == "xmlns" and outer:
            if value != facts.NAMESPACE:
                raise _Doubt
            continue
        if (attribute in _PASSED_BY and not outer) or attribute.startswith("xmlns"):
            raise _Doubt
        if not facts.attribute_is_known(name, attribute) or (attribute in _URLS and _is_odd(attribute, value)):
            raise _Doubt
    if outer and "xmlns" not in seen:
        raise _Doubt


def _is_odd(attribute: str, value: str) -> bool:
    """Whether a URL, or a style, needs the full reading."""
    if "&" in value or value[:1] == "#" or facts.runs_script(value):
        return True
    return attribute in ("href", "src") and facts.url_fault(value) != ""
