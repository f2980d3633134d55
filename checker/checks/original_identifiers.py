"""Original identifiers that are still in a pseudonymised release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, number_fault, number_of
from checker.checks.pseudonyms import SidedParams, sided
from checker.checks.releases import at, is_in, is_row, place, speak_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.detectors import Kind, Sureness, detect
from checker.model.scan import Keyed, Look, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_TOKEN = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z][0-9A-Za-z_-]{4,62}[0-9A-Za-z](?![0-9A-Za-z_-])", re.ASCII)
_BETWEEN = re.compile(r"[^0-9A-Za-z]+", re.ASCII)
_DIGIT = re.compile(r"[0-9]", re.ASCII)
_SHORTEST = 6
"""Shorter numbers of a source stand for other things too."""
_RECORD, _ORIGINAL, _FOUND, _NUMBER, _FILE = b"\x00", b"\x01", b"\x02", b"\x03", b"\x04"
_OWN_ID, _REFERENCE = b"\x05", b"\x06"
_RELATIVE = re.compile(r"[A-Z][A-Za-z]{1,63}/([A-Za-z0-9.-]{1,64})", re.ASCII)
_IS_NUMBER, _IS_ORIGINAL, _IN_FILE_NAME = "number", "original", "file name"
_NEVER_ISSUED = "9"

_SAID = {
    _IS_NUMBER: Said("An NHS number is in the release", "pseudonyms alone, in every field", "it passes as one"),
    _IS_ORIGINAL: Said(
        "An identifier of the source is in the release", "pseudonyms alone, in every field", "the source has the same"
    ),
    _IN_FILE_NAME: Said(
        "The name of a file of the release holds an NHS number",
        "names that say nothing of a person",
        "it passes as one",
    ),
}


class NoOriginalIdentifiers(TalliedScan[SidedParams], Keyed[SidedParams, Tallied]):
    """Nothing in a pseudonymised release passes as an NHS number, and no identifier of the source is left in it.

    Looked at is every text of every resource, with logical ids, references, displays and narratives, and the name of
    every file. Ten digits that pass count where words before them say so, where they are written in groups, where they
    begin with 9 (no other number of ten digits does by custom), and where a pseudonym or the id of a person should be;
    a number of another kind may pass by chance elsewhere. Where the export from which the release was made is submitted
    too, every identifier and id of its Patients is looked for in each token of the release, by a keyed hash: then
    nothing rests on how it looks.

    Good: ``"identifier": [{"system": …/pseudonym}]``. Bad: the NHS number in a reference or a note.
    """

    id: ClassVar[str] = "release.no-original-identifiers"
    params_type: ClassVar[type[Params]] = SidedParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#a-release-holds-no-original-identifier"

    def bound(self, params: SidedParams, supplier: Supplier) -> SidedParams:
        """With the pseudonyms of the release declaration, and both sides."""
        return sided(params, supplier)

    def emit(self, seen: Seen, params: SidedParams) -> Iterator[tuple[bytes, bytes]]:
        """What passes as a number; and with a source, its identifiers, and the tokens of the release."""
        if not isinstance(seen.node, dict):
            return
        if is_in(seen, params.source):
            for original in _originals(seen):
                yield b"o" + original.encode(), _ORIGINAL
            return
        if not is_in(seen, params.release):
            return
        yield b"r" + str(seen.place).encode(), _RECORD
        name = seen.locator.path.partition("/")[2]
        if any(hit.sureness >= Sureness.BARE for hit in detect(_BETWEEN.sub(" ", name), NHS)):
            yield b"f" + name.encode(), _FILE + f"{seen.locator.path}@0".encode()
        ids = {pointer for _, pointer, _ in at(speak_of(params.pseudonyms, seen.resource_type), seen.node)}
        ids |= {pointer for pointer, value in _identifiers(seen.node) if value}
        for pointer, text in _texts(seen.node):
            if not _DIGIT.search(text):
                continue
            where = place(seen, pointer).encode()
            relative = _RELATIVE.fullmatch(text) if pointer.endswith("/reference") else None
            if relative is not None and _passes(relative[1], is_id=True):
                yield b"i" + text.encode(), _REFERENCE + where
            elif _passes(text, is_id=pointer in ids):
                yield b"n" + where, _NUMBER + where
                if pointer == "/id":
                    yield b"i" + f"{seen.resource_type}/{text}".encode(), _OWN_ID
            elif params.source:
                found = {one.group().lower() for one in _TOKEN.finditer(text)}
                found |= {hit.value for hit in detect(text, NHS)}
                for token in sorted(found):
                    yield b"o" + token.encode(), _FOUND + where

    def reduce(self, state: Tallied, values: Iterator[bytes], params: SidedParams) -> Tallied:
        """One record, one number, or one token with the source's identifiers that are the same."""
        original = False
        last = b""
        for value in values:
            kind = value[:1]
            if kind == _RECORD:
                state.count()
                return state
            if kind == _OWN_ID:  # told there, and not at each reference to it
                return state
            if kind == _ORIGINAL:
                original = True
            elif kind == _FOUND and not original:
                return state
            elif kind == _FILE:
                state.fault(_IN_FILE_NAME, value[1:].decode())
                return state
            elif value != last:
                state.fault(_IS_ORIGINAL if kind == _FOUND else _IS_NUMBER, value[1:].decode())
                last = value
        return state

    def finish(self, state: Tallied, params: SidedParams) -> Iterator[Statement]:
        """How many resources were examined, and one finding for each sort."""
        if state.examined:
            beside = ", compared with the identifiers of the source" if params.source else ""
            yield Examined(what=f"resources or rows of the release{beside}", count=state.examined)
            yield from findings(state, _SAID)


