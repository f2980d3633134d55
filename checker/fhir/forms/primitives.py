"""The checks of one primitive value: JSON type, lexical form, and what is odd about a text.

Severities are those of HL7's validator.

Source: http://hl7.org/fhir/R4/datatypes.html#primitive
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.forms import bounds
from checker.fhir.forms.lexical import CHECKS, INT32, NUMBERS, is_absolute, whole
from checker.fhir.forms.primitive_rules import (
    BASE64_SPACE,
    BIDI,
    CANONICAL,
    CONTROL,
    EMPTY,
    EXAMPLE_URL,
    FIXES,
    FORMS,
    HTML,
    JSON_TYPE,
    NUMBER,
    PRECISION,
    WHITE_SPACE,
    WRITTEN,
    YEAR,
)
from checker.fhir.forms.quoted import numeral, quoted, shown
from checker.fhir.instance import Node
from checker.fhir.validation.run import Run

_NAMES = {
    **{"boolean": "a boolean", "date": "a date", "dateTime": "a date or date and time", "instant": "an instant"},
    **{"time": "a time", "code": "a code", "id": "an id", "uri": "a URI", "url": "a URL", "oid": "an OID"},
    **{"uuid": "a UUID", "canonical": "a canonical URL", "base64Binary": "Base64", "integer": "an integer"},
    **{"positiveInt": "a positive integer", "unsignedInt": "an integer from 0", "decimal": "a decimal number"},
    **{"string": "a text", "markdown": "a text"},
}
_LEAST = {"integer": -INT32, "unsignedInt": 0, "positiveInt": 1}

FIRST_YEAR, LAST_YEAR = "1800", "2106"
"""Years outside are odd, as HL7's validator has it (its last year is 80 years ahead of the day it runs)."""

