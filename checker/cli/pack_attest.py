"""``checker pack attest``: a named person's statement about a requirement, signed."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command(
    "attest",
    epilog="""Example: checker pack attest --requirement CS-CASE-03 --role supplier --statement met --by "A. Clinician"
    --product "Example Record" --version 1.0 --expires 2027-10-31 --key key.pem""",
)
@click.option("--requirement", required=True, metavar="ID", help="The requirement that the statement is about.")
@click.option("--role", required=True, type=click.Choice(["supplier", "assessor"]), help="For whom the person speaks.")
@click.option("--statement", required=True, type=click.Choice(["met", "not met"]), help="What the person states.")
@click.option("--by", required=True, metavar="NAME", help="Who states it: the name of the key in keys.toml.")
@click.option("--product", required=True, help="The product that it holds for.")
@click.option("--version", "version", required=True, help="The version that it holds for.")
@click.option("--issued", metavar="DATE", help="The day from which it holds.  [default: today]")
@click.option("--expires", required=True, metavar="DATE", help="The last day on which it holds.")
@click.option("--profile", "-p", help="Where the requirement is, if it is not of a profile that comes with the tool.")
@click.option("--note", default="", help="What was looked at, in a sentence.")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The person's Ed25519 key, PEM.")
@click.option("--key-passphrase-env", metavar="NAME", help="Environment variable that holds the key's passphrase.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="attestations.yaml",
    show_default=True,
    help="The file of attestations; the signature is written beside it. What is there is added to, and signed anew.",
)
def command(
    key: Path, key_passphrase_env: str | None, out: Path, issued: str | None, profile: str | None, **said: str
) -> int:
    """Record what a named person states about a requirement that no machine decides, and sign it.

    The statement counts only for readers who trust the key (--trusted-keys), and only for requirements that a person of
    that role may attest. An assessor's "not met" is a fail.
    """
    from checker.cli.clock import SystemClock
    from checker.cli.words import counted
    from checker.engine.pack_attest import attest, check_days, private_key

    said["issued"] = issued or SystemClock().now().date().isoformat()
    check_days(said["issued"], said["expires"])
    _must_be_attestable(said["requirement"], said["role"], profile)
    count = attest(out, private_key(key, _passphrase(key_passphrase_env)), said)
    click.echo(f"{out}: {counted(count, 'statement')}, signed; the signature is in {out}.sig")
    click.echo(f"  checker judge evidence.zip --attestations {out} --trusted-keys keys.toml --scope full")
    return 0


def _passphrase(variable: str | None) -> str:
    from checker.errors import CredentialFault

    if not variable:
        return ""
    if variable not in os.environ:
        raise CredentialFault(
            "The environment variable of the passphrase is not set.",
            where=f"--key-passphrase-env {variable}",
            next_step=f"Set {variable}, or leave the option out.",
        )
    return os.environ[variable]


def _must_be_attestable(requirement: str, role: str, profile: str | None) -> None:
    """A statement about what a machine decides, or another role may attest, would count for nobody."""
    import difflib

    from checker.cli.compose import library, registry
    from checker.cli.compose import profile as load
    from checker.errors import UsageFault

    entry = library().ledger.get(requirement)
    home = profile or (entry.profile if entry is not None and not entry.withdrawn else "")
    row = load(home, registry()).by_id(requirement) if home else None
    if row is None:
        close = difflib.get_close_matches(requirement, library().ledger, n=1)
        nearest = f" Did you mean {close[0]}?" if close else ""
        raise UsageFault(
            f"There is no requirement {requirement!r}.{nearest}",
            where="--requirement",
            next_step="See 'checker list requirements -p PROFILE', and name a profile of your own with --profile.",
        )
    if row.attestation is None:
        raise UsageFault(
            f"{requirement} is not one that a person may attest.",
            where="--requirement",
            next_step=f"See 'checker explain {requirement}': how it is decided.",
        )
    if role not in row.attestation.roles:
        raise UsageFault(
            f"{requirement} may be attested by {' or '.join(row.attestation.roles)} only.",
            where="--role",
            next_step="Let a person of that role state it.",
        )
