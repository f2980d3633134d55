"""Collect: all I/O of a run, journalled as it happens, sealed as the last step.

Ctrl-C seals what there is and says so; ``kill -9`` loses nothing but the probe under way.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol

import msgspec

from checker.checks.fhir_judging import Judging, current, judging_by
from checker.engine.ahead import Ahead, InTurn
from checker.engine.asking import judges_codes, open_questions
from checker.engine.gather import Gatherer, gather_all
from checker.engine.journal import Header, Journal, JournalState
from checker.engine.judged_by import answers_of, surroundings_of, terminology_notes, with_evidence
from checker.engine.plan import Plan, asks_the_endpoint
from checker.engine.recording import Manifest, seal
from checker.engine.scan_results import EXCHANGES, artefact_paths, scan_plan, scan_salt, tables_of
from checker.engine.scans.progress import ScanProgress
from checker.engine.scans.work import Engine
from checker.engine.scouts import Scouts, gather_early
from checker.engine.source import LiveSource
from checker.errors import CheckerFault, IntegrityFault, UsageFault
from checker.model.ask import ArtefactAsk, Capture, Outside, TerminologyAsk
from checker.model.asked import Moment
from checker.model.clock import Clock
from checker.model.evidence import HTTP_EXCHANGE, Evidence, Handshake
from checker.model.header_template import JSON, filled
from checker.model.need import Need, ScanNeed
from checker.model.record import Record
from checker.model.registry import Registry
from checker.model.supplier import ArtefactRef, Supplier
from checker.model.value import canonical, sha256
from checker.probes.event_loop import new_event_loop

START = Need(probe="run.marker", params=Moment(when="start"))
END = Need(probe="run.marker", params=Moment(when="end"))


class LiveOutside(Outside, Protocol):
    """The outside of a collection: an :class:`Outside` that is opened and that knows its secrets."""

    async def __aenter__(self) -> LiveOutside:
        """Open."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""

    def known_secrets(self) -> tuple[bytes, ...]:
        """Secrets and tokens of this run, for the self-scan."""


@dataclass(frozen=True)
class Collected:
    """What a collection came to."""

    path: Path
    digest: str
    complete: bool
    interrupted: bool
    requests: int
    notes: tuple[str, ...] = ()
    """What a person should hear of the collection: what the terminology server did not do."""


