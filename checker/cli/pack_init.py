"""``checker pack init``: the root of an evidence pack, and a commented template for each section."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


@click.command("init", epilog="Example: checker pack init my-pack --section service --section safety")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--section", "sections", multiple=True, metavar="NAME", help="Only this section. Repeatable.  [default: all]"
)
@click.option("--name", default="", help="Name of the supplier.")
@click.option("--product", default="", help="Name of the product.")
@click.option("--product-version", default="", help="Version of the product.")
def command(folder: Path, sections: tuple[str, ...], name: str, product: str, product_version: str) -> int:
    """Write pack.yaml and a file for each section, with a comment on each value, to be filled in.

    Nothing that is there already is overwritten. 'checker pack lint' then names what is still to be filled in.
    """
    from checker.cli.clock import SystemClock
    from checker.cli.words import counted
    from checker.engine.pack_template import known_sections, root_text, section_text

    wanted = _wanted(sections, known_sections())
    paths = {one: f"{one}/{one}.yaml" for one in wanted}
    said = {"supplier": name, "product": product, "version": product_version}
    files = {"pack.yaml": root_text(paths, SystemClock().now().date(), said)}
    files |= {path: section_text(one) for one, path in paths.items()}
    _must_be_free(folder, files)
    for path, text in files.items():
        _write(folder / path, text)
    place = shlex.quote(str(folder))
    click.echo(
        f"Wrote pack.yaml and {counted(len(wanted), 'section')} in {folder}. Fill in what says TO DO, put files beside"
    )
    click.echo("the sections and name them under 'artefacts' of pack.yaml, then:")
    click.echo(f"  checker pack hash {place}\n  checker pack lint {place}")
    return 0


def _wanted(asked: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    import difflib

    from checker.errors import UsageFault

    for name in asked:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            nearest = f" Did you mean {close[0]}?" if close else ""
            raise UsageFault(
                f"There is no section {name!r}.{nearest}",
                where="--section",
                next_step=f"Use one of {', '.join(known)}.",
            )
    return tuple(one for one in known if one in asked) if asked else known


def _must_be_free(folder: Path, files: dict[str, str]) -> None:
    from checker.errors import OutputFault

    there = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if there:
        raise OutputFault(
            "A file is there already, and is not overwritten.",
            where=str(folder / there[0]),
            next_step="Give another folder, or move the file away.",
        )


def _write(path: Path, text: str) -> None:
    from checker.errors import OutputFault

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise OutputFault(
            f"The file cannot be written: {error.strerror or error}.",
            where=str(path),
            next_step="Give a folder that you can write to.",
        ) from None
