"""What the scans say: sealed states of artefacts, and the exchanges of the recording itself."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from checker.engine.case import Case
from checker.engine.other_forms import told_in_json
from checker.engine.plan import Plan
from checker.engine.scans import EXPORT, ScanJob, ScanOutcome, ScanRun, merged_state, scan_artefacts, scan_exchanges
from checker.engine.scans.work import Engine, Progress, Surroundings
from checker.errors import CheckerFault, IntegrityFault, RecordingFault
from checker.model.evidence import HTTP_EXCHANGE, Artefact, Evidence, ScanState, SourceFile
from checker.model.need import ScanNeed
from checker.model.record import Shortfall
from checker.model.registry import Registry
from checker.model.scan import Keyed
from checker.model.supplier import Limits, Supplier
from checker.model.table import Table
from checker.model.terms import Reason
from checker.model.value import canonical, plain
from checker.model.verdict import Statement
from checker.model.view import Exchange
from checker.probes.source.storage import is_in_store

EXCHANGES = "exchanges"
_SALT = b"exchanges of a recording"
"""Keys of exchange scans never leave memory, so that their salt need not be secret."""


class _Ran(NamedTuple):
    """One walk over the exchanges, and what one scan made of it."""

    run: ScanRun
    outcome: ScanOutcome


class ScanResults:
    """Statements and shortfalls of scans over a case. ``again`` are states that were made just now.

    ``without_definitions``: why scans that judge by definitions cannot be run; "" when they can.
    """

    def __init__(
        self,
        case: Case,
        registry: Registry,
        limits: Limits,
        again: Iterable[ScanState] = (),
        *,
        without_definitions: str = "",
    ) -> None:
        self._case = case
        self._without_definitions = without_definitions
        self.registry = registry
        self._limits = limits
        self._states: list[tuple[str, ScanState]] = [(item.id, state) for item, state in case.scan_states()]
        self._states += [("", state) for state in again]
        self._runs: dict[str, _Ran] = {}
        self._planned: tuple[ScanNeed, ...] = ()
        self._exchanges: tuple[Exchange, ...] | None = None
        self._unseen: tuple[Shortfall, ...] | None = None

    def prepare(self, needs: Iterable[ScanNeed]) -> None:
        """The scans that will be asked for: those over exchanges are then done in one walk, at the first question."""
        wanted = (need for need in needs if need.over == EXCHANGES and not self._barred(need))
        self._planned = tuple({need.key: need for need in wanted}.values())

    def _barred(self, need: ScanNeed) -> str:
        """Why this scan cannot be run here; "" when it can."""
        return self._without_definitions if self.registry.scans[need.scan].by_definitions else ""

    def statements(self, *needs: ScanNeed) -> Iterator[Statement]:
        """What a scan says of that source, or of several as one. Raises ``CheckerFault`` if the scan itself broke."""
        state, evidence = self.of_all(needs)
        if state is not None:
            scan = self.registry.scans[needs[0].scan]
            for statement in scan.finish(state, needs[0].params):
                yield msgspec.structs.replace(statement, evidence=(*statement.evidence, *evidence))

    def of_all(self, needs: Sequence[ScanNeed]) -> tuple[Any, tuple[str, ...]]:
        """As :meth:`merged`, of several sources of one scan together."""
        whole, evidence = None, dict[str, None]()
        for need in needs:
            state, names = self.merged(need)
            evidence.update(dict.fromkeys(names))
            if state is not None:
                whole = state if whole is None else self.registry.scans[need.scan].merge(whole, state)
        return whole, tuple(evidence)

    def merged(self, need: ScanNeed) -> tuple[Any, tuple[str, ...]]:
        """The state of a scan over one source with the ids of its evidence; None when there is none.

        Raises ``CheckerFault`` if the scan itself broke.
        """
        scan = self.registry.scans[need.scan]
        if need.over == EXCHANGES and self._barred(need):
            return None, ()  # shortfalls() says so
        if need.over == EXCHANGES:
            outcome = self._run(need).outcome
            _raise_if_broken(need, outcome.error)
            return merged_state(scan, need.params, [outcome.state], side=EXCHANGES), ()
        found = self._found(need)
        for _, state in found:
            _raise_if_broken(need, state.fault)
        if not found or (len(found) > 1 and isinstance(scan, Keyed)):
            return None, ()  # shortfalls() says so
        evidence = tuple(name for name, _ in found if name)
        return merged_state(scan, need.params, [state.state for _, state in found]), evidence

    def shortfalls(self, need: ScanNeed) -> Iterator[Shortfall]:
        """What is missing for a pass."""
        if need.over == EXCHANGES and (why := self._barred(need)):
            yield Shortfall(reason=Reason.PREREQUISITE, message=f"{why} (--package)")
            return
        if need.over == EXCHANGES:
            run = self._run(need).run
            yield from _unreadable(EXCHANGES, run.unreadable, run.unreadable_examples)
            if self._unseen is None:
                self._unseen = tuple(self._not_looked_at())
            yield from self._unseen
            return
        found = self._found(need)
        if not found:
            yield Shortfall(reason=Reason.NO_DATA, message=self._why_not_run(need))
            return
        if len(found) > 1 and isinstance(self.registry.scans[need.scan], Keyed):
            message = f"the scan {need.scan} must see all artefacts at once, and two recordings hold parts of them"
            yield Shortfall(reason=Reason.NO_DATA, message=message)
        covered = {name for _, state in found for name in state.artefact.split(",")}
        for artefact in self._case.supplier.artefacts_of(need.over):
            if artefact.id not in covered:
                yield Shortfall(reason=Reason.NO_DATA, message=f"artefact {artefact.id!r} was not scanned")
        for _, state in found:
            yield from _unreadable(state.artefact, state.unreadable, state.unreadable_examples)

    def _why_not_run(self, need: ScanNeed) -> str:
        others = self._judged_by_others(need)
        if others:
            before = "; or by ".join(" and ".join(one) for one in others)
            what = f"the scan {need.scan} was not run by these definitions when this was collected, but by {before}"
        else:
            what = f"the scan {need.scan} was not run when this was collected, or another version of it was"
        if why := self._barred(need):
            return f"{what}; {why} (--package)"
        return f"{what}: give --artefacts with the same files"

    def _judged_by_others(self, need: ScanNeed) -> list[tuple[str, ...]]:
        """By which packages the same was scanned, where it was by others."""
        if not self.registry.scans[need.scan].by_definitions:
            return []
        wanted = canonical({**plain(need.params), "packages": None})
        mine = tuple(getattr(need.params, "packages", ()))
        found = {
            tuple(state.params.get("packages", ())) or ("what ships with the checker",)
            for _, state in self._states
            if (state.scan, state.over) == (need.scan, need.over)
            and canonical({**state.params, "packages": None}) == wanted
        }
        return sorted(found - {mine})

    def _found(self, need: ScanNeed) -> list[tuple[str, ScanState]]:
        version = self.registry.scans[need.scan].version
        wanted = (need.scan, version, need.over, canonical(need.params))
        return [
            (name, state)
            for name, state in self._states
            if (state.scan, state.version, state.over, canonical(state.params)) == wanted
        ]

    def _run(self, need: ScanNeed) -> _Ran:
        if need.key not in self._runs:
            needs = self._planned if any(one.key == need.key for one in self._planned) else (need,)
            jobs = [ScanJob(scan=self.registry.scans[one.scan], params=one.params) for one in needs]
            run = scan_exchanges(bodies_of(self._answers()), jobs, salt=_SALT, limits=self._limits)
            for one, outcome in zip(needs, run.outcomes, strict=True):
                self._runs[one.key] = _Ran(run, outcome)
        return self._runs[need.key]

    def _not_looked_at(self) -> Iterator[Shortfall]:
        """Answers that may hold resources and that no scan could see."""
        for name in self._case.ledger:
            if name not in self._case.evidence:
                yield Shortfall(reason=Reason.NO_DATA, message=f"evidence {name} is missing from the recording")
        again = told_in_json(self._answers())
        for exchange in self._answers():
            if exchange.failure is not None or exchange.lost:
                reason = exchange.failure.reason if exchange.failure else exchange.evidence.withheld or Reason.NO_DATA
                yield Shortfall(reason=reason, message=f"the body of {exchange.id} could not be looked at")
            elif exchange.body_bytes and exchange.json().problem and exchange.id not in again:
                yield Shortfall(reason=Reason.NO_DATA, message=f"the body of {exchange.id}: {exchange.json().problem}")

    def _answers(self) -> tuple[Exchange, ...]:
        """The successful answers of the FHIR endpoint, made once, so that each is parsed once."""
        if self._exchanges is None:
            found = (self._case.evidence.get(name) for name in self._case.ledger)
            self._exchanges = answers_in((item for item in found if item is not None), self._case.blob)
        return self._exchanges


def answers_in(evidence: Iterable[Evidence], blob: Callable[[str], bytes | None]) -> tuple[Exchange, ...]:
    """The successful answers of the FHIR endpoint, in the order of the evidence."""
    made = (Exchange(item, blob) for item in evidence if item.kind == HTTP_EXCHANGE)
    return tuple(one for one in made if one.http.view == "fhir" and 200 <= one.status < 300)


def bodies_of(answers: Iterable[Exchange]) -> Iterator[tuple[str, object, str]]:
    """Evidence id, the parsed body, and the pointer into it, of those that hold resources: what is scanned."""
    for exchange in answers:
        if exchange.failure is None and not exchange.lost and exchange.json().resource_type:
            yield exchange.id, exchange.json().value, ""


def _raise_if_broken(need: ScanNeed, error: str) -> None:
    if error:
        raise CheckerFault(f"The scan {need.scan} broke: {error}.", next_step="Report this fault.")


def _unreadable(source: str, count: int, examples: Sequence[str]) -> Iterator[Shortfall]:
    if count:
        shown = "; ".join(examples[:3])
        yield Shortfall(reason=Reason.NO_DATA, message=f"{source}: {count} part(s) could not be read: {shown}")


def scan_plan(
    scans: Sequence[ScanNeed],
    registry: Registry,
    artefacts: Mapping[str, Sequence[tuple[str, Path | str]]],
    *,
    salt: bytes,
    limits: Limits,
    spill_dir: Path | None,
    keep: bool = False,
    engine: Engine | None = None,
    progress: Progress | None = None,
    surroundings: Surroundings | None = None,
    tables: Mapping[str, tuple[Table, ...]] | None = None,
) -> Iterator[tuple[ScanNeed, ScanState]]:
    """Run planned scans, one pass for each kind of artefact. A scan that breaks gives its fault.

    With ``keep`` a pass leaves in ``spill_dir`` what it came to, and a later one goes on from there. An ``engine`` that
    works in other processes needs to know the ``surroundings`` of the scans. ``tables``: what the mappings of each
    artefact say of its columns.
    """
    for over in dict.fromkeys(need.over for need in scans):
        needs = [need for need in scans if need.over == over]
        sources = artefacts.get(over) or [one for kind in over.split("+") for one in artefacts.get(kind, ())]
        if not sources:
            continue
        jobs = [ScanJob(scan=registry.scans[need.scan], params=need.params) for need in needs]
        done = scan_artefacts(
            list(sources),
            jobs,
            over=over,
            salt=salt,
            limits=limits,
            spill_dir=spill_dir,
            keep=keep,
            engine=engine,
            progress=progress,
            surroundings=surroundings,
            tables=tables,
            exports=[name for name, _ in (artefacts.get(EXPORT) or (sources if over == EXPORT else ()))],
        )
        names = ",".join(name for name, _ in sources)
        for need, job, state, error in zip(needs, jobs, done.states, done.errors, strict=True):
            yield (
                need,
                state
                or ScanState(
                    scan=need.scan,
                    version=job.scan.version,
                    params=plain(need.params),
                    over=over,
                    artefact=names,
                    files=(),
                    resources=0,
                    fault=error or "it gave no state",
                ),
            )


def artefact_paths(supplier: Supplier, root: Path) -> dict[str, Sequence[tuple[str, Path | str]]]:
    """Kind → (id, path) of every artefact that is a file or folder; the URL of one that is in a store."""
    found: dict[str, list[tuple[str, Path | str]]] = {}
    for artefact in supplier.artefacts:
        if is_in_store(artefact.location):
            found.setdefault(artefact.kind, []).append((artefact.id, artefact.location))
        elif artefact.location and "://" not in artefact.location:
            found.setdefault(artefact.kind, []).append((artefact.id, root / artefact.location))
    return {kind: tuple(paths) for kind, paths in found.items()}


def tables_of(supplier: Supplier) -> dict[str, tuple[Table, ...]]:
    """Id of each artefact → what its mappings say."""
    return {artefact.id: artefact.tables for artefact in supplier.artefacts}


def scan_salt(seed: str) -> bytes:
    """The salt of a run's scans: a function of its seed (hexadecimal), which differs from run to run."""
    return hmac.new(bytes.fromhex(seed), b"scan", hashlib.sha256).digest()


