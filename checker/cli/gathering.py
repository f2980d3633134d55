"""What ``collect`` and ``run`` share: a new or resumed collection, sealed."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from checker import __version__
from checker.checks.fhir_judging import Judging, current, judging_by
from checker.cli.clock import SystemClock
from checker.cli.compose import profile as load_profile
from checker.cli.compose import registry as load_registry
from checker.cli.definitions import definitions
from checker.cli.pasted import environment
from checker.cli.subject import allowed, remarks, subject
from checker.cli.words import plain_line
from checker.engine.collect import Collected, Collector, check_resumable, roots_of, without_locations
from checker.engine.journal import Header, Journal
from checker.engine.judged_by import Given
from checker.engine.judged_by import check_resumable as check_same_definitions
from checker.engine.plan import Plan, make_plan
from checker.engine.scans.choice import engine_of
from checker.engine.scans.work import Engine
from checker.engine.supplier_file import SupplierFile
from checker.errors import OutputFault, SupplierFault, UsageFault
from checker.model.registry import Registry
from checker.model.requirement import Profile
from checker.model.supplier import Supplier
from checker.model.terms import Vouching
from checker.model.value import digest


def journal_of(recording: Path) -> Path:
    """Where the journal of a recording is while it is being collected."""
    return recording.with_name(recording.name + ".journal")


class Gathered(NamedTuple):
    """What was collected, and what it is to be judged by."""

    collected: Collected
    profile: Profile
    registry: Registry
    definitions: Given


def gather(options: dict[str, Any], *, resume: bool = False) -> Gathered:
    """Collect for the options of a command. Raises faults; a supplier's silence is not one."""
    clock = SystemClock()
    engine = engine_of(options.get("engine") or "single", options.get("workers"), options.get("spark_master"))
    target = Path(options["recording"])
    registry = load_registry()
    profile = load_profile(options["profile"], registry, tuple(options.get("only") or ()))
    found = subject(options, clock.now())
    for note in remarks(found, options):
        click.echo(f"checker: {note}", err=True)
    held = definitions(found.packages, options, found.network)
    with judging_by(Judging(held.held)):
        collected = _collected(options, found, profile, registry, held, target, clock, engine, resume=resume)
    for note in collected.notes:
        click.echo(f"checker: {plain_line(note)}", err=True)
    return Gathered(collected, profile, registry, held)


def _collected(
    options: dict[str, Any],
    found: SupplierFile,
    profile: Profile,
    registry: Registry,
    held: Given,
    target: Path,
    clock: SystemClock,
    engine: Engine,
    *,
    resume: bool,
) -> Collected:
    journal = Journal(journal_of(target))
    state = journal.read() if resume else None
    limits = state.header.limits if state else found.limits
    plan = make_plan(profile, state.header.supplier if state else found.supplier, registry, limits)
    if state is not None:
        check_resumable(state.header, plan)
        check_same_definitions(state.header.definitions, held.held)
        allowed(
            replace(found, supplier=_authorised(state.header.supplier, found.supplier), limits=limits),
            options,
            clock.now(),
        )
        supplier = located(state.header.supplier, found.supplier)
        header = state.header
    else:
        supplier = found.supplier
        free(target, overwrite=bool(options.get("overwrite")))
        header = _header(options, plan, found, clock)
    found = replace(found, supplier=supplier)
    collector = _collector(options, plan, registry, journal, header, found, clock, engine)
    if resume:  # only now: a credential that cannot be used is a fault before the journal is touched
        journal.resume(clock.now())
    collected = collector.run(target, state)
    if collected.complete:
        shutil.rmtree(journal.folder, ignore_errors=True)
    return collected


def _authorised(begun: Supplier, now: Supplier) -> Supplier:
    """The system of the collection, under the authority that is in force today."""
    return msgspec.structs.replace(begun, authority=now.authority, environment=now.environment)


def located(begun: Supplier, now: Supplier) -> Supplier:
    """The supplier of the collection, with the places of its artefacts and of what its headers are made of:
    the journal does not keep them.

    Raises ``SupplierFault`` for one that is not named now: nothing else may be read in its place.
    """
    places = {artefact.id: artefact.location for artefact in now.artefacts if artefact.location}
    lost = [artefact for artefact in begun.artefacts if artefact.id not in places]
    if lost:
        raise SupplierFault(
            f"The artefact {lost[0].id!r} ({lost[0].kind}) of this collection is not named now.",
            where="--artefact, or [[artefact]] of supplier.toml",
            next_step="Resume with the supplier.toml and the options that the collection was begun with.",
        )
    artefacts = tuple(msgspec.structs.replace(artefact, location=places[artefact.id]) for artefact in begun.artefacts)
    return msgspec.structs.replace(begun, artefacts=artefacts, headers=now.headers)


