"""``checker collect``: all the I/O, into a sealed recording."""

from __future__ import annotations

from typing import Any

import click

from checker.cli import options as given

EXIT_COMPLETE = 0
EXIT_INCOMPLETE = 3
EXIT_INTERRUPTED = 130


@click.command("collect", epilog="Example: checker collect --supplier supplier.toml --recording acme.zip")
@given.PROFILE
@given.ONLY
@given.SUPPLIER
@given.NETWORK
@given.DEFINITIONS
@given.RECORDING
@click.option("--resume", is_flag=True, help="Finish the collection that --recording was begun with.")
@given.QUIET
def command(**options: Any) -> int:
    """Gather the evidence that a profile needs, and seal it into a recording.

    Exit code 0 when all was gathered, 3 when something is missing ('--resume' goes on after trouble
    on the network), 130 when interrupted. It says nothing about conformity: 'checker judge' does.
    """
    from checker.cli.gathering import gather
    from checker.cli.run import incomplete, resume_line

    collected = gather(options, resume=options["resume"]).collected
    click.echo(f"{collected.path}: {collected.requests} requests, sealed as {collected.digest}")
    if collected.interrupted:
        click.echo(f"checker: interrupted; go on with: {resume_line(options)}", err=True)
        return EXIT_INTERRUPTED
    if not collected.complete:
        click.echo(incomplete(options), err=True)
        return EXIT_INCOMPLETE
    return EXIT_COMPLETE
