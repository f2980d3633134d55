"""``checker pack``: make an evidence pack, and see what is wrong with one."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "init": ("checker.cli.pack_init", "Write a pack to be filled in: its root, and a template for each section."),
    "lint": ("checker.cli.pack_lint", "Say all that is wrong with a pack, by file and place."),
    "hash": ("checker.cli.pack_hash", "Write the digest of each file into the root, and tell that of the pack."),
    "show": ("checker.cli.pack_show", "Say what is in a pack, and what expires when."),
    "axe": ("checker.cli.pack_axe", "Look at pages in a browser with axe, and write what it finds for a pack."),
    "attest": ("checker.cli.pack_attest", "Record and sign a named person's statement about a requirement."),
}
"""Command → its module and its one line of help."""


class PackGroup(click.Group):
    """Imports the command that is called, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import it."""
        if name not in COMMANDS:
            return None
        found = import_module(COMMANDS[name][0]).command
        assert isinstance(found, click.Command)  # noqa: S101 - a module of ours
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group("pack", cls=PackGroup, epilog="Example: checker pack init my-pack && checker pack lint my-pack")
def command() -> None:
    """Make an evidence pack, and see what is wrong with one before anybody judges it.

    A pack is a folder in which a supplier states what no probe can see: docs/evidence-pack.md.
    """
