"""Options that several commands share. Each has an environment variable ``CHECKER_<COMMAND>_<OPTION>``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from checker.model.terms import FailOn, Safety

F = TypeVar("F", bound=Callable[..., Any])


def _remember_pack(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    ctx.meta["checker.pack"] = value


def _with_pack(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """The artefacts that are named, and the pack as one of them: the long form of ``--pack``."""
    pack = ctx.meta.get("checker.pack")
    return (*value, f"evidence-pack={pack}") if pack else value


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def apply(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


PROFILE = click.option(
    "--profile", "-p", default="baseline", show_default=True, help="Profile: an id or the path of a profile.yaml."
)

ONLY = click.option(
    "--only", multiple=True, metavar="ID", help="Only these requirements (never concludes compliant). Repeatable."
)

SUPPLIER = _all(
    click.option("--supplier", type=click.Path(), help="supplier.toml, or the folder it is in."),
    click.option("--base-url", help="FHIR base URL."),
    click.option(
        "--pack",
        type=click.Path(),
        metavar="FOLDER",
        is_eager=True,
        expose_value=False,
        callback=_remember_pack,
        help="An evidence pack: short for --artefact evidence-pack=FOLDER.",
    ),
    click.option(
        "--artefact",
        multiple=True,
        metavar="KIND=PATH",
        callback=_with_pack,
        help="An artefact, e.g. export=DIR. Repeatable.",
    ),
    click.option(
        "--mapping",
        multiple=True,
        metavar="[KIND=]FILE",
        help="What the columns of CSV or Parquet artefacts mean (YAML). Repeatable.",
    ),
    click.option("--token-env", metavar="NAME", help="Environment variable that holds a bearer token."),
    click.option("--ask-token", is_flag=True, help="Ask at the terminal for a bearer token, and do not show it."),
    click.option(
        "--token-expires-in",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="How long that token lives from now, if it does not say so itself.",
    ),
    click.option("--name", help="Name of the supplier."),
    click.option("--product", help="Name of the product."),
    click.option("--product-version", help="Version of the product."),
    click.option("--environment", help="'test', 'live', 'demonstration' or a name of its own."),
)

WAY = _all(
    click.option(
        "--rate", type=click.FloatRange(min=0, min_open=True, max=200), help="Requests a second.  [default: 2]"
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0, min_open=True),
        envvar=["CHECKER_RUN_TIMEOUT", "CHECKER_COLLECT_TIMEOUT", "CHECKER_PLAN_TIMEOUT", "CHECKER_DOCTOR_TIMEOUT"],
        help="Seconds for a request.  [default: 30]",
    ),
    click.option("--proxy", help="Proxy URL; never used for loopback. The environment's is ignored."),
    click.option("--ca-bundle", type=click.Path(), help="PEM file of trusted roots."),
    click.option("--trust", type=click.Choice(["bundled", "system"]), help="Roots to trust without --ca-bundle."),
    click.option(
        "--http2/--no-http2", default=None, help="Offer HTTP/2 to the system, beside HTTP/1.1.  [default: no-http2]"
    ),
)
"""How to get to the supplier's system."""

SAFETY = click.option("--safety", type=click.Choice([str(s) for s in Safety]), help="Safety ceiling.  [default: S1]")

NETWORK = _all(
    SAFETY,
    click.option("--allow-writes", is_flag=True, help="Allow probes of class S3, which write."),
    click.option("--max-requests", type=click.IntRange(min=1), help="Requests of a run at most.  [default: 500]"),
    click.option(
        "--concurrency", type=click.IntRange(min=1, max=16), help="Requests under way at once, at most.  [default: 1]"
    ),
    WAY,
)

PACKAGES = _all(
    click.option(
        "--package",
        multiple=True,
        metavar="TGZ|DIR|NAME@VERSION",
        help="A FHIR package to judge by; one that is UK Core takes the place of the UK Core that is built in. "
        "Repeatable.",
    ),
    click.option(
        "--package-cache",
        type=click.Path(file_okay=False),
        help="Where fetched packages are kept.  [default: ~/.cache/nhs-standards-checker/packages]",
    ),
)

DEFINITIONS = _all(
    PACKAGES,
    click.option(
        "--package-server",
        multiple=True,
        metavar="URL",
        help="Server to fetch NAME@VERSION from; without one nothing is fetched. Repeatable.",
    ),
    click.option(
        "--terminology",
        metavar="URL",
        help="FHIR terminology server to ask about codes that are not held. Only codes and their displays are sent.",
    ),
)
"""What to judge by besides what is built in, where the network may be used."""

RECORDING = _all(
    click.option(
        "--recording", type=click.Path(), default="recording.zip", show_default=True, help="Where the recording goes."
    ),
    click.option("--overwrite", is_flag=True, help="Replace a recording that is there already."),
    click.option("--challenge", metavar="ID:HEX", help="An assessor's challenge: id and seed."),
    click.option("--witnessed", is_flag=True, help="An assessor collects this recording, and will sign it."),
)

ENGINE = _all(
    click.option(
        "--engine",
        type=click.Choice(["single", "pool", "spark"]),
        default="single",
        show_default=True,
        help="Where scans over artefacts run: one process, several, or Apache Spark. The report is the same.",
    ),
    click.option(
        "--workers", type=click.IntRange(min=1, max=512), help="Processes of a pool.  [default: one per processor]"
    ),
    click.option("--spark-master", metavar="URL", help="Spark's master.  [default: that of spark-submit, or local]"),
)

JUDGING = _all(
    click.option("--waivers", type=click.Path(), help="YAML file of waivers."),
    click.option("--attestations", type=click.Path(), help="YAML file of attestations."),
    click.option("--trusted-keys", type=click.Path(), help="TOML file of the public keys that you trust."),
    click.option("--scope", help="'machine' or 'full', with a ceiling and bases: machine@S1, full@S2:LN."),
    click.option(
        "--fail-on",
        type=click.Choice([str(one) for one in FailOn]),
        default="must",
        show_default=True,
        help="Which failed obligation makes the exit code 1.",
    ),
    click.option(
        "--annex-digest", metavar="DIGEST", help="What the notice says was demanded (explain PROFILE --annex)."
    ),
    click.option("--as-of", help="Judge as of this time (ISO 8601).  [default: the end of the collection]"),
)

OUTPUT = click.option(
    "--output", "-o", multiple=True, metavar="FORMAT:PATH", help="A report; '-' is stdout. Repeatable."
)

QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
