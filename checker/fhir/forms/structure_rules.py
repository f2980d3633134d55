"""The rules of :mod:`checker.fhir.forms.structure`.

Source: http://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from checker.fhir.validation.issue import Severity
from checker.fhir.validation.rule import Rule, rule

_JSON = "http://hl7.org/fhir/R4/json.html"


def _form(
    name: str, title: str, why: str, fix: str, good: str, bad: str, severity: Severity = "error", source: str = _JSON
) -> Rule:
    return rule(name, severity, "structure", title=title, why=why, fix=fix, source=source, good=good, bad=bad)


NO_TYPE = _form(
    "resource-type-missing",
    "A resource without resourceType",
    "Nothing tells a receiver what the object is, so all of it is lost.",
    "Write resourceType as the first property of each resource.",
    '{"resourceType": "Patient", "active": true}',
    '{"active": true}',
    "fatal",
)
UNKNOWN_TYPE = _form(
    "resource-type-unknown",
    "A resource that FHIR R4 does not have",
    "Receivers refuse a resource that they have no definition of.",
    "Write the name as the specification does; names are case-sensitive.",
    '{"resourceType": "Patient"}',
    '{"resourceType": "patient"}',
    "fatal",
    "http://hl7.org/fhir/R4/resourcelist.html",
)
ABSTRACT = _form(
    "resource-type-abstract",
    "An abstract resource type",
    "Resource and DomainResource only collect what other resources share.",
    "Use a concrete resource; Basic when none fits.",
    '{"resourceType": "Basic"}',
    '{"resourceType": "DomainResource"}',
    source="http://hl7.org/fhir/R4/resource.html",
)
UNKNOWN = _form(
    "json-unknown-property",
    "A property that the type does not have",
    "Receivers drop what they do not know, or refuse the resource: the content is lost.",
    "Mend the name, or carry the content in an extension that is defined.",
    '"birthDate": "1970-09-11"',
    '"birthdate": "1970-09-11"',
)
COMMENTS = _form(
    "json-fhir-comments",
    "fhir_comments is not allowed",
    "It was a property of DSTU2; R4 receivers refuse it.",
    "Take it out.",
    '{"resourceType": "Patient"}',
    '{"resourceType": "Patient", "fhir_comments": ["a note"]}',
)
CHOICE_TYPE = _form(
    "choice-type",
    "A type that a choice of types does not offer",
    "No receiver looks for the value under that name: it is lost.",
    "Use one of the allowed types; the property name is the element's name with the type behind it.",
    '"performedDateTime": "2026-02-28"',
    '"performedInstant": "2026-02-28T10:00:00Z"',
    source="http://hl7.org/fhir/R4/formats.html#choice",
)
CHOICE_SEVERAL = _form(
    "choice-several",
    "More than one value of a choice of types",
    "Receivers disagree which of them counts.",
    "Keep one. Where both must be said, one goes in an element of its own or an extension.",
    '"occurrenceDateTime": "2026-02-28"',
    '"occurrenceDateTime": "2026-02-28", "occurrenceString": "last spring"',
    source="http://hl7.org/fhir/R4/formats.html#choice",
)
ARRAY = _form(
    "json-array-expected",
    "A single value where an array belongs",
    "An element that repeats is an array even when it has one value: receivers fail on anything else.",
    "Put the value in an array.",
    '"name": [{"family": "Smith"}]',
    '"name": {"family": "Smith"}',
)
SINGLE = _form(
    "json-array-unexpected",
    "An array where a single value belongs",
    "The element does not repeat: receivers fail, or take one of the values.",
    "Take the array away.",
    '"gender": "female"',
    '"gender": ["female"]',
)
OBJECT = _form(
    "json-object-expected",
    "A single value where an object belongs",
    "A receiver looks for the parts of the value and finds none.",
    "Write the parts as properties of an object.",
    '"code": {"text": "Asthma"}',
    '"code": "Asthma"',
)
PRIMITIVE = _form(
    "json-value-expected",
    "An object or array where a single value belongs",
    "A receiver looks for a text, number or boolean.",
    "Write the value itself; extensions of it go in the property of the same name with _ before it.",
    '"birthDate": "1970-09-11"',
    '"birthDate": {"value": "1970-09-11"}',
)
EMPTY_ARRAY = _form(
    "json-empty-array",
    "An empty array",
    "It says nothing, and some receivers refuse it.",
    "Leave the property out.",
    "{}",
    '"telecom": []',
)
EMPTY_OBJECT = _form(
    "json-empty-object",
    "An empty object",
    "It claims that there is a value and has none.",
    "Leave it out.",
    '"name": [{"family": "Smith"}]',
    '"name": [{}]',
)
NULL = _form(
    "json-null",
    "null stands where a value belongs",
    "In FHIR null says nothing: it only fills the gaps of arrays beside their extensions.",
    "Leave the property out.",
    '"given": ["Ann", null], "_given": [null, {"extension": []}]',
    '"family": null',
)
COMPANION = _form(
    "json-companion-of-no-primitive",
    "A property with _ for an element that takes none",
    "Only primitive values have a companion with _; what stands there is lost.",
    "Put the extensions in the object itself.",
    '"name": [{"extension": []}]',
    '"_name": [{"extension": []}]',
)
COMPANION_LENGTH = _form(
    "json-companion-length",
    "Values and their extensions differ in number",
    "A receiver pairs them by position; when one array is cut, it cannot be told where.",
    "Fill the shorter array with null.",
    '"given": ["Ann", "Marie"], "_given": [{"id": "a"}, null]',
    '"given": ["Ann", "Marie"], "_given": [{"id": "a"}]',
    "warning",
)
