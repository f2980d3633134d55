"""Pseudonyms: nobody can undo them, one person has one of them, and no two recipients have the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.number_digests import digest_in, digests_of, is_of_test_number
from checker.checks.releases import (
    OTHER,
    RELEASE,
    SOURCE,
    ReleaseParams,
    at,
    declared_release,
    ids_of,
    is_in,
    is_one_of,
    place,
    speak_of,
    systems_of,
    with_declared,
)
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Statement, Undecided

_NUMBER, _PSEUDONYM, _KNOWN = b"\x00", b"\x01", b"\x02"
_DIGEST = "digest"
_SOURCE_NUMBERS = "source numbers"


class SidedParams(ReleaseParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``release``, ``other``, ``source``: the ids of the artefacts of these kinds; filled in by the plan."""

    release: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    linkable: bool = False
    """Is it declared that two releases can be joined?"""
    test_numbers: bool = True
    """Are pseudonyms compared with digests of all numbers that test systems use?"""


def sided(params: SidedParams, supplier: Supplier) -> SidedParams:
    """The parameters with the fields of the declaration, and with the artefacts on each side."""
    params = msgspec.structs.replace(
        params,
        release=ids_of(supplier, RELEASE),
        other=ids_of(supplier, OTHER),
        source=ids_of(supplier, SOURCE),
        linkable=declared_release(supplier).linkable,
    )
    return with_declared(params, supplier)


class PseudonymsNotDigests(TalliedScan[SidedParams], Keyed[SidedParams, Tallied]):
    """No pseudonym of a release is an unsalted digest of an NHS number.

    There are so few numbers that a digest of one is undone in minutes. Each pseudonym that may be an MD5, SHA-1 or
    SHA-256 (in hexadecimal of either case, Base64, with or without hyphens) is compared with the digests of all numbers
    from 999 000 0000 on, which test systems use, and of every NHS number of the export from which the release was made,
    where that is submitted too: plain, in groups with spaces or hyphens, and with a line end. What a salt went into
    cannot be seen, so a release of real people is only judged when its source is submitted.

    Good: a random pseudonym. Bad: the SHA-256 of ``9990000018``.
    """

    id: ClassVar[str] = "release.pseudonyms-not-digests"
    params_type: ClassVar[type[Params]] = SidedParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#pseudonyms-cannot-be-undone"

    def bound(self, params: SidedParams, supplier: Supplier) -> SidedParams:
        """With the pseudonyms of the release declaration, and both sides."""
        return sided(params, supplier)

    def emit(self, seen: Seen, params: SidedParams) -> Iterator[tuple[bytes, bytes]]:
        """Pseudonyms under the digest that they may be; digests of the numbers of the source."""
        if not isinstance(seen.node, dict):
            return
        if is_in(seen, params.source):
            for number in source_numbers(seen.node):
                for digest in digests_of(number):
                    yield digest, _NUMBER
        elif is_in(seen, params.release):
            for _, pointer, value in at(speak_of(params.pseudonyms, seen.resource_type), seen.node):
                text = value if isinstance(value, str) else canonical(value).decode()
                digest = digest_in(text)
                known = bool(digest) and params.test_numbers and is_of_test_number(digest)
                yield digest or text.encode(), (_KNOWN if known else _PSEUDONYM) + place(seen, pointer).encode()

    def reduce(self, state: Tallied, values: Iterator[bytes], params: SidedParams) -> Tallied:
        """One digest, with the pseudonyms that are the same."""
        of_source = False
        for value in values:
            if value == _NUMBER:
                of_source = True
                continue
            state.count()
            if of_source or value.startswith(_KNOWN):
                state.fault(_DIGEST, value[1:].decode())
        if of_source:
            state.count(_SOURCE_NUMBERS)
        return state

    def finish(self, state: Tallied, params: SidedParams) -> Iterator[Statement]:
        """How many pseudonyms were compared with what, and the finding."""
        if not state.examined:
            return
        numbers = state.counts.get(_SOURCE_NUMBERS, 0) // 12
        held = ["all numbers from 999 000 0000 on"] * params.test_numbers
        held += [f"{numbers} numbers of the source"] * bool(numbers)
        if not held:
            yield Undecided(reason=Reason.NO_DATA, message="there was no NHS number whose digest could be compared")
            return
        yield Examined(what=f"pseudonyms, compared with digests of {' and of '.join(held)}", count=state.examined)
        said = Said(
            "A pseudonym is an unsalted digest of an NHS number",
            "a random token, or a keyed digest (HMAC) whose key stays with the sender",
            "the MD5, SHA-1 or SHA-256 of an NHS number",
        )
        yield from findings(state, {_DIGEST: said})


def source_numbers(node: Any) -> Iterator[str]:
    """The NHS numbers that a resource of the source carries as its own identifiers."""
    listed = node.get("identifier") if isinstance(node, dict) else None
    for one in listed if isinstance(listed, list) else (listed,):
        if is_nhs_number(one, NHS_NUMBER_SYSTEM) and (number := number_of(one["value"])):
            yield number


