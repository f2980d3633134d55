"""The files of an export are of open, named formats: nobody's software is needed to open them."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_FORMATS = Need(probe="export.formats", params=NoParams())
_NEXT = "Write it as FHIR NDJSON, CSV in UTF-8, JSON, XML, DICOM, PDF or a plain image."
_UNNAMED = frozenset({"unknown"})
"""Kinds of which only a person can tell whether they are open: nothing says what they are."""


@check("export.open-formats", needs=lambda p, settings: [_FORMATS], source="docs/policy.md#formats-are-open")
def open_formats(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every file of the export is of a format that anybody's software opens, by its first bytes and not by its name.

    Good: NDJSON, a letter in PDF, a scan in TIFF. Bad: the dump of a database, an encrypted file, text that is not
    UTF-8. An empty file shows nothing. A file whose first bytes nobody knows, or that cannot be opened at all, leaves
    the row open: a person has to say what it is.
    """
    view = ev.record(_FORMATS)
    found = view.evidence("formats")
    read = [payload for item in found if isinstance(payload := item.read(), Artefact)]
    evidence = tuple(item.id for item in found)
    if not read or any("formats" not in one.facts for one in read):
        yield view.undecided("what kinds of files the export holds")
        return
    for artefact in read:
        for kind, held in artefact.facts["closed"].items():
            if kind not in _UNNAMED:
                yield Finding(
                    message=f"The export holds files of a format that is not open: {kind}.",
                    expected="an open format",
                    actual=kind,
                    place=artefact.artefact,
                    fix=_NEXT,
                    evidence=evidence,
                    examples=tuple(held["files"]),
                    count=held["count"],
                )
        unnamed = [name for kind in _UNNAMED for name in artefact.facts["closed"].get(kind, {}).get("files", ())]
        if unnamed:
            message = f"nobody can tell by its first bytes what {', '.join(unnamed[:3])} is"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        if artefact.facts["unopened_count"]:
            first = artefact.facts["unopened"][0]
            message = f"{artefact.facts['unopened_count']} file(s) could not be opened, such as {first['file']}"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    files = sum(one.facts["files"] - one.facts["formats"].get("empty", 0) for one in read)
    if not files:
        yield Undecided(reason=Reason.NO_DATA, message="the export holds no file with anything in it")
    else:
        yield Examined(what="files, by their first bytes", evidence=evidence, count=files)
