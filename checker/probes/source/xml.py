"""FHIR XML as chunks: a resource, or a Bundle of any size, whose resources are cut out as they pass.

Each resource is then read by the hardened reader of :mod:`checker.fhir.forms.xml_form` and goes on as the JSON that it
means, with its own XML beside it. What has no form in JSON is not in that: it is told of as a place nobody looked at.

Source: http://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import msgspec

from checker.model.scan import Locator
from checker.probes.source.blocks import BLOCK_BYTES, Cut
from checker.probes.source.chunk import Chunk, Piece, Unreadable

if TYPE_CHECKING:
    from checker.fhir.definitions.store import Definitions

Noted = Callable[[Locator, str], None]

_BUNDLE = frozenset(
    {
        "id",
        "meta",
        "implicitRules",
        "language",
        "identifier",
        "type",
        "timestamp",
        "total",
        "link",
        "entry",
        "signature",
        "issues",
    }
)
_MAX_DEPTH = 200
_ENTRY, _HOLDER, _RESOURCE = 2, 3, 4
"""How deep the entry of a Bundle is, the element ``resource`` in it, and the resource in that."""
_DROPPED = frozenset(
    {
        "xml-unknown-element",
        "xml-unknown-attribute",
        "xml-text",
        "xml-cdata",
        "xml-repeated-element",
        "xml-one-resource",
        "choice-type",
    }
)
"""Rules of the reader by which something of the text is not in the JSON."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


def is_xml(path: str, head: bytes) -> bool:
    """XML by its name; a file named like nothing else that is read is XML if it begins so."""
    name = path.lower().removesuffix(".gz")
    if name.endswith(".xml"):
        return True
    return not name.endswith((".json", ".ndjson", ".jsonl")) and head.lstrip().startswith(b"<")


