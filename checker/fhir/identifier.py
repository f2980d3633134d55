"""Pick an identifier that may stand in a URL: never one that could be a national number.

Source: http://hl7.org/fhir/R4/datatypes.html#Identifier.
"""

from __future__ import annotations

import re
from typing import Any

_NATIONAL = ("nhs-number", "nhsnumber", "chi-number", "h-and-c", "2.16.840.1.113883.2.1")
"""Parts of the systems of national numbers, and the root of the OIDs under which the NHS has them."""
_SEPARATORS = re.compile(r"[\s\-]")
_PLAIN = re.compile(r"[A-Za-z0-9._/\-]{1,64}")
"""Values that need no escaping in a search (http://hl7.org/fhir/R4/search.html#escaping)."""


def harmless(resource: Any) -> tuple[str, str] | None:
    """System and value of the first business identifier that is surely no national number; None if there is none.

    Left out are NHS, CHI and H&C numbers by their system, whatever has ten digits, and identifiers
    that are said to be old.
    """
    found = resource.get("identifier") if isinstance(resource, dict) else None
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict) or one.get("use") == "old":
            continue
        system, value = one.get("system"), one.get("value")
        if isinstance(system, str) and isinstance(value, str) and _may_be_shown(system, value):
            return system, value
    return None


def carries(resource: Any, system: str, value: str) -> bool:
    """Does the resource have an identifier of that system and value?

    Letter case and outer blanks of the value are free: servers compare values without them.
    """
    found = resource.get("identifier") if isinstance(resource, dict) else None
    wanted = value.strip().casefold()
    return any(
        isinstance(one, dict)
        and one.get("system") == system
        and isinstance(one.get("value"), str)
        and one["value"].strip().casefold() == wanted
        for one in (found if isinstance(found, list) else ())
    )


def may_be_national(system: str, value: str) -> bool:
    """Could it be the number of a person: by its system, or because it has ten digits?"""
    digits = _SEPARATORS.sub("", value)
    return any(part in system.lower() for part in _NATIONAL) or (len(digits) == 10 and digits.isdigit())


def _may_be_shown(system: str, value: str) -> bool:
    written = bool(system) and not re.search(r"[\s|,$\\]", system)
    return written and not may_be_national(system, value) and _PLAIN.fullmatch(value) is not None
