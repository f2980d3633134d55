"""Scans: checks over many resources, folded. The same rules for ten resources and for 10⁸.

A scan is an object of class :class:`Fold` or :class:`Keyed`. It holds no state of its own; its
state is a small value that travels: it can be merged, dumped, sealed and loaded elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from checker.model.node_path import Path, pointer_of
from checker.model.supplier import Supplier
from checker.model.value import Params, Value
from checker.model.verdict import Statement

P = TypeVar("P", bound=Params)
S = TypeVar("S")


class Locator(Value, frozen=True, kw_only=True, order=True):
    """Where a resource begins. Ordered; comparing two locators needs nothing else.

    ``path`` is relative to the artefact's root (a zip member is ``a.zip!/member``); ``offset`` is
    in bytes of the decompressed text. For exchanges ``path`` is the evidence id.
    """

    path: str
    offset: int

    def __str__(self) -> str:
        """``path@offset``."""
        return f"{self.path}@{self.offset}"


class Look(Value, frozen=True, kw_only=True):
    """What a scan looks at: whole resources (``element`` "") or every element of that name.

    ``types``: resource types; empty means all. ``member``: of whole resources only those that have it: a name
    (``identifier``), or two with a full stop between them (``meta.security``); it spares a call for all others. The
    engine fuses the looks of all scans into one walk of one parse.
    """

    types: tuple[str, ...] = ()
    element: str = ""
    member: str = ""


class About(msgspec.Struct, gc=False):
    """The resource that is being looked at, and where it stands. One object for all that is seen of it."""

    resource_type: str
    resource_id: str
    locator: Locator
    prefix: str
    """JSON pointer to the resource in the text that it stands in."""
    text: bytes | None = None
    original: bytes | None = None
    exact: bool = False
    """Does the resource hold all that its text says? The precision of numbers that are no integers is lost."""
    where: str = ""
    """``path@offset``, once somebody asked."""
    kept: dict[Any, Any] | None = None
    """What scans have worked out about the resource, while it is shown to them; None where that has no end."""


class Seen(msgspec.Struct, gc=False, eq=False):
    """What a step is given: the node (a resource or an element) and where it stands.

    Made for everything that anybody looks at, so what few ask for is worked out when they do.
    """

    node: Any
    about: About
    path: Path = None
    """From the resource to the node; None for the resource itself."""

    @property
    def is_item(self) -> bool:
        """Is it one of a list?"""
        return self.path is not None and isinstance(self.path[1], int)

    @property
    def resource_type(self) -> str:
        """``resourceType`` of the resource."""
        return self.about.resource_type

    @property
    def resource_id(self) -> str:
        """Its logical id, or ""."""
        return self.about.resource_id

    @property
    def locator(self) -> Locator:
        """Where the resource begins."""
        return self.about.locator

    @property
    def pointer(self) -> str:
        """JSON pointer of the node inside the text that the resource stands in; "" for a resource by itself."""
        return self.about.prefix + pointer_of(self.path) if self.path is not None else self.about.prefix

    @property
    def text(self) -> bytes | None:
        """The JSON text of a whole resource that stands by itself, if it is at hand."""
        return self.about.text if self.path is None else None

    @property
    def original(self) -> bytes | None:
        """The text of that resource in the form that it came in, where that was not JSON: FHIR XML."""
        return self.about.original if self.path is None else None

    @property
    def where(self) -> str:
        """``path@offset`` of the resource."""
        about = self.about
        if not about.where:
            about.where = str(about.locator)
        return about.where

    @property
    def place(self) -> str:
        """``path@offset#pointer``."""
        about = self.about
        where = about.where or self.where
        pointer = about.prefix if self.path is None else about.prefix + pointer_of(self.path)
        return f"{where}#{pointer}" if pointer else where


