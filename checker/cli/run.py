"""``checker run``: collect, seal, reopen, judge. There is no path from live memory to a verdict."""

from __future__ import annotations

from typing import Any

import click

from checker.cli import options as given


@click.command(
    "run",
    epilog="Example: checker run --base-url https://fhir.example.org/r4 --artefact export=DIR -o junit:out.xml",
)
@given.PROFILE
@given.ONLY
@given.SUPPLIER
@given.NETWORK
@given.DEFINITIONS
@given.RECORDING
@given.ENGINE
@given.JUDGING
@given.OUTPUT
@given.QUIET
def command(**options: Any) -> int:
    """Collect evidence, seal it, judge it and report.

    Nothing is written to the supplier's system. The exit code is 0 only for compliant: see
    'checker explain exit-codes'.
    """
    from checker.cli.compose import profile, registry
    from checker.cli.gathering import gather
    from checker.cli.judging import check_inputs, report_of
    from checker.cli.outputs import parse_outputs

    outputs = parse_outputs(options["output"], options["profile"])
    check_inputs(options, profile(options["profile"], registry(), tuple(options["only"])))
    gathered = gather(options)
    collected = gathered.collected
    report = report_of([collected.path], gathered.profile, gathered.registry, options, gathered.definitions)
    outputs.write(report)
    if not collected.complete:
        click.echo(incomplete(options), err=True)
    return report.exit_code


_CARRIED = (
    *("supplier", "base_url", "token_env", "safety", "proxy", "ca_bundle", "trust", "timeout_s"),
    *("package_cache", "terminology"),
)
"""Options of a collection that its resume needs again; the limits are in its journal."""


def incomplete(options: dict[str, Any]) -> str:
    """What to say when not all could be collected: a resume helps only against trouble on the way."""
    doctor = doctor_line(options)
    way = f"To see what is in the way, step by step:\n  {doctor}\n" if doctor else ""
    return (
        f"checker: not all could be collected; the report says why. {way}"
        f"After trouble on the network go on with:\n  {resume_line(options)}\n"
        "A resume also goes on with a new token after the old one ended; after a change of what a credential may do,\n"
        "or of files, collect anew with --overwrite."
    )


def doctor_line(options: dict[str, Any]) -> str:
    """The command that looks at the way to the same system; "" when only files are judged."""
    import shlex

    if not options.get("base_url") and not options.get("supplier") and options.get("artefact"):
        return ""
    return shlex.join(["checker", "doctor", *_carried(options), *_repeated(options, "artefact")])


def resume_line(options: dict[str, Any]) -> str:
    """The command that finishes this collection."""
    import shlex

    parts = ["checker", "collect", "--resume", "--recording", str(options["recording"]), "-p", options["profile"]]
    parts += _carried(options)
    if options.get("allow_writes"):
        parts.append("--allow-writes")
    if options.get("engine", "single") != "single":
        parts += [
            part
            for name in ("engine", "workers", "spark_master")
            if options.get(name)
            for part in (f"--{name.replace('_', '-')}", str(options[name]))
        ]
    for name in ("artefact", "mapping", "only", "package", "package_server"):
        parts += _repeated(options, name)
    return shlex.join(parts)


def _carried(options: dict[str, Any]) -> list[str]:
    parts = ["--ask-token"] if options.get("ask_token") else []
    for name in _CARRIED:
        if options.get(name):
            parts += [f"--{name.replace('_', '-').removesuffix('-s')}", _for_a_log(str(options[name]))]
    if options.get("http2") is not None:
        parts.append("--http2" if options["http2"] else "--no-http2")
    return parts


def _repeated(options: dict[str, Any], name: str) -> list[str]:
    return [part for value in options.get(name) or () for part in (f"--{name.replace('_', '-')}", _for_a_log(value))]


def _for_a_log(value: str) -> str:
    """What was given, for a build log: an address without its password, and without a query that may be a signature."""
    start, mark, rest = value.partition("://")
    if not mark:
        return value
    authority, slash, path = rest.partition("/")
    host = f"USER:PASSWORD@{authority.rpartition('@')[2]}" if "@" in authority else authority
    path, asked, _ = path.partition("?")
    return f"{start}{mark}{host}{slash}{path}" + (f"{asked}QUERY" if asked else "")
