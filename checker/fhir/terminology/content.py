"""What a coded value says by itself, whatever binds it: is its system one, is the code in it, does the display fit?

Rules and severities are those of HL7's own validator, with one limit: what only a terminology server could know
is left open. Source: http://hl7.org/fhir/R4/datatypes.html#Coding, http://hl7.org/fhir/R4/terminologies.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from checker.fhir.forms.quoted import quoted
from checker.fhir.terminology.answer import CodeAnswer, Terminology
from checker.fhir.terminology.findings import (
    NOTHING,
    QUANTITIES,
    CodingValue,
    Finding,
    Judgement,
    Open,
    Severity,
    codings,
)

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:[^\s]+")
_UCUM: Final = "http://unitsofmeasure.org"
_EXACT: Final = (
    "http://snomed.info/sct",
    "http://loinc.org",
    _UCUM,
    "http://www.nlm.nih.gov/research/umls/rxnorm",
)
"""Systems whose URLs are often written with something behind them."""
_KNOWN: Final = frozenset((*_EXACT, "https://dmd.nhs.uk", "http://hl7.org/fhir/sid/icd-10"))
"""Systems that are known by name, whether or not they are held."""
_BUILD = re.compile(r"https?://build\.fhir\.org")
_PAGE = re.compile(r"https?://(?:www\.)?hl7\.org/fhir.*\.html")


def judge_content(
    terminology: Terminology,
    kind: str,
    value: Any,
    *,
    value_set: str | None = None,
    language: str | None = None,
    display_severity: Severity = "error",
) -> Judgement:
    """Judge the codings of a value of FHIR type ``kind`` (Coding, CodeableConcept, Quantity; others give nothing).

    ``value_set``: that of the binding, whose own displays count too. ``language``: that of the resource.
    ``display_severity``: of a display that the code system does not have for the code.
    """
    total = NOTHING
    for coding in codings(kind, value):
        total += _judge_coding(terminology, coding, kind, value, value_set, language, display_severity)
    return total


def _judge_coding(
    terminology: Terminology,
    coding: CodingValue,
    kind: str,
    value: Any,
    value_set: str | None,
    language: str | None,
    display_severity: Severity,
) -> Judgement:
    if coding.system is None:
        return _without_system(coding, kind)
    wrong = relative_system(coding)
    if wrong is not None:
        return Judgement((wrong,))
    if coding.code is None:
        return NOTHING
    answer = terminology.validate(
        value_set, coding.system, coding.code, coding.display, coding.version, language=language
    )
    findings = [*_of_system(coding, answer, terminology)]
    if not any(one.severity == "error" for one in findings):
        findings.extend(_of_code(coding, answer))
        findings.extend(_of_display(coding, answer, display_severity))
    if kind in QUANTITIES and coding.system == _UCUM:
        findings.extend(_of_annotation(coding, value))
    left = () if any(one.severity == "error" for one in findings) else tuple(_open(coding, answer))
    return Judgement(tuple(findings), left)


def relative_system(coding: CodingValue) -> Finding | None:
    """A finding where the system is no absolute URI, else None."""
    if coding.system is None or _SCHEME.fullmatch(coding.system):
        return None
    return Finding(
        kind="relative-system",
        severity="error",
        path=coding.at("system"),
        message=f"the system of a code is an absolute URI, and {quoted(coding.system)} is not one",
        found=coding.system,
        allowed="an absolute URI, such as http://snomed.info/sct",
        fix="Write the canonical URL of the code system.",
        system=coding.system,
    )


def _without_system(coding: CodingValue, kind: str) -> Judgement:
    if coding.code is None or kind in QUANTITIES:
        return NOTHING  # a Quantity's code without a system breaks its invariant qty-3
    finding = Finding(
        kind="no-system",
        severity="warning",
        path=coding.path,
        message=f"the code {quoted(coding.code)} has no system, so it has no defined meaning and cannot be checked",
        found=coding.code,
        allowed="a system beside the code",
        fix="Add the canonical URL of the code system that the code is from.",
    )
    return Judgement((finding,))


def _of_system(coding: CodingValue, answer: CodeAnswer, terminology: Terminology) -> Iterator[Finding]:
    system = coding.system or ""

    def finding(kind: Any, severity: Severity, message: str, fix: str) -> Finding:
        return Finding(
            kind=kind,
            severity=severity,
            path=coding.at("system"),
            message=message,
            found=system,
            allowed="the canonical URL of a code system",
            fix=fix,
            system=system,
        )

    if answer.system_is_value_set:
        yield finding(
            "value-set-as-system",
            "error",
            f"{system} is a value set, not a code system",
            "Write the URL of the code system that the value set takes the code from.",
        )
    elif answer.system_is_supplement:
        yield finding(
            "supplement-as-system",
            "error",
            f"{system} is a supplement to a code system: it adds words, and has no codes of its own",
            "Write the URL of the code system that it supplements.",
        )
    elif not answer.system_known and (better := _better(system, terminology)) is not None:
        slash = better == system[:-1]
        yield finding(
            "misspelt-system",
            "warning" if coding.in_concept or slash else "error",
            f"{system} is not the URL of a code system" + (f"; {better} is" if better else ""),
            f"Write {better}." if better else "Write the canonical URL of the code system, not that of a web page.",
        )


def _better(system: str, terminology: Terminology) -> str | None:
    """The right URL of a system that is surely misspelt; empty if only that much is sure; None if it may be right."""
    if _BUILD.match(system) or _PAGE.fullmatch(system):
        return ""
    for right in _EXACT:
        if system.startswith(right):
            return None if system == right else right
    for other in (system[:-1] if system.endswith("/") else "", "http:" + system[6:] if system[:6] == "https:" else ""):
        if other and (other in _KNOWN or terminology.validate(None, other, "-").content in ("complete", "fragment")):
            return other
    return None


def _of_code(coding: CodingValue, answer: CodeAnswer) -> Iterator[Finding]:
    code, system = coding.code or "", coding.system or ""
    if answer.code_known is False and answer.content in ("complete", "fragment", "ruled", "server"):
        part = answer.content == "fragment"
        why = answer.reason if answer.content == "ruled" and answer.outcome == "not-in" else ""
        yield Finding(
            kind="malformed-code" if answer.content == "ruled" else "unknown-code",
            severity="warning" if part else "error",
            path=coding.at("code"),
            message=f"{quoted(code)} is no code of {system}"
            + (f": {why}" if why else "")
            + (", as far as it is held: it is published in part" if part else ""),
            found=code,
            allowed="a code of the code system",
            fix="Use a code that the code system has; see that the system is the one that the code is from.",
            system=system,
        )
    if answer.suspicion:
        yield Finding(
            kind="malformed-code",
            severity="warning",
            path=coding.at("code"),
            message=f"{quoted(code)} can hardly be a code of {system}: {answer.suspicion}",
            found=code,
            allowed="a code of the code system",
            fix="See whether a digit was lost or changed; codes must travel as text, never as numbers.",
            system=system,
        )
    if answer.right_case:
        yield Finding(
            kind="letter-case",
            severity="information",
            path=coding.at("code"),
            message=f"{system} spells the code {quoted(answer.right_case)}; it ignores letter case, others may not",
            found=code,
            allowed=answer.right_case,
            fix=f"Write {quoted(answer.right_case)}.",
            system=system,
        )
    if answer.inactive:
        yield Finding(
            kind="inactive",
            severity="warning",
            path=coding.path,
            message=f"the concept {quoted(code)} of {system} is {answer.status or 'inactive'}",
            found=coding.shown,
            allowed="an active concept",
            fix="Use the concept that has taken its place.",
            system=system,
        )
    if answer.abstract:
        yield Finding(
            kind="abstract",
            severity="information",
            path=coding.at("code"),
            message=f"the concept {quoted(code)} of {system} only groups others and is not meant to be chosen",
            found=code,
            allowed="one of the concepts below it",
            fix="Use one of the concepts below it.",
            system=system,
        )


def _of_display(coding: CodingValue, answer: CodeAnswer, severity: Severity) -> Iterator[Finding]:
    if answer.display_ok is not False or coding.display is None:
        return
    right, code = " | ".join(answer.display_right), quoted(coding.code or "")
    language = " (none is held in the language of the resource)" if answer.display_language else ""
    yield Finding(
        kind="display",
        severity="warning" if answer.display_near and severity == "error" else severity,
        path=coding.at("display"),
        message=f"{quoted(coding.display)} is not what {coding.system} calls the code {code}{language}",
        found=coding.display,
        allowed=right,
        fix=f"Write {quoted(answer.display_right[0])}, or put your own words in the text of the CodeableConcept."
        if answer.display_right
        else "Write the display that the code system gives.",
        system=coding.system,
    )


def _of_annotation(coding: CodingValue, value: Any) -> Iterator[Finding]:
    """Best practice: words in braces mean nothing to a computer, so a reader must see them in the unit."""
    code = coding.code or ""
    begin, end = code.find("{"), code.find("}")
    unit = value.get("unit") if isinstance(value, dict) else None
    if 0 <= begin < end:
        words = code[begin + 1 : end]
        seen = isinstance(unit, str) and words.lower() in unit.lower()
        yield Finding(
            kind="unit-annotation",
            severity="warning",
            path="code",
            message=f"the words {quoted(words)} in the UCUM code mean nothing to a computer"
            + ("" if seen else ", and the unit that people read does not show them"),
            found=code,
            allowed="the words in the unit, or in what is measured",
            fix="Say what is counted in the code of the observation; leave the braces out, or show them in the unit.",
            system=_UCUM,
            advice=True,
        )


def _open(coding: CodingValue, answer: CodeAnswer) -> Iterator[Open]:
    if answer.code_known is not None and not answer.version_held:
        return
    code, system = coding.code or "", coding.system or ""
    if answer.version_held and not answer.code_known:
        detail = f"version {coding.version} of {system} is not held ({answer.version_held} is)"
    elif answer.version_held:
        return
    elif answer.content == "example":
        detail = f"{system} is held as an example only"
    else:
        detail = f"the code system {system} is not held"
    yield Open(subject=system, code=code, path=coding.path, system=system, detail=detail)