class Scan(Generic[P, S]):
    """What Fold and Keyed share.

    Subclasses set ``id``, ``version``, ``params_type``, ``looks`` and ``source`` (clause URL).
    Laws, tested for every registered scan: ``merge`` is associative and commutative with
    ``start()`` as identity; ``load(dump(s)) == s``; the states of a split are the state of the
    whole.
    """

    id: ClassVar[str]
    version: ClassVar[str] = "1"
    params_type: ClassVar[type[Params]]
    looks: ClassVar[tuple[Look, ...]]
    source: ClassVar[str]
    absences: ClassVar[bool] = False
    """Do its findings say that something is *not* there? Then they stand only when all was read."""

    together: ClassVar[bool] = False
    """Does it speak of all sources as one? What an export lacks may be shown by the answers of the endpoint."""

    by_definitions: ClassVar[bool] = False
    """Does it judge by StructureDefinitions or value sets? Then its parameters name the packages, once bound, and it
    cannot be run where those are not at hand."""

    def bound(self, params: P, supplier: Supplier) -> P:
        """The parameters with what the scan takes from the supplier file. Pure; done once, when planning.

        They are sealed with the state, so that everyone can see what it was judged by.
        """
        return params

    def looking(self, params: P) -> tuple[Look, ...]:
        """What it looks at with these parameters: ``looks``, or less where it knows that a step would change nothing.

        Pure; asked once for each resource type, so that a scan is not shown what it passes over.
        """
        return self.looks

    def start(self, params: P, side: str) -> S:
        """The empty state. ``side`` is ``export`` or ``exchanges``."""
        raise NotImplementedError

    def merge(self, one: S, other: S) -> S:
        """Both together. Associative and commutative."""
        raise NotImplementedError

    def dump(self, state: S) -> Any:
        """The state as plain JSON values, canonical: equal states, equal dumps."""
        raise NotImplementedError

    def load(self, dumped: Any) -> S:
        """The state back."""
        raise NotImplementedError

    def finish(self, state: S, params: P) -> Iterator[Statement]:
        """What the whole says: examined, findings, undecided."""
        raise NotImplementedError


class Together(Protocol):
    """Several jobs that are shown the same nodes, and that can take most of them in at once.

    It comes to the same states as each job's own steps, and only saves time.
    """

    def take(self, several: Sequence[Seen]) -> Iterable[tuple[Sequence[int], Seen]]:
        """Take nodes of one resource in; what is given back is not taken in: which jobs are to be shown which node.

        Of what a step would raise for, it raises nothing: that is given back.
        """
        ...

    def settle(self, states: MutableSequence[Any]) -> None:
        """Add to the states, each at the number of its job, what was taken in since the last time."""
        ...


Shown = tuple[int, "Fold[Any, Any]", Any]
"""The number of a job, its scan and its parameters."""


class Party(NamedTuple):
    """``make``: of jobs whose scans name this party, what takes in together what they are shown."""

    make: Callable[[Sequence[Shown]], Together]


class Fold(Scan[P, S]):
    """A scan whose state grows by one look at a time."""

    taken_with: ClassVar[Party | None] = None
    """What takes in at once what several jobs are shown. Those whose scans name the same go together."""

    def step(self, state: S, seen: Seen, params: P) -> S:
        """Take one node in. May change ``state`` in place; returns the state."""
        raise NotImplementedError

    def steps(self, state: S, several: Sequence[Seen], params: P) -> S:
        """Take the elements of one name in one resource in: the same as one step after the other."""
        for seen in several:
            state = self.step(state, seen, params)
        return state


class Keyed(Scan[P, S]):
    """A scan that must bring like things together exactly, without holding them in memory.

    ``emit`` gives (key, value) pairs of bytes; the driver groups them by key, on disk if need
    be, and hands each group to ``reduce`` with its values sorted. A group may be as large as the
    data (all that refers to one organisation): its values come one by one, once. A key that is
    personal data is hashed by the driver before it is kept.
    """

    def emit(self, seen: Seen, params: P) -> Iterable[tuple[bytes, bytes]]:
        """The pairs of one node."""
        raise NotImplementedError

    def emits(self, several: Sequence[Seen], params: P) -> Iterable[tuple[bytes, bytes]]:
        """The pairs of the elements of one name in one resource: those of one after the other."""
        for seen in several:
            yield from self.emit(seen, params)

    def reduce(self, state: S, values: Iterator[bytes], params: P) -> S:
        """Take one whole group in (its values, sorted). May change ``state`` in place, and may stop early."""
        raise NotImplementedError

    def reduces(self, state: S, groups: Iterable[list[bytes]], params: P) -> S:
        """Take groups in that are small enough to be held, each sorted: the same as one after the other."""
        for values in groups:
            state = self.reduce(state, iter(values), params)
        return state


class Smallest:
    """The k smallest strings ever added: never the first to arrive, so order cannot show."""

    def __init__(self, k: int = 5, items: tuple[str, ...] = ()) -> None:
        self.k = k
        self.items: list[str] = sorted(set(items))[:k]

    def add(self, item: str) -> None:
        """Keep the item if it is among the k smallest."""
        if item in self.items:
            return
        if len(self.items) < self.k or item < self.items[-1]:
            self.items = sorted([*self.items, item])[: self.k]

    def merged(self, other: Smallest) -> Smallest:
        """The k smallest of both."""
        return Smallest(max(self.k, other.k), (*self.items, *other.items))

    def __eq__(self, other: object) -> bool:
        """Equal if they keep the same."""
        return isinstance(other, Smallest) and (self.k, self.items) == (other.k, other.items)

    __hash__ = None  # type: ignore[assignment]
