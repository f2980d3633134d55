"""FHIR XML to the JSON model, by the base definitions, with every fault of the XML in plain words.

The parser is expat, which neither loads external entities nor recurses; a document type declaration is refused, so
that there are no entities of its own either.

What has no form in JSON (an element twice, an empty element) is reported here and left out of the model. A number or
boolean that is none stays a text, so that the check of primitives reports it.

Source: http://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from checker.fhir.definitions.ir import Element
from checker.fhir.forms import xml_rules as rules
from checker.fhir.forms.json_form import MAX_DEPTH, MAX_SIZE_BYTES
from checker.fhir.forms.parsed import MAX_FAULTS, Parsed, fault
from checker.fhir.forms.positions import Lines, Place, Position
from checker.fhir.forms.quoted import quoted, shown
from checker.fhir.forms.structure import foreign_choice, near_name
from checker.fhir.forms.structure_rules import CHOICE_TYPE
from checker.fhir.forms.xml_frame import Frame, Kind
from checker.fhir.forms.xml_narrative import XHTML, Narrative
from checker.fhir.instance import Types
from checker.fhir.validation.issue import Issue
from checker.fhir.validation.rule import Rule

FHIR = "http://hl7.org/fhir"

_APART = "\x1f"
_ENTITY = re.compile(r"&([\w.:-]{1,60});")

Name = tuple[str, str, str]
"""Namespace, local name and prefix."""


def read_xml(data: bytes, types: Types, *, max_depth: int = MAX_DEPTH, max_size_bytes: int = MAX_SIZE_BYTES) -> Parsed:
    """Read the XML text of one resource. Never raises on bad input: a fatal issue says what is wrong."""
    if len(data) > max_size_bytes:
        message = f"The file has {len(data):,} bytes; no more than {max_size_bytes:,} bytes are read"
        return _parsed(None, [fault(rules.SIZE, message, Position(1, 1))], None)
    reader = _Reader(types, max_depth)
    try:
        reader.parser.Parse(data, True)
    except _Refused as refusal:
        return _parsed(None, [*reader.issues, refusal.issue], None)
    except expat.ExpatError as error:
        return _parsed(None, [*reader.issues, _syntax(data, error)], None)
    except (ValueError, LookupError):  # an encoding that Python does not have
        message = "The encoding that the XML declaration names is not known"
        return _parsed(None, [*reader.issues, fault(rules.SYNTAX, message, Position(1, 1))], None)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not reader.other_encoding:
        reader.issues.insert(0, fault(rules.ENCODING, "The file is in UTF-16, not in UTF-8", Position(1, 1)))
    return _parsed(reader.resource, reader.issues, reader.place)


def _parsed(resource: dict[str, Any] | None, issues: list[Issue], place: Place | None) -> Parsed:
    return Parsed(resource, issues, "xml", lambda: place, lambda mark: mark)


class _Refused(Exception):
    """Reading stops here. Holds the fatal issue."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.message)
        self.issue = issue