_SPACES = " \t\r\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TAG = re.compile(r"<[A-Za-z]\w*(?:\s[^<>]*)?>[^<]*<")
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""The controls of the writing direction."""
_BIDI = re.compile(f"[{DIRECTIONS}]")
_CLOSES = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
_CLOSES |= {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_HOST = re.compile(r"https?://([^/:?#|]*)")
_EXAMPLE_HOSTS = ("example.org", "example.com", "example.net", "acme.com", "example")

_DEFINITIONS = frozenset(
    (
        *("ActivityDefinition", "CapabilityStatement", "ChargeItemDefinition", "CodeSystem", "CompartmentDefinition"),
        *("ConceptMap", "EffectEvidenceSynthesis", "EventDefinition", "Evidence", "EvidenceVariable"),
        *("ExampleScenario", "GraphDefinition", "ImplementationGuide", "Library", "Measure", "MessageDefinition"),
        *("OperationDefinition", "PlanDefinition", "Questionnaire", "ResearchDefinition", "SearchParameter"),
        *("ResearchElementDefinition", "RiskEvidenceSynthesis", "StructureDefinition", "StructureMap"),
        *("TerminologyCapabilities", "TestScript", "ValueSet"),
    )
)
"""The resources whose ``url`` is what canonicals point to."""


def check(run: Run, node: Node, element: Element) -> None:
    """Check the value of a primitive node: its JSON type, its form, and the limits of ``element``.

    For the walk over the base definitions; a StructureDefinition adds limits only: :func:`bounds.check`. Objects
    and arrays in the place of a primitive are left to :mod:`checker.fhir.forms.structure`.
    """
    value, kind = node.value, node.type
    if value is None or kind == "xhtml" or isinstance(value, dict | list):
        return
    if node.parent is not None and node.parent.type[:1].islower() and node.name == "value":
        return  # a property that a primitive cannot have in JSON: its form is faulted above
    if isinstance(value, str):
        fine = _text(run, node, element, value, kind)
    elif isinstance(value, bool):
        fine = kind == "boolean" or _wrong_type(run, node, element, "true" if value else "false")
    elif not isinstance(value, int | float | Decimal):
        fine = _wrong_type(run, node, element, numeral(value))  # only where no text was read
    elif kind in NUMBERS:
        fine = _number(run, node, element, value, kind)
    else:
        fine = _wrong_type(run, node, element, numeral(value))
    if fine:
        bounds.check(run, node, element)


def _text(run: Run, node: Node, element: Element, value: str, kind: str) -> bool:
    if not value:
        run.report(EMPTY, node, "The text is empty: leave the element out instead", by=element, found="''")
        return False
    test = CHECKS.get(kind)
    complaint = test(value) if test is not None else None
    if complaint is not None:
        called = _NAMES.get(kind, kind)
        written = {"urn:uuid": "uuid", "uuid": "uuid", "urn:oid": "oid", "oid": "oid"}.get(
            value.rpartition(":")[0], kind
        )
        message = f"{quoted(value)} is not {called}: {complaint}"
        if kind == "string":
            message = f"The text is too long: {complaint}"
        run.report(
            FORMS[kind],
            node,
            message,
            by=element,
            found=shown(value),
            allowed=WRITTEN.get(written),
            fix=FIXES.get(written),
        )
        return False
    if kind == "boolean" or kind in NUMBERS:
        return _wrong_type(run, node, element, f"The text {quoted(value)}")
    if kind == "base64Binary":
        if any(space in value for space in _SPACES):
            run.report(BASE64_SPACE, node, "White space stands within the Base64", by=element)
        return True
    if kind in ("date", "dateTime", "instant"):
        if not FIRST_YEAR <= value[:4] <= LAST_YEAR:
            years = f"{FIRST_YEAR} to {LAST_YEAR}"
            message = f"The year of {quoted(value)} is outside {years}"
            run.report(YEAR, node, message, by=element, found=value, allowed=f"a year from {years}")
        return True
    if kind in ("uri", "url", "canonical", "oid", "uuid"):
        _uri(run, node, element, value)
    elif kind == "string":
        _white_space(run, node, element, value)
    elif kind == "markdown" and not value.strip():
        run.report(WHITE_SPACE, node, "The text is nothing but white space", by=element)
    _characters(run, node, element, value, kind)
    return True


def _number(run: Run, node: Node, element: Element, value: Any, kind: str) -> bool:
    if kind == "decimal":
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite():
            run.report(NUMBER, node, f"{exact} is not a number", by=element, found=str(exact))
            return False
        text = str(exact)
        digits = text.partition("E")[0].replace(".", "").lstrip("-0")
        if len(digits) > 18 or abs(exact.adjusted()) > 9999:
            run.report(PRECISION, node, f"{shown(text)} is more exact than most receivers can hold", by=element)
        return True
    called = _NAMES[kind]
    if not isinstance(value, int):
        complaint: str | None = "it has to be a whole number, without a point or exponent"
    else:
        complaint = whole(value, _LEAST[kind])
    if complaint is None:
        return True
    text = numeral(value)
    run.report(NUMBER, node, f"{text} is not {called}: {complaint}", by=element, found=text, allowed=WRITTEN[kind])
    return False


def _wrong_type(run: Run, node: Node, element: Element, found: str) -> bool:
    kind = node.type
    how = "without" if kind == "boolean" or kind in NUMBERS else "in"
    allowed = {"boolean": "true or false"}.get(kind, "a number" if kind in NUMBERS else "a text")
    message = f"{found} stands here; {_NAMES.get(kind, kind)} is written {how} quotation marks"
    run.report(JSON_TYPE, node, message, by=element, found=found, allowed=f"{allowed}, {how} quotation marks")
    return False


def _uri(run: Run, node: Node, element: Element, value: str) -> None:
    if not run.options.example_urls and _is_example(value):
        message = f"{quoted(value)} is kept for examples and names no real system"
        run.report(EXAMPLE_URL, node, message, by=element, found=shown(value))
    holder = node.parent
    defines = node.name == "url" and holder is not None and holder.type in _DEFINITIONS and holder.is_resource
    if defines and holder is not None and not is_absolute(value):
        message = f"The url of a {holder.type} is absolute; {quoted(value)} is not"
        run.report(CANONICAL, node, message, by=element, found=shown(value))


def _is_example(url: str) -> bool:
    """Whether the host of a URL is one that RFC 2606 keeps for examples, or acme.com."""
    host = _HOST.match(url)
    return host is not None and ("." + host[1]).endswith(tuple("." + name for name in _EXAMPLE_HOSTS))


def _white_space(run: Run, node: Node, element: Element, value: str) -> None:
    if value[0].isspace() or value[-1].isspace():
        only = not value.strip()
        message = "The text is nothing but white space" if only else "White space stands before or after the text"
        run.report(WHITE_SPACE, node, message, by=element, found=quoted(value))


def _characters(run: Run, node: Node, element: Element, value: str, kind: str) -> None:
    if not value.isprintable():
        found = sorted(set(_CONTROL.findall(value)))
        if found:
            names = ", ".join(f"U+{ord(char):04X}" for char in found[:5])
            message = f"The text holds control characters ({names}), which cannot be written in XML"
            run.report(CONTROL, node, message, by=element, found=names)
        if _BIDI.search(value) and not _closed(value):
            message = "The text holds controls of the writing direction that are not closed"
            run.report(BIDI, node, message, by=element)
    if "<" in value and kind != "markdown" and _TAG.search(value):
        message = "The text holds something like an HTML tag; it will be shown as it stands"
        run.report(HTML, node, message, by=element, severity=run.options.html_in_strings, found=shown(value))


def _closed(text: str) -> bool:
    """Whether each embedding, override and isolate of a text is closed in its turn."""
    waiting: list[str] = []
    for char in _BIDI.findall(text):
        if char in _CLOSES:
            waiting.append(_CLOSES[char])
        elif not waiting or waiting.pop() != char:
            return False
    return not waiting
