"""Scans over the full resources among the exchanges, each taken once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from checker.engine.scans.driver import Driver
from checker.engine.scans.job import EXCHANGES, ScanJob, ScanRun
from checker.engine.scans.pairs import Pairs
from checker.engine.scans.parse import NotRead, parse, resources_in
from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.model.value import digest
from checker.probes.source import Unreadable

LEFT_OUT = frozenset({"OperationOutcome", "CapabilityStatement"})
"""They speak about the server, they are not records that it keeps."""


def scan_exchanges(
    bodies: Iterable[tuple[str, Any, str]],
    jobs: Sequence[ScanJob],
    *,
    salt: bytes,
    limits: Limits,
    spill_dir: Path | None = None,
) -> ScanRun:
    """One pass over bodies (evidence id, JSON text or parsed value, pointer of that value).

    Given in the order of the evidence. Taken are bare resources and those in Bundle entries;
    left out are :data:`LEFT_OUT`, what a server marks as ``SUBSETTED``, and what came before:
    same type, id and content. A second version, or the same version with other content, is
    looked at too, since either may hold a fault.
    """
    before: set[tuple[str, str, str]] = set()
    with Pairs(salt=salt, spill_after=limits.spill_after_pairs, spill_dir=spill_dir) as pairs:
        driver = Driver(jobs, pairs, side=EXCHANGES)
        for evidence, body, pointer in bodies:
            locator = Locator(path=evidence, offset=0)
            try:
                value = parse(body) if isinstance(body, bytes) else body
            except NotRead as not_read:
                driver.unreadable.add(Unreadable(locator=locator, reason=not_read.reason))
                continue
            for found in resources_in(value, "", pointer):
                if isinstance(found, NotRead):
                    driver.unreadable.add(Unreadable(locator=locator, reason=found.reason))
                elif _is_wanted(found[0]) and (identity := _identity(found[0])) not in before:
                    before.add(identity)
                    driver.take(found[0], found[1], locator, None)
        return driver.run()


def _is_wanted(resource: dict[str, Any]) -> bool:
    return resource["resourceType"] not in LEFT_OUT and not _is_subsetted(resource)


def _is_subsetted(resource: dict[str, Any]) -> bool:
    """``meta.tag`` says that elements are left out (FHIR R4 search, §3.1.1.5.8)."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(isinstance(tag, dict) and tag.get("code") == "SUBSETTED" for tag in tags)


def _identity(resource: dict[str, Any]) -> tuple[str, str, str]:
    return resource["resourceType"], str(resource.get("id", "")), digest(resource)
