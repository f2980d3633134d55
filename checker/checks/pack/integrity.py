"""Is the evidence pack what it says: does it fit its form, and is it whole, and nothing beside it?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given
from checker.checks.pack.given import SECTIONS, WHOLE, of_section, shortened, whole
from checker.model.evidence import Artefact
from checker.model.pack import SECTION
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SHOWN = 20
_STILL_OPEN = ": still to be filled in"


@check(
    "pack.fits-its-schemas",
    needs=lambda p, settings: [WHOLE, *(of_section(name) for name in SECTIONS)],
    source="docs/policy.md#an-evidence-pack-fits-its-schemas",
)
def fits_its_schemas(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The root and every section that it names fit the schemas of their version.

    Schemas: ``reports/schemas/pack``. Each thing wrong is named by file and JSON pointer, without its value.

    Good: ``sections: {service: {path: service/service.yaml}}``. Bad: a key that no schema knows; 2026-02-30.
    """
    found = whole(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield from _faults(found, found.facts["faults"], "The root", "pack.yaml")
    if not found.facts["faults"]:
        yield Examined(what="the root of the pack", evidence=found.evidence)
    for name in SECTIONS:
        if not ev.supplier.artefacts_of(SECTION + name):
            continue
        view = ev.record(of_section(name))
        payload = view.payload("section")
        if not isinstance(payload, Artefact) or payload.facts.get("problem"):
            yield view.undecided(f"the section {name!r}")
            continue
        evidence = tuple(item.id for item in view.evidence("section"))
        yield from _faults(found._replace(evidence=evidence), payload.facts["faults"], "A section", f"section {name}")
        if not payload.facts["faults"]:
            yield Examined(what=f"the section {name}", evidence=evidence)


def _faults(found: Given, faults: list[str], what: str, where: str) -> Iterator[Finding]:
    """One finding for each fault, and one for all places that are still to be filled in."""
    still_open = [fault for fault in faults if fault.endswith(_STILL_OPEN)]
    for fault in faults:
        if fault not in still_open:
            place, _, said = fault.removeprefix(f"{where} ").partition(": ")
            message = f"{what} of the pack does not fit its schema."
            yield found.finding(
                message, "what the schema asks for", said or place, f"{where} {place}" if said else where
            )
    if still_open:
        places = [fault.removeprefix(f"{where} ").removesuffix(_STILL_OPEN).rstrip(": ") for fault in still_open]
        message = f"{what} of the pack is still to be filled in."
        shown = ", ".join(places[:3]) + (" and more" if len(places) > 3 else "")
        yield found.finding(message, "answers", "TO DO", f"{where} {shown}", len(places))


@check("pack.files-are-whole", needs=lambda p, settings: [WHOLE], source="docs/policy.md#every-file-of-a-pack-is-whole")
def files_are_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every file that the root names lies in the pack, and its SHA-256 is the declared one.

    A path that leads out of the pack, a symbolic link anywhere in the folder, and a file without a digest are findings.

    Good: ``{path: service/outages.csv, sha256: 9f86…}`` with that file. Bad: ``path: ../outages.csv``; a digest of
    before the last edit.
    """
    found = whole(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if (stopped := _root_unread(found)) is not None:
        yield stopped
        return
    for link in found.facts["links"]:
        message = "A symbolic link lies in the pack: where it leads is not part of it."
        yield found.finding(message, "files and folders", "a symbolic link", shortened(link))
    for one in found.facts["named"]:
        place = f"pack.yaml {one['what']}, {shortened(one['path'])}"
        if one["problem"]:
            message = "A file that the root names is not to be had."
            yield found.finding(message, "a file inside the pack", one["problem"], place)
        elif not one["declared"]:
            message = "A file has no digest, so that nobody can tell whether it is the one that was meant."
            yield found.finding(message, "its SHA-256", "none: run 'checker pack hash'", place)
        elif one["declared"] != one["found"]:
            message = "A file is not the one whose digest the root declares: it was changed since."
            yield found.finding(message, f"SHA-256 {one['declared'][:12]}…", f"{one['found'][:12]}…", place)
        else:
            yield Examined(what="files with the digest that the root declares", evidence=found.evidence)
    if not found.facts["named"]:
        yield found.undecided("the root of the pack names no file")


@check(
    "pack.no-file-is-left-over",
    needs=lambda p, settings: [WHOLE],
    source="docs/policy.md#no-file-of-a-pack-is-left-over",
)
def no_file_is_left_over(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every file in the folder of the pack is one that its root names.

    Good: ``pack.yaml`` and the files of ``sections`` and ``artefacts``. Bad: ``old/outages (copy).csv``; ``.DS_Store``.
    """
    found = whole(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if (stopped := _root_unread(found)) is not None:
        yield stopped
        return
    named = {one["path"] for one in found.facts["named"]}
    over = [one["path"] for one in found.facts["files"] if one["path"] not in named]
    for path in over[:_SHOWN]:
        message = "A file lies in the pack that its root does not name."
        yield found.finding(message, "named in the root, or not there", "not named", shortened(path))
    if len(over) > _SHOWN:
        message = "More files lie in the pack that its root does not name."
        count = len(over) - _SHOWN
        yield found.finding(message, "named in the root, or not there", f"{count} more", "the folder", count)
    if found.facts["unlisted"]:
        yield found.undecided(f"not all of the folder was looked at: {found.facts['unlisted']}")
    elif not found.facts["files"]:
        yield found.undecided("there is no file in the pack beside its root")
    else:
        count = len(found.facts["files"]) - len(over)
        yield Examined(what="files of the pack that its root names", evidence=found.evidence, count=count or 1)


def _root_unread(found: Given) -> Undecided | None:
    """Which files are named cannot be told while a part of the root that names them does not fit its schema."""
    names = ("/sections", "/artefacts")
    wrong = [one for one in found.facts["faults"] if not one.startswith("pack.yaml /") or one[10:].startswith(names)]
    if wrong:
        return found.undecided(f"the root of the pack cannot be read: {wrong[0]}", Reason.PREREQUISITE)
    return None
