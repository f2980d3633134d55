"""The one way in: every command ends here with an exit code that does not lie.

click ends an uncaught exception and a usage error alike with codes of its own; here every fault
is given ours, in three lines of plain words, and never as a traceback.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from checker.cli import EXIT_INTERRUPTED
from checker.cli.outputs import Outputs, current_outputs, remember_junit
from checker.errors import CheckerError

EXIT_USAGE = 2
EXIT_FAULT = 4
_OF_A_PATH = frozenset({errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.EROFS})
"""What an operating system says of a path that somebody gave: too long, or not for this user."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    _have_streams()
    _keep_pipes_quiet()
    code = run(list(sys.argv[1:] if arguments is None else arguments))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    from checker.cli.app import app

    try:
        result = app.main(args=arguments, prog_name="checker", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # its message is the whole help: not three lines
        click.echo(error.format_message(), err=True)
        return EXIT_USAGE
    except click.ClickException as error:
        return _usage(error, arguments)
    except CheckerError as error:
        return _fault(error.exit_code, error.what, error.where, error.next_step)
    except (click.Abort, KeyboardInterrupt):
        kept = "What was collected is kept: see 'checker collect --resume'."
        return _fault(EXIT_INTERRUPTED, "Interrupted.", "", "" if "validate" in arguments[:1] else kept)
    except BrokenPipeError:
        raise
    except Exception as error:  # a traceback helps nobody who is not mending the checker
        if os.environ.get("CHECKER_TRACEBACK"):
            raise
        if isinstance(error, OSError) and error.errno in _OF_A_PATH and isinstance(error.filename, str):
            next_step = "Correct the path, or what may be done there."
            return _fault(EXIT_USAGE, f"A path cannot be used: {error.strerror}.", error.filename, next_step)
        what = f"The checker itself broke: {type(error).__name__}: {error}"
        return _fault(EXIT_FAULT, what, _where(error), "Please report this. CHECKER_TRACEBACK=1 shows the details.")


def _usage(error: click.ClickException, arguments: list[str]) -> int:
    """An option that click refuses ends the command before its outputs are known: they are read here."""
    if current_outputs() is None:
        remember_junit(arguments)
    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
    hint = f"See '{where or 'checker'} --help'."
    return _fault(EXIT_USAGE, " ".join(error.format_message().split()), where, hint)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


def _fault(code: int, what: str, where: str, next_step: str) -> int:
    """Say it on stderr in at most three lines, and in the JUnit file if one was asked for."""
    from checker.cli.words import plain_line
    from checker.fhir.forms.quoted import capital, sentence

    what = sentence(capital(what))
    lines = [f"checker: {what}", f"  where: {where}" if where else "", f"  next:  {next_step}" if next_step else ""]
    click.echo("\n".join(plain_line(line) for line in lines if line), err=True)
    outputs: Outputs | None = current_outputs()
    if outputs is not None:
        outputs.write_fault(code, what, where, next_step)
    return code


def _have_streams() -> None:
    """Who starts us with stdout or stderr closed wants no words of it; the exit code is the same."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for the whole process


def _keep_pipes_quiet() -> None:
    """A console that cannot show a character shows an escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
