"""``checker list``: what there is."""

from __future__ import annotations

from collections.abc import Sequence

import click

from checker.cli import options as given
from checker.model.requirement import Profile

WHAT = ("profiles", "requirements", "checks", "scans", "conditions", "probes", "standards")


@click.command("list", epilog="Example: checker list requirements --profile baseline")
@click.argument("what", type=click.Choice(WHAT))
@given.PROFILE
@click.option("--json", "as_json", is_flag=True, envvar="CHECKER_LIST_JSON", help="As JSON.")
def command(what: str, profile: str, as_json: bool) -> int:
    """List profiles, the requirements of a profile, what they are made of, or the standards that they cite."""
    from checker.cli.compose import library, registry
    from checker.cli.compose import profile as load
    from checker.cli.tables import table

    known = registry()
    rows: list[tuple[str, ...]]
    if what == "standards":
        click.echo(_standards([load(name, known) for name in library().names()], as_json=as_json))
        return 0
    if what == "profiles":
        from checker.cli.standards_page import superseded

        loaded = [load(name, known) for name in library().names()]
        rows = [("profile", "version", "requirements", "title", "remark")]
        rows += [
            (one.id, one.version, str(len(one.requirements)), one.title, "; ".join(superseded(one))) for one in loaded
        ]
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


def _standards(loaded: Sequence[Profile], *, as_json: bool) -> str:
    import json

    from checker.cli.compose import library
    from checker.cli.standards_page import entries, page, uses

    owner = {name: entry.profile for name, entry in library().ledger.items()}
    found = entries(uses(loaded, owner))
    return json.dumps(found, indent=2, ensure_ascii=False) if as_json else page(found)


def _json(rows: Sequence[tuple[str, ...]]) -> str:
    import json

    return json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], indent=2, ensure_ascii=False)
