"""What a command judges by: the packages that its options and the supplier file name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from checker.cli.clock import SystemClock
from checker.cli.words import plain_line
from checker.engine.judged_by import Given, given
from checker.engine.urls import checked_url
from checker.probes.config import NetworkConfig

CACHES = ("~/.fhir/packages",)
KEPT = "~/.cache/nhs-standards-checker/packages"


def definitions(packages: Sequence[str], options: dict[str, Any], network: NetworkConfig | None = None) -> Given:
    """The definitions, with what is wrong with them on stderr. Raises ``PackageFault``.

    Servers are asked only where the command has ``--package-server``; ``network`` says how they are reached.
    """
    servers = [checked_url(one, "--package-server") for one in options.get("package_server") or ()]
    source = None
    if servers:
        from checker.probes.packages import PackageServers

        source = PackageServers(servers, clock=SystemClock(), network=network or NetworkConfig())
    kept = options.get("package_cache") or os.path.expanduser(KEPT)
    found = given(packages, [os.path.expanduser(one) for one in CACHES], kept, source)
    for problem in found.problems:
        click.echo(f"checker: {plain_line(problem)}", err=True)
    return found
