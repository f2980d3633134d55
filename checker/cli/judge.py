"""``checker judge``: recordings to a report, with no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from checker.cli import options as given


@click.command("judge", epilog="Example: checker judge acme.zip --profile api-security -o json:report.json")
@click.argument("recordings", nargs=-1, required=True, type=click.Path())
@given.PROFILE
@given.ONLY
@given.JUDGING
@given.PACKAGES
@click.option("--artefacts", type=click.Path(), help="The submitted files again, for scans that were not run then.")
@given.OUTPUT
def command(**options: Any) -> int:
    """Judge recordings offline, by any profile: name the one with --profile.

    The same recordings, profile and version give the same bytes, on any machine, on any day.
    """
    from checker.cli.compose import profile, registry
    from checker.cli.definitions import definitions
    from checker.cli.judging import report_of
    from checker.cli.outputs import parse_outputs

    outputs = parse_outputs(options["output"], options["profile"])
    known = registry()
    judged_by = profile(options["profile"], known, tuple(options["only"]))
    held = definitions(options["package"], options)
    report = report_of([Path(path) for path in options["recordings"]], judged_by, known, options, held)
    outputs.write(report)
    return report.exit_code