@dataclass
class Collector:
    """One collection, new or resumed."""

    plan: Plan
    registry: Registry
    outside: LiveOutside
    journal: Journal
    header: Header
    supplier: Supplier
    """That of the header, with the places of its artefacts."""
    clock: Clock
    root: Path
    find_secrets: Callable[[bytes, tuple[bytes, ...]], object]
    progress: Callable[[str], None] = lambda text: None
    """Told what is being done; "" at the end."""
    engine: Engine | None = None
    """Where the scans are done; None is here, in one process."""
    judging: Judging = field(default_factory=current)
    """What artefacts are judged by while they are scanned."""
    terminology: str = ""
    """Base URL of the server that is asked about codes that are not held; "" asks nobody."""

    def run(self, target: Path, state: JournalState | None = None) -> Collected:
        """Collect (or go on from ``state``), then seal to ``target``."""
        if state is None:
            self.journal.create(self.header)
        evidence = list(state.evidence) if state else []
        known = sound_records(state) if state else {}
        limits = self.header.limits
        ahead = Ahead(self.outside, limits.concurrency) if limits.concurrency > 1 and self.plan.fits else None
        last = evidence[-1] if evidence else None
        source = InTurn(ahead, self.journal, last=last) if ahead else LiveSource(self.outside, self.journal, last=last)
        gatherer = Gatherer(
            registry=self.registry,
            supplier=self.supplier,
            settings=self.plan.profile.settings,
            limits=limits,
            source=source,
            known=known.values(),
            known_evidence=evidence,
            on_record=self.journal.add_record,
        )
        interrupted = False
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            try:
                try:
                    runner.run(self.outside.__aenter__())
                    runner.run(self._network(gatherer, source, ahead))
                    if self.terminology:
                        self._ask(runner, source)
                    self._scan(source, evidence)
                    runner.run(self._digests(gatherer))
                    if asks_the_endpoint(self.header.supplier, self.header.limits):
                        gatherer.records.pop(END.key, None)
                        runner.run(_discard(gatherer.gather(END)))
                except KeyboardInterrupt:
                    interrupted = True
                finally:
                    runner.run(self.outside.__aexit__(None, None, None))
            finally:
                self.progress("")
                self.journal.close()
        return self._seal(target, interrupted=interrupted)

    async def _network(self, gatherer: Gatherer, source: LiveSource, ahead: Ahead | None) -> None:
        if asks_the_endpoint(self.header.supplier, self.header.limits):
            await gatherer.gather(START)
        if ahead is None:
            await gather_all(gatherer, self.plan, lambda need: self.progress(need.probe))
            return
        try:
            await gather_early(Scouts(gatherer, self.plan, ahead, self.journal), lambda need: self.progress(need.probe))
        finally:
            for key, capture in await ahead.close():  # an interruption: what was sent stands in the recording
                source.keep(key, capture)

    def _scan(self, source: LiveSource, evidence: list[Evidence]) -> None:
        done = {item.ask for item in evidence if item.kind == "scan-state"}
        wanted = [need for need in self.plan.scans if need.over != EXCHANGES and need.key not in done]
        paths = artefact_paths(self.supplier, self.root)
        salt = scan_salt(self.header.seed)
        answers = answers_of(self.journal.read().evidence)
        judging = with_evidence(self.judging.held, answers) if answers else self.judging
        work = self.journal.folder / "scan"
        with judging_by(judging):
            found = scan_plan(
                wanted,
                self.registry,
                paths,
                salt=salt,
                limits=self.header.limits,
                spill_dir=work,
                keep=True,
                engine=self.engine,
                progress=ScanProgress(self.progress, self.clock),
                tables=tables_of(self.supplier),
                surroundings=surroundings_of(self.registry, self.judging.held, answers),
            )
            for need, state in found:
                source.keep(need.key, Capture(payload=state, captured_at=self.clock.now()))
        shutil.rmtree(work, ignore_errors=True)  # until now, a run that is killed goes on from what is in there

    def _ask(self, runner: asyncio.Runner, source: LiveSource) -> None:
        """Ask the terminology server what the resources leave open; its answers are evidence like any other."""
        needs = judges_codes(self.plan, self.registry)
        if not needs:
            return
        self.progress("codes")
        evidence = self.journal.read().evidence
        known = answers_of(evidence)
        with tempfile.TemporaryDirectory(prefix="checker-scan-") as spill:
            questions = open_questions(
                needs,
                self.registry,
                self.judging.held,
                known,
                artefacts=artefact_paths(self.supplier, self.root),
                evidence=evidence,
                blob=self.journal.blob,
                salt=scan_salt(self.header.seed),
                limits=self.header.limits,
                spill_dir=Path(spill),
                tables=tables_of(self.supplier),
            )
        asked = {facts.question for one in known if not one.stopped for facts in one.answers}
        new = tuple(question for question in questions if question not in asked)
        if new:
            self.progress("terminology server")
            runner.run(_discard(source.obtain(TerminologyAsk(server=self.terminology, questions=new))))

    async def _digests(self, gatherer: Gatherer) -> None:
        """The digests of every artefact that was submitted, so that a later scan can prove it saw the same."""
        for artefact in self.header.supplier.artefacts:
            await gatherer.obtain(ArtefactAsk(artefact=artefact.id, extract="digest"))

    def _seal(self, target: Path, *, interrupted: bool) -> Collected:
        state = self.journal.read()
        refuse_secrets(self.journal, state, self.outside.known_secrets(), self.find_secrets)
        complete = not interrupted and is_complete(self.plan, state)
        manifest = make_manifest(state, ended=self.clock.now(), complete=complete, interrupted=interrupted)
        blobs = {sha for item in state.evidence for sha in item.blobs}
        records = (*state.records.values(), *state.earlier)
        digest = seal(target, manifest, state.evidence, records, _Bodies(self.journal, blobs))
        notes = terminology_notes(answers_of(state.evidence))
        return Collected(target, digest, complete, interrupted, manifest.requests, notes)


async def _discard(awaitable: object) -> None:
    await awaitable  # type: ignore[misc]


class _Bodies(Mapping[str, bytes]):
    """The bodies of a journal, one at a time."""

    def __init__(self, journal: Journal, names: set[str]) -> None:
        self._journal = journal
        self._names = names

    def __getitem__(self, sha: str) -> bytes:
        """The body; a fault if it is gone."""
        data = self._journal.blob(sha)
        if data is None or sha256(data) != sha:
            raise IntegrityFault(
                f"The stored body {sha[:12]}… is gone or damaged.",
                where=str(self.journal_folder),
                next_step="Collect again into another recording.",
            )
        return data

    @property
    def journal_folder(self) -> Path:
        """Where the bodies are."""
        return self._journal.folder

    def __iter__(self) -> object:  # type: ignore[override]
        """The digests, sorted."""
        return iter(sorted(self._names))

    def __len__(self) -> int:
        """How many."""
        return len(self._names)


def sound_records(state: JournalState) -> dict[str, Record]:
    """The records that need not be gathered again: complete, and so is all that they rest on."""
    present = {item.id for item in state.evidence}

    def sound(key: str, seen: frozenset[str]) -> bool:
        record = state.records.get(key)
        if record is None or not record.complete or key in seen:
            return False
        return all(item.evidence in present for item in record.items) and all(
            sound(other, seen | {key}) for other in record.closure
        )

    kept = {key: record for key, record in state.records.items() if sound(key, frozenset())}
    kept.pop(END.key, None)
    return kept


