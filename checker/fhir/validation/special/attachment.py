"""An Attachment: its size and hash are those of its data.

Source: http://hl7.org/fhir/R4/datatypes.html#Attachment
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.json_shape import integer

_SOURCE: Final = "http://hl7.org/fhir/R4/datatypes-definitions.html#Attachment"
_SHA_1_BYTES: Final = 20

SIZE = rule(
    "attachment-size",
    "error",
    "structure",
    title="The stated size of the attachment is not that of its data",
    why="Receivers that check the size take the data for damaged.",
    fix="State the number of bytes before they are encoded as base64, or leave size out.",
    source=f"{_SOURCE}.size",
    good='"size": 5, "data": "SGVsbG8="',
    bad='"size": 8, "data": "SGVsbG8="',
)
HASH = rule(
    "attachment-hash",
    "error",
    "structure",
    title="The stated hash of the attachment is not that of its data",
    why="Receivers that check the hash take the data for damaged.",
    fix="Give the SHA-1 of the bytes, as base64, or leave hash out.",
    source=f"{_SOURCE}.hash",
)
EMPTY = rule(
    "attachment-empty",
    "warning",
    "structure",
    title="The attachment has neither data nor a url nor anything that says why",
    why="There is nothing to show or to fetch.",
    fix="Give data or url, or leave the attachment out.",
    source="http://hl7.org/fhir/R4/datatypes.html#Attachment",
)


def check(run: Run, node: Node) -> None:
    """Judge size and hash where the data are inside."""
    held = node.holder
    data = held.get("data")
    if data is None and "_data" not in held and not {"url", "_url", "contentType", "language", "title"} & held.keys():
        if not isinstance(held.get("extension"), list):
            run.report(EMPTY, node, "The attachment has neither data nor a url.")
        return
    if not isinstance(data, str):
        return
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return
    size = integer(held.get("size")) if not isinstance(held.get("size"), str) else None
    if size is not None and size != len(raw):
        said = f"The size is stated as {size} bytes, but the data have {len(raw)}."
        run.report(SIZE, node, said, found=str(size), allowed=str(len(raw)))
    _hash(run, node, held.get("hash"), raw)


def _hash(run: Run, node: Node, stated: object, raw: bytes) -> None:
    if not isinstance(stated, str):
        return
    try:
        digest = base64.b64decode("".join(stated.split()), validate=True)
    except (binascii.Error, ValueError):
        return
    import hashlib

    right = hashlib.sha1(raw, usedforsecurity=False).digest()
    if digest != right:
        wrong = "" if len(digest) == _SHA_1_BYTES else f" ({len(digest)} bytes, SHA-1 has {_SHA_1_BYTES})"
        wanted = base64.b64encode(right).decode()
        run.report(HASH, node, f"The hash is not that of the data{wrong}.", found=stated[:80], allowed=wanted)
