"""``checker collect --addendum``: files that came after a collection."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from checker.checks.fhir_judging import Judging, judging_by
from checker.cli.clock import SystemClock
from checker.cli.compose import profile, registry
from checker.cli.definitions import definitions
from checker.cli.gathering import free, progress_line
from checker.cli.subject import subject
from checker.engine.addendum import add, with_artefacts
from checker.engine.collect import Collected
from checker.engine.plan import make_plan
from checker.engine.recording import open_recording
from checker.engine.scans.choice import engine_of
from checker.errors import SupplierFault, UsageFault
from checker.probes.artefact import look_at

_NOT_WITH = {"resume": "--resume", "challenge": "--challenge", "witnessed": "--witnessed"}


def add_files(options: dict[str, Any]) -> Collected:
    """Read the named files for the recording that ``--addendum`` names. Raises faults."""
    for name, written in _NOT_WITH.items():
        if options.get(name):
            raise UsageFault(
                f"An addendum asks nobody, so {written} means nothing for it.",
                where=written,
                next_step="Leave it out.",
            )
    engine = engine_of(options.get("engine") or "single", options.get("workers"), options.get("spark_master"))
    target, path = Path(options["recording"]), Path(options["addendum"])
    first = open_recording(path)
    if first.manifest.addendum_to:
        raise UsageFault(
            "That is an addendum itself.",
            where=str(path),
            next_step="Name the first recording; a recording may have several addenda.",
        )
    if target.exists() and path.resolve() == target.resolve():
        raise UsageFault(
            "The addendum would replace the recording that it adds to.",
            where=str(target),
            next_step="Give it a place of its own with --recording.",
        )
    known = registry()
    judged_by = profile(options["profile"], known, tuple(options.get("only") or ()))
    clock = SystemClock()
    found = subject(options, clock.now())
    free(target, overwrite=bool(options.get("overwrite")))
    earlier = {artefact.id for artefact in first.manifest.supplier.artefacts}
    named = found.supplier.artefacts
    # A supplier.toml names the files of the first collection too: they are not new, unless nothing else is named.
    added = tuple(artefact for artefact in named if artefact.id not in earlier) or named
    supplier = with_artefacts(first, added)
    for artefact in added:
        if problem := look_at(artefact, found.root)[1]:
            raise SupplierFault(
                f"The artefact {artefact.id!r} cannot be read: {problem}.",
                where=artefact.location,
                next_step="Correct its path.",
            )
    plan = make_plan(judged_by, supplier, known, first.manifest.limits)
    held = definitions(found.packages, options, found.network)
    with judging_by(Judging(held.held)):
        return add(
            first,
            plan,
            known,
            supplier,
            root=found.root,
            clock=clock,
            seed=secrets.token_hex(16),
            target=target,
            progress=progress_line(quiet=bool(options.get("quiet"))),
            engine=engine,
        )
