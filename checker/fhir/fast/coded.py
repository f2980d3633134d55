"""Coded values: each distinct one is put to terminology once, and what it found is remembered.

The answers are those of the explaining tier's own functions, asked with the same arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.fast.build import MOST_ANSWERS, Build
from checker.fhir.fast.clean import NOTHING, Clean, Dirty, Told
from checker.fhir.fast.scalars import is_decimal
from checker.fhir.instance import Key, Node
from checker.fhir.validation import coded
from checker.fhir.validation.run import Run

_USUAL = frozenset({("coding",), ("coding", "text"), ("text", "coding")})
"""The shapes of nearly all CodeableConcepts."""
UNITS = ("value", "unit", "system", "code")
"""The shape of nearly all Quantities."""
Known = tuple[Any, ...]
"""What there is to say, and the values that it is said of."""


class Judge:
    """What terminology says of the coded values of one kind: called with value and context.

    ``declared`` is the base element; ``elements`` those elements whose binding is judged. ``part``: they are codings
    of CodeableConcepts, which are judged by their code systems with the concept.
    """

    __slots__ = (
        "_alike",
        "_answers",
        "_build",
        "_declared",
        "_elements",
        "_kind",
        "_listed",
        "_look",
        "_measured",
        "_measures",
        "_part",
        "_site",
        "_texts",
        "_whole",
        "measured",
        "units",
        "whole",
    )

    def __init__(
        self,
        build: Build,
        kind: str,
        declared: Element | None,
        elements: tuple[Element, ...],
        site: Any = None,
        *,
        part: bool = False,
    ) -> None:
        self._build = build
        self._part = part
        self._kind = kind
        self._declared = declared
        self._elements = elements
        self._listed = kind == "CodeableConcept"
        self._measured = kind not in ("CodeableConcept", "Coding")
        self._answers: dict[Any, Told | Dirty] = {}
        self._site = site
        self._texts, self._look = build.texts("string")
        self._alike: dict[tuple[str, ...], tuple[dict[Any, Known], Callable[[dict[str, Any], Clean], int]]] = {}
        self._whole: dict[Any, tuple[int, Told]] = {}
        self._measures: dict[Any, tuple[int, Told]] = {}
        self.units: dict[Any, Known] = {}
        self.whole = self._make_whole()
        self.measured = self._make_measured()

    def _make_whole(self) -> Callable[[dict[str, Any], Clean], int]:
        known, texts, look, wholly = self._whole, self._texts, self._look, self._wholly

        def whole(value: dict[str, Any], c: Clean) -> int:
            """Judge a CodeableConcept with its form, where no StructureDefinition goes into it; what it has of texts.

            Its codings and their form are looked at once for each distinct coding.
            """
            try:
                (one,) = value["coding"]
                n, answer = known[(*value, *one, *one.values(), c.language)]
            except (KeyError, ValueError, TypeError):
                return wholly(value, c)
            if len(value) == 2:
                text = value["text"]
                if text not in texts and not look(text):
                    return wholly(value, c)
            if answer is not NOTHING:
                c.said.append((answer, value, "", ()))
            return n

        return whole

    def alike(self, names: tuple[str, ...]) -> tuple[dict[Any, Known], Callable[[dict[str, Any], Clean], int]]:
        """For CodeableConcepts with one coding of these properties, in a resource that states no language.

        What there is to say, by the first property, with the values of the others that it was said of (the last ones
        met); and what judges one that is not known, or another after all. The text has no part in it.
        """
        if names not in self._alike:
            known: dict[Any, Known] = {}

            def learn(value: dict[str, Any], c: Clean) -> int:
                n = self.whole(value, c)
                codings = value.get("coding")
                if c.language is None and tuple(value) in _USUAL and codings is not None and len(codings) == 1:
                    one = codings[0]
                    found = self._whole.get((*value, *one, *one.values(), None))
                    if found is not None and one.keys() == set(names):
                        if len(known) >= MOST_ANSWERS:
                            known.clear()
                        known[one[names[0]]] = found[1], *(one[name] for name in names[1:])
                return n

            self._alike[names] = known, learn
        return self._alike[names]

    def _make_measured(self) -> Callable[[dict[str, Any], Clean], int]:
        known, wholly = self._measures, self._measured_wholly

        def measured(value: dict[str, Any], c: Clean) -> int:
            """Judge a Quantity with its form: each distinct unit is looked at once."""
            if tuple(value) == UNITS:
                number, unit, system, code = value.values()
                found = known.get((unit, system, code))
                if found is not None and is_decimal(number):
                    n, answer = found
                    if answer is not NOTHING:
                        c.said.append((answer, value, "", ()))
                    return n
            return wholly(value, c)

        return measured

    def _measured_wholly(self, value: dict[str, Any], c: Clean) -> int:
        before = len(c.said)
        n: int = self._site(value, c)
        plain = len(c.said) == before
        self(value, c)
        if plain and len(c.said) <= before + 1 and tuple(value) == UNITS and c.language is None:
            _, unit, system, code = value.values()
            if len(self._measures) >= MOST_ANSWERS:
                self._measures.clear()
                self.units.clear()
            told = c.said[-1][0] if len(c.said) > before else NOTHING
            self._measures[unit, system, code] = n, told
            self.units[code] = told, unit, system
        return n

    def _wholly(self, value: dict[str, Any], c: Clean) -> int:
        before = len(c.said)
        n: int = self._site(value, c)
        plain = len(c.said) == before
        self(value, c)
        coding = value.get("coding")
        if plain and len(c.said) <= before + 1 and tuple(value) in _USUAL and len(coding or ()) == 1:
            one = coding[0]  # type: ignore[index]
            values = (*value, *one, *one.values(), c.language)
            if "id" not in one and all(each is None or each.__class__ is str for each in values):
                if len(self._whole) >= MOST_ANSWERS:
                    self._whole.clear()
                self._whole[values] = n, (c.said[-1][0] if len(c.said) > before else NOTHING)
        return n

    def __call__(self, value: dict[str, Any], c: Clean) -> None:
        """Raise ``Dirty`` when something is wrong; keep what else there is to say."""
        key: Any
        if self._listed:
            coding = value.get("coding")
            if coding is None:
                key = ()
            elif len(coding) == 1:
                one = coding[0]
                key = (*one, *one.values())
            else:
                key = tuple([(*one, *one.values()) for one in coding])
        elif self._measured:
            key = (value.get("system"), value.get("code"))
            if key[1] is None:
                key = (*value, *key)
        else:
            get = value.get
            key = (get("system"), get("code"), get("display"), get("version"))
            if key[1] is None:
                key = (*value, *key)
        if c.language is not None:
            key = (c.language, key)
        try:
            answer = self._answers[key]
        except KeyError:
            answer = self._ask(value, c, key)
        except TypeError:  # something in it is no scalar: an extension
            answer = self._ask(value, c, None)
        if answer is not NOTHING:
            if answer.__class__ is not Told:
                raise Dirty(f"code {self._kind}")
            c.said.append((answer, value, "", ()))

    def _ask(self, value: Any, c: Clean, key: Any) -> Told | Dirty:
        answer: Told | Dirty
        try:
            answer = self._build.told(self._judge, self._build.inside(value, self._kind, self._declared, c.language))
        except Dirty as error:
            answer = error.with_traceback(None)
        if key is not None:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = answer
        return answer

    def _judge(self, run: Run, node: Node) -> None:
        for element in self._elements[:1]:
            if element is self._declared:
                coded.binding(run, node, element)
        if not self._part:
            coded.content(run, node)
        for element in self._elements:
            if element is not self._declared:
                coded.binding(run, node, element)


def text_judge(
    build: Build, kind: str, declared: Element, elements: tuple[Element, ...], look: Callable[[Any], bool]
) -> tuple[set[str], Callable[[Any, Clean, Any, str, tuple[Key, ...]], None]]:
    """For a code (or other text) with bindings: the set of values known to be clean, and what to do with others.

    The latter takes the value, the context, the object that holds it, and its place in that, as path and as JSON keys.
    ``look`` judges the form of the text.
    """
    clean: set[str] = set()
    answers: dict[str, Told] = {}

    def bind(run: Run, node: Node) -> None:
        for element in elements:
            coded.binding(run, node, element)

    def judge(v: Any, c: Clean, holder: Any, place: str, keys: tuple[Key, ...]) -> None:
        answer = answers.get(v)
        if answer is None:
            if not look(v):
                raise Dirty(f"form of {kind}{place}")
            answer = build.told(bind, build.inside(v, kind, declared, None))
            if answer is NOTHING:
                if len(clean) < MOST_ANSWERS:
                    clean.add(v)
                return
            if len(answers) < MOST_ANSWERS:
                answers[v] = answer
        c.said.append((answer, holder, place, keys))

    return clean, judge
