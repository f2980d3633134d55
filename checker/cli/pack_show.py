"""``checker pack show``: what is in an evidence pack, in plain words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click


@click.command("show", epilog="Example: checker pack show my-pack --as-of 2026-11-22")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--as-of", metavar="DATE", help="The day from which days are counted (YYYY-MM-DD).  [default: today]")
def command(folder: Path, as_of: str | None) -> int:
    """Say whose pack it is and of what, its sections and files, what expires when, and its digest."""
    from checker.cli.clock import SystemClock
    from checker.cli.tables import table
    from checker.cli.words import plain_line
    from checker.engine.pack_lint import must_be_a_pack
    from checker.model.pack import KIND
    from checker.model.supplier import Limits
    from checker.probes.pack.inventory import pack_facts

    must_be_a_pack(folder)
    on = _day(as_of) if as_of else SystemClock().now().date()
    facts = pack_facts(KIND, folder, Limits())
    said = facts["content"]
    for line in (*_of_whom(said), ""):
        click.echo(plain_line(line))
    click.echo(table(_files(facts, on)))
    click.echo()
    click.echo(plain_line(_signature(facts)))
    click.echo(f"digest {facts['digest']}")
    for fault in facts["faults"]:
        click.echo(plain_line(f"checker: {fault}"), err=True)
    return 0


def _day(text: str) -> date:
    from checker.errors import UsageFault

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageFault(f"{text!r} is no day.", where="--as-of", next_step="Write it as YYYY-MM-DD.") from None


def _of_whom(said: dict[str, Any]) -> list[str]:
    supplier, product = said.get("supplier", {}), said.get("product", {})
    lines = [
        f"supplier  {supplier.get('name', 'not said')} ({supplier.get('legal-entity', 'no company named')})",
        f"product   {product.get('name', 'not said')} {product.get('version', '')}".rstrip(),
        f"put together for {said.get('assessed-on', 'a day that is not said')}",
    ]
    lines += [f"endpoint  {one['id']}: {one['url']} ({one['kind']})" for one in said.get("endpoints", [])]
    lines += [f"does not apply: {one['requirement']}, {one['reason']}" for one in said.get("not-applicable", [])]
    return lines


def _files(facts: dict[str, Any], on: date) -> list[tuple[str, ...]]:
    from checker.cli.words import plain_line

    about = {one["id"]: one for one in facts["content"].get("artefacts", [])}
    rows: list[tuple[str, ...]] = [("what", "kind", "issued", "expires", "days left", "state", "file")]
    for one in facts["named"]:
        said = about.get(one["what"].removeprefix("artefact "), {})
        expires = said.get("expires", "")
        left = str((date.fromisoformat(expires) - on).days) if expires else ""
        kind = "section" if one["what"].startswith("section ") else one["kind"]
        name = one["what"].partition(" ")[2]
        cells = (name, kind, said.get("issued", ""), expires, left, _state(one), one["path"])
        rows.append(tuple(plain_line(cell) for cell in cells))
    return rows


def _state(one: dict[str, str]) -> str:
    if one["problem"]:
        return one["problem"]
    if not one["declared"]:
        return "no digest"
    return "as declared" if one["declared"] == one["found"] else "changed"


def _signature(facts: dict[str, Any]) -> str:
    signed = facts["content"].get("signed")
    if not signed:
        return "nobody signed it"
    state = "as it is now" if signed["digest"] == facts["digest"] else "as it was before it was changed"
    return f"signed on {signed['date']} by a person with the role {signed['role']}, {state}"
