"""The group of commands. Each is imported when it is called, so that ``--help`` stays light."""

from __future__ import annotations

from importlib import import_module

import click

from checker import DISCLAIMER, __version__

COMMANDS = {
    "demo": ("checker.cli.demo", "Judge a small FHIR server, healthy and broken, on this machine."),
    "init": ("checker.cli.init", "Write a commented supplier.toml."),
    "doctor": ("checker.cli.doctor", "See, step by step, whether the supplier's endpoint can be reached."),
    "plan": ("checker.cli.plan", "Print what a run would send, before it is sent."),
    "run": ("checker.cli.run", "Collect, seal, judge and report."),
    "collect": ("checker.cli.collect", "Gather evidence into a sealed recording."),
    "judge": ("checker.cli.judge", "Judge recordings offline, by any profile."),
    "verify": ("checker.cli.verify", "Check that a recording is what was sealed."),
    "compare": ("checker.cli.compare", "Put reports of several suppliers side by side."),
    "report": ("checker.cli.report", "Render a JSON report in other formats."),
    "validate": ("checker.cli.validate", "Validate FHIR resources in files: R4, UK Core, any package."),
    "pack": ("checker.cli.pack", "Make an evidence pack, and see what is wrong with one."),
    "list": ("checker.cli.list_", "List profiles, requirements, checks, probes or scans."),
    "explain": ("checker.cli.explain", "Explain a requirement, a check or the exit codes."),
}
"""Command → its module and its one line of help."""


class LazyGroup(click.Group):
    """A group that knows its commands by name only."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command that is called."""
        if name not in COMMANDS:
            return None
        found = import_module(COMMANDS[name][0]).command
        assert isinstance(found, click.Command)  # noqa: S101 - a module of ours
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """With the nearest name when there is none of that name."""
        import difflib

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], list(COMMANDS), n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"auto_envvar_prefix": "CHECKER", "help_option_names": ["-h", "--help"]},
    epilog="Example: checker run --profile baseline --base-url https://fhir.example.org/r4 -o junit:out.xml",
)
@click.version_option(__version__, message=f"nhs-standards-checker %(version)s\n{DISCLAIMER}")
def app() -> None:
    """Decide, with proof, whether a supplier's system meets the standards that the NHS demands."""
