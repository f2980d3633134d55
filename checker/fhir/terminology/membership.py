"""Is a code in a value set? Three answers, worked out from the definitions that are held.

Within an include every part must hold, across includes one must, and no exclude may. What is not held makes the
answer unknown only where it could change it: a value set that draws on other systems alone does not hold the code.

Source: http://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from checker.fhir.terminology import algorithmic
from checker.fhir.terminology.concepts import Concepts
from checker.fhir.terminology.filters import Filter, satisfied
from checker.fhir.terminology.held import Held
from checker.fhir.terminology.value_sets import Composition, Include

_DEEPEST: Final = 40
"""Value sets that import value sets."""


class Membership:
    """Answers for one question (a system, a version of it, a code): remembers what it worked out, and why not.

    ``reasons`` collects, in order, why an answer is unknown. ``spelt`` is the code as its system or its value set
    spells it, where they differ in letter case only.
    """

    __slots__ = ("_done", "_held", "_path", "code", "reasons", "spelt", "system", "version")

    def __init__(self, held: Held, system: str, code: str, version: str = "") -> None:
        self._held = held
        self._done: dict[str, bool | None] = {}
        self._path: list[str] = []
        self.system = system
        self.code = code
        self.version = version
        self.reasons: list[str] = []
        self.spelt = ""

    def within(self, canonical: str) -> bool | None:
        """Is the code in the value set of that canonical?"""
        if canonical in self._done:
            return self._done[canonical]
        composition = self._held.composition(canonical)
        if composition is None:
            return self._unknown(f"the value set {canonical} is not held")
        if canonical in self._path:
            return self._unknown(f"the value set {canonical} imports itself")
        if len(self._path) >= _DEEPEST:
            return self._unknown(f"more than {_DEEPEST} value sets import one another")
        self._path.append(canonical)
        answer = self._composed(composition) if composition.composed else None
        if answer is None:
            answer = self._expanded(composition)
        self._path.pop()
        self._done[canonical] = answer
        return answer

    def _composed(self, composition: Composition) -> bool | None:
        inside = _any(self._included(one) for one in composition.includes)
        if inside is False:
            return False
        outside = _any(self._included(one) for one in composition.excludes)
        if outside is True:
            return False
        if composition.active_only and inside and self._is_inactive():
            return False
        return None if outside is None else inside

    def _included(self, include: Include) -> bool | None:
        answer: bool | None = True
        if include.system is not None:
            if include.system != self.system:
                return False
            answer = self._of_system(include)
        elif not include.value_sets:
            return self._unknown("an include names neither a code system nor a value set")
        for canonical in include.value_sets:
            if answer is False:
                return False
            answer = _both(answer, self.within(canonical))
        return answer

    def _of_system(self, include: Include) -> bool | None:
        concepts = self._held.concepts(self.system, include.version or self.version)
        if include.version and self.version and include.version != self.version and include.listed is None:
            return self._unknown(f"the value set wants version {include.version} of {self.system}")
        if include.listed is not None:
            fold = concepts is not None and concepts.is_whole and not concepts.case_sensitive
            spelt = include.spelling(self.code, fold=fold)
            if spelt is not None and spelt != self.code:
                self.spelt = spelt
            return spelt is not None
        wanted = include.version or self.version
        answer = self._filtered(include.filters, concepts) if include.filters else self._whole_system(concepts)
        if answer is False and concepts is not None and wanted and concepts.version and wanted != concepts.version:
            return self._unknown(f"version {wanted} of {self.system} is not held ({concepts.version} is)")
        return answer

    def _filtered(self, wanted: tuple[Filter, ...], concepts: Concepts | None) -> bool | None:
        answer: bool | None = True
        usable = concepts if concepts is not None and concepts.content != "not-present" else None
        if usable is None:
            known = self._ruled()
            if known is False:
                return False
            answer = True if known else None
            # A filter may be decided by the code alone (a list of SNOMED CT concepts) where the system is not held.
            answers = [satisfied(one, self.system, None, self.code) for one in wanted]
            if all(one is True for one in answers):
                return True
        else:
            answers = [satisfied(one, self.system, usable, self.code) for one in wanted]
        for one in answers:
            answer = _both(answer, one)
        if answer is None:
            self._unknown(f"a filter over {self.system} cannot be worked out from what is held")
        elif answer and usable is not None:
            self._spell(usable)
        return answer

    def _whole_system(self, concepts: Concepts | None) -> bool | None:
        if concepts is not None and concepts.content not in ("not-present", "supplement"):
            if concepts.spelling(self.code) is not None:
                self._spell(concepts)
                return True
            return False if concepts.is_whole else self._unknown(f"{self.system} is held in part")
        known = self._ruled()
        return known if known is not None else self._unknown(f"the code system {self.system} is not held")

    def _ruled(self) -> bool | None:
        judged = algorithmic.judge(self.system, self.code)
        return None if judged is None else judged.known

    def _spell(self, concepts: Concepts) -> None:
        spelt = concepts.spelling(self.code)
        if spelt and spelt != self.code:
            self.spelt = spelt

    def _is_inactive(self) -> bool:
        concepts = self._held.concepts(self.system, self.version)
        return concepts is not None and bool(concepts.status(concepts.spelling(self.code) or self.code))

    def _expanded(self, composition: Composition) -> bool | None:
        """The published expansion says what was in; what it leaves out may have come in since."""
        if composition.expansion is None:
            if not composition.composed:
                self._unknown(f"the value set {composition.url} lists no codes")
            return None
        if (self.system, self.code) in composition.expansion:
            return True
        if not composition.composed:
            return False
        return None

    def _unknown(self, reason: str) -> bool | None:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return None


def _any(answers: Iterable[bool | None]) -> bool | None:
    """True if one is, False if all are, else None. Stops at the first True."""
    unknown = False
    for answer in answers:
        if answer:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True
