"""Personal data that was left in the text of a release that is said to be anonymous or pseudonymised."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any, ClassVar

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.detectors import Hit, Kind, Sureness, detect, free_texts, narratives, prefilter
from checker.detectors.attachments import attachments, text_of
from checker.detectors.contacts import national
from checker.detectors.kind import WORDS
from checker.detectors.metadata import metadata_of
from checker.detectors.people import names_of
from checker.model.registry import condition
from checker.model.scan import Keyed, Look, Seen
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

DIRECTORY = frozenset(
    {
        "Organization",
        "Location",
        "Practitioner",
        "PractitionerRole",
        "HealthcareService",
        "OrganizationAffiliation",
        "Endpoint",
        "InsurancePlan",
    }
)
"""Types that say who provides care, and where: their names and addresses are nobody's secret."""
_KINDS = frozenset(Kind)
_ORDER = tuple(Kind)
_DATA = b'"data"'
# What is said of one value, in the order in which a group is read.
_KNOWN, _LOOKED, _UNREAD, _OWN, _PAIR, _HIT, _BARE, _CHANCE = (bytes([one]) for one in range(8))
_BARE_ALL, _BARE_PASS, _UNREADABLE = "bare-numbers", "bare-numbers-that-pass", "unreadable"
_BARE_FAULT = "bare"
_EXPECTED = "no such thing in a release that is said to name nobody"
_SAID = {
    **{
        str(kind): Said(f"The text of a release holds {WORDS[kind]}", _EXPECTED, f"{WORDS[kind]} (masked)")
        for kind in Kind
    },
    _BARE_FAULT: Said(
        "The text of a release holds an NHS number", _EXPECTED, "ten digits with the right check digit (masked)"
    ),
}


@condition("release.was-submitted", needs=lambda p, settings: (), claim=True)
def release_was_submitted(ev: EvidenceView, p: NoParams) -> bool | None:
    """The supplier file names an artefact of kind ``release``: data that is said to be anonymous or pseudonymised."""
    return bool(ev.supplier.artefacts_of("release"))


