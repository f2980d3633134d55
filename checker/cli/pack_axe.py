"""``checker pack axe``: look at pages in a real browser, and write what axe finds as a file for an evidence pack."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click

_EXAMPLE = (
    "Example: checker pack axe https://rowan.example.org/ --out accessibility/axe.json --pages accessibility/pages"
)


@click.command("axe", epilog=_EXAMPLE)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--out", "out", required=True, metavar="FILE", help="Where the results go, as JSON; - is stdout.")
@click.option("--pages", "folder", metavar="DIR", help="Write each page as the browser had it, for AX-05.")
@click.option(
    "--scheme",
    "schemes",
    multiple=True,
    type=click.Choice(["light", "dark"]),
    default=("light", "dark"),
    show_default=True,
    help="Colour schemes to look in. Forced colours hide what contrast is like, so they are none.",
)
@click.option("--also-host", "hosts", multiple=True, metavar="HOST", help="A page may load from this host too.")
@click.option("--timeout", "timeout_s", type=click.FloatRange(1, 300), default=30, show_default=True, help="Seconds.")
@click.option("--browser", "program", default="", metavar="PROGRAM", help="The Chromium to use.")
@click.option(
    "--no-sandbox", is_flag=True, help="For containers in which the sandbox cannot run: pages you trust only."
)
def command(urls: tuple[str, ...], out: str, folder: str | None, **options: Any) -> int:
    """Look at pages in Chromium with axe, in light and in dark, and write the results.

    Pages are opened without credentials, one after the other, each in a context of its own; only their own hosts are
    asked. What axe finds is part of WCAG, never a proof of conformance. Needs the extra: browser.
    """
    from checker import __version__
    from checker.cli.clock import SystemClock
    from checker.cli.outputs import destination
    from checker.cli.words import plain_line
    from checker.probes.browser import TAGS, Asked, look_at

    asked = Asked(
        schemes=tuple(dict.fromkeys(options["schemes"])),
        hosts=frozenset(options["hosts"]),
        timeout_s=options["timeout_s"],
        sandbox=not options["no_sandbox"],
        program=options["program"],
    )
    found = look_at(urls, asked, lambda text: click.echo(plain_line(f"looking at {text}"), err=True))
    made = {
        "tool": {"name": "nhs-standards-checker", "version": __version__, "rules": list(TAGS)},
        "made": SystemClock().now().isoformat(),
        "pages": [looked.result for _, looked in found],
    }
    data = json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    with destination(out) as write:
        write(data)
    if folder:
        _write_pages(Path(folder), {page: looked.markup for page, looked in reversed(found)})
    for page, looked in found:
        rules = ", ".join(sorted(one["id"] for one in looked.result["violations"])) or "none"
        kept = f"; {looked.kept_out} requests to other hosts refused" if looked.kept_out else ""
        click.echo(plain_line(f"{page} ({looked.result['scheme']}): violations: {rules}{kept}"), err=True)
    click.echo("for pack.yaml, under artefacts:", err=True)
    digest = hashlib.sha256(data).hexdigest()
    click.echo(plain_line(f"  - {{id: axe, path: {out}, kind: axe-results, sha256: {digest}}}"), err=True)
    return 0


def _write_pages(folder: Path, pages: dict[str, str]) -> None:
    from checker.errors import OutputFault

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(sorted(pages), start=1):
            (folder / f"page-{number}.html").write_text(pages[page], "utf-8", errors="replace")
    except OSError as error:
        raise OutputFault(
            f"The pages cannot be written: {error.strerror or error}.",
            where=str(folder),
            next_step="Give another folder with --pages.",
        ) from error
