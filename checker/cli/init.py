"""``checker init``: a commented supplier.toml."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click


@click.command("init", epilog="Example: checker init --name 'Example Supplier' --base-url https://fhir.example.org/r4")
@click.argument("path", default="supplier.toml", type=click.Path())
@click.option("--name", help="Name of the supplier. Asked for if you are at a terminal.")
@click.option("--base-url", help="FHIR base URL. Asked for if you are at a terminal.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
def command(path: str, name: str | None, base_url: str | None, overwrite: bool) -> int:
    """Write a supplier.toml with a comment on each setting, to be filled in."""
    from checker.engine.supplier_file import read_supplier
    from checker.engine.supplier_template import template
    from checker.errors import OutputFault

    target = Path(path)
    if target.exists() and not overwrite:
        raise OutputFault(
            "The file is there already.", where=path, next_step="Give another path, or replace it with --overwrite."
        )
    asks = sys.stdin.isatty()
    name = name or (click.prompt("Name of the supplier", default="Example Supplier") if asks else "Example Supplier")
    default_url = "https://fhir.example.org/r4"
    base_url = base_url or (click.prompt("FHIR base URL", default=default_url) if asks else default_url)
    text = template(name, base_url)
    read_supplier(text.encode(), path, target.parent)  # what init writes is never refused later
    try:
        target.write_text(text, "utf-8")
    except OSError as error:
        raise OutputFault(
            f"The file cannot be written: {error.strerror or error}.",
            where=path,
            next_step="Give a path in a folder that you can write to.",
        ) from None
    given = "" if path == "supplier.toml" else f" --supplier {shlex.quote(path)}"
    click.echo(f"Wrote {path}. Fill it in; then see whether the system can be reached, and what would be sent to it:")
    click.echo(f"  checker doctor{given}\n  checker plan{given}")
    return 0
