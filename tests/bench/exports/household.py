"""One patient and what happened to them, as values that a fault can alter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.bench.exports.template import dumped

if TYPE_CHECKING:
    from tests.bench.exports.events import Events, Text
    from tests.bench.exports.patients import Patients
    from tests.bench.exports.people import Person

Resource = dict[str, Any]
Damage = Literal["", "cut", "crlf", "latin-1"]
"""What is done to the line of a resource when it is written."""
_DATE = re.compile(r"^20\d\d-\d\d(?:-\d\d)?(?=T|$)")


@dataclass(slots=True)
class Mark:
    """A place at which the fault shows."""

    resource: Resource
    pointer: str
    breaks: tuple[str, ...]
    """The requirements that it breaks."""
    with_previous: bool = False
    """Does the fault lie between this place and the Patient that was written before?"""
    may: bool = False
    """May a check be quiet about it, because it only follows from another mark?"""


@dataclass(slots=True)
class Household:
    """The resources of one patient; the first is the Patient, the second the encounter.

    ``before`` is the patient who comes right before: never one with a fault. Faults alter ``resources`` in place and
    say so with :meth:`mark`.
    """

    person: Person
    before: Person | None
    patients: Patients
    events: Events
    anonymised: bool
    turn: int
    """The how-manieth of its kind this is."""
    breaks: tuple[str, ...]
    """What the kind of fault breaks."""
    resources: list[Resource]
    marks: list[Mark] = field(default_factory=list)
    damage: dict[int, Damage] = field(default_factory=dict)
    """By the identity of the resource."""

    @classmethod
    def parsed(cls, texts: list[Text], **of: Any) -> Household:
        """From the text of the resources."""
        return cls(resources=[json.loads(text) for _, _, text in texts], **of)

    def texts(self) -> list[Text]:
        """The resources as text again."""
        return [(one["resourceType"], one["id"], dumped(one)) for one in self.resources]

    @property
    def patient(self) -> Resource:
        """The Patient."""
        return self.resources[0]

    @property
    def previous(self) -> Person:
        """Who comes right before."""
        assert self.before is not None, "faults lie on every second place"
        return self.before

    def of(self, kind: str, turn: int = 0) -> Resource:
        """The so-manieth resource of a type. Everybody has a first one of those in ``layout.FIRST_EVENTS``."""
        return [one for one in self.resources if one["resourceType"] == kind][turn]

    @property
    def weight(self) -> Resource:
        """The sixth event: nothing refers to it, so that it may be altered, moved or dropped."""
        return self.resources[6]

    def mark(self, resource: Resource, pointer: str = "", *breaks: str, with_previous: bool = False) -> None:
        """The fault shows there. ``breaks``: other requirements than the kind's own."""
        self.marks.append(Mark(resource, pointer, breaks or self.breaks, with_previous))

    def follows(self, resource: Resource, *breaks: str) -> None:
        """From the fault it follows that this is broken too; a check may say so or not."""
        self.marks.append(Mark(resource, "", breaks, may=True))

    def events_follow(self) -> None:
        """The dates of all events cannot be true either, since the patient's are not; a check may say so or not."""
        for one in self.resources[1:]:
            self.follows(one, *self.breaks)

    def instead_of_weight(self, resource: Resource) -> Resource:
        """Put another resource in the place of the weight, so that there are as many as before."""
        del self.resources[6]
        self.resources.append(resource)
        return resource

    def letter(self, text: str) -> Resource:
        """A letter to be kept with the patient, in place of the weight."""
        weight = self.weight
        day, by = weight["effectiveDateTime"][:10], weight["performer"][0]["reference"].partition("/")[2]
        at = weight["encounter"]["reference"].partition("/")[2]
        made: Resource = json.loads(self.events.document(self.person, weight["id"], day, by, at, text))
        return self.instead_of_weight(made)

    @staticmethod
    def move(resource: Resource, change: dict[str, str]) -> None:
        """Replace how texts begin, wherever they stand in a resource: dates and references."""

        def moved(text: str) -> str:
            old = next((one for one in change if text.startswith(one)), None)
            return text if old is None else change[old] + text[len(old) :]

        _each_text(resource, moved)

    @staticmethod
    def put_on(resource: Resource, day: str) -> None:
        """Everything that has a date was on that day; times stay."""
        _each_text(resource, lambda text: _DATE.sub(lambda found: day[: len(found[0])], text))


def _each_text(node: Any, change: Callable[[str], str]) -> None:
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(pairs):
        if isinstance(value, dict | list):
            _each_text(value, change)
        elif isinstance(value, str):
            node[key] = change(value)
