"""The manifest of an export lists all of it, and what it says is so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.tallied import Tallied, TalliedScan
from checker.model.evidence import Artefact
from checker.model.need import Need, ScanNeed
from checker.model.registry import check
from checker.model.scan import Fold, Look, Seen
from checker.model.table import ROW
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SOURCE = "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status"
_ERRORS = "errors"
_GRAVE = ("error", "fatal")


class ExportFiles(TalliedScan[NoParams], Fold[NoParams, Tallied]):
    """How many resources of each type are in each file of the export.

    Good: an export with resources in it. Bad: an empty one, of which nothing follows.
    """

    id: ClassVar[str] = "export.files"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = _SOURCE

    def step(self, state: Tallied, seen: Seen, params: NoParams) -> Tallied:
        """One resource more in its file; an OperationOutcome that tells of an error is counted as that too."""
        path = seen.locator.path
        if seen.resource_type == ROW:
            return state
        state.count(f"{seen.resource_type} {path}")
        state.count()
        if seen.resource_type == "OperationOutcome" and _is_grave(seen.node):
            state.count(f"{_ERRORS} {path}")
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many there are in all."""
        if state.examined:
            yield Examined(what="resources were counted file by file", count=state.examined)


EXPORT_FILES = ExportFiles()


def _is_grave(outcome: Any) -> bool:
    issues = outcome.get("issue")
    found = issues if isinstance(issues, list) else []
    return any(isinstance(one, dict) and one.get("severity") in _GRAVE for one in found)


_MANIFEST = Need(probe="export.manifest", params=NoParams())
_FILES = ScanNeed(scan=EXPORT_FILES.id, params=NoParams())


@check("export.manifest", needs=lambda p, settings: [_MANIFEST, _FILES], source=_SOURCE)
def export_manifest(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The export has a manifest that names every file with its type, count and SHA-256, and all of it is so.

    A manifest is a file whose name ends in ``manifest.json``, of the form that FHIR Bulk Data Access gives it:
    ``transactionTime`` (as of when the export is) and ``output``; beside them ``deleted`` and ``error``. A relative URL
    leads to the file beside the manifest, any other to the file of that last name. The SHA-256 stands in the entry or
    its extension, under a name that says so. A file in ``output`` holds resources of its type alone, as many as are
    counted; one in ``deleted`` only has to be there; one in ``error`` may hold OperationOutcomes, but none of severity
    error or fatal: with one of those the export says of itself that it is not whole.

    Good: ``{"type": "Patient", "url": "Patient.ndjson", "count": 12, "extension": {"…/sha256": "4b88…"}}``, and so
    it is.
    Bad: the count is 13; the file is not there; a file is there that no entry names.
    """
    view, scan = ev.record(_MANIFEST), ev.scan(_FILES)
    read = [payload for item in view.evidence("manifest") if isinstance(payload := item.read(), Artefact)]
    evidence = (*(item.id for item in view.evidence("manifest")), *scan.evidence)
    if not read or any("manifests" not in one.facts for one in read):
        yield view.undecided("the manifest of the export")
        return
    manifests = [one for artefact in read for one in artefact.facts["manifests"]]
    entries = [one for artefact in read for one in artefact.facts["entries"]]
    besides = [one for artefact in read for one in artefact.facts["besides"]]
    if not manifests:
        yield Finding(
            message="The export has no manifest.",
            expected="a file manifest.json that names every file with its type, count and SHA-256",
            actual="no such file",
            place=", ".join(sorted(artefact.artefact for artefact in read)),
            evidence=evidence,
        )
        return
    for one in manifests:
        if one["problems"]:
            yield _finding(
                "The manifest is not of the form that FHIR Bulk Data Access gives it.",
                "transactionTime, and entries each with type and url",
                one["problems"],
                evidence,
                place=one["path"],
            )
    yield from _entries(entries, besides, evidence)
    if isinstance(scan.state, Tallied):
        yield from _counts(entries, scan.state, evidence, whole=not scan.shortfalls)
    else:
        yield scan.undecided("the number of resources in each file")
    there = sum(one["there"] for one in entries)
    if there:
        yield Examined(what="files that the manifest names", evidence=evidence, count=there)
    else:
        yield Undecided(reason=Reason.NO_DATA, message="the manifest names no file that is there", evidence=evidence)


def _entries(entries: list[dict[str, Any]], besides: list[str], evidence: tuple[str, ...]) -> Iterator[Finding]:
    missing = [one["file"] for one in entries if not one["there"]]
    if missing:
        yield _finding("The manifest names a file that is not in the export.", "the file", missing, evidence)
    there = [one for one in entries if one["there"]]
    altered = [one["file"] for one in there if one["sha256"] == "differs"]
    if altered:
        what = "A file is not the one that the manifest was written for."
        yield _finding(what, "the SHA-256 of the manifest", altered, evidence)
    unsealed = [one["file"] for one in there if one["sha256"] == "absent"]
    if unsealed:
        yield _finding("The manifest tells no SHA-256 of a file.", "a SHA-256 for each file", unsealed, evidence)
    uncounted = [one["file"] for one in there if one["section"] == "output" and one["count"] is None]
    if uncounted:
        yield _finding("The manifest tells no count of a file.", "a count for each file", uncounted, evidence)
    if besides:
        yield _finding("A file of the export is not in the manifest.", "every file is named", besides, evidence)


def _counts(
    entries: list[dict[str, Any]], state: Tallied, evidence: tuple[str, ...], *, whole: bool
) -> Iterator[Statement]:
    """What is in the files against what the manifest says."""
    held: dict[str, dict[str, int]] = {}
    for name, count in state.counts.items():
        kind, space, path = name.partition(" ")
        if space:
            held.setdefault(path, {})[kind] = count
    other, different, grave = [], [], []
    for one in entries:
        inside = held.get(one["file"], {})
        if inside.get(_ERRORS) and one["section"] == "error":
            grave.append(one["file"])
        if one["section"] != "output" or not one["there"]:
            continue
        if set(inside) - {one["type"], _ERRORS}:
            other.append(one["file"])
        found = inside.get(one["type"], 0)
        if one["count"] not in (None, found):
            different.append(f"{one['file']}: {found} {one['type']}, and the manifest says {one['count']}")
    if other:
        what = "A file holds resources of another type than the manifest says."
        yield _finding(what, "one type in each file", other, evidence)
    if different and whole:
        what = "A file holds another number of resources than the manifest says."
        yield _finding(what, "as many as are counted", different, evidence)
    elif different:
        message = f"{different[0]}; but not all of the export could be read"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    if grave:
        what = "The export tells of errors that happened while it was made: it may not be whole."
        yield _finding(what, "no OperationOutcome of severity error or fatal", grave, evidence)


def _finding(message: str, expected: str, found: list[str], evidence: tuple[str, ...], *, place: str = "") -> Finding:
    shown = sorted(found)
    return Finding(
        message=message,
        expected=expected,
        actual=shown[0] if place else f"{len(shown)} of them",
        place=place or shown[0].partition(": ")[0],
        evidence=evidence,
        count=len(shown),
        examples=tuple(shown[:5]),
    )