def is_complete(plan: Plan, state: JournalState) -> bool:
    """Is every planned record there and complete, and every planned scan done?"""
    kept = sound_records(state)
    scanned = {item.ask for item in state.evidence if item.kind == "scan-state"}
    return all(need.key in kept for need in plan.roots) and all(
        need.key in scanned for need in plan.scans if need.over != EXCHANGES
    )


def refuse_secrets(
    journal: Journal,
    state: JournalState,
    secrets: tuple[bytes, ...],
    find: Callable[[bytes, tuple[bytes, ...]], object],
) -> None:
    """The self-scan before sealing: no secret of this run may be in what is written."""
    names = {sha for item in state.evidence for sha in item.blobs}
    texts = [canonical(state.header), *(canonical(item) for item in state.evidence)]
    texts += [bytes(item.payload) for item in state.evidence]
    texts += [canonical(record) for record in (*state.records.values(), *state.earlier)]
    bodies = (journal.blob(name) or b"" for name in sorted(names))
    if any(find(text, secrets) for text in itertools.chain(texts, bodies)):
        raise CheckerFault(
            "A secret of this run would stand in the recording, so it was not sealed.",
            where=str(journal.folder),
            next_step="Delete that folder, change the secret, and report this fault.",
        )


def make_manifest(state: JournalState, *, ended: object, complete: bool, interrupted: bool) -> Manifest:
    """What the recording says of itself."""
    header = state.header
    software = [_software(state, need) for need in (START, END)]
    keys = [_certificate(state, need) for need in (START, END)]
    return Manifest(
        tool_version=header.tool_version,
        run_id=header.run_id,
        vouching=header.vouching,
        challenge=header.challenge,
        seed=header.seed,
        profile=header.profile,
        profile_digest=header.profile_digest,
        supplier=without_locations(header.supplier),
        limits=header.limits,
        roots=header.roots,
        definitions=header.definitions,
        started=header.started,
        ended=ended,  # type: ignore[arg-type]
        complete=complete,
        interrupted=interrupted,
        evidence=tuple(item.id for item in state.evidence),
        chain=state.evidence[-1].link if state.evidence else "",
        requests=sum(item.kind == HTTP_EXCHANGE for item in state.evidence),
        planned=header.planned,
        most=header.most,
        software_start=software[0],
        software_end=software[1],
        key_start=keys[0],
        key_end=keys[1],
        members={},
    )


def without_locations(supplier: Supplier) -> Supplier:
    """The supplier without paths of this machine."""
    artefacts = tuple(
        ArtefactRef(id=artefact.id, kind=artefact.kind, tables=artefact.tables) for artefact in supplier.artefacts
    )
    headers = tuple(msgspec.structs.replace(one, value=filled(one.value, _without_folder)) for one in supplier.headers)
    return msgspec.structs.replace(supplier, artefacts=artefacts, headers=headers)


def _without_folder(placeholder: str) -> str:
    name = placeholder
    if placeholder.startswith(JSON):
        name = JSON + placeholder.removeprefix(JSON).replace("\\", "/").rpartition("/")[2]
    return f"{{{name}}}"


def _marked(state: JournalState, need: Need, role: str) -> Evidence | None:
    record = state.records.get(need.key)
    names = [item.evidence for item in record.items if item.role == role] if record else []
    return next((item for item in state.evidence if names and item.id == names[-1]), None)


def _software(state: JournalState, need: Need) -> str:
    record = state.records.get(need.key)
    return str(record.notes.get("software", "")) if record else ""


def _certificate(state: JournalState, need: Need) -> str:
    found = _marked(state, need, "handshake")
    payload = found.read() if found is not None else None
    if isinstance(payload, Handshake) and payload.attempts and payload.attempts[-1].chain:
        return sha256(payload.attempts[-1].chain[0].der)
    return ""


def check_resumable(header: Header, plan: Plan) -> None:
    """A resume must want what the collection wanted. Raises ``UsageFault``."""
    profile = plan.profile
    if header.profile_digest != profile.digest:
        raise UsageFault(
            "The profile is not the one that this collection was begun for.",
            where=f"{header.profile} then, {profile.id}@{profile.version} now",
            next_step="Collect again into another recording.",
        )


def roots_of(plan: Plan) -> tuple[str, ...]:
    """What a header keeps of a plan: the keys it began from."""
    return tuple(need.key for need in plan.roots) + tuple(need.key for need in plan.scans if _is_export(need))


def _is_export(need: ScanNeed) -> bool:
    return need.over != EXCHANGES
