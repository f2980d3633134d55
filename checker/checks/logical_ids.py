"""Logical ids that give an NHS number away."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.I | re.ASCII)
"""A UUID that says of itself that it is random (RFC 9562, version 4)."""
_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)

_IS_NUMBER = "is-number"
_IS_DIGEST = "is-digest"
_NUMBER = b"\x00"
_NUMBER_DIGEST = b"\x01"
_ID = b"\x02"

_SAID = {
    _IS_NUMBER: Said(
        "A logical id is an NHS number", "an opaque id", "the id is an NHS number that stands in the same records"
    ),
    _IS_DIGEST: Said(
        "A logical id is an unsalted digest of an NHS number",
        "an opaque id",
        "the id is the MD5, SHA-1 or SHA-256 of an NHS number that stands in the same records",
    ),
}


class LogicalIdParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


class LogicalIdOpaque(TalliedScan[LogicalIdParams], Keyed[LogicalIdParams, Tallied]):
    """No logical id is an NHS number, or an unsalted digest of one.

    Ids stand in URLs, and URLs in logs, histories and referrers. Every id is compared with every
    NHS number that a resource of the same source carries as its own ``identifier``, and with the
    MD5, SHA-1 and SHA-256 of each, written in hexadecimal, with or without hyphens. There are only
    10⁹ numbers: such a digest is undone in minutes. An id of ten digits that is nobody's number
    here is not a finding. What a salt or a namespace went into cannot be seen.

    Good: ``"id": "b2f1c7"``. Bad: ``"id": "9990000018"`` where a patient has that NHS number.
    """

    id: ClassVar[str] = "logical-id.opaque"
    params_type: ClassVar[type[Params]] = LogicalIdParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/resource-definitions.html#Resource.id"

    def emit(self, seen: Seen, params: LogicalIdParams) -> Iterable[tuple[bytes, bytes]]:
        """The id if it looks like a number or a digest; the numbers of the resource and their digests."""
        id = seen.resource_id
        key = _as_key(id)
        if not id or not (key or "identifier" in seen.node):
            return ()
        pairs = [(key, _ID + f"{seen.where}#{seen.pointer}/id".encode())] if key else []
        for number in _own_numbers(seen.node, params.system):
            plain = number.encode("ascii")
            pairs.append((plain, _NUMBER))
            for digest in (_md5(plain), _sha1(plain), hashlib.sha256(plain).digest()):
                pairs.append((digest, _NUMBER_DIGEST))
        return pairs

    def reduce(self, state: Tallied, values: Iterator[bytes], params: LogicalIdParams) -> Tallied:
        """One number or digest, with the ids that are the same."""
        first = next(values)
        if first == _NUMBER:
            state.count()
        if first in (_NUMBER, _NUMBER_DIGEST):
            for value in values:
                if value.startswith(_ID):
                    state.fault(_IS_NUMBER if first == _NUMBER else _IS_DIGEST, value[1:].decode())
        return state

    def finish(self, state: Tallied, params: LogicalIdParams) -> Iterator[Statement]:
        """With how many numbers the ids were compared, and one finding for each fault."""
        if state.examined:
            yield Examined(what="NHS numbers that no logical id may give away", count=state.examined)
            yield from findings(state, _SAID)


def _as_key(id: str) -> bytes:
    """The id as the number or digest that it may be; empty for all others."""
    if len(id) == 10:
        return id.encode() if id.isascii() and id.isdigit() else b""
    if len(id) < 32 or _RANDOM.fullmatch(id):
        return b""
    plain = id.replace("-", "").lower()
    return bytes.fromhex(plain) if _HEX.fullmatch(plain) else b""


def _own_numbers(resource: Any, system: str) -> Iterator[str]:
    identifiers = resource.get("identifier") if isinstance(resource, dict) else None
    for identifier in identifiers if isinstance(identifiers, list) else (identifiers,):
        if is_nhs_number(identifier, system):
            number = number_of(identifier["value"])
            if number:
                yield number


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


LOGICAL_ID_OPAQUE = LogicalIdOpaque()
