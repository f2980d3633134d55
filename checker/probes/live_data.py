"""The live-data guard: the NHS number of a person who may exist is never stored.

Numbers from 9000000000 to 9999999999 are not issued to anybody; other ranges may be declared
synthetic in the supplier file. Everything else, found under the NHS-number system, label or
parameter, is taken for live. The check digit is not asked for: a live number with a slip of
the pen is still about a living person.
"""

from __future__ import annotations

import json
import re
from typing import Any

from checker.model.exchange import Failure
from checker.model.supplier import Authority
from checker.model.terms import Reason

SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
NEVER_ISSUED = (9_000_000_000, 9_999_999_999)
_OID = "2.16.840.1.113883.2.1.4.1"
"""NHS number in HL7 v3 and CDA."""
MASK = "redacted-nhs-number"

_SEPARATOR = r"(?:[ \-\u00a0+]|%20|%C2%A0)?"
_START = r"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))"
_NUMBER = re.compile(rf"{_START}(?:[0-9]{_SEPARATOR}){{9}}[0-9](?![0-9])")
_LABEL_BEFORE = re.compile(
    r"nhs(?:[\s_.\-+]|%20|\\u00a0){0,3}(?:number|num|nbr|no(?![a-z]))s?(?:%(?:25)*[0-9A-F]{2}|[^0-9]){0,40}\Z", re.I
)
_LABEL_REACH = 80
"""So far before a number its label is looked for: from the number back, as labels without numbers are many."""
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


class LiveDataGuard:
    """What counts as live in a run. With ``live_data_approved_by`` nothing is held back."""

    def __init__(self, authority: Authority) -> None:
        self.off = bool(authority.live_data_approved_by)
        declared = [(_digits(low), _digits(high)) for low, high in authority.test_number_ranges]
        self._synthetic = [NEVER_ISSUED, *((int(low), int(high)) for low, high in declared if low and high)]

    def numbers(self, body: bytes) -> frozenset[str]:
        """The live NHS numbers of a body: of identifiers anywhere in its JSON, and behind a label in any text."""
        if self.off or not body:
            return frozenset()
        found = set(self._identifiers(body))
        found |= self.in_text(body.decode("utf-8", errors="replace"))
        return frozenset(found)

    def in_text(self, text: str) -> frozenset[str]:
        """The live NHS numbers behind a label, a system or a parameter name in text or a URL."""
        if self.off:
            return frozenset()
        return frozenset(_digits(match[0]) for match in _NUMBER.finditer(text) if self._labelled(match))

    def redact(self, text: str) -> str:
        """The text or URL with each such number masked in place."""
        if self.off:
            return text

        def mask(match: re.Match[str]) -> str:
            return MASK if self._labelled(match) else match[0]

        return _NUMBER.sub(mask, text)

    def _labelled(self, match: re.Match[str]) -> bool:
        if not self._live(_digits(match[0])):
            return False
        before = match.string[max(0, match.start() - _LABEL_REACH) : match.start()]
        return _LABEL_BEFORE.search(before) is not None

    def _live(self, number: str) -> bool:
        return len(number) == 10 and not any(low <= int(number) <= high for low, high in self._synthetic)

    def _identifiers(self, body: bytes) -> frozenset[str]:
        try:
            root = json.loads(body)
        except (ValueError, RecursionError):  # not JSON, or too deep to be FHIR: the labels still count
            return frozenset()
        found: set[str] = set()
        waiting: list[Any] = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict):
                waiting.extend(node.values())
                if _is_nhs_system(node.get("system")) and isinstance(node.get("value"), str | int):
                    value = str(node["value"])
                    found |= {number for number in map(_digits, _NUMBER.findall(value)) if self._live(number)}
            elif isinstance(node, list):
                waiting.extend(node)
        return frozenset(found)


def live_data(count: int) -> Failure:
    """The failure that stands in for the body. It never says the number."""
    numbers = "an NHS number" if count == 1 else f"{count} NHS numbers"
    return Failure(
        reason=Reason.UNSAFE,
        cause="live-data",
        message=f"The exchange holds {numbers} that may belong to a living person; nothing of its body was stored. "
        "Use synthetic patients (9000000000 to 9999999999), or declare test_number_ranges or live_data_approved_by "
        "in the supplier file.",
    )


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", _ENCODED.sub("", text))


def _is_nhs_system(system: object) -> bool:
    # Also near misses (http, a final slash): a wrong system does not make a live number harmless.
    if not isinstance(system, str):
        return False
    plain = system.lower().partition("|")[0].rstrip("/")
    return plain.endswith(("fhir.nhs.uk/id/nhs-number", "fhir.nhs.net/id/nhs-number", _OID))
