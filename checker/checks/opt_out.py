"""National data opt-outs: who was removed is not released, the file is as the service wants it, nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from checker.checks.each import OfEach
from checker.checks.nhs_number import number_of
from checker.checks.releases import RELEASE, at, ids_of, is_in, place
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

SUBMITTED, RETURNED, LISTED = "opt-out-submitted", "opt-out-returned", "opt-out-released"
_SERVICE = "https://digital.nhs.uk/services/national-data-opt-out/check-for-national-data-opt-outs-service"
_NUMBERS = (
    "Patient.identifier('https://fhir.nhs.uk/Id/nhs-number').value",
    "Row.number",
    "Row.nhs_number",
    "Row.NHS_NUMBER",
)

_IN_SUBMITTED, _IN_RETURNED, _RELEASED = b"\x00", b"\x01", b"\x02"
_OPTED_OUT, _NEVER_SUBMITTED, _ODD = "opted out", "never submitted", "odd"
_ALSO_SUBMITTED, _ALSO_RETURNED, _REMOVED = "submitted", "returned", "removed"
_SAID = {
    _OPTED_OUT: Said(
        "Somebody whom the check removed is in the release", "submitted minus removed", "submitted, removed, released"
    ),
    _NEVER_SUBMITTED: Said(
        "Somebody who was never submitted to the check is in the release",
        "only who was submitted",
        "released, unchecked",
    ),
    _ODD: Said(
        "The returned list has a number that was never submitted", "a part of the submitted list", "of another list"
    ),
}


class OptOutParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``numbers``: paths of NHS numbers in the release and in lists.

    ``release``, ``submitted``, ``returned``: ids of artefacts; filled in by the plan.
    """

    numbers: tuple[str, ...] = _NUMBERS
    release: tuple[str, ...] = ()
    submitted: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()


class RemovedAreNotReleased(TalliedScan[OptOutParams], Keyed[OptOutParams, Tallied]):
    """Nobody is in a release whom the check for national data opt-outs removed, or who was never submitted to it.

    Compared are the NHS numbers of the list that was submitted, of the list that the service returned (those without
    an opt-out), and of the release, by a keyed hash. Who was returned and is not released is counted and is no finding:
    a release may leave people out. For a release without NHS numbers, the list of the numbers that went into it is the
    artefact ``opt-out-released``.

    Good: three submitted, two returned, these two released. Bad: all three released.
    """

    id: ClassVar[str] = "opt-out.removed-are-not-released"
    params_type: ClassVar[type[Params]] = OptOutParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient", "Row")),)
    source: ClassVar[str] = _SERVICE

    def bound(self, params: OptOutParams, supplier: Supplier) -> OptOutParams:
        """With the ids of the artefacts."""
        return msgspec.structs.replace(
            params,
            release=(*ids_of(supplier, RELEASE), *ids_of(supplier, LISTED)),
            submitted=ids_of(supplier, SUBMITTED),
            returned=ids_of(supplier, RETURNED),
        )

    def emit(self, seen: Seen, params: OptOutParams) -> Iterator[tuple[bytes, bytes]]:
        """A number → on which side it stands."""
        if is_in(seen, params.submitted):
            side = _IN_SUBMITTED
        elif is_in(seen, params.returned):
            side = _IN_RETURNED
        elif is_in(seen, params.release):
            side = _RELEASED
        else:
            return
        for _, pointer, value in at(params.numbers, seen.node):
            if number := number_of(value):
                yield number.encode(), side + (place(seen, pointer).encode() if side == _RELEASED else b"")

    def reduce(self, state: Tallied, values: Iterator[bytes], params: OptOutParams) -> Tallied:
        """One person."""
        submitted = returned = False
        released = ""
        for value in values:
            submitted = submitted or value == _IN_SUBMITTED
            returned = returned or value == _IN_RETURNED
            if value.startswith(_RELEASED):
                released = value[1:].decode()
                break
        state.count(_ALSO_SUBMITTED, int(submitted))
        state.count(_ALSO_RETURNED, int(returned))
        state.count(_REMOVED, int(submitted and not returned))
        if released:
            state.count()
            if not submitted:
                state.fault(_NEVER_SUBMITTED, released)
            elif not returned:
                state.fault(_OPTED_OUT, released)
        if returned and not submitted:
            state.fault(_ODD, "the returned list")
        return state

    def finish(self, state: Tallied, params: OptOutParams) -> Iterator[Statement]:
        """How many people there are on each side, and the findings."""
        for name, sort in ((_ALSO_SUBMITTED, SUBMITTED), (_ALSO_RETURNED, RETURNED)):
            if not state.counts.get(name, 0):
                message = f"no NHS number was found in an artefact of kind {sort}"
                yield Undecided(reason=Reason.NO_DATA, message=message)
                return
        if not state.examined:
            yield Undecided(reason=Reason.NO_DATA, message="the release holds no NHS number to compare by")
            return
        counts = state.counts
        what = (
            f"people of the release; submitted {counts[_ALSO_SUBMITTED]}, returned {counts[_ALSO_RETURNED]}, "
            f"removed {counts[_REMOVED]}"
        )
        yield Examined(what=what, count=state.examined)
        yield from findings(state, _SAID)