class _Reader:
    """The handlers of expat, and the frames of the open elements."""

    def __init__(self, types: Types, max_depth: int) -> None:
        self.types = types
        self.max_depth = max_depth
        self.issues: list[Issue] = []
        self._near: dict[tuple[str, str], str | None] = {}
        self.resource: dict[str, Any] | None = None
        self.place: Place | None = None
        self.other_encoding = False
        self._frames: list[Frame] = []
        self._depth = 0
        self._skipped = 0
        self._names = _Names()
        self._narrative: Narrative | None = None
        self._orders: dict[int, dict[str, int]] = {}
        parser = self.parser = expat.ParserCreate(namespace_separator=_APART)
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartCdataSectionHandler = self._cdata
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration

    # ---- handlers

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > self.max_depth:
            message = f"The text nests deeper than {self.max_depth} levels"
            raise _Refused(fault(rules.DEPTH, message, self._at(), path=self._path()))
        if self._skipped:
            self._skipped += 1
        elif self._narrative is not None:
            self._narrative.start(self._names[name], self._pairs(attributes))
        elif not self._frames:
            self._root(self._names[name], attributes)
        else:
            self._child(self._frames[-1], self._names[name], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._skipped:
            self._skipped -= 1
            return
        if self._narrative is not None:
            if not self._narrative.end():
                return
            value: Any = self._narrative.text()
            self._narrative = None
            frame = self._frames.pop()
            frame.parent_put(value, None)
            return
        frame = self._frames.pop()
        if frame.kind is Kind.RESOURCE:
            self._end_resource(frame)
        elif frame.kind is Kind.PRIMITIVE:
            extra = frame.built()
            if frame.value is None and not extra:
                self._say(rules.EMPTY, f"'{frame.name}' has neither a value nor an extension", frame)
            else:
                frame.parent_put(frame.value, extra or None)
        elif frame.kind is Kind.OBJECT:
            value = frame.built()
            if value:
                frame.parent_put(value, None)
            else:
                self._say(rules.EMPTY, f"'{frame.name}' has no content", frame)
        elif frame.inner is None:
            self._say(rules.EMPTY, f"'{frame.name}' holds no resource", frame)
        else:
            frame.parent_put(frame.inner, None)

    def _end_resource(self, frame: Frame) -> None:
        made = {"resourceType": frame.name, **frame.built()}
        if frame.parent is None:
            self.resource, self.place = made, frame.place
        else:
            frame.parent.inner = made

    def _text(self, text: str) -> None:
        if self._skipped:
            return
        if self._narrative is not None:
            self._narrative.characters(text)
        elif self._frames and text.strip(" \t\r\n"):
            frame = self._frames[-1]
            message = f"Text stands here, where only elements may: {quoted(text.strip())}"
            self._say(rules.TEXT, message, frame, self._at())

    def _comment(self, text: str) -> None:
        if self._narrative is not None:
            self._narrative.comment(text)

    def _instruction(self, target: str, _: str) -> None:
        message = f"The processing instruction <?{shown(target)} …?> stands here; resources have none"
        self._say(rules.INSTRUCTION, message, None, self._at())

    def _cdata(self) -> None:
        if self._narrative is None and not self._skipped:
            self._say(rules.CDATA, "A CDATA section stands here; only the narrative has text", None, self._at())

    def _doctype(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            what = "This is an HTML page, not FHIR"
            page = "Fetch the resource itself: such a page is often what a server answers when it refuses or fails."
            raise _Refused(fault(rules.DOCTYPE, what, self._at(), fix=page))
        message = "A DOCTYPE stands here; FHIR allows none, since it can name files and entities"
        raise _Refused(fault(rules.DOCTYPE, message, self._at()))

    def _declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            self.other_encoding = True
            self._say(rules.ENCODING, f"The file says that it is in {shown(encoding)}, not in UTF-8", None, self._at())

    # ---- elements

    def _root(self, name: Name, attributes: list[str]) -> None:
        namespace, local, _ = name
        if namespace != FHIR:
            said = f"the namespace {shown(namespace)}" if namespace else "no namespace"
            message = f"The root element {quoted(local)} has {said}; FHIR's is {FHIR}"
            raise _Refused(fault(rules.ROOT, message, self._at()))
        self._open_resource(None, local, attributes)

    def _open_resource(self, parent: Frame | None, local: str, attributes: list[str]) -> None:
        structure = self.types.type(local)
        known = structure is not None and structure.kind == "resource"
        shape = structure.root if structure is not None and known else None
        place = parent.place if parent is not None else Place(self._at())
        frame = Frame(Kind.RESOURCE, local, parent, shape, place)
        frame.label = local if parent is None else ""
        self._frames.append(frame)
        self._attributes(frame, attributes)
        if not known:
            # The model says what it claims to be; the check of its form will say that there is no such resource.
            self._frames.pop()
            self._end_resource(frame)
            self._skipped = 1

    def _child(self, parent: Frame, name: Name, attributes: list[str]) -> None:
        namespace, local, _ = name
        if parent.kind is Kind.WRAPPER:
            if parent.inner is not None:
                self._say(rules.RESOURCES, f"{quoted(local)} is a second resource within one '{parent.name}'", parent)
                self._skipped = 1
                return
            if namespace != FHIR:
                self._foreign(local, namespace, FHIR, parent)
            self._open_resource(parent, local, attributes)
            return
        entry = parent.shape.keys.get(local) if parent.shape is not None else None
        if entry is None or "xmlAttr" in entry[0].representation:
            self._unknown(parent, local)
            self._skipped = 1
            return
        element, kind = entry
        expected = XHTML if kind.code == "xhtml" else FHIR
        if namespace != expected:
            self._foreign(local, namespace, expected, parent)
        frame = self._frame(parent, local, element, kind.code)
        self._order(parent, frame, element)
        self._frames.append(frame)
        if kind.code == "xhtml":
            self._narrative = Narrative(name, self._pairs(attributes))
        else:
            self._attributes(frame, attributes)

    def _unknown(self, parent: Frame, local: str) -> None:
        owner = parent.name if parent.kind is Kind.RESOURCE else f"{parent.name} ({parent.type})"
        foreign = foreign_choice(self.types, parent.shape, local) if parent.shape is not None else None
        if foreign is not None:
            choice, code, message = foreign
            below = choice.plain_name + (f".ofType({code})" if code else "")
            self._say(CHOICE_TYPE, f"{owner}: {message}", parent, self._at(), below=below)
        else:
            meant = near_name(self._near, local, parent.shape) if parent.shape is not None else None
            said = f"{owner} has no element {quoted(local)}" + (f"; '{meant}' is meant, it seems" if meant else "")
            fix = f"Write '{meant}', or take the element out." if meant else None
            self._say(rules.UNKNOWN, said, parent, self._at(), below=local, fix=fix)

    def _frame(self, parent: Frame, local: str, element: Element, code: str) -> Frame:
        if code == "Resource":
            kind, shape = Kind.WRAPPER, None
        else:
            kind = Kind.PRIMITIVE if code[:1].islower() else Kind.OBJECT
            structure = None if element.children else self.types.type(code)
            shape = element if element.children else structure.root if structure is not None else None
        frame = Frame(kind, local, parent, shape, Place(self._at()))
        frame.type, frame.element = code, element
        count = parent.count(local)
        index = f"[{count}]" if element.is_list else ""
        choice = f".ofType({code})" if element.choice else ""
        frame.label = f".{element.plain_name}{index}{choice}"
        if count and not element.is_list:
            self._say(rules.REPEATED, f"'{local}' does not repeat, and stands here again", frame)
            frame.dropped = True
        return frame

    def _order(self, parent: Frame, frame: Frame, element: Element) -> None:
        shape = parent.shape
        if shape is None:
            return
        order = self._orders.get(id(shape))
        if order is None:
            order = self._orders[id(shape)] = {name: at for at, name in enumerate(shape.members)}
        at = order.get(element.plain_name, 0)
        if at < parent.last:
            before = parent.last_name
            self._say(rules.ORDER, f"'{frame.name}' stands after '{before}'; its place is before it", frame)
        else:
            parent.last, parent.last_name = at, frame.name

    def _attributes(self, frame: Frame, attributes: list[str]) -> None:
        for (namespace, local, prefix), value in self._pairs(attributes):
            if not namespace:
                if local == "value" and frame.kind is Kind.PRIMITIVE:
                    frame.take_value(value)
                    continue
                entry = frame.shape.members.get(local) if frame.shape is not None else None
                if entry is not None and "xmlAttr" in entry.representation and local != "value":
                    frame.put_attribute(local, value)
                    continue
            if frame.kind is Kind.RESOURCE and frame.shape is None:
                continue
            called = f"{prefix}:{local}" if prefix else local
            message = f"'{frame.name}' has the attribute {quoted(called)}, which FHIR does not know there"
            self._say(rules.ATTRIBUTE, message, frame, self._at())

    # ---- words

    def _foreign(self, local: str, namespace: str, expected: str, frame: Frame) -> None:
        message = f"{quoted(local)} is in the namespace {quoted(namespace)}, not in {expected}"
        self._say(rules.NAMESPACE, message, frame, self._at(), below=local)

    def _pairs(self, attributes: list[str]) -> list[tuple[Name, str]]:
        names = self._names
        return [(names[attributes[at]], attributes[at + 1]) for at in range(0, len(attributes), 2)]

    def _at(self) -> Position:
        return Position(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def _path(self) -> str:
        return "".join(frame.label for frame in self._frames)

    def _say(
        self,
        rule: Rule,
        message: str,
        frame: Frame | None,
        at: Position | None = None,
        *,
        below: str = "",
        fix: str | None = None,
    ) -> None:
        if len(self.issues) >= MAX_FAULTS:
            return
        path = self._path() if frame is None else frame.path()
        if below:
            path = f"{path}.{shown(below)}"
        position = at if at is not None else frame.place.mark if frame is not None else self._at()
        self.issues.append(fault(rule, message, position, path=path, fix=fix))


class _Names(dict[str, Name]):
    """The names that expat gives, taken apart once each."""

    def __missing__(self, name: str) -> Name:
        parts = name.split(_APART)
        made = ("", parts[0], "") if len(parts) == 1 else (parts[0], parts[1], parts[2] if len(parts) > 2 else "")
        self[name] = made
        return made


_WORDS: dict[str, str] = {
    expat.errors.XML_ERROR_NO_ELEMENTS: "The file ends before its elements are closed, or is empty",
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: "The file ends within a tag",
    expat.errors.XML_ERROR_TAG_MISMATCH: "The closing tag here does not belong to the element that is open",
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "An attribute stands twice in one tag",
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "Something stands after the end of the resource",
    expat.errors.XML_ERROR_UNBOUND_PREFIX: "A prefix is used that no xmlns declares",
    expat.errors.XML_ERROR_MISPLACED_XML_PI: "The XML declaration does not stand at the very start of the file",
    expat.errors.XML_ERROR_UNKNOWN_ENCODING: "The encoding that the XML declaration names is not known",
    expat.errors.XML_ERROR_INCORRECT_ENCODING: "The file is not in the encoding that it says",
    expat.errors.XML_ERROR_BAD_CHAR_REF: "A character reference names a character that XML does not allow",
    expat.errors.XML_ERROR_INVALID_TOKEN: "This is not well-formed XML (a stray < or &, or a character not allowed)",
    expat.errors.XML_ERROR_PARTIAL_CHAR: "The bytes here are not UTF-8",
    expat.errors.XML_ERROR_SYNTAX: "This is not XML",
}


def _syntax(data: bytes, error: expat.ExpatError) -> Issue:
    said = expat.ErrorString(error.code)
    position = Position(error.lineno, error.offset + 1)
    if said == expat.errors.XML_ERROR_UNDEFINED_ENTITY:
        text = data.decode("utf-8", "replace")
        lines = text.split("\n")
        rest = "\n".join(lines[error.lineno - 1 :])[error.offset :]
        names = (found for found in _ENTITY.finditer(rest) if found[1] not in ("lt", "gt", "amp", "quot", "apos"))
        found = next(names, None)
        name = f"&{found[1]};" if found else "An entity"
        message = f"{name} is used and never declared; write the character itself, or its number such as &#160;"
        return fault(rules.SYNTAX, message, position)
    if position.line < 1:
        position = Lines("").position(0)
    return fault(rules.SYNTAX, _WORDS.get(said or "", f"This is not well-formed XML: {said}"), position)
