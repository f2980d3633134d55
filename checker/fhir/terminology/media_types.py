"""Media types of BCP 13: type, subtype and parameters.

Source: RFC 6838 section 4.2 (names), RFC 2045 section 5.1 and RFC 9110 section 8.3.1 (parameters). Kinder than the
grammar where published examples need it: the value of a parameter may hold blanks, the subtype may be ``*``. Which
subtypes are registered is not asked: the trees of vendors and standards grow by the week.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from checker.fhir.forms.quoted import quoted

SYSTEM: Final = "urn:ietf:bcp:13"

_TOP_LEVEL: Final = frozenset(
    ("application", "audio", "chemical", "example", "font", "haptics", "image", "message", "model", "multipart", "text")
) | {"video", "*"}
"""Registered top-level types (https://www.iana.org/assignments/top-level-media-types), and ``chemical`` in wide use."""
_SHORT: Final = frozenset(("json", "xml", "ttl", "html"))
"""Short names that FHIR gives its own formats (http://hl7.org/fhir/R4/http.html#mime-type)."""
_LONGEST: Final = 1000
_NAME = r"[A-Za-z0-9*][A-Za-z0-9!#$&^_.+\-]{0,126}"
_TYPE = re.compile(rf"({_NAME})/({_NAME})")
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  # the grammar's word, no secret
_PARAMETER = re.compile(rf'[ \t]*;[ \t]*(?:{_TOKEN}[ \t]*=[ \t]*(?:"[^"]*"|[^;"]*))?')


@lru_cache(maxsize=1024)
def fault(media_type: str) -> str:
    """What is wrong with the media type, empty if it is well formed and of a known top-level type.

    >>> fault("application/fhir+json; fhirVersion=4.0"), fault("pdf")
    ('', 'not of the form type/subtype')
    """
    if len(media_type) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    if media_type in _SHORT:
        return ""
    matched = _TYPE.match(media_type)
    if not matched:
        return "not of the form type/subtype"
    top = matched.group(1).lower()
    if top not in _TOP_LEVEL and not top.startswith("x-"):
        return f"{quoted(matched.group(1))} is no registered top-level type"
    at = matched.end()
    while at < len(media_type):
        parameter = _PARAMETER.match(media_type, at)
        if not parameter:
            return f"the parameters from position {at + 1} on are malformed"
        at = parameter.end()
    return ""
