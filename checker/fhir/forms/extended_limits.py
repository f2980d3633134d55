"""The limits of a value that a definition states by extension: its form, its least length, its decimal places.

The form is a regular expression for the whole value, as it is written; it is matched in bounded time. One that cannot
be matched here is a problem of the definition, and the value is not judged by it.

Source: http://hl7.org/fhir/R4/extension-regex.html, http://hl7.org/fhir/R4/extension-minlength.html and
http://hl7.org/fhir/R4/extension-maxdecimalplaces.html
"""

from __future__ import annotations

from decimal import Decimal

from checker.fhir import bounded_regex
from checker.fhir.definitions.ir import Element, ValueLimits
from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

FORM = rule(
    "value-form",
    "error",
    "invalid",
    title="A value has not the form that its definition asks for",
    why="The receiver takes the value apart by that form: another one is refused, or read wrongly.",
    fix="Write the value in the form that the regular expression describes.",
    source="http://hl7.org/fhir/R4/extension-regex.html",
    good='"value": "AB1234"  (where the definition has the regex [A-Z]{2}[0-9]{4})',
    bad='"value": "1234"  (where the definition has the regex [A-Z]{2}[0-9]{4})',
)
TOO_SHORT = rule(
    "value-too-short",
    "error",
    "invalid",
    title="A text is shorter than its element allows",
    why="So short a text was cut, or is not what is meant.",
    fix="Send the whole text.",
    source="http://hl7.org/fhir/R4/extension-minlength.html",
    good='"family": "Test"  (where the definition has the minLength 2)',
    bad='"family": "T"  (where the definition has the minLength 2)',
)
DECIMALS = rule(
    "value-decimal-places",
    "error",
    "invalid",
    title="A number has more decimal places than its element allows",
    why="The receiver rounds or cuts it, and then has another value.",
    fix="Round the number as the definition asks.",
    source="http://hl7.org/fhir/R4/extension-maxdecimalplaces.html",
    good='"value": 7.2  (where the definition has maxDecimalPlaces 1)',
    bad='"value": 7.25  (where the definition has maxDecimalPlaces 1)',
)


def check(run: Run, node: Node, element: Element, limits: ValueLimits) -> None:
    """Check a primitive against the limits that its definition states by extension."""
    value = node.value
    if value is None or isinstance(value, dict | list):
        return
    if limits.min_length is not None and isinstance(value, str) and len(value) < limits.min_length:
        said = f"The text has {len(value)} characters; {limits.min_length} are the least here"
        least = f"at least {limits.min_length} characters"
        run.report(TOO_SHORT, node, said, by=element, found=f"{len(value)} characters", allowed=least)
    if limits.max_decimals is not None and isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        if places > limits.max_decimals:
            said = f"The number has {places} decimal places; {limits.max_decimals} are the most here"
            most = f"at most {limits.max_decimals} decimal places"
            run.report(DECIMALS, node, said, by=element, found=str(value), allowed=most)
    if limits.regex is not None:
        _form(run, node, element, limits.regex)


def _form(run: Run, node: Node, element: Element, regex: str) -> None:
    value = node.value
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    pattern = bounded_regex.compile(regex)
    try:
        fits = pattern.fullmatch(text) if pattern is not None else None
    except ValueError:
        fits = None
    if fits is None:
        run.problem(element.structure, f"the regular expression {regex} cannot be matched here", element.id)
        detail = "the form of the value was not judged"
        run.not_verified.append(
            NotVerified(kind="structure-definition", subject=element.structure, path=node.path, detail=detail)
        )
    elif not fits:
        said = f"{quoted(text)} has not the form that is asked for here, {regex}"
        run.report(FORM, node, said, by=element, found=text, allowed=regex)
