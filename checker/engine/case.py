"""The case: one or several recordings of one supplier, brought together to be judged.

Nothing is chosen by hand: where two recordings answer the same question, that is refused rather
than decided, so that no one can keep the better answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from checker.engine.recording import Recording
from checker.errors import RecordingFault
from checker.model.evidence import ARTEFACT, SCAN_STATE, Evidence, ScanState
from checker.model.record import Item, Record
from checker.model.supplier import Supplier

_OF_FILES = frozenset({ARTEFACT, SCAN_STATE})


@dataclass(frozen=True)
class Case:
    """All that a judgement rests on. Evidence ids carry the recording's number when there are several."""

    recordings: tuple[Recording, ...]
    supplier: Supplier
    evidence: dict[str, Evidence]
    records: dict[str, Record]
    ledger: tuple[str, ...]
    """Every evidence id that was sealed, whether it is there or not."""
    earlier: tuple[dict[str, Record], ...] = ()
    """For each resume of a recording: the records that were gathered again since, as they stood before it."""

    @property
    def has_addendum(self) -> bool:
        """Does one of the recordings add files to another?"""
        return any(recording.manifest.addendum_to for recording in self.recordings)

    @property
    def ended(self) -> datetime:
        """The end of the last collection: the default of ``as_of``."""
        return max(recording.manifest.ended for recording in self.recordings)

    def blob(self, sha: str) -> bytes | None:
        """A stored body of any of the recordings."""
        return next((data for r in self.recordings if (data := r.blob(sha)) is not None), None)

    def scan_states(self) -> tuple[tuple[Evidence, ScanState], ...]:
        """All sealed scan states."""
        found = []
        for item in self.evidence.values():
            if item.kind == "scan-state":
                payload = item.read()
                if isinstance(payload, ScanState):
                    found.append((item, payload))
        return tuple(found)


def make_case(recordings: Sequence[Recording]) -> Case:
    """Bring recordings together. Raises ``RecordingFault`` if they are not of one supplier or overlap."""
    if not recordings:
        raise RecordingFault("No recording was given.", next_step="Name at least one recording.")
    ordered = sorted(recordings, key=lambda recording: (recording.manifest.started, recording.digest))
    _same_supplier(ordered)
    if len({recording.digest for recording in ordered}) != len(ordered):
        raise RecordingFault("The same recording was given twice.", next_step="Name each recording once.")
    _whole(ordered)
    evidence: dict[str, Evidence] = {}
    records: dict[str, Record] = {}
    ledger: list[str] = []
    earlier: list[dict[str, Record]] = []
    for number, recording in enumerate(ordered, 1):
        prefix = f"r{number}-" if len(ordered) > 1 else ""
        ledger += [prefix + name for name in recording.manifest.evidence]
        for item in recording.evidence.values():
            evidence[prefix + item.id] = msgspec.structs.replace(item, id=prefix + item.id) if prefix else item
        for record in recording.records.values():
            _take(records, _renamed(record, prefix))
        for _, before in sorted(recording.earlier.items()):
            earlier.append({key: _renamed(record, prefix) for key, record in before.items()})
    supplier = _joined_supplier(ordered)
    return Case(tuple(ordered), supplier, evidence, records, tuple(ledger), tuple(earlier))


def _whole(recordings: Sequence[Recording]) -> None:
    """An addendum means nothing without the recording that it adds to."""
    digests = {recording.digest for recording in recordings}
    for recording in recordings:
        if recording.manifest.addendum_to and recording.manifest.addendum_to not in digests:
            raise RecordingFault(
                f"This is an addendum to another recording ({recording.manifest.addendum_to[:12]}…), which is not "
                "given, or is not the same any more.",
                next_step="Name both: checker judge FIRST.zip ADDENDUM.zip.",
            )
        if recording.manifest.addendum_to and any(item.kind not in _OF_FILES for item in recording.evidence.values()):
            raise RecordingFault(
                "An addendum adds files, and this one holds answers of an endpoint.",
                next_step="Make it with 'checker collect --addendum'.",
            )


def _renamed(record: Record, prefix: str) -> Record:
    if not prefix:
        return record
    items = tuple(Item(role=item.role, evidence=prefix + item.evidence) for item in record.items)
    return msgspec.structs.replace(record, items=items)


def _take(records: dict[str, Record], record: Record) -> None:
    """A record without evidence yields to one that has some; two answers are refused."""
    known = records.get(record.key)
    if known is None or (not known.items and (record.items or not known.complete)):
        records[record.key] = record
        return
    if not record.items:
        return  # nothing was asked there: no answer that could contradict
    raise RecordingFault(
        f"Two recordings answer the same question ({record.probe}).",
        next_step="Judge them one by one: only an endpoint and files that were collected apart are judged together.",
    )


def _same_supplier(recordings: Sequence[Recording]) -> None:
    def identity(recording: Recording) -> tuple[str, str, str, str]:
        supplier = recording.manifest.supplier
        return supplier.name, supplier.product, supplier.version, supplier.environment

    found = {identity(recording) for recording in recordings}
    if len(found) > 1:
        one, other = sorted(found)[:2]
        raise RecordingFault(
            f"The recordings are not of one system: {' / '.join(one)} and {' / '.join(other)}.",
            next_step="Judge each system by itself.",
        )


def _joined_supplier(recordings: Sequence[Recording]) -> Supplier:
    """The first recording's supplier, with the artefacts and the endpoint that others add."""
    joined = recordings[0].manifest.supplier
    for recording in recordings[1:]:
        other = recording.manifest.supplier
        known = {artefact.id for artefact in joined.artefacts}
        extra = tuple(artefact for artefact in other.artefacts if artefact.id not in known)
        joined = msgspec.structs.replace(
            joined,
            base_url=joined.base_url or other.base_url,
            token_url=joined.token_url or other.token_url,
            identities=joined.identities or other.identities,
            artefacts=(*joined.artefacts, *extra),
        )
    return joined