class _ReleaseText(TalliedScan[NoParams], Keyed[NoParams, Tallied]):
    """What the scans of this page share: hits are held against what the directory of the same release shows."""

    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#a-release-names-nobody"
    what: ClassVar[str]

    def texts(self, seen: Seen) -> Iterator[tuple[str, str | None]]:
        """Pointer and text of each place that is looked at; None for one that cannot be read."""
        raise NotImplementedError

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """Each hit by its value, so that it meets whoever else carries that value."""
        yield b"", _LOOKED
        if not isinstance(seen.node, dict):
            return
        if seen.resource_type in DIRECTORY:
            yield from ((key, _KNOWN) for key in _of_directory(seen.node))
            return
        if seen.resource_type in ("Patient", "Person", "RelatedPerson"):
            yield from ((_key(Kind.NAME_PAIR, name), _OWN) for name in _pairs(seen.node))
        for pointer, text in self.texts(seen):
            place = f"{seen.locator}#{seen.pointer}{pointer}".encode()
            if text is None:
                yield b"unread " + place, _UNREAD + place
                continue
            for hit in detect(text, _KINDS):
                yield _key(hit.kind, _compared(hit)), _said(hit) + place

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NoParams) -> Tallied:
        """One value with all the places at which it stands. What an organisation or a clinician carries is no leak."""
        first = next(values)
        said = first[:1]
        if said == _LOOKED:
            state.count(by=1 + sum(1 for _ in values))
        elif said == _UNREAD:
            for value in chain((first,), values):
                state.fault(_UNREADABLE, value[1:].decode())
        elif said == _OWN:
            for value in values:
                if value[:1] == _PAIR:
                    state.fault(Kind.NAME_PAIR, value[2:].decode())
        elif said in (_HIT, _BARE, _CHANCE):
            sure = said == _HIT
            if not sure:
                state.count(_BARE_ALL)
                if said == _BARE:
                    state.count(_BARE_PASS)
            for value in chain((first,), values):
                if value[:1] != _CHANCE:
                    state.fault(_ORDER[value[1]] if sure else _BARE_FAULT, value[2:].decode())
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How much was looked at, one finding for each kind, and what a machine cannot tell."""
        if not state.examined:
            return
        yield Examined(what=self.what, count=state.examined)
        bare, right = state.counts.get(_BARE_ALL, 0), state.counts.get(_BARE_PASS, 0)
        by_chance = bool(right) and not more_than_chance(right, bare)
        yield from findings(state, {name: said for name, said in _SAID.items() if name != _BARE_FAULT or not by_chance})
        if by_chance:
            message = (
                f"{right} of {bare} different numbers of ten digits in the text have the check digit of an NHS number, "
                f"as many as by chance: a person has to look, beginning at {state.places[_BARE_FAULT].items[0]}"
            )
            yield Undecided(reason=Reason.HUMAN, message=message)
        if unread := state.faults.get(_UNREADABLE, 0):
            shown = ", ".join(state.places[_UNREADABLE].items[:3])
            message = f"{unread} of the files in it cannot be read here: {shown}"
            yield Undecided(reason=Reason.NO_DATA, message=message)


def more_than_chance(right: int, all_of_them: int) -> bool:
    """Do more of so many different ten-digit numbers have a right check digit than one in eleven, beyond doubt?

    Three standard deviations of the binomial distribution; a single number that passes does count.

    >>> more_than_chance(1, 1), more_than_chance(1, 11), more_than_chance(30, 300), more_than_chance(5, 6)
    (True, False, False, True)
    """
    return right > all_of_them / 11 + 3 * math.sqrt(all_of_them * 10) / 11


class FreeText(_ReleaseText):
    """No text that somebody typed holds personal data, in a release that is said to be anonymous.

    Looked at are notes, comments, texts of concepts, displays of references and whatever else is no code, number,
    date or address of a thing, at any depth, in all but the directory (organisations, places, clinicians). Looked for
    are NHS numbers, National Insurance numbers, e-mail addresses, telephone numbers of places and mobiles, whole
    postcodes, days beside words like *DOB*, names after Mr, Mrs, Ms, Miss or Mx, and the names that patients of the
    same release still carry. What the directory of the release shows itself is no finding, nor is a number that the
    words before it say to be another (an order number, a time, a telephone number). Ten digits in one piece without a
    label count only when more of such numbers pass modulus 11 than chance lets. Names without title that stand
    nowhere else in the release cannot be found in this way. No value is kept or shown.

    Good: ``"note": [{"text": "Seen with an interpreter."}]``. Bad: ``"note": [{"text": "DOB 17/05/1957."}]``.
    """

    id: ClassVar[str] = "release.free-text"
    what: ClassVar[str] = "resources of the release, for what people typed"

    def texts(self, seen: Seen) -> Iterator[tuple[str, str | None]]:
        """What was typed."""
        if seen.text is None or prefilter(_KINDS).may_hold(seen.text):
            yield from free_texts(seen.node)


class Embedded(_ReleaseText):
    """No narrative and no attachment holds personal data, in a release that is said to be anonymous.

    Looked at is each ``div``, and each attachment and Binary whose text can be read: plain text, CSV, HTML, XML, JSON,
    RTF, Office and OpenDocument. Looked for is what :class:`FreeText` looks for. What cannot be read (an image, a PDF,
    a file elsewhere) leaves the row open and is told: it is unscanned, and not clean.

    Good: a release without narratives. Bad: ``<div>NHS number 999 000 0018</div>``.
    """

    id: ClassVar[str] = "release.embedded-text"
    what: ClassVar[str] = "resources of the release, for narratives and attachments"

    def texts(self, seen: Seen) -> Iterator[tuple[str, str | None]]:
        """Narratives, and the text of attachments."""
        if seen.text is None or prefilter(_KINDS).may_hold(seen.text):
            yield from narratives(seen.node)
        if seen.text is None or _DATA in seen.text or b"contentType" in seen.text:
            for one in attachments(seen.node):
                text = text_of(one)
                yield (one.pointer, None) if text is None else (f"{one.pointer}/data", text)


class Metadata(_ReleaseText):
    """No file in a release that is said to be anonymous says in its metadata who the patient is.

    Looked at are the properties of Office and OpenDocument files, the plain Info dictionary and XMP of PDF, comments,
    text chunks and EXIF texts of PNG and JPEG, and the patient's elements of DICOM (any value but a placeholder). In
    the others the same is looked for as in free text. The author of a file is staff. Packed and encrypted metadata
    leave the row open.

    Good: a PDF without title. Bad: DICOM with ``PatientName``.
    """

    id: ClassVar[str] = "release.metadata"
    what: ClassVar[str] = "resources of the release, for files with metadata"

    def texts(self, seen: Seen) -> Iterator[tuple[str, str | None]]:
        """What the files say of themselves; one that names its patient says so in words that are found."""
        if seen.text is not None and _DATA not in seen.text and b"contentType" not in seen.text:
            return
        for one in attachments(seen.node):
            said = metadata_of(one)
            if said is None:
                yield one.pointer, None
                continue
            for field in said:
                yield one.pointer, field.text

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """Hits in the texts, and each field that is there to name the patient."""
        yield from super().emit(seen, params)
        if seen.resource_type in DIRECTORY or (seen.text is not None and _DATA not in seen.text):
            return
        for one in attachments(seen.node):
            for field in metadata_of(one) or ():
                if field.names_patient:
                    place = f"{seen.locator}#{seen.pointer}{one.pointer}".encode()
                    hit = Hit(Kind.NAME_PAIR, 0, 0, Sureness.LABELLED, field.text)
                    yield _key(Kind.NAME_PAIR, field.field + field.text), _HIT + _number(hit.kind) + place


def _key(kind: Kind, value: str) -> bytes:
    return f"{kind}\x00{value}".encode("utf-8", "replace")


def _number(kind: Kind) -> bytes:
    return bytes([_ORDER.index(kind)])


def _compared(hit: Hit) -> str:
    """A hit as it is held against others: of a name with its title the family name."""
    return hit.value.split()[-1] if hit.kind is Kind.TITLED_NAME else hit.value


def _said(hit: Hit) -> bytes:
    if hit.kind is Kind.NAME_PAIR:
        return _PAIR + _number(hit.kind)
    if hit.sureness is Sureness.CHANCE:
        return _CHANCE + _number(hit.kind)
    return (_BARE if hit.sureness is Sureness.BARE else _HIT) + _number(hit.kind)


def _pairs(resource: Any) -> Iterator[str]:
    for given, family in names_of(resource):
        if given and family:
            yield f"{given} {family}"
            yield f"{family} {given}"


def _of_directory(resource: dict[str, Any]) -> Iterator[bytes]:
    """What an organisation, a place or a clinician shows of itself."""
    for _, family in names_of(resource):
        if family:
            yield _key(Kind.TITLED_NAME, family.split()[-1])
    for pair in _pairs(resource):
        yield _key(Kind.NAME_PAIR, pair)
    waiting: list[Any] = [resource.get("telecom"), resource.get("address"), resource.get("contact")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            value, postcode = node.get("value"), node.get("postalCode")
            if isinstance(value, str):
                yield _key(Kind.EMAIL, value.strip().lower())
                if digits := national(value):
                    yield _key(Kind.PHONE, digits)
            if isinstance(postcode, str):
                yield _key(Kind.POSTCODE, "".join(postcode.upper().split()))
            waiting += [one for one in node.values() if isinstance(one, dict | list)]


FREE_TEXT = FreeText()
EMBEDDED_TEXT = Embedded()
METADATA = Metadata()
