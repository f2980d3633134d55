"""``checker demo``: what the checker does, shown on its own reference supplier, healthy and broken."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from checker.model.report import Report, Row

RUNS = (("healthy", "", 0), ("broken", "broken.yaml", 1))
"""Folder of the reports, scenario of the supplier, and the exit code that the run must have."""
EXIT_INTERRUPTED = 130
_FORMATS = {"json": "json", "junit": "xml", "csv": "csv", "html": "html"}


@click.command("demo", epilog="Example: checker demo --out checker-demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="checker-demo",
    show_default=True,
    help="Folder for reports and recordings.",
)
def command(out: Path) -> int:
    """Judge a small FHIR server, healthy and then broken, and show what comes of it.

    The reference supplier is started on this machine, with synthetic patients, a token endpoint and
    real TLS. Nothing leaves the machine, also when a proxy is set. The exit code is 0 when the
    healthy one is found compliant and the broken one is not.
    """
    from checker.cli.reference import must_be_installed

    must_be_installed()
    click.echo("Two runs against the reference supplier of the checker, over HTTPS, on this machine only.")
    as_expected = True
    for number, (name, scenario, expected) in enumerate(RUNS, start=1):
        click.echo(f"\n{number}. The supplier is {name}.")
        try:
            report = _judged(out / name, scenario)
        except KeyboardInterrupt:
            click.echo(
                "checker: interrupted; what is in the folder may be old. Begin again with the same command.", err=True
            )
            return EXIT_INTERRUPTED
        _tell(report)
        as_expected &= report.exit_code == expected
    _what_next(out)
    if as_expected:
        return 0
    click.echo(
        "checker: the demonstration did not come to what it should. If this machine may talk to itself (127.0.0.1), "
        "please report this.",
        err=True,
    )
    return 4


def _judged(folder: Path, scenario: str) -> Report:
    """One supplier, judged by the command that a user would type; its reports in all formats."""
    from checker import resources
    from checker.cli import run
    from checker.cli.gathering import gather
    from checker.cli.judging import report_of
    from checker.cli.reference import reference_supplier
    from checker.render import render

    _make(folder)
    options = ("--scenario", str(resources.data("fixtures/demo").joinpath(scenario))) if scenario else ()
    with tempfile.TemporaryDirectory(prefix="checker-demo-") as place:
        with reference_supplier(Path(place), *options):
            typed = ["--supplier", place, "--safety", "S2", "--overwrite", "--quiet"]
            typed += ["--recording", str(folder / "recording.zip")]
            with run.command.make_context("run", typed) as context:
                params: dict[str, Any] = context.params
            gathered = gather(params)
        if gathered.collected.interrupted:  # sealed as far as it went, which a run may go on from; here it is of no use
            raise KeyboardInterrupt
        # The supplier is gone: what follows needs the recording alone.
        paths = [gathered.collected.path]
        report = report_of(paths, gathered.profile, gathered.registry, params, gathered.definitions)
    for format, ending in _FORMATS.items():
        path = folder / f"report.{ending}"
        with _writing("The report cannot be written", path):
            path.write_bytes(render(report, format))
    return report


def _make(folder: Path) -> None:
    with _writing("The folder cannot be made", folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _writing(what: str, place: Path) -> Iterator[None]:
    """A place that cannot be written to is the user's to change, not a fault of the checker."""
    from checker.errors import OutputFault

    try:
        yield
    except OSError as error:
        raise OutputFault(
            f"{what}: {error.strerror or error}.",
            where=str(place),
            next_step="Give a place that you can write to with --out.",
        ) from None


def _tell(report: Report) -> None:
    """The conclusion, and each failure with how to mend it."""
    from checker.cli.words import plain_line
    from checker.render.sections import sections
    from checker.render.words import conclusion, why

    click.echo(f"   {conclusion(report).upper()}: {report.headline}")
    parts = sections(report)
    rows = (*parts.against, *parts.failed_should)
    for row in rows:
        if row.verdict.findings:
            _tell_row(row)
    undecided = [row for row in rows if not row.verdict.findings]
    for reason in dict.fromkeys(why(row) for row in undecided):
        names = ", ".join(row.id for row in undecided if why(row) == reason)
        click.echo(f"   ? not decided: {names}. {plain_line(reason)}")


def _tell_row(row: Row) -> None:
    from checker.cli.words import plain_line
    from checker.render.words import mark, state

    lines = [f"{mark(row).symbol} {state(row)} {row.verdict.obligation} {row.id}: {row.summary}"]
    for finding in row.verdict.findings[:1]:
        lines += [f"    found:    {finding.message}", f"    expected: {finding.expected}"]
    lines += [f"    matters:  {row.rationale}"] if row.rationale else []
    lines.append(f"    mend it:  {row.fix}")
    click.echo("\n".join(f"   {plain_line(line)}" for line in lines))


def _what_next(out: Path) -> None:
    healthy, broken = (out / name / "report.html" for name, _, _ in RUNS)
    click.echo(
        f"\nReports in every format and the sealed recordings are in {out}.\n"
        f"Open {broken.as_posix()}\n"
        f"and  {healthy.as_posix()}\n"
        f"Judge the recording again, offline: checker judge {(out / 'broken' / 'recording.zip').as_posix()}\n"
        "Test your own system: checker init, then checker doctor, checker plan and checker run."
    )
