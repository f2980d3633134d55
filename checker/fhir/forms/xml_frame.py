"""One open element of FHIR XML: what it has gathered so far of the JSON model."""

from __future__ import annotations

import enum
import re
from decimal import Decimal
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.forms.lexical import NUMBERS
from checker.fhir.forms.positions import Place

_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,999})")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?")


class Kind(enum.Enum):
    """What an element stands for: a resource, the element around one, a complex type, or a primitive."""

    RESOURCE = 0
    WRAPPER = 1
    OBJECT = 2
    PRIMITIVE = 3


class _Gathered:
    """The occurrences of one property."""

    __slots__ = ("entries", "is_list", "primitive")

    def __init__(self, *, is_list: bool, primitive: bool) -> None:
        self.is_list = is_list
        self.primitive = primitive
        self.entries: list[tuple[Any, dict[str, Any] | None]] = []


class Frame:
    """An open element.

    ``name`` is its name in the XML, ``label`` its step of the FHIRPath location, ``shape`` the element whose children
    may stand within; ``value`` that of a primitive; ``inner`` the resource within a wrapper; ``dropped`` tells that
    it stands once too often and is left out of the model.
    """

    __slots__ = (
        *("_properties", "dropped", "element", "inner", "kind", "label", "last", "last_name", "name", "parent"),
        *("place", "shape", "type", "value"),
    )

    def __init__(self, kind: Kind, name: str, parent: Frame | None, shape: Element | None, place: Place) -> None:
        self.kind = kind
        self.name = name
        self.parent = parent
        self.shape = shape
        self.place = place
        self.type = name
        self.label = ""
        self.element: Element | None = None
        self.value: Any = None
        self.inner: dict[str, Any] | None = None
        self.dropped = False
        self.last = 0
        self.last_name = ""
        self._properties: dict[str, Any] = {}

    def path(self) -> str:
        """The FHIRPath location."""
        labels = []
        frame: Frame | None = self
        while frame is not None:
            labels.append(frame.label)
            frame = frame.parent
        return "".join(reversed(labels))

    def count(self, name: str) -> int:
        """How often a property was gathered."""
        gathered = self._properties.get(name)
        return len(gathered.entries) if isinstance(gathered, _Gathered) else 0

    def put_attribute(self, name: str, value: str) -> None:
        """Gather an ``id`` or ``url`` attribute."""
        self._properties[name] = value

    def take_value(self, text: str) -> None:
        """Take the value attribute of a primitive: a number or boolean when it is a good one, else the text."""
        self.value = text
        if self.type == "boolean":
            if text in ("true", "false"):
                self.value = text == "true"
        elif self.type in NUMBERS:
            if _WHOLE.fullmatch(text) and not (self.type == "decimal" and text.startswith("+")):
                self.value = int(text)
            elif self.type == "decimal" and _FRACTION.fullmatch(text):
                self.value = Decimal(text)

    def parent_put(self, value: Any, extra: dict[str, Any] | None) -> None:
        """Hand what was gathered to the element around."""
        parent, element = self.parent, self.element
        if parent is None or element is None or self.dropped:
            return
        gathered = parent._properties.get(self.name)
        if gathered is None:
            primitive = self.kind is Kind.PRIMITIVE
            gathered = parent._properties[self.name] = _Gathered(is_list=element.is_list, primitive=primitive)
        place = parent.place
        if place.below is None:
            place.below = {}
        if element.is_list:
            holder = place.below.setdefault(self.name, Place(self.place.mark))
            if holder.below is None:
                holder.below = {}
            holder.below[len(gathered.entries)] = self.place
        else:
            place.below[self.name] = self.place
        gathered.entries.append((value, extra))

    def built(self) -> dict[str, Any]:
        """The JSON object of all that was gathered."""
        made: dict[str, Any] = {}
        for name, gathered in self._properties.items():
            if not isinstance(gathered, _Gathered):
                made[name] = gathered
            elif gathered.is_list:
                values = [value for value, _ in gathered.entries]
                extras = [extra for _, extra in gathered.entries]
                if not gathered.primitive or any(value is not None for value in values):
                    made[name] = values
                if any(extra is not None for extra in extras):
                    made["_" + name] = extras
            else:
                value, extra = gathered.entries[0]
                if value is not None:
                    made[name] = value
                if extra is not None:
                    made["_" + name] = extra
        return made
