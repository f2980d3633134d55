"""Values for examples, by FHIR type: invented, the same each time, and of nobody."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_IDENTIFIERS = {
    NHS_NUMBER: "9990000018",
    "https://fhir.nhs.uk/Id/ods-organization-code": "ZZ901",
    "https://fhir.nhs.uk/Id/ods-site-code": "ZZ90101",
}
"""Values of systems that have a form of their own; of all others any text will do."""

_DATE_TIME = "2024-01-15T09:00:00+00:00"
_PRIMITIVES: dict[str, Any] = {
    "base64Binary": "RXhhbXBsZQ==",
    "boolean": True,
    "canonical": "https://supplier.example/Questionnaire/example",
    "code": "example",
    "date": "2024-01-15",
    "dateTime": _DATE_TIME,
    "decimal": 1.5,
    "id": "example",
    "instant": _DATE_TIME,
    "integer": 1,
    "markdown": "Example",
    "oid": "urn:oid:1.2.3",
    "positiveInt": 1,
    "string": "Example",
    "time": "09:00:00",
    "unsignedInt": 1,
    "uri": "https://supplier.example/example",
    "url": "https://supplier.example/example",
    "uuid": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">Example</div>',
}
_QUANTITY = {"value": 1, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
_YEARS = {"value": 40, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}
_COMPLEX: dict[str, Any] = {
    "Address": {"line": ["1 Example Street"], "city": "Exampleton", "postalCode": "ZZ99 3VZ"},
    "Age": _YEARS,
    "Annotation": {"text": "Example"},
    "Attachment": {"contentType": "text/plain", "title": "Example", "data": "RXhhbXBsZQ=="},
    "CodeableConcept": {"text": "Example"},
    "Coding": {"system": "https://supplier.example/CodeSystem/example", "code": "example"},
    "ContactDetail": {"name": "Example"},
    "ContactPoint": {"system": "phone", "value": "01632 960001"},
    "Count": {"value": 1, "system": "http://unitsofmeasure.org", "code": "1"},
    "Dosage": {"text": "One a day"},
    "Duration": {"value": 1, "unit": "hour", "system": "http://unitsofmeasure.org", "code": "h"},
    "HumanName": {"family": "Example", "given": ["Alex"]},
    "Identifier": {"system": "https://supplier.example/Id/example", "value": "example-1"},
    "Meta": {"versionId": "1"},
    "Money": {"value": 1, "currency": "GBP"},
    "Narrative": {"status": "generated", "div": _PRIMITIVES["xhtml"]},
    "Period": {"start": "2024-01-15", "end": "2024-01-16"},
    "Quantity": _QUANTITY,
    "SimpleQuantity": _QUANTITY,
    "Range": {"low": _QUANTITY, "high": {**_QUANTITY, "value": 2}},
    "Ratio": {"numerator": _QUANTITY, "denominator": {**_QUANTITY, "unit": "hour", "code": "h"}},
    "SampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "1 2 3"},
    "Timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
}


def primitive(type_: str) -> Any:
    """A value of a primitive type; None of others."""
    return _PRIMITIVES.get(type_)


def complex_(type_: str) -> dict[str, Any] | None:
    """A value of a data type that is fit to be used as it is; None where there is none. The caller may change it."""
    found = _COMPLEX.get(type_)
    return deepcopy(found) if found is not None else None


def identifier(system: str) -> str:
    """A synthetic value for an identifier of that system."""
    return _IDENTIFIERS.get(system, "example-1")
