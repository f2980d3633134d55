"""Read a narrative with expat and say all that is wrong with it: the reference for the quick look.

Hostile input is safe: a DOCTYPE is refused before anything of it is used, no entity is ever expanded from
the text, and depth is bounded.
"""

from __future__ import annotations

from html.entities import name2codepoint
from typing import Any, Final
from xml.parsers import expat

from checker.fhir.validation.special import xhtml_rules as facts
from checker.fhir.validation.special.xhtml_findings import (
    ATTRIBUTE,
    BROKEN_LINK,
    DUPLICATE_ID,
    ELEMENT,
    EMPTY,
    ENTITY,
    INSTRUCTION,
    MALFORMED,
    MIXED_LANGUAGES,
    NAMESPACE,
    PLACE,
    ROOT,
    SCRIPT,
    SPACE,
    URL,
    Finding,
    made,
)

_DEEPEST: Final = 400
_MOST: Final = 50
"""Findings of one narrative."""


class _Stop(Exception):
    """Nothing more is read."""


class Reading:
    """One narrative, read.

    ``root`` holds the attributes of its outer div, ``sections`` the languages of the divs right below that state one,
    ``ids`` the targets it has itself.
    """

    __slots__ = ("_content", "_id_places", "_loose", "_open", "findings", "ids", "links", "root", "sections")

    def __init__(self, text: str) -> None:
        self.findings: list[Finding] = []
        self.root: dict[str, str] = {}
        self.ids: set[str] = set()
        self.links: list[str] = []
        self._id_places: dict[str, int] = {}
        self._open: list[tuple[str, bool, frozenset[str]]] = []
        self._content = False
        self.sections: list[str] = []
        self._loose = False
        self._read(text)

    def say(self, finding: Finding) -> None:
        """Add a finding, once."""
        if finding not in self.findings:
            self.findings.append(finding)
            if len(self.findings) >= _MOST:
                raise _Stop

    def _read(self, text: str) -> None:
        parser = expat.ParserCreate(namespace_separator=None)
        parser.buffer_text = True
        parser.ordered_attributes = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration
        parser.ProcessingInstructionHandler = self._instruction
        try:
            plain = without_names(text)
            if plain != text:
                self._entities(text)
            parser.Parse(plain, True)
            self._finish()
        except _Stop:
            return
        except expat.ExpatError as error:
            self.findings.append(made(MALFORMED, f"The XHTML is not well formed: {error}."))
        except ValueError as error:
            if "<!DOCTYPE" in text:
                self.findings.append(made(INSTRUCTION, "A narrative has no DOCTYPE."))
            self.findings.append(made(MALFORMED, f"The XHTML is not well formed: {error}"))

    def _entities(self, text: str) -> None:
        for name in sorted({one[:-1] for one in facts.ENTITY.findall(text) if one[:1] != "#"} - facts.XML_ENTITIES):
            said = f"The entity &{name}; is one of HTML, and a narrative knows those of XML only."
            self.say(made(ENTITY, said, f"&{name};"))

    def _finish(self) -> None:
        if not self._content:
            self.say(made(EMPTY, "The narrative has neither text nor an image."))
        twice = sorted(name for name, count in self._id_places.items() if count > 1)
        if twice:
            self.say(made(DUPLICATE_ID, f"Several elements of the narrative have the same id: {', '.join(twice)}."))
        if self.sections and self._loose:
            tags = ", ".join(sorted(set(self.sections)))
            said = f"The narrative has sections of a language ({tags}) and content outside of them."
            self.say(made(MIXED_LANGUAGES, said))
        for link in self.links:
            if link not in self.ids:
                self.say(made(BROKEN_LINK, f"The link '#{link}' leads nowhere.", link))

    # ---- expat

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open:
            self._outer(name, attributes)
            return
        if len(self._open) > _DEEPEST:
            self.say(made(MALFORMED, f"The XHTML is nested more than {_DEEPEST} deep."))
            raise _Stop
        parent, in_paragraph, around = self._open[-1]
        if name not in facts.ELEMENTS:
            rule_ = SCRIPT if name.lower() in facts.ACTIVE else ELEMENT
            self.say(made(rule_, f"The element <{name}> may not stand in a narrative.", name))
        else:
            self._place(name, parent, in_paragraph, around)
        self._attributes(name, attributes)
        if name == "img":
            self._content = True
        if len(self._open) == 1:
            if name == "div" and "xml:lang" in attributes:
                self.sections.append(attributes["xml:lang"])
            else:
                self._loose = True
        keeps = {name} if name in facts.INLINE or name in facts.TEXT_HOLDERS else set()
        self._open.append((name, in_paragraph or name == "p", around | keeps))

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if text.isspace():
            return
        self._content = True
        parent = self._open[-1][0] if self._open else ""
        if len(self._open) == 1:
            self._loose = True
        if parent in facts.ONLY:
            self.say(made(PLACE, f"Text may not stand directly in <{parent}>.", parent))
        elif parent in facts.VOID:
            self.say(made(PLACE, f"<{parent}> has content.", parent))

    def _doctype(self, *_: Any) -> None:
        self.say(made(INSTRUCTION, "A narrative has no DOCTYPE."))
        raise _Stop

    def _declaration(self, *_: Any) -> None:
        self.say(made(INSTRUCTION, "A narrative has no XML declaration."))

    def _instruction(self, target: str, _: str) -> None:
        self.say(made(INSTRUCTION, f"A narrative has no processing instructions (<?{target}).", target))

    # ---- rules

    def _outer(self, name: str, attributes: dict[str, str]) -> None:
        self.root = attributes
        namespace = attributes.get("xmlns")
        if namespace != facts.NAMESPACE:
            said = f"The outer element has the namespace '{namespace}'" if namespace else "The XHTML has no namespace"
            self.say(made(NAMESPACE, f"{said}; it must be {facts.NAMESPACE}.", namespace))
        if name != "div":
            self.say(made(ROOT, f"The outer element is <{name}>; it must be <div>.", name))
        self._attributes("div", attributes)
        self._open.append((name, False, frozenset()))

    def _attributes(self, name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            if attribute == "xmlns":
                if value != facts.NAMESPACE and self._open:
                    self.say(made(NAMESPACE, f"<{name}> has the namespace '{value}'.", value))
            elif attribute == "xml:space":
                self.say(made(SPACE, "The attribute xml:space has no meaning in a narrative.", attribute))
            elif not facts.attribute_is_known(name, attribute):
                rule_ = SCRIPT if attribute.lower().startswith("on") else ATTRIBUTE
                self.say(made(rule_, f"<{name}> may not have the attribute {attribute}.", attribute))
        self._anchors(name, attributes)
        for attribute in ("href", "src", "cite", "longdesc", "usemap", "style"):
            if attribute in attributes and facts.runs_script(attributes[attribute]):
                self.say(made(SCRIPT, f"The attribute {attribute} of <{name}> is a script.", attributes[attribute]))
        url = attributes.get("href") if name == "a" else attributes.get("src") if name == "img" else None
        if url is not None:
            fault = facts.url_fault(url)
            if fault:
                self.say(made(URL, f"The URL '{url[:200]}' of <{name}> is wrong: {fault}.", url[:200]))

    def _anchors(self, name: str, attributes: dict[str, str]) -> None:
        own = [attributes[one] for one in ("id",) if one in attributes]
        if name == "a" and attributes.get("name") not in (None, *own):
            own.append(attributes["name"])
        # The outer div's own id is no part of what HL7 compares.
        for one in own if self._open else ():
            self._id_places[one] = self._id_places.get(one, 0) + 1
        self.ids.update(own)
        link = attributes.get("href", "") if name in ("a", "area") else attributes.get("src", "")
        if link.startswith("#") and len(link) > 1 and link[1:] not in self.links:
            self.links.append(link[1:])

    def _place(self, name: str, parent: str, in_paragraph: bool, around: frozenset[str]) -> None:
        for fault in misplaced(name, parent, in_paragraph, around):
            self.say(made(PLACE, fault, name))


def misplaced(name: str, parent: str, in_paragraph: bool, around: frozenset[str]) -> list[str]:
    """Why the element may not stand there.

    ``around``: the open elements that hold no blocks, or not themselves; ``in_paragraph``: a ``p`` is open.
    """
    faults = []
    if parent in facts.VOID:
        faults.append(f"<{parent}> has content.")
    if parent in facts.ONLY and name not in facts.ONLY[parent]:
        faults.append(f"<{name}> may not stand directly in <{parent}>.")
    if name in facts.PARENTS and parent not in facts.PARENTS[name]:
        faults.append(f"<{name}> stands in <{parent}>, but must stand in {' or '.join(sorted(facts.PARENTS[name]))}.")
    if name in facts.INLINE and name in around:
        faults.append(f"<{name}> stands in another <{name}>.")
    holders = sorted(around & facts.TEXT_HOLDERS) if name in facts.BLOCKS else []
    if holders:
        faults.append(f"The block <{name}> stands in <{holders[0]}>, which holds text only.")
    elif in_paragraph and name in facts.NOT_IN_PARAGRAPH:
        faults.append(f"<{name}> stands in a paragraph.")
    return faults


class _Unreadable(ValueError):
    """Something that no XML may have, in words."""


def without_names(text: str) -> str:
    """The text with named entities as numbers: no DTD declares them, and what is around them is read all the same."""
    if "&" not in text:
        return text

    def number(found: Any) -> str:
        name = found[1]
        if name is None:
            raise _Unreadable("an ampersand stands alone; write &amp; for it.")
        if name[0] == "#":
            return f"&{name}"
        if name[:-1] not in facts.ENTITIES:
            raise _Unreadable(f"the entity &{name} is unknown.")
        point = name2codepoint.get(name[:-1], 0x27)
        return f"&#{point};"

    return facts.ENTITY.sub(number, text)