_HERE, _THERE = b"\x00", b"\x01"
_OF_PERSON, _OF_PSEUDONYM = b"p", b"v"
_SHARED, _TWO = "shared", "two"
_COMPARED = "compared"
_UNLINKABLE = {
    _TWO: Said(
        "One person has several pseudonyms in one release",
        "one pseudonym for each person in a release, so that records belong together",
        "another one than on the person's own record",
    ),
    _SHARED: Said(
        "A pseudonym is the same in the release to another recipient",
        "another pseudonym for each recipient, unless linkage is declared",
        "the same one",
    ),
}


class PseudonymsUnlinkable(TalliedScan[SidedParams], Keyed[SidedParams, Tallied]):
    """A person has one pseudonym in a release, and another in the release to somebody else.

    Within the release: a reference that carries a pseudonym as identifier carries that of the Patient it leads to.
    Between releases: no value that is declared a pseudonym (``Patient.id`` unless declared otherwise) stands in the
    artefact ``release-other`` too; where linkage is declared this is not looked at. Without another release only the
    first half can be decided.

    Good: ``p-81`` here, ``p-17`` there. Bad: the same token in both.
    """

    id: ClassVar[str] = "release.pseudonyms-unlinkable"
    params_type: ClassVar[type[Params]] = SidedParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#releases-cannot-be-joined"

    def bound(self, params: SidedParams, supplier: Supplier) -> SidedParams:
        """With the pseudonyms of the release declaration, and both sides."""
        return sided(params, supplier)

    def emit(self, seen: Seen, params: SidedParams) -> Iterator[tuple[bytes, bytes]]:
        """Pseudonyms of both sides; on this side also who has which."""
        here = is_in(seen, params.release)
        if not isinstance(seen.node, dict) or not (here or is_in(seen, params.other)):
            return
        systems = systems_of(params.pseudonyms)
        for _, pointer, value in at(speak_of(params.pseudonyms, seen.resource_type), seen.node):
            where = place(seen, pointer)
            yield _OF_PSEUDONYM + canonical(value), (_HERE if here else _THERE) + where.encode()
        if not (here and systems):
            return
        if seen.resource_type == "Patient" and seen.resource_id:
            for pointer, value in _identified(seen.node.get("identifier"), systems, "/identifier"):
                yield _person(f"Patient/{seen.resource_id}"), canonical([0, value, place(seen, pointer)])
        for reference, pointer, value in _references(seen.node, systems):
            yield _person(reference), canonical([1, value, place(seen, pointer)])

    def reduce(self, state: Tallied, values: Iterator[bytes], params: SidedParams) -> Tallied:
        """One pseudonym with all that carry it, or one person with all pseudonyms."""
        first = next(values)
        if first[:1] in (_HERE, _THERE):
            here, smallest, there = first.startswith(_HERE), first[1:], first.startswith(_THERE)
            for value in values:  # those of this side come first
                there = there or value.startswith(_THERE)
            if here:
                state.count()
                if there and not params.linkable:
                    state.fault(_SHARED, smallest.decode())
            elif there:
                state.count(_COMPARED)
            if here and there:
                state.count(_COMPARED)
            return state
        own = ""
        for value in itertools.chain([first], values):
            _, pseudonym, where = msgspec.json.decode(value, type=tuple[int, str, str])
            if not own:
                own = pseudonym
            elif pseudonym != own:
                state.fault(_TWO, where)
        return state

    def finish(self, state: Tallied, params: SidedParams) -> Iterator[Statement]:
        """How many pseudonyms were compared, the findings, and whether there was anything to compare with."""
        if not state.examined:
            return
        yield Examined(what="pseudonyms of the release", count=state.examined)
        yield from findings(state, _UNLINKABLE)
        if not state.counts.get(_COMPARED, 0) and not params.linkable:
            message = f"no pseudonym of another release (artefact of kind {OTHER}) was there to compare with"
            yield Undecided(reason=Reason.NO_DATA, message=message)


def _person(reference: str) -> bytes:
    return _OF_PERSON + reference.encode()


def _identified(listed: Any, systems: frozenset[str], pointer: str) -> Iterator[tuple[str, str]]:
    """The pseudonyms among identifiers."""
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict) and is_one_of(one, systems) and isinstance(one.get("value"), str):
            yield f"{pointer}/{index}/value", one["value"]


def _references(node: Any, systems: frozenset[str], pointer: str = "") -> Iterator[tuple[str, str, str]]:
    """References to Patients that carry a pseudonym: reference, pointer of the pseudonym, pseudonym."""
    waiting = [(node, pointer)]
    while waiting:
        node, pointer = waiting.pop()
        if isinstance(node, dict):
            reference, identifier = node.get("reference"), node.get("identifier")
            if (
                isinstance(reference, str)
                and reference.startswith("Patient/")
                and isinstance(identifier, dict)
                and is_one_of(identifier, systems)
                and isinstance(identifier.get("value"), str)
            ):
                yield reference.partition("/_history")[0], f"{pointer}/identifier/value", identifier["value"]
            waiting.extend((inner, f"{pointer}/{name}") for name, inner in node.items() if type(inner) in (dict, list))
        elif isinstance(node, list):
            waiting.extend((inner, f"{pointer}/{index}") for index, inner in enumerate(node))


PSEUDONYMS_NOT_DIGESTS = PseudonymsNotDigests()
PSEUDONYMS_UNLINKABLE = PseudonymsUnlinkable()