def scan_again(
    case: Case, plan: Plan, registry: Registry, folder: Path, limits: Limits, *, without_definitions: bool = False
) -> list[ScanState]:
    """Run the scans that a recording lacks over the same files, given again.

    ``without_definitions``: not those that judge by definitions, since the definitions are not at hand.
    ``folder`` is the artefact itself, or holds one entry for each artefact id. Raises
    ``IntegrityFault`` if the files are not those that were recorded.
    """
    known = ScanResults(case, registry, limits)
    missing = [need for need in plan.scans if need.over != EXCHANGES and any(True for _ in _not_run(known, need))]
    missing = [one for one in missing if not (without_definitions and registry.scans[one.scan].by_definitions)]
    artefacts: dict[str, Sequence[tuple[str, Path | str]]] = {}
    for need in missing:
        named = [artefact.id for artefact in case.supplier.artefacts_of(need.over)]
        each = [(name, folder / name) for name in named]
        artefacts[need.over] = each if all(path.exists() for _, path in each) else [(named[0], folder)]
    made = []
    # What is spilled lies on disk for a while: the salt is that of the collection, and not one that all know.
    salt = scan_salt(case.recordings[0].manifest.seed)
    for need, state in scan_plan(
        missing,
        registry,
        artefacts,
        salt=salt,
        limits=limits,
        spill_dir=None,
        tables=tables_of(case.supplier),
    ):
        recorded = _recorded_files(case, need.over)
        if not recorded:
            raise RecordingFault(
                f"The recording holds no digest of the {need.over}, so nobody can tell whether these are its files.",
                where=str(folder),
                next_step="Collect again with the artefact named in supplier.toml.",
            )
        if _digests(state.files) != _digests(recorded):
            raise IntegrityFault(
                f"The files given are not the {need.over} that was recorded.",
                where=str(folder),
                next_step="Give the files that were submitted, unchanged; see the digests in the recording.",
            )
        made.append(state)
    return made


def _not_run(results: ScanResults, need: ScanNeed) -> Iterator[Shortfall]:
    return (shortfall for shortfall in results.shortfalls(need) if "was not run" in shortfall.message)


def _digests(files: Iterable[SourceFile]) -> list[tuple[int, str]]:
    return sorted((file.size_bytes, file.sha256) for file in files)


def _recorded_files(case: Case, over: str) -> tuple[SourceFile, ...]:
    for _, state in case.scan_states():
        if state.over == over and state.files:
            return state.files
    ids = {artefact.id for artefact in case.supplier.artefacts_of(over)}
    found: dict[str, tuple[SourceFile, ...]] = {}
    for item in case.evidence.values():
        payload = item.read() if item.kind == "artefact" else None
        if isinstance(payload, Artefact) and payload.artefact in ids and payload.files:
            found[payload.artefact] = payload.files  # the last reading is what was sealed
    return tuple(file for files in found.values() for file in files)
