"""The text of a resource, JSON or XML by its first character."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.fhir.forms.parsed import Parsed
    from checker.fhir.instance import Types


def read(data: bytes, types: Types) -> Parsed:
    """Read a resource. XML needs the types, to know what repeats and what is a number."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        from checker.fhir.forms.xml_form import read_xml

        return read_xml(data, types)
    from checker.fhir.forms.json_form import read_json

    return read_json(data)
