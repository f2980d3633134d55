"""An addendum: a second recording that adds files to a first one, which it names by digest.

An audit log that shows the reads of a collection can be exported only after them. The addendum asks nobody: what was
asked over the network is taken from the first recording, and only the files that are new are read. ``judge`` takes
both, and gathers the records that rest on files again, from the evidence of the two.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from checker import __version__
from checker.checks.fhir_judging import current
from checker.engine.artefact_scans import ArtefactScans
from checker.engine.collect import Collected, without_locations
from checker.engine.gather import Gatherer, gather_all
from checker.engine.judge import without_files
from checker.engine.judged_by import answers_of, surroundings_of
from checker.engine.plan import Plan
from checker.engine.recording import Manifest, Recording, seal
from checker.engine.scan_results import EXCHANGES, artefact_paths, scan_plan, scan_salt, tables_of
from checker.engine.scans.work import Engine
from checker.engine.source import Replay
from checker.errors import SupplierFault, UsageFault
from checker.model.ask import SCAN, ArtefactAsk, Ask
from checker.model.clock import Clock
from checker.model.evidence import Evidence, Payload, envelope
from checker.model.registry import Registry
from checker.model.supplier import ArtefactRef, Supplier
from checker.model.terms import Vouching
from checker.model.value import digest
from checker.probes.artefact import named_artefact, read_files
from checker.probes.event_loop import new_event_loop

_MARK = "added-"
"""Before the ids of new evidence while both recordings are at hand."""


def with_artefacts(first: Recording, added: tuple[ArtefactRef, ...]) -> Supplier:
    """The supplier of the first recording, with files that it did not have.

    Raises ``UsageFault`` when there are none, ``SupplierFault`` for an id that the first recording has already:
    nobody may put one file in the place of another.
    """
    supplier = first.manifest.supplier
    known = {artefact.id for artefact in supplier.artefacts}
    if not added:
        raise UsageFault("An addendum adds files, and none is named.", next_step="Give --artefact KIND=PATH.")
    for artefact in added:
        if artefact.id in known:
            raise SupplierFault(
                f"The first recording has an artefact {artefact.id!r} already, and an addendum cannot replace it.",
                where="--artefact, or [[artefact]] of supplier.toml",
                next_step="Give it an id of its own in supplier.toml, or collect anew.",
            )
        if not artefact.location or "://" in artefact.location:
            raise SupplierFault(
                f"The artefact {artefact.id!r} is not a file or folder.",
                where=artefact.location or artefact.id,
                next_step="Fetch it, and name the file.",
            )
    return msgspec.structs.replace(supplier, artefacts=(*supplier.artefacts, *added))


class Adding:
    """A source of evidence: new files from disk, all else from the first recording."""

    def __init__(self, first: Recording, supplier: Supplier, root: Path, clock: Clock, scans: ArtefactScans) -> None:
        self._replay = Replay(first.evidence.values(), first.blob)
        known = {artefact.id for artefact in first.manifest.supplier.artefacts}
        self._new = frozenset(artefact.id for artefact in supplier.artefacts) - known
        self._supplier = supplier
        self._root = root
        self._clock = clock
        self._scans = scans
        self.evidence: list[Evidence] = []

    async def obtain(self, ask: Ask) -> Evidence | None:
        """The evidence for an ask; None for what the first recording never asked."""
        if not isinstance(ask, ArtefactAsk) or ask.artefact not in self._new:
            return await self._replay.obtain(ask)
        ref = named_artefact(ask, self._supplier)
        read = self._scans if ask.extract.startswith(SCAN) else read_files
        return self.keep(ask.key, read(ask, ref, self._root))

    def keep(self, ask_key: str, payload: Payload) -> Evidence:
        """Put it into the chain. What is returned carries a mark before its id."""
        previous = self.evidence[-1].link if self.evidence else ""
        made = envelope(
            payload,
            number=len(self.evidence) + 1,
            ask=ask_key,
            captured_at=self._clock.now(),
            previous=previous,
        )
        self.evidence.append(made)
        return msgspec.structs.replace(made, id=_MARK + made.id)

    async def ready(self, identity: str) -> None:
        """Nobody is asked."""

    async def wait(self, seconds: float) -> None:
        """The export is as it is: nothing is waited for."""

    def blob(self, sha256: str) -> bytes | None:
        """A body of the first recording."""
        return self._replay.blob(sha256)


def add(
    first: Recording,
    plan: Plan,
    registry: Registry,
    supplier: Supplier,
    *,
    root: Path,
    clock: Clock,
    seed: str,
    target: Path,
    progress: Callable[[str], None] = lambda text: None,
    engine: Engine | None = None,
) -> Collected:
    """Read what is new, and seal it to ``target``.

    ``supplier`` is that of :func:`with_artefacts`, and ``plan`` is made for it. ``engine``: where the scans are done;
    None is here, in one process. Raises ``OutputFault``.
    """
    started = clock.now()
    limits = first.manifest.limits
    source = Adding(first, supplier, root, clock, ArtefactScans(registry, limits, seed, engine))
    gatherer = Gatherer(
        registry=registry,
        supplier=supplier,
        settings=plan.profile.settings,
        limits=limits,
        source=source,
        known=without_files(first.records.values(), registry),
        known_evidence=first.evidence.values(),
    )
    known = {artefact.id for artefact in first.manifest.supplier.artefacts}
    added = tuple(artefact for artefact in supplier.artefacts if artefact.id not in known)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(gather_all(gatherer, plan, lambda need: progress(need.probe)))
        for artefact in added:
            runner.run(_digest(gatherer, artefact))
    paths = artefact_paths(msgspec.structs.replace(supplier, artefacts=added), root)
    wanted = [need for need in plan.scans if need.over != EXCHANGES and need.over in paths]
    with tempfile.TemporaryDirectory(prefix="checker-scan-") as spill:
        for need, state in scan_plan(
            wanted,
            registry,
            paths,
            salt=scan_salt(seed),
            limits=limits,
            spill_dir=Path(spill),
            engine=engine,
            tables=tables_of(supplier),
            surroundings=surroundings_of(registry, current().held, answers_of(first.evidence.values())),
        ):
            source.keep(need.key, state)
    progress("")
    manifest = Manifest(
        tool_version=__version__,
        run_id=digest((seed, started.isoformat()))[:16],
        vouching=Vouching.SELF_DECLARED,
        challenge="",
        seed=seed,
        profile=f"{plan.profile.id}@{plan.profile.version}",
        profile_digest=plan.profile.digest,
        supplier=_of_files(supplier, added),
        limits=limits,
        roots=tuple(need.key for need in plan.roots),
        definitions=first.manifest.definitions,
        started=started,
        ended=clock.now(),
        complete=True,
        evidence=tuple(item.id for item in source.evidence),
        chain=source.evidence[-1].link if source.evidence else "",
        requests=0,
        members={},
        addendum_to=first.digest,
    )
    sealed = seal(target, manifest, source.evidence, (), {})
    return Collected(target, sealed, complete=True, interrupted=False, requests=0)


async def _digest(gatherer: Gatherer, artefact: ArtefactRef) -> None:
    await gatherer.obtain(ArtefactAsk(artefact=artefact.id, extract="digest"))


def _of_files(supplier: Supplier, added: tuple[ArtefactRef, ...]) -> Supplier:
    """The same system, of which nothing but files was looked at."""
    return without_locations(
        msgspec.structs.replace(supplier, base_url="", token_url="", identities=(), artefacts=added)
    )
