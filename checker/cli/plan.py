"""``checker plan``: what a run would send, before anything is sent."""

from __future__ import annotations

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
    from checker.cli.plan_page import lines, remarked
    from checker.cli.subject import remarks, subject
    from checker.cli.tables import table
    from checker.cli.words import plain_line
    from checker.engine.asking import judges_codes
    from checker.engine.plan import make_plan

    known = registry()
    wanted = profile(options["profile"], known, tuple(options["only"]))
    found = subject(options, SystemClock().now())
    for note in remarks(found, options):
        click.echo(f"checker: {note}", err=True)
    held = definitions(found.packages, options, found.network).held
    with judging_by(Judging(held)):
        plan = make_plan(wanted, found.supplier, known, found.limits)
    rows = lines(plan)
    asks = bool(found.terminology and judges_codes(plan, known))
    if asks:
        most = str(found.limits.max_requests)
        rows.append(("terminology server", found.terminology, "S1", most, "0", "codes that are not held"))
    click.echo(table(rows))
    click.echo()
    for line in remarked(plan):
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
