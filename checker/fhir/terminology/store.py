"""Terminology from the definitions that are held: exact where they suffice, ``unknown`` where they do not."""

from __future__ import annotations

from typing import Final

import msgspec

from checker.fhir.forms.quoted import quoted
from checker.fhir.terminology import algorithmic
from checker.fhir.terminology.answer import CodeAnswer, Library, split_canonical
from checker.fhir.terminology.concepts import Concepts, displays_of
from checker.fhir.terminology.displays import Fit, fit
from checker.fhir.terminology.held import Held
from checker.fhir.terminology.listing import Lister
from checker.fhir.terminology.membership import Membership

_MOST_ANSWERS: Final = 50_000
_LONGEST: Final = 2000
"""Characters of a question that is remembered."""
_SHOWN: Final = 12
"""Codes shown as allowed."""
_SHOWN_DISPLAYS: Final = 5
_NOT_HELD: Final = "the value set does not hold the code"

_Key = tuple[str | None, str | None, str, str | None, str | None, bool, str | None]


class _OfCode:
    """What the code system says of one code: the parts of an answer that no value set changes."""

    __slots__ = ("abstract", "concepts", "content", "display", "fault", "known", "spelt", "status", "version_held")

    def __init__(self) -> None:
        self.concepts: Concepts | None = None
        self.known: bool | None = None
        self.content = ""
        self.fault = ""
        self.spelt = ""
        self.status = ""
        self.abstract = False
        self.version_held = ""
        self.display = Fit(None)