class XmlSplitter:
    """Splits one document. ``start`` is the offset of its first byte; ``noted`` is told of faults of mere form."""

    def __init__(self, *, path: str, start: int, max_bytes: int, noted: Noted) -> None:
        self._path = path
        self._base = start
        self._start = start
        self._max_bytes = max_bytes
        self._noted = noted
        self._held = bytearray()
        self._fed = start
        self._depth = 0
        self._is_bundle = False
        self._begun: int | None = None
        """Where the resource begins that is being passed."""
        self._closed = False
        """Its end has passed, and what comes next shows where that was."""
        self._too_long = False
        self._is_entry = self._is_holder = False
        self._in_entry: set[str] = set()
        self._resources_in_entry = 0
        self._entry_at = 0
        self._declared: list[dict[str, str]] = []
        """Namespaces, by prefix, of each open element down to the resource."""
        self._encoding = ""
        self._found: list[Piece] = []
        parser = self._parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration

    def split(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """The resources, where each begins."""
        try:
            for block in blocks:
                self._held += block
                self._fed += len(block)
                self._parser.Parse(block, False)
                yield from self._taken()
                self._forget()
                if not self._is_bundle and self._too_long:
                    break
            else:
                self._parser.Parse(b"", True)
                yield from self._taken()
        except Cut as cut:
            yield from self._taken()
            yield self._unreadable(self._place(), cut.reason)
            return
        except _Refused as refused:
            yield from self._taken()
            yield self._unreadable(refused.at, refused.reason)
            return
        except (expat.ExpatError, ValueError, LookupError):
            yield from self._taken()
            yield self._unreadable(self._place(), self._what_is_wrong())
            return
        if not self._is_bundle:
            yield from self._whole()

    # ---- handlers

    def _open(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        depth = self._depth
        if self._closed:
            self._cut_out()
        if depth > _RESOURCE:
            if depth > _MAX_DEPTH:
                raise _Refused(f"nested deeper than {_MAX_DEPTH} levels", self._now())
            return
        local = name.rpartition(":")[2]
        if depth == 1:
            self._is_bundle = local == "Bundle"
        if not self._is_bundle:
            return
        self._declared.append(_namespaces(attributes))
        at = self._now()
        if depth == _ENTRY:
            if local not in _BUNDLE:
                why = "a Bundle with an element that FHIR does not define: resources may be in it"
                self._found.append(self._unreadable(at, why))
            self._in_entry, self._resources_in_entry, self._entry_at = set(), 0, at
            self._is_entry = local == "entry"
        elif depth == _HOLDER and self._is_entry:
            self._in_entry.add(local)
            self._is_holder = local == "resource"
        elif depth == _RESOURCE and self._is_entry and self._is_holder:
            self._resources_in_entry += 1
            self._begun, self._too_long = at, False

    def _close(self, name: str) -> None:
        depth = self._depth
        self._depth -= 1
        if self._closed:
            self._cut_out()
        if not self._is_bundle or depth > _RESOURCE:
            return
        if depth == _RESOURCE and self._begun is not None:
            self._closed = True
            return  # its namespaces are wanted until it is cut out
        self._declared.pop()
        if depth == _HOLDER and self._is_entry and self._is_holder and not self._resources_in_entry:
            self._found.append(self._unreadable(self._entry_at, "a Bundle entry with an empty resource"))
        if depth == _ENTRY and self._is_entry and not self._in_entry & {"resource", "request", "response"}:
            why = "a Bundle entry without resource, request or response"
            self._found.append(self._unreadable(self._entry_at, why))

    def _doctype(self, *_: object) -> None:
        raise _Refused("a DOCTYPE stands here; FHIR allows none, since it can name files and entities", self._now())

    def _declaration(self, _: str, encoding: str | None, __: int) -> None:
        self._encoding = encoding or ""

    # ---- cutting out

    def _cut_out(self) -> None:
        """The resource that has ended; what follows it begins here."""
        at, self._begun, self._closed = self._begun, None, False
        if at is None:
            return
        end = self._now()
        inherited: dict[str, str] = {}
        for declared in self._declared[:-1]:
            inherited |= declared
        own = self._declared.pop()
        if self._resources_in_entry > 1:
            self._found.append(self._unreadable(at, "a second resource in one Bundle entry"))
        if self._too_long or end - at > self._max_bytes:
            self._found.append(self._unreadable(at, f"a resource larger than {self._max_bytes} bytes"))
            return
        text = bytes(self._held[at - self._base : end - self._base])
        missing = {prefix: uri for prefix, uri in inherited.items() if prefix not in own}
        self._found += _pieces(self._declaring(text, missing), Locator(path=self._path, offset=at), self._noted)

    def _declaring(self, text: bytes, missing: dict[str, str]) -> bytes:
        """The resource as a document of its own, with the namespaces and the encoding that it had in the Bundle."""
        name_ends = next((at for at in range(1, len(text)) if text[at] in b" \t\r\n/>"), len(text))
        written = "".join(
            f" xmlns{':' * bool(prefix)}{prefix}={quoteattr(uri)}" for prefix, uri in sorted(missing.items())
        )
        encoding = self._encoding or "utf-8"
        head = f'<?xml version="1.0" encoding="{encoding}"?>' if self._encoding else ""
        return head.encode() + text[:name_ends] + written.encode(encoding, "xmlcharrefreplace") + text[name_ends:]

    def _whole(self) -> Iterator[Piece]:
        at = self._start
        if self._too_long or self._fed - at > self._max_bytes:
            yield self._unreadable(at, f"a resource larger than {self._max_bytes} bytes")
            return
        yield from _pieces(bytes(self._held), Locator(path=self._path, offset=at), self._noted)

    def _taken(self) -> Iterator[Piece]:
        found, self._found = self._found, []
        yield from found

    def _forget(self) -> None:
        """Drop what is not needed any more, and what is longer than may be held."""
        passed = self._now()
        if self._fed - passed > self._max_bytes + BLOCK_BYTES:
            raise _Refused(f"a value longer than {self._max_bytes} bytes", passed)
        keep = passed
        needed = self._begun if self._is_bundle else self._start
        if needed is not None:
            self._too_long = self._too_long or self._fed - needed > self._max_bytes + BLOCK_BYTES
            keep = passed if self._too_long else needed
        del self._held[: keep - self._base]
        self._base = keep

    # ---- words

    def _now(self) -> int:
        """The offset that the parser is at."""
        return self._start + max(0, self._parser.CurrentByteIndex)

    def _place(self) -> int:
        if self._begun is not None:
            return self._begun
        return self._now() if self._is_bundle else self._start

    def _what_is_wrong(self) -> str:
        if self._fed == self._start or (not self._depth and not self._held.strip()):
            return "the file is empty"
        said = expat.ErrorString(self._parser.ErrorCode)
        early = said in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
        what = "the XML text ends too early" if early else "not well-formed XML"
        return f"{what} (line {self._parser.ErrorLineNumber}, column {self._parser.ErrorColumnNumber + 1} of the file)"

    def _unreadable(self, offset: int, reason: str) -> Unreadable:
        return Unreadable(locator=Locator(path=self._path, offset=offset), reason=reason)


class _Refused(Exception):
    """Reading stops here."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


def _namespaces(attributes: list[str]) -> dict[str, str]:
    """Prefix → namespace of one tag; the default one under ""."""
    found = {}
    for at in range(0, len(attributes), 2):
        name = attributes[at]
        if name == "xmlns" or name.startswith("xmlns:"):
            found[name[6:]] = attributes[at + 1]
    return found


@cache
def _types() -> Definitions:
    from checker.fhir.definitions.store import Definitions, embedded

    return Definitions((), embedded(uk_core=False))


def _pieces(text: bytes, locator: Locator, noted: Noted) -> Iterator[Piece]:
    """The resource of a text, and what of it nobody will look at."""
    from checker.fhir.forms.xml_form import read_xml
    from checker.fhir.validation.rule import RULES

    parsed = read_xml(text, _types(), max_size_bytes=len(text))
    for issue in parsed.issues:
        title = RULES[issue.rule].title
        said = f"{title[:1].lower()}{title[1:]} (line {issue.line} from there)"
        if parsed.resource is None:
            yield Unreadable(locator=locator, reason=f"not FHIR XML: {said}")
            return
        if issue.rule in _DROPPED:
            yield Unreadable(locator=locator, reason=f"FHIR XML has no place for it, so nobody looked at it: {said}")
        else:
            noted(locator, said)
    if parsed.resource is None:
        return
    if _has_unknown(parsed.resource):
        yield Unreadable(locator=locator, reason="a resource of a type that FHIR R4 does not have")
    yield Chunk(locator=locator, data=_encode(parsed.resource), original=text)


def _has_unknown(node: Any) -> bool:
    """Is there a resource of which only the type was taken over, since nothing is known of that type?"""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            kind = one.get("resourceType")
            if isinstance(kind, str):
                structure = _types().type(kind)
                if structure is None or structure.kind != "resource":
                    return True
            waiting += one.values()
    return False
