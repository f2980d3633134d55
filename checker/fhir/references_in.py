"""The literal references in a resource that may be anything. Source: http://hl7.org/fhir/R4/references.html#literal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_RELATIVE = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?")


def literal(resource: Any, base_url: str) -> Iterator[tuple[str, str, str]]:
    """Element path, type and id of each reference to a resource of this server: relative, or below its base.

    Left out are contained and logical references, ``urn:`` and other servers'.

    >>> held = {"subject": {"reference": "Patient/1"}, "focus": [{"reference": "https://a.test/fhir/Patient/2"}]}
    >>> list(literal(held, "https://a.test/fhir"))
    [('focus', 'Patient', '2'), ('subject', 'Patient', '1')]
    """
    waiting: list[tuple[str, Any]] = [("", resource)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(path, one) for one in reversed(node)]
        elif isinstance(node, dict):
            named = node.get("reference")
            if isinstance(named, str) and "resourceType" not in node:
                found = _RELATIVE.fullmatch(named.removeprefix(f"{base_url}/"))
                if found:
                    yield path, found[1], found[2]
            waiting += [
                (f"{path}.{name}".lstrip("."), one) for name, one in node.items() if isinstance(one, dict | list)
            ]
