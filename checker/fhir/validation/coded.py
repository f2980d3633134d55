"""Coded values: what terminology finds, said as issues; what it could not find out, as *not verified*.

Source: http://hl7.org/fhir/R4/terminologies.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.forms.quoted import capital
from checker.fhir.instance import Node
from checker.fhir.validation.corrections import corrected_strength
from checker.fhir.validation.issue import NotVerified, Severity
from checker.fhir.validation.rule import Rule, rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/terminologies.html"
_CODING = "http://hl7.org/fhir/R4/datatypes.html#Coding"

CODED = frozenset(("Coding", "CodeableConcept", "Quantity", "Age", "Count", "Distance", "Duration"))
"""Types whose codes are looked up in their code systems, whatever binds them."""


def _rule(kind: str, title: str, why: str, fix: str, severity: Severity = "error", code: str = "code-invalid") -> Rule:
    return rule(f"coding-{kind}", severity, code, title=title, why=why, fix=fix, source=_SOURCE)


_MEANING = "A code that the other side does not know is lost, or taken for something else."

RULES_BY_KIND: dict[str, Rule] = {
    "not-in-value-set": _rule(
        "not-in-value-set",
        "A code is not in the value set that its element is bound to",
        _MEANING,
        "Use a code of the value set.",
    ),
    "not-in-maximum-value-set": _rule(
        "not-in-maximum-value-set",
        "A code is outside the greatest value set that its element allows",
        _MEANING,
        "Use a code of the value set.",
    ),
    "no-code": _rule(
        "missing",
        "There are words only where a code is asked",
        "Words alone can't be searched, counted or checked by decision support.",
        "Add a coding with a code of the value set.",
    ),
    "unknown-code": _rule(
        "unknown", "A code is not in its code system", _MEANING, "Use a code that the code system has."
    ),
    "malformed-code": _rule(
        "malformed",
        "A code breaks the rules of its code system",
        _MEANING,
        "Write the code as its system has it.",
    ),
    "display": _rule(
        "display",
        "A display is not what the code system calls the code",
        "People read the display and computers the code: when they differ, somebody is misled about a patient.",
        "Write the display of the code system, and own words in the text of the CodeableConcept.",
        code="invalid",
    ),
    "inactive": _rule(
        "inactive",
        "A code is inactive or deprecated in its code system",
        "Others may not take it any more.",
        "Use the concept that has taken its place.",
        "warning",
        "business-rule",
    ),
    "abstract": _rule(
        "abstract",
        "A code only groups others",
        "It says less than is known.",
        "Use one of the concepts below it.",
        "information",
        "business-rule",
    ),
    "letter-case": _rule(
        "letter-case",
        "A code is spelt in other letter case",
        "Systems that compare letters exactly do not find it.",
        "Write the code as its system spells it.",
        "information",
        "business-rule",
    ),
    "no-system": _rule(
        "system-missing",
        "A code has no system",
        "Without a system a code has no defined meaning.",
        "Add the canonical URL of the code system.",
        "warning",
        "invalid",
    ),
    "relative-system": _rule(
        "system-relative",
        "The system of a code is no absolute URI",
        "Nobody can tell which code system is meant.",
        "Write the canonical URL of the code system.",
        code="invalid",
    ),
    "value-set-as-system": _rule(
        "system-value-set",
        "A value set is given as the system of a code",
        "A value set takes codes from elsewhere: the system says where.",
        "Write the URL of the code system that the value set takes the code from.",
        code="invalid",
    ),
    "supplement-as-system": _rule(
        "system-supplement",
        "A supplement is given as the system of a code",
        "A supplement adds words to a code system and has no codes of its own.",
        "Write the URL of the code system that it supplements.",
        code="invalid",
    ),
    "misspelt-system": _rule(
        "system-misspelt",
        "The system of a code is misspelt",
        "Systems compare the URL letter by letter: the code is not understood.",
        "Write the canonical URL of the code system.",
        code="invalid",
    ),
    "binding-to-code-system": _rule(
        "binding-to-code-system",
        "A definition binds to a code system in place of a value set",
        "Nothing can be checked against it.",
        "Correct the definition.",
        "warning",
        "not-found",
    ),
    "unit-annotation": rule(
        "coding-unit-annotation",
        "warning",
        "business-rule",
        title="Best practice: words in a UCUM code",
        why="Computers pass over words in braces.",
        fix="Say what is counted in the code of the observation.",
        source="https://ucum.org/ucum#para-12",
        advice=True,
    ),
}
ABSENT = _rule(
    "absent",
    "A code that is required is left out, with an extension in its place",
    "Programs read the code alone: without it they take a default, or stop.",
    "Send a code of the value set; many have one for unknown. Or leave out the element, where it may be left out.",
)


def content(run: Run, node: Node) -> None:
    """Judge the codes of a value by their code systems; once for a node."""
    if node.type not in CODED or not isinstance(node.value, dict):
        return
    if node.type == "Coding" and node.parent is not None and node.parent.type == "CodeableConcept":
        return  # judged with the concept that it is part of
    from checker.fhir.terminology.content import judge_content

    bound = node.declared.binding if node.declared is not None else None
    judged = judge_content(
        run.terminology,
        node.type,
        node.value,
        value_set=bound.value_set if bound is not None and bound.strength != "example" else None,
        language=node.resource.text("language"),
        display_severity=_display_severity(run),
    )
    _say(run, node, judged, None)


def binding(run: Run, node: Node, element: Element) -> None:
    """Judge a coded value by the binding of an element."""
    bound = element.binding
    if bound is None:
        return
    if node.value is None:
        _absent(run, node, element)
        return
    from checker.fhir.terminology.binding import judge_binding

    judged = judge_binding(
        run.terminology,
        node.type,
        node.value,
        strength=corrected_strength(element.path, bound),
        value_set=bound.value_set,
        max_value_set=bound.max_value_set,
    )
    _say(run, node, judged, element)


def _absent(run: Run, node: Node, element: Element) -> None:
    """A primitive that is only an id or extensions: a required code may not be left out by saying why."""
    bound = element.binding
    if bound is None or node.extra is None or corrected_strength(element.path, bound) != "required":
        return
    run.report(
        ABSENT,
        node,
        f"There is no code here, and one of {bound.value_set} is required; an extension does not stand for it.",
        by=element,
        allowed=f"a code of {bound.value_set}",
    )


def _display_severity(run: Run) -> Any:
    severity = run.options.display_severity
    return "error" if severity == "fatal" else severity


def _say(run: Run, node: Node, judged: Any, element: Element | None) -> None:
    for finding in judged.findings:
        run.report(
            RULES_BY_KIND[finding.kind],
            node,
            capital(finding.message),
            below=finding.path,
            severity=finding.severity,
            by=element,
            found=finding.found or None,
            allowed=finding.allowed or None,
            fix=finding.fix or None,
        )
    for one in judged.open:
        run.not_verified.append(
            NotVerified(
                kind="terminology",
                subject=one.subject,
                path=f"{node.path}.{one.path}" if one.path else node.path,
                detail=f"{one.code}: {one.detail}" if one.code else one.detail,
            )
        )


def coded_values(value: Any, kind: str) -> Iterator[tuple[str | None, str, bool]]:
    """System, code, and whether the code stands without a system by its type, of all codes in a coded value."""
    if isinstance(value, str):
        yield None, value, True
    elif isinstance(value, dict):
        listed = value.get("coding") if kind == "CodeableConcept" or "coding" in value else None
        for one in listed if isinstance(listed, list) else [value]:
            code = one.get("code") if isinstance(one, dict) else None
            if isinstance(code, str):
                system = one.get("system")
                yield (system if isinstance(system, str) else None), code, False
