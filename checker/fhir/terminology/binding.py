"""Judge a coded value by a binding: the strength says how much it weighs.

Source: http://hl7.org/fhir/R4/terminologies.html#strength,
http://hl7.org/fhir/R4/extension-elementdefinition-maxvalueset.html; severities as in HL7's own validator. What is
not known is left open, never made an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from checker.fhir.forms.quoted import capital, quoted, sentence
from checker.fhir.terminology.answer import CodeAnswer, Terminology
from checker.fhir.terminology.content import judge_content, relative_system
from checker.fhir.terminology.findings import (
    NOTHING,
    QUANTITIES,
    TEXTS,
    CodingValue,
    Finding,
    Judgement,
    Kind,
    Open,
    Severity,
    codings,
)

SEVERITIES: Final[dict[str, Severity]] = {"required": "error", "extensible": "warning", "preferred": "information"}
"""Severity of a code outside, by strength. ``example`` is not judged."""
PURPOSES: Final = {"required": "required", "maximum": "required", "extensible": "extensible", "preferred": "preferred"}
"""Purposes of additional bindings that are judged, and the strength that each has."""

_TYPES_OF_FHIRPATH: Final = "http://hl7.org/fhirpath/System."
_DEFINED_TYPES: Final = "http://hl7.org/fhir/ValueSet/defined-types"


def judge(
    terminology: Terminology,
    kind: str,
    value: Any,
    *,
    strength: str | None = None,
    value_set: str | None = None,
    max_value_set: str | None = None,
    additional: Sequence[tuple[str, str]] = (),
    language: str | None = None,
    display_severity: Severity = "error",
) -> Judgement:
    """All that terminology has to say of a value of FHIR type ``kind``: its content, and its binding if it has one.

    ``additional`` holds (purpose, value set) of further bindings. ``value`` is JSON of any shape: what has not the
    right form is passed over, since others report it.
    """
    content = judge_content(
        terminology,
        kind,
        value,
        value_set=value_set if strength in SEVERITIES else None,
        language=language,
        display_severity=display_severity,
    )
    return content + judge_binding(
        terminology, kind, value, strength=strength, value_set=value_set, max_value_set=max_value_set,
        additional=additional,
    )  # fmt: skip


def judge_binding(
    terminology: Terminology,
    kind: str,
    value: Any,
    *,
    strength: str | None,
    value_set: str | None,
    max_value_set: str | None = None,
    additional: Sequence[tuple[str, str]] = (),
) -> Judgement:
    """The binding alone: is a code of the value in the value set? Arguments as for :func:`judge`."""
    total = NOTHING
    if value_set is not None and strength in SEVERITIES:
        total += _Bound(terminology, kind, value, strength, value_set, max_value_set).judge()
    for purpose, other in additional:
        if purpose in PURPOSES:
            total += _Bound(terminology, kind, value, PURPOSES[purpose], other, None).judge()
    return total


class _Bound:
    """One value under one binding."""

    __slots__ = ("kind", "max_value_set", "strength", "terminology", "value", "value_set")

    def __init__(
        self,
        terminology: Terminology,
        kind: str,
        value: Any,
        strength: str,
        value_set: str,
        max_value_set: str | None,
    ) -> None:
        self.terminology = terminology
        self.kind = kind
        self.value = value
        self.strength = strength
        self.value_set = value_set
        self.max_value_set = max_value_set

    def judge(self) -> Judgement:
        if self.kind in TEXTS:
            return self._text() if isinstance(self.value, str) and self.value else NOTHING
        if self.kind == "CodeableConcept":
            return self._concept() if isinstance(self.value, dict) else NOTHING
        if self.kind == "Coding" or self.kind in QUANTITIES:
            found = codings(self.kind, self.value)
            whole = [one for one in found if one.system is not None and one.code is not None]
            if whole:
                return self._coded(whole)
            return self._no_code() if self._weighs_without_code(found) else NOTHING
        return NOTHING

    def _weighs_without_code(self, found: list[CodingValue]) -> bool:
        """A Coding or Quantity of words alone cannot be in a value set; one whose system is missing is told so."""
        raw = self.value
        return (
            self.strength == "required"
            and isinstance(raw, dict)
            and all(one.code is None for one in found)
            and "extension" not in raw
            and not any(name in raw for name in ("_code", "_system"))
        )

    def _text(self) -> Judgement:
        url = self.value_set.partition("|")[0]
        if url == _DEFINED_TYPES and self.value.startswith(_TYPES_OF_FHIRPATH):
            return NOTHING
        answer = self.terminology.validate(self.value_set, None, self.value, code_only=True)
        if answer.outcome == "in":
            return self._letter_case(answer)
        if answer.value_set_is_system:
            return Judgement((self._wrong_definition(),))
        if answer.outcome == "unknown":
            # The greatest set may still say no, whatever is not known of the smaller one.
            return self._maximum([None], [self.value]) + Judgement(open=(self._left_open(answer, self.value),))
        if self.max_value_set is not None and self.strength != "required":
            greatest = self._maximum([None], [self.value])
            if greatest.findings or self.strength == "extensible":
                return greatest
        return Judgement((self._outside(answer, [self.value]),))

    def _letter_case(self, answer: CodeAnswer) -> Judgement:
        if not answer.right_case:
            return NOTHING
        finding = Finding(
            kind="letter-case",
            severity="information",
            message=f"{answer.system} spells the code {quoted(answer.right_case)}, though it ignores letter case",
            found=str(self.value),
            allowed=answer.right_case,
            fix=f"Write {quoted(answer.right_case)}.",
            value_set=self.value_set,
            system=answer.system,
        )
        return Judgement((finding,))

    def _concept(self) -> Judgement:
        found = codings(self.kind, self.value)
        if found:
            return self._coded(found)
        answer = self.terminology.validate(self.value_set, None, "", code_only=False)
        if answer.value_set_is_system:
            return Judgement((self._wrong_definition(),))
        if self.strength == "preferred":
            return NOTHING
        if not answer.value_set_known:
            return Judgement(open=(self._left_open(answer, ""),))
        return self._no_code()

    def _coded(self, found: list[CodingValue]) -> Judgement:
        answers = [self._ask(self.value_set, one) for one in found]
        if any(answer.outcome == "in" for answer in answers):
            return NOTHING
        if any(answer.value_set_is_system for answer in answers):
            return Judgement((self._wrong_definition(),))
        left = [
            self._left_open(answer, one.code or "", one)
            for answer, one in zip(answers, found, strict=True)
            if answer.outcome == "unknown"
        ]
        if left:
            return self._maximum(found, []) + Judgement(open=tuple(left))
        outside = Judgement((self._outside(answers[0], [one.shown for one in found[:5]]),))
        if self.max_value_set is None or self.strength == "required":
            return outside
        greatest = self._maximum(found, [])
        if self.kind != "CodeableConcept" and self.strength == "extensible":
            return greatest
        return greatest + outside

    def _ask(self, value_set: str, coding: CodingValue) -> CodeAnswer:
        if coding.code is None or relative_system(coding) is not None:
            known = self.terminology.validate(value_set, None, "", code_only=False)
            if known.outcome == "unknown":
                return known
        return self.terminology.validate(value_set, coding.system, coding.code or "", version=coding.version)

    def _maximum(self, found: Sequence[CodingValue | None], texts: list[str]) -> Judgement:
        """The greatest value set, which acts as a required binding."""
        if self.max_value_set is None or self.strength == "required":
            return NOTHING
        if texts:
            answers = [self.terminology.validate(self.max_value_set, None, one, code_only=True) for one in texts]
        else:
            answers = [self._ask(self.max_value_set, one) for one in found if one is not None]
        if not answers or any(answer.outcome != "not-in" for answer in answers):
            return NOTHING
        shown = texts or [one.shown for one in found if one is not None][:5]
        finding = self._finding(
            "not-in-maximum-value-set",
            "error",
            f"{_none(shown)} in the value set {self.max_value_set}, and no code from outside it is allowed here",
            found=", ".join(shown),
            allowed=_allowed(answers[0], self.max_value_set),
            fix=_mend(answers[0], shown, "required"),
            value_set=self.max_value_set,
        )
        return Judgement((finding,))

    def _outside(self, answer: CodeAnswer, shown: Sequence[str]) -> Finding:
        must = {
            "required": "and the code must be from it",
            "extensible": "and the code should be from it unless nothing in it fits",
            "preferred": "which is recommended and no more",
        }[self.strength]
        return self._finding(
            "not-in-value-set",
            SEVERITIES[self.strength],
            f"{_none(shown)} in the value set {self.value_set}, {must}",
            found=", ".join(shown),
            allowed=_allowed(answer, self.value_set),
            fix=_mend(answer, shown, self.strength),
        )

    def _no_code(self) -> Judgement:
        """No code at all, where the binding wants one."""
        if self.strength == "preferred":
            return NOTHING
        bare = self.kind != "CodeableConcept"
        greatest = self.strength == "extensible" and self.max_value_set is not None
        wanted = self.max_value_set if greatest and self.max_value_set is not None else self.value_set
        known = self.terminology.validate(wanted, None, "", code_only=False)
        finding = self._finding(
            "no-code",
            "error" if (self.strength == "required" and not bare) or greatest else "warning",
            f"there is no code here, and one from the value set {wanted} "
            + ("is required" if self.strength == "required" or greatest else "should be given"),
            found="no code",
            allowed=_allowed(known, wanted),
            fix="Add a coding with a code of the value set.",
            value_set=wanted,
        )
        return Judgement((finding,))

    def _wrong_definition(self) -> Finding:
        return self._finding(
            "binding-to-code-system",
            "error" if self.strength == "required" else "warning",
            f"the definition binds to {self.value_set}, which is a code system, not a value set",
            found=self.value_set,
            allowed="a value set",
            fix="Correct the definition: bind to a value set that includes the code system.",
        )

    def _left_open(self, answer: CodeAnswer, code: str, coding: CodingValue | None = None) -> Open:
        system = coding.system if coding is not None else answer.system
        return Open(
            subject=self.value_set if not answer.value_set_known or system is None else system,
            code=code,
            path=coding.path if coding is not None else "",
            system=system,
            value_set=self.value_set,
            strength=self.strength,
            detail=answer.reason,
        )

    def _finding(
        self,
        kind: Kind,
        severity: Severity,
        message: str,
        *,
        found: str,
        allowed: str,
        fix: str,
        value_set: str | None = None,
    ) -> Finding:
        return Finding(
            kind=kind,
            severity=severity,
            message=message,
            found=found,
            allowed=allowed,
            fix=fix,
            value_set=value_set or self.value_set,
            strength=self.strength,
        )


def _none(codes: Sequence[str]) -> str:
    """The beginning of a sentence that denies something of each code."""
    listed = ", ".join(quoted(code) for code in codes)
    return f"{listed} is not" if len(codes) == 1 else f"none of {listed} is"


def _mend(answer: CodeAnswer, codes: Sequence[str], strength: str) -> str:
    """How to mend a code from outside: the one that was surely meant, or else one of the value set."""
    meant = next((one for one in answer.allowed for code in codes if one.lower() == code.lower()), None)
    if meant is not None:
        return f"Write {quoted(meant)}: letter case counts."
    kept = {
        "required": "",
        "extensible": " Keep this one only where none of them says what is meant.",
        "preferred": " Keep this one where it says more.",
    }[strength]
    return "Use a code of the value set." + kept + _because(answer)


def _allowed(answer: CodeAnswer, value_set: str) -> str:
    return " | ".join(answer.allowed) if answer.allowed else f"a code of {value_set}"


def _because(answer: CodeAnswer) -> str:
    reason = answer.reason
    plain = not reason or reason == "the value set does not hold the code"
    return "" if plain else f" ({sentence(capital(reason))})"
