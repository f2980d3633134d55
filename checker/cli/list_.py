"""``checker list``: what there is."""

from __future__ import annotations

from collections.abc import Sequence

import click

from checker.cli import options as given

WHAT = ("profiles", "requirements", "checks", "scans", "conditions", "probes")


@click.command("list", epilog="Example: checker list requirements --profile baseline")
@click.argument("what", type=click.Choice(WHAT))
@given.PROFILE
@click.option("--json", "as_json", is_flag=True, envvar="CHECKER_LIST_JSON", help="As JSON.")
def command(what: str, profile: str, as_json: bool) -> int:
    """List profiles, the requirements of a profile, or what they are made of."""
    from checker.cli.compose import library, registry
    from checker.cli.compose import profile as load
    from checker.cli.tables import table

    known = registry()
    rows: list[tuple[str, ...]]
    if what == "profiles":
        loaded = [load(name, known) for name in library().names()]
        rows = [("profile", "version", "requirements", "title")]
        rows += [(one.id, one.version, str(len(one.requirements)), one.title) for one in loaded]
    elif what == "requirements":
        rows = [("requirement", "obligation", "basis", "class", "decided by", "confirmed", "summary")]
        rows += [
            (
                row.id,
                row.obligation,
                row.basis,
                row.safety,
                row.decider,
                "yes" if row.confirmed else "no",
                row.summary,
            )
            for row in load(profile, known).requirements
        ]
    else:
        shelf = getattr(known, what)
        rows = [(what[:-1], "what it is")]
        rows += [(name, first_line(explanation(shelf[name]))) for name in shelf]
    click.echo(_json(rows) if as_json else table(rows))
    return 0


def explanation(found: object) -> str:
    """The text of a check, condition, probe or scan."""
    import inspect

    return str(getattr(found, "explain", "") or inspect.getdoc(found) or "")


def first_line(text: str) -> str:
    """The first line of a text."""
    return text.strip().partition("\n")[0]


def _json(rows: Sequence[tuple[str, ...]]) -> str:
    import json

    return json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], indent=2, ensure_ascii=False)
