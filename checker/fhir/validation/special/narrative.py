"""Narratives: a quick look that lets clean ones pass, the full reading for all others.

The quick look follows the tags of a narrative through a tree of contexts that it has met before: one look-up for
each tag. Whatever it does not know for sure goes to :mod:`checker.fhir.validation.special.xhtml_reading`, so it can
only be wrong by letting pass; a property test compares the two.

Source: http://hl7.org/fhir/R4/narrative.html
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from checker.fhir.instance import Node
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import xhtml_rules as facts
from checker.fhir.validation.special.xhtml_findings import (
    BROKEN_LINK,
    EMPTY,
    ENTITY,
    INSTRUCTION,
    LANGUAGE,
    MALFORMED,
    NAMESPACE,
    NOT_TEXT,
    Finding,
    made,
)

if TYPE_CHECKING:
    from checker.fhir.validation.special.xhtml_reading import Reading

_TAG: Final = re.compile(
    r"""([a-z][a-z0-9]*)((?:\s+[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)""", re.ASCII
)
_ATTRIBUTE: Final = re.compile(r"""([A-Za-z_][\w.:\-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.ASCII)
_ANCHOR: Final = re.compile(' (?:id|name)="')
_ANCHORS: Final = frozenset({"id", "name"})
_URLS: Final = frozenset({"href", "src", "cite", "longdesc", "usemap", "style"})
_ANY_ANCHOR: Final = re.compile(r"""\s(?:id|name)\s*=\s*["']([^"'<]{1,300})["']""")
_MOST_CONTEXTS: Final = 20_000
_PASSED_BY: Final = frozenset({"xml:lang", "xml:space", "xmlns"})
"""Attributes that the full reading looks at when they stand inside."""


class _Context(dict[str, "_Context"]):
    """A place in a narrative (the line of open elements), as the map from tag to the place after it."""

    __slots__ = ("around", "bare", "holder", "in_paragraph", "name")

    def __init__(self, name: str, holder: _Context | None) -> None:
        super().__init__()
        self.name = name
        self.holder = holder
        self.bare = name in facts.ONLY or name in facts.VOID or name == ""
        self.in_paragraph: bool = name == "p" or (holder is not None and holder.in_paragraph)
        keeps = frozenset({name}) if name in facts.TEXT_HOLDERS and holder is not None and holder.name else frozenset()
        self.around: frozenset[str] = keeps if holder is None else holder.around | keeps

    def __missing__(self, tag: str) -> _Context:
        """The place after a tag met for the first time here; raises ``_Doubt`` when it may not stand here."""
        if self is _END:
            raise _Doubt
        if tag[:1] == "/":
            if tag[1:].rstrip(" \t\r\n") != self.name or self.holder is None:
                raise _Doubt
            after = self.holder if self.holder is not _START else _END
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
        below = self[key] = _Context(name, self)
        _size[0] += 1
        if len(below.around) > 12 or self.depth() > 60:
            raise _Doubt
        return below

    def depth(self) -> int:
        """How many elements are open."""
        count, step = 0, self.holder
        while step is not None:
            count, step = count + 1, step.holder
        return count


class _Doubt(Exception):
    """The quick look does not know."""


_size: list[int] = [0]
_START = _Context("", None)
_END = _Context("", None)


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


def _is_clean(text: str) -> bool:
    """Whether the narrative is surely clean; False says only that this is not sure."""
    pieces = text.split("<")
    context = _START
    content = False
    if pieces[0].strip():
        return False
    del pieces[0]
    try:
        for piece in pieces:
            tag, end, rest = piece.partition(">")
            if not end:
                return False
            context = context[tag]
            if rest:
                if context.bare:
                    if not rest.isspace():
                        return False
                elif not content and not rest.isspace():
                    content = True
    except _Doubt:
        return False
    return (content or "<img" in text) and context is _END and _characters(text)


def _characters(text: str) -> bool:
    if not text.replace("\n", "").isprintable() and facts.NOT_XML.search(text) is not None:
        return False
    if "]]>" in text:
        return False
    if "&" in text:
        for name in facts.ENTITY.findall(text):
            if not name or (name[0] != "#" and name[:-1] not in facts.XML_ENTITIES):
                return False
            if name[0] == "#" and not _is_character(name):
                return False
    if '="#' in text:
        return False
    if ' id="' in text or ' name="' in text:
        anchors = [one.partition('"')[0] for one in _ANCHOR.split(text)[1:]]
        return len(set(anchors)) == len(anchors)
    return True


def _is_character(name: str) -> bool:
    point = int(name[2:-1], 16) if name[1] in "x" else int(name[1:-1])
    return 0x20 <= point < 0xD800 or 0xE000 <= point < 0xFFFE or 0x10000 <= point < 0x110000


def check_div(text: str, language: str | None = None) -> tuple[Finding, ...]:
    """All that is wrong with the text of a narrative's div, empty when nothing is.

    ``language`` is that of the resource, for the comparison with the one that the div states. A link to an id that
    the narrative itself has not is found here; it may still stand elsewhere in the resource.
    """
    if _size[0] >= _MOST_CONTEXTS:
        _START.clear()
        _size[0] = 0
    if language is None and _is_clean(text):
        return ()
    from checker.fhir.validation.special.xhtml_reading import Reading

    reading = Reading(text)
    found = list(reading.findings)
    if language is not None and reading.root and not any(one.rule in (MALFORMED, INSTRUCTION) for one in found):
        found.extend(_languages(reading, language))
    return tuple(found)


def _languages(reading: Reading, language: str) -> list[Finding]:
    plain, marked = reading.root.get("lang"), reading.root.get("xml:lang")
    found = []
    if plain is None and marked is None and reading.sections:
        if language not in reading.sections:
            tags = ", ".join(sorted(set(reading.sections)))
            said = f"The resource is in the language {language}, but the sections of the narrative are in {tags}."
            found.append(made(LANGUAGE, said, tags))
    elif plain is None and marked is None:
        said = f"The resource is in the language {language}, but the narrative states none (lang and xml:lang)."
        found.append(made(LANGUAGE, said))
    elif plain is None or marked is None:
        missing = "lang" if plain is None else "xml:lang"
        found.append(made(LANGUAGE, f"The resource is in the language {language}, but the narrative has no {missing}."))
    for name, stated in (("lang", plain), ("xml:lang", marked)):
        if stated is not None and stated != language:
            said = f"The resource is in the language {language}, but {name} of the narrative is {stated}."
            found.append(made(LANGUAGE, said, stated))
    return found


def html_checks(text: str) -> bool:
    """FHIRPath's ``htmlChecks()``: only what a narrative may be made of (txt-1), and some content (txt-2)."""
    return not any(one.rule.severity == "error" and one.rule not in (BROKEN_LINK, ENTITY) for one in check_div(text))


def check(run: Run, node: Node) -> None:
    """Judge a Narrative: the text of its div."""
    for div in node.children("div"):
        text = div.value
        if not isinstance(text, str):
            if isinstance(text, bool | int | float | Decimal):
                run.report(NOT_TEXT, div, f"The narrative is a text in quotation marks; {text} stands there")
            continue
        for finding in check_div(text, node.resource.text("language")):
            if finding.rule is BROKEN_LINK and _is_target(run, div, finding.found):
                continue
            run.report(finding.rule, div, finding.message, found=finding.found)
        if run.options.structure_definitions or "meta" in node.resource.holder:
            from checker.fhir.validation.special import narrative_control

            narrative_control.check(run, div, text)


def _is_target(run: Run, div: Node, id_: str | None) -> bool:
    """Whether an element or a resource has that id: in the resource of the div, in a document anywhere."""
    root = run.tree.root
    holder = root if root.text("type") == "document" and root.type == "Bundle" else div.root_resource
    key = (_is_target, id(holder.value))
    if key not in run.seen:
        run.seen[key] = _ids(holder.value)
    return id_ in run.seen[key]


def _ids(value: object) -> set[str]:
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            name, div = one.get("id"), one.get("div")
            if isinstance(name, str):
                found.add(name)
            if isinstance(div, str):
                found.update(_ANY_ANCHOR.findall(div))
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


__all__ = ["EMPTY", "MALFORMED", "NAMESPACE", "check", "check_div", "html_checks"]
