"""The source for one property of a shape: its JSON form, the form of its value, and what is asked of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.fhir.definitions.ir import Constraint, Element
from checker.fhir.fast import inside, scalars
from checker.fhir.fast.asks import Asks
from checker.fhir.fast.clean import Dirty, Row
from checker.fhir.fast.coded import Judge, text_judge
from checker.fhir.fast.extensions import Extensions
from checker.fhir.fast.own import OWN, odd_primitive
from checker.fhir.fast.primitives import MOMENTS, PrimitiveRules
from checker.fhir.fast.references import Reference, canonical
from checker.fhir.fast.remembered import Remembered
from checker.fhir.fast.site import Site, site_of
from checker.fhir.fast.sliced_list import SlicedList
from checker.fhir.fast.writing import Writer
from checker.fhir.validation.coded import CODED
from checker.fhir.validation.values import fixed_difference, pattern_difference

if TYPE_CHECKING:
    from checker.fhir.fast.emit import Property

TEXTUAL = scalars.TEXTS | (scalars.LOOKS.keys() - {"integer", "unsignedInt", "positiveInt", "decimal"}) | {"xhtml"}
"""The primitive types that JSON writes as a text."""
is_id = scalars.LOOKS["id"]
_NOT_ALONE = "('', '', '')"
_BOUND_TEXTS = frozenset({"code", "string", "uri", "url", "canonical"})
_DEEPEST = 12


class Value:
    """Writes the checks of a property. ``sample`` is a value of it, of an object like those that are judged."""

    def __init__(self, at: Site, w: Writer, one: Property, sample: Any = None) -> None:
        self.site = at
        self.sample = sample
        self.build = at.build
        self.w = w
        self.one = one
        self.element = one.element
        self.kind = one.kind.code
        self.primitive = self.kind[:1].islower()

    def write(self) -> None:
        """Write all checks of the property."""
        one, element = self.one, self.element
        if element.name in ("extension", "modifierExtension"):
            self._extensions()
            return
        sliced = [each for each in one.further if each.slices]
        asks = Asks(self.build, element, self.kind, one.further)
        if one.companion is not None:
            self._companion(asks)
            return
        if one.value is None:
            raise Dirty(f"{element.id}: no value")
        if not element.is_list:
            for each in sliced:
                chosen = self._slice_of_choice(each)
                asks.add(chosen)
                row = Row(((s.structure, s.id), s is chosen) for s in each.slices if s.must_support)
                if row:
                    self.w.add(0, f"c.rows.append({self.w.name(row)})")
            self._single(0, one.value, asks, "")
            return
        self._list(asks, sliced)

    # ---- arrays

    def _list(self, asks: Asks, sliced: list[Element]) -> None:
        w, v = self.w, self.one.value
        w.add(0, f"if {v}.__class__ is not list or not {v}: {w.dirty(self.one.key + ': no array')}")
        least = max((each.min for each in asks.elements if each is self.element or each in self.one.further), default=0)
        most = [each.max for each in self.one.further if each.max is not None]
        if self.element.max is not None:
            most.append(self.element.max)
        if least > 1:
            w.add(0, f"if len({v}) < {least}: {w.dirty(self.one.key + ': too few')}")
        if most:
            w.add(0, f"if len({v}) > {min(most)}: {w.dirty(self.one.key + ': too many')}")
        if sliced:
            if self.primitive:
                raise Dirty(f"{sliced[0].id}: slices of a primitive")
            w.add(0, f"n += {w.name(SlicedList(self, asks, sliced))}({v}, c)")
            return
        if self.kind in TEXTUAL:
            w.add(0, f"n += len({v})")
        indexed = self.primitive and self.kind in _BOUND_TEXTS and bool(asks.bindings())
        before, w.count = w.count, 0
        x = w.fresh()
        w.add(0, f"for i, {x} in enumerate({v}):" if indexed else f"for {x} in {v}:")
        self._single(1, x, asks, "[{i}]" if indexed else "")
        if w.count:
            w.add(1, f"n += {w.count}")
        w.count = before

    def _slice_of_choice(self, sliced: Element) -> Element:
        """The slice of a choice that goes by type: known from the name of the property."""
        for one in sliced.slices:
            if one.min and not any(kind.code == self.kind for kind in one.types):
                raise Dirty(f"{one.id}: slice missing")
        rules = sliced.slicing.rules if sliced.slicing is not None else "open"
        listed = sliced.slicing.discriminators if sliced.slicing is not None else ()
        if any((each.type, each.path) != ("type", "$this") for each in listed) or not sliced.choice:
            raise Dirty(f"{sliced.id}: slices of a single element")
        fitting = [one for one in sliced.slices if any(self.build.is_a(self.kind, kind.code) for kind in one.types)]
        if (
            len(fitting) > 1
            or (not fitting and rules != "open")
            or any("/" in (s.slice_name or "") for s in sliced.slices)
        ):
            raise Dirty(f"{sliced.id}: slices")
        if fitting and fitting[0].max == 0:
            raise Dirty(f"{fitting[0].id}: forbidden")
        return fitting[0] if fitting else self.element

    # ---- one value

    def _single(self, indent: int, v: str, asks: Asks, index: str) -> None:
        if self.primitive:
            self._primitive(indent, v, asks, index)
        else:
            self._complex(indent, v, asks)

    def _primitive(self, indent: int, v: str, asks: Asks, index: str) -> None:
        w, key = self.w, self.one.key
        constraints = asks.constraints()
        if constraints and (index or self.element.is_list or self.one.companion is not None):
            raise Dirty(f"{self.element.id}: invariants on a primitive")
        if asks.limited():
            raise Dirty(f"{self.element.id}: least or greatest value")
        if asks.walkers and self.one.companion is None:
            self._nothing_below(indent, asks)
        self._form(indent, v, asks, index)
        length = asks.max_length()
        if length is not None:
            w.add(indent, f"if len({v}) > {length}: {w.dirty(key + ': too long')}")
        for wanted, _ in asks.exact():
            if isinstance(wanted, str):
                w.add(indent, f"if {v} != {w.name(wanted)}: {w.dirty(key + ': not the fixed value')}")
            elif isinstance(wanted, bool):
                w.add(indent, f"if {v} is not {wanted}: {w.dirty(key + ': not the fixed value')}")
            else:
                raise Dirty(f"{self.element.id}: fixed value")
        if constraints:
            self._invariants(indent, v, constraints)

    def _invariants(self, indent: int, v: str, constraints: tuple[tuple[Constraint, Element], ...]) -> None:
        """Invariants on a primitive whose form is judged."""
        w, kind = self.w, self.kind
        key = ("primitive", kind, id(self.element), tuple((one.key, one.expression, id(by)) for one, by in constraints))
        rules = self.build.kept(key, lambda: PrimitiveRules(self.build, kind, self.element, constraints))
        unless = f"{v} not in {w.name(rules.good)}"
        if kind in MOMENTS:
            unless = f"not ({v}[19:] in {w.name(rules.alike)} and {v}[4:17:3] == '--T::') and {unless}"
        w.add(indent, f"if {unless}: {w.name(rules.judge)}({v}, c, {w.holder}, {self._where('')})")

    def _nothing_below(self, indent: int, asks: Asks) -> None:
        """A primitive that has no extensions, where StructureDefinitions speak of some."""
        missed: list[tuple[tuple[str, str], bool]] = []
        for walker in asks.walkers:
            for child in walker.children.values():
                if (child.min and child.plain_name != "value") or any(one.min for one in child.slices):
                    raise Dirty(f"{child.id}: missing")
                if child.must_support:
                    missed.append(((child.structure, child.id), False))
                missed += [((one.structure, one.id), False) for one in child.slices if one.must_support]
        if missed:
            self.w.add(indent, f"c.rows.append({self.w.name(Row(missed))})")

    def _form(self, indent: int, v: str, asks: Asks, index: str) -> None:
        w, kind, key, build = self.w, self.kind, self.one.key, self.build
        if self.site.kind == "Reference" and key == "reference":
            return  # judged as a whole by the judge of References
        if kind == "boolean":
            w.add(indent, f"if {v} is not True and {v} is not False: {w.dirty(key)}")
        elif kind == "xhtml":
            from checker.fhir.fast.own import narrative

            judge = build.kept("narrative", lambda: narrative(build))
            w.add(indent, f"{w.name(judge)}({v}, c, {w.holder})")
        elif kind in ("instant", "dateTime"):
            # The usual forms are looked at on the spot. A moment that is not in the calendar raises here, and so goes
            # to the explaining tier as everything that raises does.
            usual = f"{v}[19:] in {w.name(scalars.OFFSETS)} and {v}[4:17:3] == '--T::'"
            years = f"{w.name(scalars.FIRST)} <= {v} <= {w.name(scalars.LAST)}"
            w.add(indent, f"if {usual} and {years}: {w.name(scalars.moment)}({v})")
            w.add(indent, "else:")
            self._odd(indent + 1, v, f"not {w.name(scalars.LOOKS[kind])}({v})", index)
        elif kind == "id":
            ids = w.once("ids", "c.ids_to_look_at.append")
            w.add(indent, f"if {v}.__class__ is str and 0 < len({v}) < 65: {ids}({v})")
            w.add(indent, "else:")
            self._odd(indent + 1, v, f"not {w.name(is_id)}({v})", index)
        elif kind in scalars.LOOKS:
            self._odd(indent, v, f"not {w.name(scalars.LOOKS[kind])}({v})", index)
        elif kind in scalars.TEXTS:
            seen, look = build.texts(kind)
            bindings = asks.bindings() if kind in _BOUND_TEXTS else ()
            if kind == "canonical":
                if bindings:
                    raise Dirty(f"{self.element.id}: a bound canonical")
                targets = asks.targets("canonical")
                memory = build.kept(
                    ("canonical", tuple(id(t) for t in targets)), lambda: canonical(build, targets, look)
                )
                self._judged(indent, v, memory, index)
            elif bindings:
                bound = tuple(map(id, bindings))
                memory = build.kept(
                    ("text", kind, bound), lambda: text_judge(build, kind, self.element, bindings, look)
                )
                self._judged(indent, v, memory, index)
            elif kind == "string":
                self._odd(indent, v, self._string(v), index)
            else:
                self._odd(indent, v, f"{v} not in {w.name(seen)} and not {w.name(look)}({v})", index)
            if kind == "uri" and key == "url" and self.site.is_resource:
                self._absolute(indent, v)
        else:
            raise Dirty(f"{self.element.id}: type {kind}")

    def _string(self, v: str) -> str:
        """The condition under which a string is perhaps odd.

        Texts are remembered only where few have come so often.
        """
        w, build = self.w, self.build
        seen, look = build.texts("string")
        few, noticed = build.kept(("few", id(self.element)), lambda: scalars.few(look))
        if not w.often:
            return f"{v} not in {w.name(few)} and not {w.name(noticed)}({v})"
        if len(few) < scalars.FEW:
            return f"{v} not in {w.name(seen)} and not {w.name(look)}({v})"
        # Of all white space only the blank is printable.
        plain = f"{v}.__class__ is str and 0 < len({v}) < {scalars.LONG} and {v}.isprintable() and '<' not in {v}"
        return f"not ({plain} and {v}[0] != ' ' != {v}[-1] or {w.name(look)}({v}))"

    def _where(self, index: str) -> str:
        """The source of a primitive's place in the object: as path, and as JSON keys."""
        w, name = self.w, self.element.plain_name
        if index:
            return f"f'{{{w.name('.' + name)}}}[{{i}}]', ({w.name(self.one.key)}, i)"
        place = f".{name}.ofType({self.kind})" if self.element.choice else f".{name}"
        return f"{w.name(place)}, {w.name((self.one.key,))}"

    def _odd(self, indent: int, v: str, condition: str, index: str) -> None:
        """What is not plainly good is put to the module that knows primitives."""
        w, build = self.w, self.build
        if self.element.is_list and not index:  # its place in the array is not at hand
            w.add(indent, f"if {condition}: {w.dirty(self.one.key)}")
            return
        judge = build.kept(("odd", self.kind, id(self.element)), lambda: odd_primitive(build, self.kind, self.element))
        w.add(indent, f"if {condition}: {w.name(judge)}({v}, c, {w.holder}, {self._where(index)})")

    def _judged(self, indent: int, v: str, memory: Any, index: str) -> None:
        clean, judge = memory
        w = self.w
        unless = f"if {v} not in {w.name(clean)}"
        w.add(indent, f"{unless}: {w.name(judge)}({v}, c, {w.holder}, {self._where(index)})")

    def _absolute(self, indent: int, v: str) -> None:
        from checker.fhir.forms.lexical import is_absolute
        from checker.fhir.forms.primitives import _DEFINITIONS

        if self.site.kind in _DEFINITIONS:
            self.w.add(indent, f"if not {self.w.name(is_absolute)}({v}): {self.w.dirty('url')}")

    def _remembered(self, asks: Asks) -> Remembered:
        """The judge of concepts by these elements, in a function of its own."""

        def make() -> Remembered:
            w = Writer(self.w.place, often=self.w.often)
            Value(self.site, w, self.one, self.sample)._complex(0, "x", asks, within=True)
            w.add(0, "return n")
            return Remembered(w.function("x, c"))

        key = ("remembered", self.site.kind, id(self.element), tuple(map(id, asks.elements)), self.w.often)
        return self.build.kept(key, make)  # type: ignore[no-any-return]

    def _complex(self, indent: int, v: str, asks: Asks, *, within: bool = False) -> None:
        from checker.fhir.validation.special import DATATYPES

        w, kind, build = self.w, self.kind, self.build
        if kind in ("Resource", "DomainResource"):
            if asks.walkers or asks.bindings() or any(True for _ in asks.exact()) or self.element.constraints:
                raise Dirty(f"{self.element.id}: a StructureDefinition for a resource inside")
            w.add(indent, f"n += {w.name(build.resources.inner(self.site.kind, self.element.plain_name))}({v}, c)")
            return
        own = OWN.get(kind)
        if own is None and kind in DATATYPES and kind != "Narrative":
            raise Dirty(f"{self.element.id}: {kind} has rules of its own")
        if asks.limited():
            raise Dirty(f"{self.element.id}: least or greatest value")
        shape = self.element if self.element.children else None
        inner = site_of(build, kind, shape, asks)
        if kind == "CodeableConcept" and inner.walkers and not within:
            w.add(indent, f"n += {w.name(self._remembered(asks))}({v}, c)")
            return
        recursive = self.element.content_reference is not None or (
            self.site.kind == "Identifier" and kind == "Reference"
        )
        if recursive:
            w.add(indent, "c.depth += 1")
            w.add(indent, f"if c.depth > {_DEEPEST}: {w.dirty('nested deep')}")
        if kind == "Reference":
            targets = asks.targets("Reference")
            further = None if inner is build.reference_site() else inner
            key = ("reference", id(further), tuple(id(t) for t in targets))
            judge = build.kept(key, lambda: Reference(build, targets, further))
            if further is None:
                self._usual_reference(indent, v, judge)
            else:
                w.add(indent, f"n += {w.name(judge)}({v}, c)")
        elif kind == "CodeableConcept" and not inner.walkers and not inner.constraints:
            judge = self._judge(asks, inner)
            if not inside.concept(self, indent, v, judge):
                w.add(indent, f"n += {w.name(judge.whole)}({v}, c)")
        elif kind == "Quantity" and not inner.walkers:
            judge = self._judge(asks, inner)
            if not inside.quantity(self, indent, v, judge):
                w.add(indent, f"n += {w.name(judge.measured)}({v}, c)")
        elif recursive or not inside.written(self, indent, v, inner):
            w.add(indent, f"n += {inside.called(w, inner, v)}")
        if recursive:
            w.add(indent, "c.depth -= 1")
        if own is not None and kind in DATATYPES:
            w.add(indent, own(w, v, build, asks))
        if kind in CODED:
            if kind == "Coding" and self.site.kind == "CodeableConcept":
                if asks.bindings():
                    w.add(indent, f"{w.name(self._judge(asks, None, part=True))}({v}, c)")
            elif inner.walkers or (kind != "Quantity" and (kind != "CodeableConcept" or inner.constraints)):
                w.add(indent, f"{w.name(self._judge(asks, None))}({v}, c)")
        elif asks.bindings():
            raise Dirty(f"{self.element.id}: a bound {kind}")
        for wanted, exact in asks.exact():
            differ = fixed_difference if exact else pattern_difference
            w.add(indent, f"if {w.name(differ)}({v}, {w.name(wanted)}) is not None: {w.dirty('fixed or pattern')}")

    def _usual_reference(self, indent: int, v: str, judge: Reference) -> None:
        """The usual reference: nothing but Type/id, to a type that is let pass, outside a FHIR Bundle."""
        w = self.w
        free, ids = w.once("free", "c.around is None"), w.once("ids", "c.ids_to_look_at.append")
        noted = "" if self.build.options.assume_valid_references else w.once("noted", "c.references.append")
        w.add(indent, f"t, _, i = (r := {v}.get('reference', '')).partition('/') if len({v}) == 1 else {_NOT_ALONE}")
        # Of an id that is longer, or has another part behind it, the judge knows what to think.
        usual = f"{free} and i and len(r) < 66 and t in {w.name(judge.freely)} and '/' not in i"
        w.add(indent, f"if {usual}: {f'{noted}((r, {v})); ' if noted else ''}{ids}(i)")
        w.add(indent, f"else: n += {w.name(judge)}({v}, c) - 2")
        w.count += 2

    def _judge(self, asks: Asks, inner: Site | None, *, part: bool = False) -> Judge:
        """The judge of the codes. Without any binding the declaring element does not matter: all such share one."""
        build, kind, bindings, bound = self.build, self.kind, asks.bindings(), self.element.binding
        declared = self.element if bindings or (bound is not None and bound.strength != "example") else None
        key = ("coded", kind, id(declared), tuple(id(one) for one in bindings), id(inner), part)
        return build.kept(  # type: ignore[no-any-return]
            key, lambda: Judge(build, kind, declared, bindings, inner, part=part)
        )

    # ---- extensions and companions

    def _extensions(self) -> None:
        w, one, at = self.w, self.one, self.site
        v = one.value
        w.add(0, f"if {v}.__class__ is not list or not {v}: {w.dirty(one.key + ': no array')}")
        most = [each.max for each in one.further if each.max is not None]
        least = max((each.min for each in one.further), default=0)
        if most:
            w.add(0, f"if len({v}) > {min(most)}: {w.dirty('too many extensions')}")
        if least > 1:
            w.add(0, f"if len({v}) < {least}: {w.dirty('too few extensions')}")
        key = ("extensions", id(at), one.key, tuple(id(each) for each in one.further))
        judge = self.build.kept(
            key,
            lambda: Extensions(
                self.build,
                self.element.plain_name,
                self.element,
                lambda: self.build.detached(at.sample, at.kind, at.declared, at.shape, resource=at.is_resource),
                one.further,
                at.parts,
            ),
        )
        w.add(0, f"n += {w.name(judge)}({v}, c)")

    def _companion(self, asks: Asks) -> None:
        """The ``_`` companion of a primitive: an id and extensions."""
        w, one, build = self.w, self.one, self.build
        if self.element.is_list or list(asks.exact()):
            raise Dirty(f"{self.element.id}: _{one.key}")
        if one.value is not None:
            self._single(0, one.value, asks, "")
        elif asks.constraints() or asks.bindings():
            raise Dirty(f"{self.element.id}: invariants on a primitive, or a code that is absent")
        inner = site_of(build, self.kind, build.definitions.type("Element").root, asks)
        companion = one.companion
        if one.value is None:
            w.add(0, f"if 'extension' not in {companion}: {w.dirty('_' + one.key)}")
        w.add(0, f"n += {inside.called(w, inner, str(companion))}")