class LocalTerminology:
    """Answers from a library of value sets and code systems, and from rules; remembers what it was asked.

    A question asked again is one look-up. Nothing here raises for what an instance or a package holds.
    """

    __slots__ = ("_answers", "_codes", "_held", "_lister", "_shown")

    def __init__(self, library: Library) -> None:
        self._held = Held(library)
        self._lister = Lister(self._held)
        self._answers: dict[_Key, CodeAnswer] = {}
        self._codes: dict[str, frozenset[str] | None] = {}
        self._shown: dict[tuple[str, str | None], tuple[str, ...]] = {}

    def validate(
        self,
        value_set: str | None,
        system: str | None,
        code: str,
        display: str | None = None,
        version: str | None = None,
        *,
        code_only: bool = False,
        language: str | None = None,
    ) -> CodeAnswer:
        """See :class:`~checker.fhir.terminology.answer.Terminology`."""
        if len(code) + len(system or "") + len(display or "") + len(version or "") > _LONGEST:
            # Kept out of what is remembered: hostile texts would fill the memory.
            return self._validate(value_set, system, code, display, version, code_only, language)
        key = (value_set, system, code, display, version, code_only, language)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            answer = self._answers[key] = self._validate(value_set, system, code, display, version, code_only, language)
        return answer

    def codes(self, value_set: str) -> frozenset[str] | None:
        """See :class:`~checker.fhir.terminology.answer.Terminology`."""
        if value_set not in self._codes:
            listed = self._lister.listed(value_set)
            self._codes[value_set] = None if listed is None else frozenset().union(*listed.values())
        return self._codes[value_set]

    def _validate(
        self,
        value_set: str | None,
        system: str | None,
        code: str,
        display: str | None,
        version: str | None,
        code_only: bool,
        language: str | None,
    ) -> CodeAnswer:
        if system is None and code_only and value_set is not None:
            return self._bare(value_set, code)
        if system is None:
            return self._without_system(value_set)
        found = self._of_code(system, code, version or "", display, language, value_set)
        if value_set is None:
            return self._alone(system, code, found)
        composition = self._held.composition(value_set)
        asked = Membership(self._held, system, code, version or "")
        inside = asked.within(value_set)
        if inside and found.known is False and found.content in ("complete", "ruled"):
            # The set lists a code that its system does not have: the set's word counts for membership.
            found.display = Fit(None)
        return self._answer(
            value_set,
            system,
            found,
            inside,
            reason="; ".join(asked.reasons),
            spelt=asked.spelt,
            value_set_known=composition is not None,
        )

    def _answer(
        self,
        value_set: str,
        system: str,
        found: _OfCode,
        inside: bool | None,
        *,
        reason: str,
        spelt: str,
        value_set_known: bool,
    ) -> CodeAnswer:
        systems = self._lister.systems(value_set)
        if inside is False:
            reason = found.fault or self._why_not(value_set, system, systems)
        return msgspec.structs.replace(
            self._common(system, found, spelt),
            outcome="in" if inside else "unknown" if inside is None else "not-in",
            reason="" if inside else reason,
            systems=systems,
            allowed=self._allowed(value_set, system) if inside is False else (),
            value_set_known=value_set_known,
            value_set_is_system=not value_set_known and self._is_system(value_set),
        )

    def _common(self, system: str, found: _OfCode, spelt: str) -> CodeAnswer:
        """The parts of an answer that come from the code system."""
        is_system = found.concepts is not None
        return CodeAnswer(
            outcome="unknown",
            system=system,
            code_known=found.known,
            system_known=found.content not in ("", "not-present"),
            content=found.content,
            suspicion=found.fault if found.known is None else "",
            display_ok=found.display.ok,
            display_right=found.display.right[:_SHOWN_DISPLAYS],
            display_near=found.display.near,
            display_language=found.display.other_language,
            inactive=bool(found.status),
            status=found.status,
            abstract=found.abstract,
            right_case=spelt or found.spelt,
            version_held=found.version_held,
            system_is_value_set=not is_system and self._held.composition(system) is not None,
            system_is_supplement=found.content == "supplement",
        )

    def _alone(self, system: str, code: str, found: _OfCode) -> CodeAnswer:
        """No value set: is the code in its code system?"""
        common = self._common(system, found, "")
        if found.known:
            return msgspec.structs.replace(common, outcome="in")
        if found.known is False and found.content in ("complete", "ruled"):
            reason = found.fault or f"{quoted(code)} is not in {system}"
            return msgspec.structs.replace(common, outcome="not-in", reason=reason)
        held = f"is held in part ({found.content})" if found.content else "is not held"
        return msgspec.structs.replace(common, reason=f"the code system {system} {held}")

    def _bare(self, value_set: str, code: str) -> CodeAnswer:
        """A code whose system is not written: that of the value set in which it is."""
        composition = self._held.composition(value_set)
        systems = self._lister.systems(value_set)
        known = composition is not None
        inside: bool | None = False if systems else None
        reasons: list[str] = []
        spelt, home = "", None
        for system in systems:
            asked = Membership(self._held, system, code)
            answer = asked.within(value_set)
            if answer:
                inside, spelt, home = True, asked.spelt, system
                break
            if answer is None:
                inside, home = None, home or system
                reasons.extend(asked.reasons)
        if inside:
            found = self._of_code(home or "", code, "", None, None, value_set)
            found.known = True if found.known is None else found.known
            return self._answer(value_set, home or "", found, True, reason="", spelt=spelt, value_set_known=known)
        if composition is None:
            reasons.append(f"the value set {value_set} is not held")
        return CodeAnswer(
            outcome="not-in" if inside is False else "unknown",
            reason=self._fault(systems, code) if inside is False else "; ".join(dict.fromkeys(reasons)),
            system=home,
            systems=systems,
            allowed=self._allowed(value_set, None) if inside is False else (),
            code_known=self._fault_anywhere(systems, code) if inside is False else None,
            value_set_known=known,
            value_set_is_system=not known and self._is_system(value_set),
        )

    def _fault(self, systems: tuple[str, ...], code: str) -> str:
        """Why a bare code is in no system of the value set."""
        faults = [self._of_code(system, code, "", None, None, None).fault for system in systems]
        return faults[0] if len(faults) == 1 and faults[0] else _NOT_HELD

    def _fault_anywhere(self, systems: tuple[str, ...], code: str) -> bool | None:
        known = [self._of_code(system, code, "", None, None, None).known for system in systems]
        return False if known and all(one is False for one in known) else None

    def _without_system(self, value_set: str | None) -> CodeAnswer:
        """A Coding without a system means nothing, so it is in no value set."""
        known = value_set is not None and self._held.composition(value_set) is not None
        return CodeAnswer(
            outcome="not-in" if known else "unknown",
            reason="a code without its code system has no meaning",
            systems=self._lister.systems(value_set) if value_set else (),
            allowed=self._allowed(value_set, None) if value_set else (),
            value_set_known=known,
            value_set_is_system=bool(value_set) and not known and self._is_system(value_set or ""),
        )

    def _is_system(self, canonical: str) -> bool:
        return self._held.concepts(split_canonical(canonical)[0]) is not None

    def _of_code(
        self, system: str, code: str, version: str, display: str | None, language: str | None, value_set: str | None
    ) -> _OfCode:
        found = _OfCode()
        concepts = self._held.concepts(system, version)
        found.concepts = concepts
        if concepts is None or concepts.content == "not-present":
            judged = algorithmic.judge(system, code)
            if judged is not None:
                found.known, found.fault = judged.known, judged.fault
                found.content = "ruled" if judged.known is not None else ""
        else:
            found.content = concepts.content
            self._look_up(found, concepts, code, version)
        if display is not None and not found.version_held:
            found.display = self._display(found, system, code, display, language, value_set)
        return found

    def _look_up(self, found: _OfCode, concepts: Concepts, code: str, version: str) -> None:
        spelt = concepts.spelling(code)
        if version and concepts.version and version != concepts.version:
            found.version_held = concepts.version
        if spelt is not None:
            found.known = True
            found.spelt = spelt if spelt != code else ""
            found.status = concepts.status(spelt)
            found.abstract = concepts.is_abstract(spelt)
        elif concepts.content in ("complete", "fragment") and not found.version_held:
            found.known = False

    def _display(
        self, found: _OfCode, system: str, code: str, display: str, language: str | None, value_set: str | None
    ) -> Fit:
        held: list[tuple[str, str]] = []
        if found.concepts is not None and found.known:
            held.extend(found.concepts.displays(found.spelt or code))
        elif found.content != "":
            return Fit(None)
        fits = fit(display, held, language)
        if fits.ok or value_set is None:
            return fits
        listed = list(self._listed_displays(value_set, system, code))
        with_list = fit(display, [*held, *listed], language)
        return with_list if held or with_list.ok else Fit(None, with_list.right)

    def _listed_displays(self, value_set: str, system: str, code: str) -> list[tuple[str, str]]:
        """Displays that the value set itself gives for the code."""
        composition = self._held.composition(value_set)
        if composition is None:
            return []
        found: list[tuple[str, str]] = []
        for include in composition.includes:
            if include.system == system and include.listed and code in include.listed:
                found.extend(displays_of(include.listed[code]))
        if composition.expansion is not None and (system, code) in composition.expansion:
            found.extend(displays_of(composition.expansion[system, code]))
        return found

    def _why_not(self, value_set: str, system: str | None, systems: tuple[str, ...]) -> str:
        if system is not None and systems and system not in systems:
            return f"the value set draws on {_joined(systems)}, not on {system}"
        return _NOT_HELD

    def _allowed(self, value_set: str, system: str | None) -> tuple[str, ...]:
        """A few codes of the value set, those of the same system first; empty where they cannot be listed."""
        key = (value_set, system if system in self._lister.systems(value_set) else None)
        if key not in self._shown:
            self._shown[key] = self._sample(*key)
        return self._shown[key]

    def _sample(self, value_set: str, system: str | None) -> tuple[str, ...]:
        listed = self._lister.listed(value_set)
        if listed is None:
            return ()
        order = sorted(listed, key=lambda one: (one != system, one))
        shown: dict[str, None] = {}
        for one in order:
            prefix = f"{one}#" if system is not None and one != system else ""
            shown.update((f"{prefix}{code}", None) for code in self._in_order(one, listed[one]))
            if len(shown) > _SHOWN:
                return (*list(shown)[:_SHOWN], "…")
        return tuple(shown)

    def _in_order(self, system: str, codes: frozenset[str]) -> list[str]:
        """In the order of the code system, which its authors chose; else sorted."""
        concepts = self._held.concepts(system)
        placed = [code for code in concepts.by_code if code in codes] if concepts is not None else []
        return placed if len(placed) == len(codes) else sorted(codes)


def _joined(systems: tuple[str, ...]) -> str:
    return ", ".join(systems[:3]) + (f" and {len(systems) - 3} more" if len(systems) > 3 else "")
