"""The exit rehearsal: what the endpoint shows is looked for in the export, and what the export holds at the endpoint.

Source: docs/policy.md#an-export-says-the-same.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.fhir import bundle
from checker.fhir.likeness import content
from checker.fhir.met import Met, in_read, in_searchset, last_of_each
from checker.fhir.statement import interactions, searchable
from checker.model.ask import SCAN
from checker.model.asked import OneResource, Walk
from checker.model.evidence import Artefact
from checker.model.exchange import joined
from checker.model.need import ANY, AtMost, Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams, canonical
from checker.probes.fhir import get, read_need

ATTACHMENTS = f"{SCAN}export.attachments"
RECONCILE = f"{SCAN}export.reconcile"
_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())


@probe(
    "exit.walk",
    "1",
    params=Walk,
    uses=lambda p: (
        _CAPABILITIES,
        AtMost(need=Need(probe="fhir.read", params=OneResource(type=ANY, id=ANY)), times=p.sample),
    ),
    budget=lambda p: Budget(requests=p.types * p.pages, artefacts=2),
    interactions=("search", "page"),
)
async def walk(s: Session, p: Walk) -> None:
    """Page through each type that the server says it searches; look in the export for all that was shown.

    Then read, one by one, some of what the export holds besides, chosen by the seed of the run, and look for that
    again. Notes: ``types`` that were walked, and ``cut``: those with more pages than were followed.
    """
    stated = (await s.need(_CAPABILITIES)).exchange("metadata")
    statement = stated.json().value if stated is not None and stated.ok else None
    types = searchable(statement)
    readable = sorted(kind for kind, codes in interactions(statement).items() if "read" in codes)
    if not types:
        s.short(Reason.NO_DATA, "the CapabilityStatement names no type that can be searched")
        return
    s.note("types", list(types[: p.types]))
    s.note("left out", list(types[p.types :]))
    met: list[Met] = []
    cut: list[str] = []
    for kind in types[: p.types]:
        more = await _pages(s, p, kind, met)
        if more:
            cut.append(kind)
    s.note("cut", cut)
    found = await _reconciled(s, p, "reconciled", met, sample=p.sample, types=readable)
    others = sorted({key for one in found for _, key in _sample(one)} - last_of_each(met).keys())[: p.sample]
    views = await s.each(read_need(*key.split("/", 1)) for key in others)
    exchanges = [exchange for view in views if (exchange := view.exchange("read")) is not None]
    again = [one for exchange in exchanges if exchange.ok for one in in_read(exchange.json().value)]
    if again:
        await _reconciled(s, p, "read back", again, sample=0, types=readable)


async def _pages(s: Session, p: Walk, kind: str, met: list[Met]) -> bool:
    """Follow the pages of one type; are there more than were followed?"""
    url = s.url(kind, _count=str(p.count))
    seen: set[str] = set()
    while len(seen) < p.pages:
        exchange = await s.send(get(url), f"page {kind}", interaction="page" if seen else "search")
        seen.add(url)
        if not exchange.ok:
            return True
        body = exchange.json().value
        met += in_searchset(body, kind)
        following = bundle.link(body, "next")
        url = joined(exchange.request.url, following) if following else ""
        if not url or url in seen:
            return False
    return True


async def _reconciled(
    s: Session, p: Walk, role: str, met: Iterable[Met], *, sample: int, types: list[str]
) -> tuple[Artefact, ...]:
    base = s.supplier.base_url
    options = {"base": base, "aside": p.aside, "sample": sample, "types": types}
    known = last_of_each(met)
    wanted = (f"{key} {content(known[key].resource, base=base, aside=p.aside).text}" for key in sorted(known))
    return await s.artefacts("export", role, RECONCILE, (canonical(options).decode(), *wanted))


def _sample(found: Artefact) -> list[tuple[str, str]]:
    """Digest and ``Type/id`` of what the export holds besides."""
    state = found.facts.get("state")
    listed = state.get("sample") if isinstance(state, dict) else None
    return [(str(place), str(key)) for place, key in listed] if isinstance(listed, list) else []


@probe("exit.dictionary", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def dictionary(s: Session, p: NoParams) -> None:
    """Read the data dictionary of the export."""
    await s.artefacts("dictionary", "dictionary", "dictionary")


@probe("exit.attachments", "1", budget=lambda p: Budget(artefacts=2), safety=Safety.S0)
async def attachments(s: Session, p: NoParams) -> None:
    """List the files of the export with size and SHA-1 (what FHIR gives of an attachment), then follow attachments."""
    lines: list[str] = []
    for listed in await s.artefacts("export", "files", "file-hashes"):
        hashes = listed.facts.get("sha1")
        if isinstance(hashes, list) and len(hashes) == len(listed.files):
            pairs = zip(listed.files, hashes, strict=True)
            lines += [f"{file.size_bytes} {sha1} {file.path}" for file, sha1 in pairs]
    options = {"base": s.supplier.base_url}
    await s.artefacts("export", "attachments", ATTACHMENTS, (canonical(options).decode(), *sorted(lines)))
