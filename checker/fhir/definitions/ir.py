"""The compiled form of a StructureDefinition: a tree of elements, ready to be walked.

Everything between FHIR's own JSON and the validator goes through this form: the snapshot is lowered to
it once (:mod:`checker.fhir.definitions.lower`), both tiers of the validator and FHIRPath read it. The
classes are plain slots for speed; after lowering they are never changed.

Source: http://hl7.org/fhir/R4/elementdefinition.html and http://hl7.org/fhir/R4/structuredefinition.html
"""

from __future__ import annotations

from typing import Any

import msgspec


class TypedValue(msgspec.Struct, frozen=True):
    """A fixed, pattern, minimum or maximum value: its FHIR type code and its JSON value."""

    type: str
    value: Any


class ElementType(msgspec.Struct, frozen=True):
    """One entry of ``ElementDefinition.type``.

    ``code`` is the FHIR type (``string``, ``Quantity``, ``Reference``, ``BackboneElement``, ``Resource``). Where
    the published definition names a FHIRPath system type, ``code`` is the FHIR type that it stands for and
    ``system`` is true: such an element (an id, a url of an extension, the value of a primitive) is an XML
    attribute and takes no ``_`` companion in JSON for extensions of its own. ``must_support`` is the flag on this
    type alone: where an element that must be supported has it on some of its types, the others need not be.
    """

    code: str
    profiles: tuple[str, ...] = ()
    target_profiles: tuple[str, ...] = ()
    aggregation: tuple[str, ...] = ()
    versioning: str | None = None
    system: bool = False
    must_support: bool = False


class Binding(msgspec.Struct, frozen=True):
    """A binding to a value set; ``max_value_set`` acts as required beside an extensible or preferred one."""

    strength: str
    value_set: str | None
    max_value_set: str | None = None
    min_value_set: str | None = None


class Constraint(msgspec.Struct, frozen=True):
    """An invariant. ``source`` is the canonical of the StructureDefinition that stated it, where that is known.

    ``human`` may be empty: the embedded definitions carry facts only. ``best_practice`` marks guidance.
    """

    key: str
    severity: str
    expression: str
    source: str | None = None
    human: str = ""
    best_practice: bool = False


class Discriminator(msgspec.Struct, frozen=True):
    """How the slices of an element are told apart: ``type`` (value, pattern, exists, type, profile) at ``path``."""

    type: str
    path: str


class Slicing(msgspec.Struct, frozen=True):
    """The slicing entry of an element. ``rules`` is ``open``, ``closed`` or ``openAtEnd``."""

    discriminators: tuple[Discriminator, ...]
    rules: str = "open"
    ordered: bool = False


class Context(msgspec.Struct, frozen=True):
    """Where an extension may stand: ``type`` is ``element``, ``fhirpath`` or ``extension``."""

    type: str
    expression: str


class Primitive(msgspec.Struct, frozen=True):
    """What a primitive type says of its value: the published regular expression and the greatest length."""

    regex: str | None
    max_length: int | None


class ValueLimits(msgspec.Struct, frozen=True):
    """Limits of a primitive value that a definition states by extension: ``regex`` is for the whole value."""

    regex: str | None = None
    min_length: int | None = None
    max_decimals: int | None = None


class Element(msgspec.Struct, gc=True, eq=False):
    """One element of a compiled StructureDefinition.

    ``name`` is the last part of the path with ``[x]`` kept (``value[x]``); ``choice`` tells that it has it.
    ``max`` is ``None`` for ``*``. ``is_list`` tells whether JSON uses an array: it comes from the *base* maximum.
    ``children`` holds the elements below, by ``name``, in the order of the definition; it is empty where the
    definition leaves them to the type. An element with a content reference shares the children and types of
    the element that it points to. ``slices`` are the named slices in order (re-slices ``a/b`` stand in the
    same list); each is an Element of its own with its own children.

    ``members`` finds a child by its FHIRPath name (no ``[x]``); ``keys`` by its JSON property name, with the
    type that the name chooses (``valueQuantity`` → the child ``value[x]`` and its Quantity type).
    ``fixed``, ``pattern`` and the rest are ``None`` where the definition says nothing.
    """

    id: str
    path: str
    name: str
    structure: str
    min: int = 0
    max: int | None = None
    is_list: bool = False
    choice: bool = False
    types: tuple[ElementType, ...] = ()
    children: dict[str, Element] = {}
    members: dict[str, Element] = {}
    keys: dict[str, tuple[Element, ElementType]] = {}
    slice_name: str | None = None
    slicing: Slicing | None = None
    slices: tuple[Element, ...] = ()
    fixed: TypedValue | None = None
    pattern: TypedValue | None = None
    min_value: TypedValue | None = None
    max_value: TypedValue | None = None
    max_length: int | None = None
    limits: ValueLimits | None = None
    binding: Binding | None = None
    constraints: tuple[Constraint, ...] = ()
    content_reference: str | None = None
    representation: tuple[str, ...] = ()
    must_support: bool = False
    is_modifier: bool = False
    base_path: str | None = None

    @property
    def plain_name(self) -> str:
        """The name without ``[x]``."""
        return self.name[:-3] if self.choice else self.name

    def __repr__(self) -> str:
        return f"<Element {self.id} of {self.structure}>"


class Structure(msgspec.Struct, eq=False):
    """A compiled StructureDefinition.

    ``kind`` is ``primitive-type``, ``complex-type``, ``resource`` or ``logical``; ``derivation`` is
    ``specialization`` (a type) or ``constraint`` (what FHIR calls a profile). ``type`` is the type that it is
    about. ``problems`` lists what could not be used of it, in words.
    """

    url: str
    version: str | None
    name: str
    kind: str
    type: str
    root: Element
    abstract: bool = False
    derivation: str | None = None
    base: str | None = None
    status: str | None = None
    contexts: tuple[Context, ...] = ()
    context_invariants: tuple[str, ...] = ()
    primitive: Primitive | None = None
    problems: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """``url|version``, or the url alone where no version is stated."""
        return f"{self.url}|{self.version}" if self.version else self.url

    def __repr__(self) -> str:
        return f"<Structure {self.canonical}>"