_STORED = re.compile(r"\bnational[\s-]+data[\s-]+opt(?:ed)?[\s-]?out|\bNDOO\b", re.IGNORECASE)
_ON_RECORD = "on record"
_MEMBERS = frozenset({"text", "display", "code", "description", "title", "valueString", "div"})


class NotOnRecord(OfEach[NoParams]):
    """No record says whether its patient has a national data opt-out.

    It is asked of the service for each release: what a record says may be out of date. Looked at are the words of
    Patient, Consent and Flag: texts, displays, codes. Other opt-outs (of messages, of summary records) are none.

    Good: a Flag "opted out of SMS reminders". Bad: a Flag "National data opt-out".
    """

    id: ClassVar[str] = "opt-out.not-on-record"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient", "Consent", "Flag")),)
    source: ClassVar[str] = _SERVICE
    what: ClassVar[str] = "patients, consents and flags"
    said: ClassVar[dict[str, Said]] = {
        _ON_RECORD: Said(
            "A record says that its patient has a national data opt-out",
            "opt-outs are asked for at each release, or cached outside the record for a limited time",
            "it is on the record",
        )
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The words of one record that speak of it; told once for each place."""
        return _spoken(seen.node) if isinstance(seen.node, dict) else None


def _spoken(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, str, Any]] = [("", "", node)]
    while waiting:
        name, pointer, inner = waiting.pop()
        if isinstance(inner, dict):
            waiting.extend((key, f"{pointer}/{key}", one) for key, one in inner.items())
        elif isinstance(inner, list):
            waiting.extend((name, f"{pointer}/{index}", one) for index, one in enumerate(inner))
        elif isinstance(inner, str) and name in _MEMBERS and _STORED.search(inner):
            yield _ON_RECORD, pointer


_FILE = Need(probe="opt-out.submission", params=NoParams())
_OF_FILE = {
    "crlf": ("A line ends with CR LF", "LF alone"),
    "no-comma": ("A line has no comma behind its number", "ten digits, a comma, LF"),
    "not-a-number": ("A line does not hold ten digits", "ten digits, a comma, LF"),
    "check-digit": ("An NHS number has a wrong check digit", "valid numbers alone"),
    "duplicate": ("An NHS number stands in the file twice", "each number once"),
    "blank": ("A line is blank", "no blank lines"),
    "no-final-line-end": ("The last line has no line end", "LF behind every line"),
}


@check("opt-out.submission-file", needs=lambda p, settings: [_FILE], source=_SERVICE)
def submission_file(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The file that is submitted to the check for national data opt-outs is as its service wants it.

    One NHS number of ten digits on each line, with its right check digit, a comma behind it, LF and no CR; no number
    twice, no header. One bad line can spoil the whole answer. The artefact is of kind ``opt-out-submitted``.

    Good: ``9990000018,`` and LF. Bad: the same with CR LF, or without the comma.
    """
    view = ev.record(_FILE)
    evidence = tuple(item.id for item in view.evidence("submission"))
    files = [payload for item in view.evidence("submission") if isinstance(payload := item.read(), Artefact)]
    if not files or any(one.facts.get("problem") for one in files):
        yield view.undecided("the submitted file")
    for file in files:
        for why in file.facts.get("not_read", ()):
            yield Undecided(reason=Reason.NO_DATA, message=f"{file.artefact}: {why}", evidence=evidence)
        faults = file.facts.get("faults", {})
        for rule, (message, expected) in _OF_FILE.items():
            if found := faults.get(rule):
                places = tuple(f"{file.artefact}: {one}" for one in found["places"])
                yield Finding(
                    message=message,
                    expected=expected,
                    actual="another form",
                    place=places[0],
                    evidence=evidence,
                    count=int(found["count"]),
                    examples=places,
                )
    if numbers := sum(int(file.facts.get("numbers", 0)) for file in files):
        yield Examined(what=f"{numbers} numbers of the submitted file", evidence=evidence, count=numbers)


REMOVED_ARE_NOT_RELEASED = RemovedAreNotReleased()
NOT_ON_RECORD = NotOnRecord()
