"""``checker plan``: what a run would send, before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from checker.cli import options as given


@click.command("plan", epilog="Example: checker plan --profile baseline --base-url https://fhir.example.org/r4")
@given.PROFILE
@given.ONLY
@given.SUPPLIER
@given.NETWORK
@given.DEFINITIONS
def command(**options: Any) -> int:
    """Print the upper bound of a run: every probe, its requests, its safety class, and the time it takes.

    Nothing is sent to the system. The run cannot exceed it.
    """
    from checker.checks.fhir_judging import Judging, judging_by
    from checker.cli.clock import SystemClock
    from checker.cli.compose import profile, registry
    from checker.cli.definitions import definitions
    from checker.cli.subject import remarks, subject
    from checker.cli.words import plain_line
    from checker.engine.asking import judges_codes
    from checker.engine.plan import make_plan
    from checker.model.terms import Safety
    from checker.model.value import plain

    known = registry()
    wanted = profile(options["profile"], known, tuple(options["only"]))
    found = subject(options, SystemClock().now())
    for note in remarks(found, options):
        click.echo(f"checker: {note}", err=True)
    held = definitions(found.packages, options, found.network).held
    with judging_by(Judging(held)):
        plan = make_plan(wanted, found.supplier, known, found.limits)
    rows = [("probe", "parameters", "class", "requests", "connections", "for")]
    for planned in plan.probes:
        rows.append(
            (
                planned.need.probe,
                short(plain(planned.need.params)),
                str(planned.spec.safety),
                str(planned.budget.requests),
                str(planned.budget.handshakes),
                first(planned.requirements),
            )
        )
    over: dict[str, Counter[str]] = {}
    for scan in plan.scans:
        over.setdefault(scan.scan, Counter())[scan.over] += 1
    rows += [(f"scan {name}", passes(counted), "S0", "0", "0", "") for name, counted in over.items()]
    asks = bool(found.terminology and judges_codes(plan, known))
    if asks:
        most = str(found.limits.max_requests)
        rows.append(("terminology server", found.terminology, "S1", most, "0", "codes that are not held"))
    click.echo(table(rows))
    click.echo()
    for planned in plan.probes:
        if planned.spec.safety >= Safety.S3:
            said = planned.spec.explain.partition("\n\n")[0].replace("\n", " ")
            click.echo(f"writes: {planned.need.probe} {short(plain(planned.need.params))}: {said}")
    left_out = (f"left out: {key.partition(' ')[0]}: {shortfall.message}" for key, shortfall in plan.left_out.items())
    for line in dict.fromkeys(left_out):
        click.echo(line)
    limits = found.limits
    if held.seals:
        click.echo(f"judged by: {plain_line(' and '.join(held.names))}")
    if asks:
        click.echo(
            f"{found.terminology} is not the supplier's: at most {limits.max_requests} requests of its own, with "
            "codes, their systems, versions and displays, and value sets that it lacks; never a resource."
        )
    click.echo(
        f"{wanted.id}@{wanted.version} against {found.supplier.name}: at most {plan.total.requests} requests and "
        f"{plan.total.handshakes} TLS connections, at {limits.requests_per_s:g} a second about "
        f"{plan.duration_s:.0f} s. With every retry, redirect and further token never more than {plan.max_sent} in all."
    )
    wanted_most = plan.total.requests + plan.total.handshakes
    if wanted_most > limits.max_requests:
        click.echo(
            f"checker: the plan may need more than this run is allowed. What is not sent leaves rows open: "
            f"--max-requests {wanted_most}, or max-requests in supplier.toml, is enough for all of it.",
            err=True,
        )
    return 0


_SHOWN = 3
"""So many names of a list are shown; the rest is counted."""


def first(names: Sequence[str]) -> str:
    """The first few names, and how many there are besides.

    >>> first(["A", "B", "C", "D", "E"])
    'A, B, C and 2 more'
    """
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def passes(counted: Mapping[str, int]) -> str:
    """What a scan looks at, and for how many rules if for more than one.

    >>> passes({"export": 2, "exchanges": 1})
    'export (2), exchanges'
    """
    return ", ".join(f"{what} ({number})" if number > 1 else what for what, number in counted.items())


def short(params: dict[str, Any]) -> str:
    """Parameters in few words.

    >>> short({"type": "Patient", "count": 2})
    'type Patient, count 2'
    >>> short({"seek": {"type": "Slot", "through": ""}, "by": [{"name": "status"}, {"name": "start"}]})
    'seek Slot, by status, start'
    """
    return ", ".join(f"{name} {_word(value)}" for name, value in params.items() if value not in ("", [], (), None))


def _word(value: Any) -> str:
    """A parameter in few words: of a mapping what names it, of a list the first few."""
    if isinstance(value, dict):
        named = next((value[key] for key in ("name", "type", "path") if value.get(key)), "")
        return _word(named) if named else ", ".join(sorted(value))
    if isinstance(value, list | tuple):
        return first([_word(one) for one in value])
    return str(value)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns of text, the last one left as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)
