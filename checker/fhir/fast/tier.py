"""The fast tier: says of most clean resources that they are clean, at the cost of a few times their parsing.

``check`` takes the bytes of a resource and answers :class:`~checker.fhir.fast.clean.Clean` only where the explaining
tier has no issue with them; None sends them there. It never decides that something is wrong.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Clean, Dirty
from checker.fhir.fast.narrative import Narratives
from checker.fhir.fast.resources import Resources, language
from checker.fhir.fast.scalars import MOST_TEXTS, look_at_ids
from checker.fhir.forms.json_form import MAX_SIZE_BYTES
from checker.fhir.validation.run import Options

if TYPE_CHECKING:
    from checker.fhir.fast.partly import Passed

FEW = 10
"""With fewer entries than this a FHIR Bundle is explained as a whole."""
_FIRST = 2
"""How many small resources of a type are left to the explaining tier before checks are generated for it."""
_LARGE_BYTES = 50_000
_MOST_ASKED = 1_000
_BRACE = ord("{")
_ESCAPED_QUOTE = b"\\u0022"
_USUAL_QUOTES = rb"\"http://www.w3.org/1999/xhtml\""


class FastTier:
    """Judges resources as JSON text by generated checks.

    ``definitions``, ``terminology`` and ``options`` as for the explaining tier; with advice on, or with the
    CapabilityStatements of packages choosing, nothing is answered.
    """

    def __init__(self, definitions: Any, terminology: Any, options: Options) -> None:
        self.options = options
        self.build = Build(definitions, terminology, options)
        self.build.resources = self.resources = Resources(self.build)
        self._resource = self.resources.judge
        self._narratives = Narratives(self.build)
        self._without_narrative = self._narratives.by_type
        # Numbers that are no integers keep the precision of the text, as in the explaining tier. Half characters, which
        # that one replaces, are refused.
        self._decode = msgspec.json.Decoder(float_hook=Numbers().__getitem__).decode
        # What was looked at last: a resource is held against one set of StructureDefinitions after the other.
        self._text: bytes | None = None
        self._value: Any = None
        self._held: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._asked = options.structure_definitions
        self._off = options.advice or options.by_capability_statement
        self._longest = -1 if self._off else MAX_SIZE_BYTES
        self._met: dict[str, int] = {}
        self._opened: set[str] = set()

    def check(
        self, data: bytes, asked: tuple[str, ...] | None = None, read: dict[str, Any] | None = None
    ) -> Clean | None:
        """A clean bill for a resource, or None to ask the explaining tier. Never raises.

        ``asked``: the StructureDefinitions that it has to conform to, in place of those of the options. The first few
        small resources of a type are left to the explaining tier: compiling costs more. ``read``: what the text says,
        where that is known and no number in it has a fraction or an exponent.
        """
        try:
            return self.judge(data, asked, True, read)
        except Exception:  # whatever a hostile file provokes here, the explaining tier says it in words
            return None

    def judge(
        self,
        data: bytes,
        asked: tuple[str, ...] | None = None,
        patient: bool = False,
        read: dict[str, Any] | None = None,
    ) -> Clean:
        """As :meth:`check`, but raises ``Dirty`` (or what else a malformed value provokes) in place of None.

        ``patient``: leave the first few small resources of a type to the explaining tier.
        """
        if len(data) > self._longest:
            raise Dirty("advice, or very long")
        raw: Any
        if read is not None:
            raw = read
        elif data is self._text:
            raw = self._value
        else:
            raw = self._value = self._decode(data)
            self._text = data
        kind = raw["resourceType"]
        if patient and kind not in self._opened and not self._ready(kind, len(data)):
            raise Dirty("one of the first of its type")
        c = Clean(raw, data, self.build.ways)
        if "language" in raw:
            c.language = language(raw)
        if asked is None:
            asked = self._asked
        n = self._resource(raw, c, asked)
        look_at_ids(c)
        if data.count(b'"') != 2 * n + c.quotes or (c.quotes and _hides_quotes(data, c.quotes)):
            _no_repeated_keys(data, n)
        if asked:
            c.uses += tuple([(canonical, "asked", raw) for canonical in self._asking(asked)])
        if "text" not in raw or "div" not in raw["text"]:
            own = self._without_narrative.get(kind)
            c.own = own if own is not None and data[0] == _BRACE else self._narratives.issues(raw, data)
        return c

    def _asking(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """The canonicals, with versions, of the StructureDefinitions that resources were asked to conform to."""
        known = self._held.get(asked)
        if known is None:
            found = (self.build.structure(canonical) for canonical in asked)
            known = tuple(structure.canonical for structure in found if structure is not None)
            if len(self._held) < _MOST_ASKED:
                self._held[asked] = known
        return known

    def passed(self, data: bytes) -> dict[int, Passed]:
        """The entries of a FHIR Bundle whose resources are clean, by place; none of other resources. Never raises.

        For the explaining tier, to pass over them.
        """
        try:
            raw = self._decode(data)
            if self._off or raw["resourceType"] != "Bundle" or len(raw["entry"]) < FEW or raw.get("type") == "message":
                return {}
            from checker.fhir.fast.partly import passed

            return passed(self.build, self.resources, raw, data)
        except Exception:  # a hostile file
            return {}

    def _ready(self, kind: Any, size: int) -> bool:
        met = self._met.get(kind, 0)
        if met < _FIRST and size < _LARGE_BYTES:
            if len(self._met) < 1_000:
                self._met[kind] = met + 1
            return False
        if len(self._opened) < 1_000:
            self._opened.add(kind)
        return True


class Numbers(dict[str, Decimal]):
    """The numbers of texts: the same ones come again and again."""

    def __missing__(self, text: str) -> Decimal:
        if len(self) >= MOST_TEXTS:
            self.clear()
        number = Decimal(text)
        if len(text) < 20:
            self[text] = number
        return number


def _hides_quotes(data: bytes, quotes: int) -> bool:
    """Whether quotation marks within narratives may be written as code points, so that they are not seen in the text.

    Other quotation marks within texts would make up for them. Not so if there are no more in narratives than there are
    surely within texts: those at the first backslash, which nothing can escape, and their partners.
    """
    usual = quotes == 2 and data.startswith(_USUAL_QUOTES, data.find(b"\\"))
    return not usual and _ESCAPED_QUOTE in data


def _no_repeated_keys(data: bytes, texts: int) -> None:
    """Raise ``Dirty`` unless there are as many texts (property names among them) as were visited.

    Of a repeated property only the last is read, so that texts are left over.
    """
    # Each text has two quotation marks. Those within are escaped, unless the backslash is itself an escaped one.
    if b"\\\\" in data:
        data = data.replace(b"\\\\", b"")
    if data.count(b'"') - data.count(b'\\"') != 2 * texts:
        raise Dirty("perhaps a repeated key")
