"""``checker verify``: is a recording what was sealed?"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("verify", epilog="Example: checker verify acme.zip")
@click.argument("recordings", nargs=-1, required=True, type=click.Path())
def command(recordings: tuple[str, ...]) -> int:
    """Check every byte of recordings against what was sealed, and say who vouches for them.

    Exit code 0 when they are whole, 5 when one was altered. Hashes show accident, not fraud: a
    self-declared recording could have been made up as a whole.
    """
    from checker.cli.words import plain_line
    from checker.engine.recording import open_recording

    for path in recordings:
        recording = open_recording(Path(path))
        manifest = recording.manifest
        lines = [
            f"{path}: whole",
            f"  digest    {recording.digest}",
            f"  says      {manifest.vouching}" + (f" (challenge {manifest.challenge})" if manifest.challenge else ""),
            f"  supplier  {manifest.supplier.name} {manifest.supplier.product} {manifest.supplier.version}".rstrip(),
            f"  profile   {manifest.profile}",
            f"  collected {manifest.started:%Y-%m-%d %H:%M} to {manifest.ended:%Y-%m-%d %H:%M} UTC, "
            f"{manifest.requests} requests, {len(manifest.evidence)} pieces of evidence",
            f"  state     {_state(manifest.complete, manifest.interrupted)}",
        ]
        click.echo("\n".join(plain_line(line) for line in lines))
    return 0


def _state(complete: bool, interrupted: bool) -> str:
    if interrupted:
        return "interrupted: partial"
    return "complete" if complete else "not all that was planned could be gathered"