NHS = (Kind.NHS_NUMBER,)


def _passes(text: str, *, is_id: bool) -> bool:
    for hit in detect(text, NHS):
        if hit.sureness >= Sureness.LIKELY:
            return True
        if hit.sureness == Sureness.BARE and (is_id or hit.value.startswith(_NEVER_ISSUED)):
            return True
    return False


def _originals(seen: Seen) -> Iterator[str]:
    """Identifiers and ids of people, as tokens are compared: NHS numbers in ten digits, all in small letters."""
    if seen.resource_type not in ("Patient", "RelatedPerson", "Person"):
        return
    if len(seen.resource_id) >= _SHORTEST:
        yield seen.resource_id.lower()
    for _, value in _identifiers(seen.node):
        text = number_of(value) or (value.strip().lower() if isinstance(value, str) else "")
        if len(text) >= _SHORTEST:
            yield text


def _identifiers(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Own identifiers of a resource that are about a person: pointer and value."""
    people = node.get("resourceType") in ("Patient", "RelatedPerson", "Person")
    listed = node.get("identifier")
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict) and (people or one.get("system") == NHS_NUMBER_SYSTEM):
            yield f"/identifier/{index}/value", one.get("value")


def _texts(node: Any) -> Iterator[tuple[str, str]]:
    """Every text of a resource with its pointer; NHS numbers that stand as JSON numbers too."""
    waiting: list[tuple[str, Any]] = [("", node)]
    while waiting:
        pointer, inner = waiting.pop()
        if isinstance(inner, str):
            yield pointer, inner
        elif isinstance(inner, dict):
            system = inner.get("system")
            if system == NHS_NUMBER_SYSTEM and inner.get("value") is not None and not number_fault(inner["value"]):
                yield f"{pointer}/value", f"NHS number {number_of(inner['value'])}"
                waiting.extend((f"{pointer}/{name}", one) for name, one in inner.items() if name != "value")
                continue
            waiting.extend((f"{pointer}/{name}", one) for name, one in inner.items() if name != "data")
        elif isinstance(inner, list):
            waiting.extend((f"{pointer}/{index}", one) for index, one in enumerate(inner))
        elif type(inner) is int and is_row(node.get("resourceType", "")):
            yield pointer, str(inner)


NO_ORIGINAL_IDENTIFIERS = NoOriginalIdentifiers()
