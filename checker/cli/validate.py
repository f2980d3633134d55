"""``checker validate``: FHIR resources in files against R4, UK Core and any other StructureDefinition."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from checker.cli.clock import SystemClock
from checker.cli.outputs import expect_junit
from checker.cli.words import plain_line
from checker.render.validation import FORMATS, FailOn

if TYPE_CHECKING:
    from checker.engine.validation.session import Batch, Session, Settings
    from checker.engine.validation.tally import ValidationTally
    from checker.model.validation import Summary
    from checker.probes.source.inputs import Inputs

MAX_DOCUMENT_BYTES = 2 * 1024**3
_WORTH_WORKERS_BYTES = 4 << 20
_BLOCK_BYTES = 1 << 20


@click.command(
    "validate",
    epilog="""Example: checker validate patient.json

\b
More:
  checker validate patient.json --structure-definition UKCore-Patient
  checker validate export/ --format ndjson -o issues.ndjson
  checker validate bundle.xml --package my-profiles.tgz --fail-on warning
  checker validate patient.json --fhirpath "name.family"

'checker explain RULE' says why a rule matters and how to mend what breaks it.""",
)
@click.argument("paths", nargs=-1, required=True, metavar="FILE|DIR|- ...")
@click.option(
    "--package",
    "packages",
    multiple=True,
    metavar="TGZ|DIR|NAME@VERSION",
    help="A FHIR package, folder or definition to judge by, besides R4 and UK Core, which are built in. Repeatable.",
)
@click.option(
    "--structure-definition",
    "structure_definitions",
    multiple=True,
    metavar="URL",
    help="What every resource must satisfy, besides its type and meta.profile: a canonical, or only its last part, such"
    " as UKCore-Patient. Repeatable.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="console",
    show_default=True,
    help="console for people; ndjson has a line for each resource, as it comes.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, writable=True), help="Write to this file instead of stdout."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="How many processes. Without it: 1 for little input, else one for each processor.",
)
@click.option("--advice", is_flag=True, help="Say best practice too. It never makes a resource invalid.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The least severity that gives exit code 1.",
)
@click.option(
    "--display-errors/--display-warnings",
    default=True,
    help="Whether a display that its code system does not have for the code is an error.  [default: error]",
)
@click.option(
    "--package-server",
    "servers",
    multiple=True,
    metavar="URL",
    help="Server to fetch NAME@VERSION from; without one nothing is fetched. Repeatable.",
)
@click.option(
    "--package-cache",
    type=click.Path(file_okay=False),
    help="Where fetched packages are kept.  [default: ~/.cache/nhs-standards-checker/packages]",
)
@click.option(
    "--terminology",
    metavar="URL",
    help="FHIR terminology server to ask about codes that are not held. Only codes are sent.",
)
@click.option(
    "--fhirpath", metavar="EXPR", help="Validate nothing: print what this FHIRPath expression gives on each resource."
)
def command(
    paths: tuple[str, ...],
    packages: tuple[str, ...],
    structure_definitions: tuple[str, ...],
    form: str,
    output: str | None,
    workers: int | None,
    advice: bool,
    fail_on: FailOn,
    display_errors: bool,
    servers: tuple[str, ...],
    package_cache: str | None,
    terminology: str | None,
    fhirpath: str | None,
) -> int:
    r"""Validate FHIR R4 resources (JSON, XML, NDJSON, also .gz and .zip) offline.

    Each resource is judged by its type, by what it names in meta.profile, and by --structure-definition.

    \b
    Exit code 0: all is valid.
              1: something is not valid.
              2: an option or a package is wrong.
              3: nothing was judged, or something could not be read.
    """
    from checker.engine.validation.session import Settings

    if form == "junit" and output is not None:
        expect_junit(output)
    inputs = _inputs(paths)
    settings = Settings(
        packages=packages,
        caches=(os.path.expanduser("~/.fhir/packages"),),
        kept=package_cache or os.path.expanduser("~/.cache/nhs-standards-checker/packages"),
        structure_definitions=structure_definitions,
        advice=advice,
        display_severity="error" if display_errors else "warning",
        today=SystemClock().now().date(),
    )
    session = _session(settings, servers, terminology)
    if fhirpath is not None:
        from checker.cli.fhirpath import evaluate_on

        return evaluate_on(fhirpath, inputs, form, session.validator, output)
    workers = 1 if terminology is not None or not session.shared else workers or _workers_for(paths)
    return _validate(inputs, session, form, output, fail_on, workers)


def _validate(inputs: Inputs, session: Session, form: str, output: str | None, fail_on: FailOn, workers: int) -> int:
    from checker.cli.outputs import ReaderGone, colours, destination
    from checker.engine.validation.tally import ValidationTally
    from checker.render.validation import Style, writer

    tally = ValidationTally()
    try:
        with destination(output) as write:
            tty = output is None and sys.stdout.isatty()
            colour = output is None and form == "console" and colours(tty)
            width = shutil.get_terminal_size((100, 24)).columns if tty else 100
            writing = writer(form, Style(width=width, colour=colour, fail_on=fail_on))
            for batch in _batches(inputs, session, workers):
                for judged in batch.judged:
                    tally.add(judged)
                    if told := writing.one(judged):
                        write(told)
                tally.add_population(batch.populations)
                tally.add_problems(batch.problems)
            summary = _summary(inputs, session, tally, fail_on)
            write(writing.end(summary))
    except ReaderGone:  # `| head`: what was not judged by then is open
        return _summary(inputs, session, tally, fail_on).exit_code or 3
    if form != "console" or output is not None:
        _tell(summary)
    return summary.exit_code


def _session(settings: Settings, servers: tuple[str, ...], terminology: str | None) -> Session:
    from checker.engine.validation.session import Session

    source, ask = None, None
    if servers or terminology is not None:
        _expect_urls(servers, "--package-server")
        _expect_urls((terminology,) if terminology is not None else (), "--terminology")
        clock = SystemClock()
        if servers:
            from checker.probes.packages import PackageServers

            source = PackageServers(servers, clock=clock)
        if terminology is not None:
            from checker.probes import terminology as server

            ask = partial(server.ask, base_url=terminology, clock=clock)
    session = Session(settings, source, ask)
    session.check()
    return session


def _expect_urls(given: tuple[str, ...], option: str) -> None:
    """A server that cannot be one is a fault of usage, not a server that is down."""
    from checker.errors import UsageFault
    from checker.probes.addresses import host_and_port

    for url in given:
        if host_and_port(url) is None:
            raise UsageFault(f"{url!r} is no http or https URL.", where=option, next_step="Give the URL of the server.")


def _batches(inputs: Inputs, session: Session, workers: int) -> Iterator[Batch]:
    from checker.engine.validation import pool

    if workers == 1:
        yield from (session.judge(batch) for batch in pool.batches(inputs))
        return
    import msgspec

    from checker.engine.validation.session import Batch, start, work

    decoder = msgspec.msgpack.Decoder(Batch)
    for packed in pool.over_workers(work, start, (session.settings,), inputs, workers):
        yield decoder.decode(packed)


def _summary(inputs: Inputs, session: Session, tally: ValidationTally, fail_on: FailOn) -> Summary:
    from checker.model.validation import Summary

    unreadable = tuple(f"{one.locator.path}: {one.reason}" for one in inputs.unreadable)
    failed = fail_on != "never" and (tally.invalid or (fail_on == "warning" and tally.warned))
    open_questions = unreadable or not tally.resources or tally.undecided
    return Summary(
        resources=tally.resources,
        invalid=tally.invalid,
        severities=dict(sorted(tally.severities.items())),
        not_verified=dict(sorted(tally.not_verified.items())),
        unreadable=unreadable,
        skipped=tuple(f"{one.path}: {one.reason}" for one in inputs.skipped),
        definition_problems=tally.problems,
        must_support=tally.populations,
        definitions=session.names,
        notes=session.notes,
        exit_code=1 if failed else 3 if open_questions else 0,
    )


def _tell(summary: Summary) -> None:
    """The sum for people, when stdout is for data."""
    valid = summary.resources - summary.invalid
    gaps = sum(summary.not_verified.values())
    parts = [f"{_several(summary.resources, 'resource')}: {valid} valid, {summary.invalid} invalid"]
    if gaps:
        parts.append(f"{_several(gaps, 'question')} not verified offline")
    if summary.unreadable:
        parts.append(f"{_several(len(summary.unreadable), 'input')} not read")
    click.echo(f"checker: {'; '.join(parts)}; exit code {summary.exit_code}.", err=True)
    for note in summary.notes:
        click.echo(f"checker: {plain_line(note)}", err=True)
    for reason in summary.unreadable[:10]:
        click.echo(f"checker: not read: {plain_line(reason)}", err=True)


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _inputs(paths: tuple[str, ...]) -> Inputs:
    from checker.model.supplier import Limits
    from checker.probes.source.inputs import Inputs

    return Inputs(paths, Limits(max_resource_bytes=MAX_DOCUMENT_BYTES), _stdin())


def _stdin() -> Iterator[bytes]:
    if sys.stdin is None:  # closed by who started us: nothing can come
        return
    while block := sys.stdin.buffer.read(_BLOCK_BYTES):
        yield block


def _workers_for(paths: tuple[str, ...]) -> int:
    """One process for little input: starting more costs more than it gains."""
    total = 0
    with suppress(RecursionError):  # folders so deep that they are not read
        for path in paths:
            for place, _, names in os.walk(path) if os.path.isdir(path) else [("", [], [path])]:
                for name in names:
                    with suppress(OSError):
                        total += os.stat(os.path.join(place, name)).st_size
                    if total >= _WORTH_WORKERS_BYTES:
                        return os.cpu_count() or 1
    return 1