def _collector(
    options: dict[str, Any],
    plan: Plan,
    registry: Registry,
    journal: Journal,
    header: Header,
    found: SupplierFile,
    clock: SystemClock,
    engine: Engine,
) -> Collector:
    from checker.engine.artefact_scans import ArtefactScans
    from checker.probes.live import Live
    from checker.probes.redact import find_secrets

    outside = Live(
        supplier=found.supplier,
        root=found.root,
        identities=found.identities,
        network=found.network,
        limits=msgspec.structs.replace(header.limits, max_requests=plan.max_sent),
        seed=bytes.fromhex(header.seed),
        clock=clock,
        environ=environment(options),
        random_bytes=secrets.token_bytes,
        terminology_requests=header.limits.max_requests,
        scans=ArtefactScans(registry, header.limits, header.seed, engine),
        value_sets=lambda canonical: current().held.definitions.raw(canonical, "ValueSet"),
    )
    return Collector(
        plan=plan,
        registry=registry,
        outside=outside,
        journal=journal,
        header=header,
        supplier=found.supplier,
        clock=clock,
        root=found.root,
        find_secrets=find_secrets,
        progress=progress_line(quiet=bool(options.get("quiet"))),
        engine=engine,
        judging=current(),
        terminology=found.terminology,
    )


def _header(options: dict[str, Any], plan: Plan, found: SupplierFile, clock: SystemClock) -> Header:
    challenge, seed = _challenge(options.get("challenge"))
    started = clock.now()
    vouching = Vouching.CHALLENGED if challenge else Vouching.SELF_DECLARED
    if options.get("witnessed"):
        vouching = Vouching.WITNESSED
    return Header(
        run_id=digest((seed, started.isoformat()))[:16],
        seed=seed,
        vouching=vouching,
        challenge=challenge,
        tool_version=__version__,
        profile=f"{plan.profile.id}@{plan.profile.version}",
        profile_digest=plan.profile.digest,
        supplier=without_locations(found.supplier),
        limits=found.limits,
        roots=roots_of(plan),
        definitions=current().held.seals,
        started=started,
        planned=plan.total.requests,
        most=plan.max_sent,
    )


def _challenge(given: str | None) -> tuple[str, str]:
    """Id and seed of an assessor's challenge; no id and a seed of our own when there is none."""
    if not given:
        return "", secrets.token_hex(16)
    name, _, seed = given.rpartition(":")
    try:
        long_enough = len(bytes.fromhex(seed)) >= 16
    except ValueError:
        long_enough = False
    if not name or not long_enough:
        raise UsageFault(
            "A challenge is ID:HEX, with at least 32 hexadecimal digits.",
            where="--challenge",
            next_step="Copy it from the assessor's message, whole.",
        )
    return name, seed.lower()


def free(target: Path, *, overwrite: bool) -> None:
    """Never write over evidence unless told to. Raises ``OutputFault``."""
    if target.is_dir():
        raise OutputFault("The recording cannot be a folder.", where=str(target), next_step="Give a file name.")
    if journal_of(target).exists():
        nothing_in_it = not Journal(journal_of(target)).header_path.exists()
        if overwrite or nothing_in_it:
            shutil.rmtree(journal_of(target))
            return
        raise OutputFault(
            "An unfinished collection is here.",
            where=str(journal_of(target)),
            next_step="Finish it with 'checker collect --resume', or begin anew with --overwrite.",
        )
    if target.exists() and not overwrite:
        raise OutputFault(
            "There is a recording already.",
            where=str(target),
            next_step="Give another place with --recording, or replace it with --overwrite.",
        )


def progress_line(*, quiet: bool) -> Callable[[str], None]:
    """A line on stderr for a person who waits; nothing in CI."""
    if quiet or not sys.stderr.isatty():
        return lambda text: None
    return lambda text: click.echo(f"\r  {text:<60}" if text else f"\r{'':<62}\r", nl=False, err=True)
