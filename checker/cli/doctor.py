"""``checker doctor``: why a run gets nowhere, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from checker.cli import options as given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checker.cli.clock import SystemClock
    from checker.engine.doctor.observed import Observed
    from checker.probes.live import Live
    from checker.probes.reach import Lookups

EXIT_INTERRUPTED = 130


@click.command("doctor", epilog="Example: checker doctor --base-url https://fhir.example.org/r4 --token-env TOKEN")
@given.SUPPLIER
@given.SAFETY
@given.WAY
@click.option("--json", "as_json", is_flag=True, envvar="CHECKER_DOCTOR_JSON", help="As JSON, on stdout.")
@given.QUIET
def command(**options: Any) -> int:
    """See what works between this machine and the supplier's endpoint, and what to do about the rest.

    Configuration, credential, assertion, name, proxy, port, TLS, clock, token endpoint, token, metadata, and one
    read. A handful of well-formed
    requests are sent; nothing is stored, and no data of a patient is shown. Use it when a run says
    "inconclusive".

    Exit code 0 when all that a run needs works, 2 when the configuration is wrong, 3 when something
    could not be reached or decided.
    """
    import asyncio

    from checker.probes.event_loop import new_event_loop

    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            seen = runner.run(_examine(options))
    except KeyboardInterrupt:
        click.echo("checker: interrupted; nothing was kept.", err=True)
        return EXIT_INTERRUPTED
    return _tell(seen, as_json=bool(options["as_json"]))


async def _examine(options: dict[str, Any]) -> Observed:
    """Read the configuration, and go as far as it allows. Raises ``SupplierFault`` when it cannot be read."""
    import os
    import secrets

    from checker.cli.clock import SystemClock
    from checker.cli.gathering import progress_line
    from checker.cli.pasted import environment
    from checker.cli.subject import allowed, described, remarks
    from checker.engine.doctor.observed import PROXY_VARIABLES, Observed
    from checker.engine.doctor.visit import visit
    from checker.errors import UsageFault
    from checker.probes.artefact import look_at
    from checker.probes.reach import Lookups

    clock = SystemClock()
    found, source = described(options, clock.now())
    set_here = tuple(name for name in PROXY_VARIABLES if os.environ.get(name))
    seen = Observed(found=found, source=source, remarks=remarks(found, options), proxy_variables=set_here)
    for artefact in found.supplier.artefacts:
        seen.artefacts[artefact.id] = (0, "") if "://" in artefact.location else look_at(artefact, found.root)
    try:
        allowed(found, {**options, "allow_writes": True}, clock.now())  # that is for the run to say
    except UsageFault as fault:
        seen.faults += (fault,)
    lookups = Lookups(clock)
    live = _live(seen, lookups, clock, environment(options))
    if live is not None:
        progress = progress_line(quiet=bool(options["quiet"]))
        async with live:
            await visit(seen, live, lookups, clock, found.limits, progress, secrets.token_bytes)
        progress("")
    return seen


def _live(seen: Observed, lookups: Lookups, clock: SystemClock, environ: Mapping[str, str]) -> Live | None:
    """The network of a run. Without the credentials if they cannot be used: the rest can still be tried."""
    import secrets

    import msgspec

    from checker.engine.doctor.visit import MOST_SENT
    from checker.errors import CredentialFault, SupplierFault
    from checker.probes.live import Live

    found = seen.found
    headless = msgspec.structs.replace(found.supplier, headers=())
    for supplier, identities in ((found.supplier, found.identities), (headless, ())):
        try:
            live = Live(
                supplier=supplier,
                root=found.root,
                identities=identities,
                network=found.network,
                limits=msgspec.structs.replace(found.limits, max_requests=MOST_SENT),
                seed=secrets.token_bytes(16),
                clock=clock,
                environ=environ,
                random_bytes=secrets.token_bytes,
                resolve=lookups,
            )
        except CredentialFault as fault:
            seen.credential_faults += (fault,)
        except SupplierFault as fault:
            if not seen.faults or seen.faults[-1].what != fault.what:
                seen.faults += (fault,)
        else:
            seen.credential_read = supplier is found.supplier
            return live
    return None


def _tell(seen: Observed, *, as_json: bool) -> int:
    import sys

    from checker.cli.doctor_page import as_data, last_line, page
    from checker.cli.outputs import page_for, print_page
    from checker.engine.doctor.diagnose import diagnose

    diagnosis = diagnose(seen)
    if as_json:
        click.echo(as_data(diagnosis, seen))
        click.echo(f"checker: {last_line(diagnosis)}", err=True)
    else:
        print_page(page(page_for(sys.stdout), diagnosis, seen), sys.stdout)
    return diagnosis.exit_code
