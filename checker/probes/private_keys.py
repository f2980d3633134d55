"""Private keys in what is handed over: PEM, PuTTY's form, and JWKs. Facts tell file, kind and how many; never a key.

Keys in binary form (DER, PKCS #12, Java key stores) are not looked for.
"""

from __future__ import annotations

import re
from typing import Any

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams

KINDS = (
    "config-export+sbom+sbom-earlier+register+assurance+vulnerability-report"
    "+client-requests+client-keys+client-keys-earlier+identity-configuration"
)
_OVERLAP = 8192
_SPACE = rb"(?:\s|\\[rn]){0,8}"
_PATTERNS = (
    (
        "PEM",
        re.compile(
            rb"-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----" + _SPACE + rb"(?:Proc-Type:|[A-Za-z0-9+/]{24})", re.ASCII
        ),
    ),
    ("PuTTY", re.compile(rb"PuTTY-User-Key-File-[23]:")),
    ("JWK", re.compile(rb"\"kty\"[^{}]{0,4000}?\"d\"\s{0,8}:\s{0,8}\"[A-Za-z0-9_-]{40,}\"")),
    ("JWK", re.compile(rb"\"d\"\s{0,8}:\s{0,8}\"[A-Za-z0-9_-]{40,2000}\"[^{}]{0,4000}?\"kty\"")),
)


class PrivateKeys:
    """Counts keys by kind. A piece of text is looked at with the end of the one before."""

    def __init__(self) -> None:
        self._tail = b""
        self._found: dict[str, set[int]] = {}
        self._at = 0
        self._files = 0
        self._hit: list[int] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        text, start = self._tail + chunk, self._at - len(self._tail)
        for kind, pattern in _PATTERNS:
            for hit in pattern.finditer(text):
                self._found.setdefault(kind, set()).add(start + hit.start() + (self._files << 48))
        self._at += len(chunk)
        self._tail = text[-_OVERLAP:]

    def end(self) -> None:
        """The file ends."""
        if any(place >> 48 == self._files for places in self._found.values() for place in places):
            self._hit.append(self._files)
        self._files += 1
        self._tail, self._at = b"", 0

    def facts(self) -> dict[str, Any]:
        """``keys`` by kind, the numbers of the ``files`` that hold one, and how many files were ``looked`` at."""
        return {
            "keys": {kind: len(self._found[kind]) for kind in sorted(self._found)},
            "files": self._hit[:20],
            "looked": self._files,
        }


@probe("handed-over.private-keys", "1", params=NoParams, budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def private_keys(s: Session, p: NoParams) -> None:
    """Look for private keys in the configuration and the documents that the supplier submits."""
    if s.supplier.artefacts_of(KINDS):
        await s.artefacts(KINDS, "searched", "private-keys")
