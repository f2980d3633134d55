"""FHIR XML to JSON, only as far as the inputs of the FHIRPath suite need it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

from checker.fhir.definitions.ir import Element
from checker.fhir.instance import Types

_FHIR = "{http://hl7.org/fhir}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_NUMBERS = {"integer", "unsignedInt", "positiveInt"}


def read(text: str, types: Types) -> dict[str, Any]:
    """The JSON form of a resource in XML."""
    return _resource(ET.fromstring(text), types)


def _resource(source: ET.Element, types: Types) -> dict[str, Any]:
    code = source.tag.removeprefix(_FHIR)
    structure = types.type(code)
    assert structure is not None, code
    return {"resourceType": code, **_object(source, structure.root, types)}


def _object(source: ET.Element, shape: Element, types: Types) -> dict[str, Any]:
    found: dict[str, Any] = {name: value for name, value in source.attrib.items() if name in ("id", "url")}
    for child in source:
        name = child.tag.removeprefix(_FHIR).removeprefix(_XHTML)
        if name not in shape.keys:
            continue
        element, kind = shape.keys[name]
        value, extra = _value(child, element, kind.code, types)
        if element.is_list:
            found.setdefault(name, []).append(value)
            if extra or "_" + name in found:
                found.setdefault("_" + name, [None] * (len(found[name]) - 1)).append(extra)
        else:
            if value is not None:
                found[name] = value
            if extra:
                found["_" + name] = extra
    return found


def _value(source: ET.Element, element: Element, code: str, types: Types) -> tuple[Any, dict[str, Any] | None]:
    if code == "xhtml":
        return ET.tostring(source, encoding="unicode"), None
    if code == "Resource":
        return _resource(source[0], types), None
    structure = types.type(code)
    assert structure is not None, code
    if structure.kind != "primitive-type":
        return _object(source, element if element.children else structure.root, types), None
    return _primitive(source.get("value"), code), _object(source, structure.root, types) or None


def _primitive(text: str | None, code: str) -> Any:
    if text is None:
        return None
    if code == "boolean":
        return text == "true"
    if code in _NUMBERS:
        return int(text)
    return Decimal(text) if code == "decimal" else text
