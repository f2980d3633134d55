"""Where reports go: ``-o FORMAT:PATH``, repeatable; ``-`` is stdout. Written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click

from checker.errors import CheckerError, OutputFault, UsageFault
from checker.render import FORMATS, render

if TYPE_CHECKING:
    from checker.model.report import Report
    from checker.render.console_page import Page

_current: list[Outputs] = []


@dataclass(frozen=True)
class Output:
    """One format and where it goes."""

    format: str
    path: str
    """``-`` is stdout."""


class Outputs:
    """The outputs of one command. JUnit is written also when the command ends without a report."""

    def __init__(self, outputs: Sequence[Output], profile: str) -> None:
        self.outputs = tuple(outputs)
        self.profile = profile
        self.written = False

    def write(self, report: Report) -> None:
        """Render all, then write all: a format that cannot be rendered leaves no half set behind."""
        rendered = [(output, self._rendered(report, output)) for output in self.outputs]
        for output, data in rendered:
            _write(output, data)
        self.written = True
        if not any(output.path == "-" for output in self.outputs):
            show(report, err=any(self.outputs))

    def write_fault(self, code: int, what: str, where: str, next_step: str) -> None:
        """A JUnit file that says why there is no report. Never raises: the fault is already told."""
        if self.written:
            return
        for output in self.outputs:
            if output.format == "junit":
                from checker.render.junit import fault_junit

                try:
                    _write(output, fault_junit(self.profile, code, what, where, next_step))
                except CheckerError as error:
                    click.echo(f"checker: the JUnit file could not be written either: {error.what}", err=True)

    def _rendered(self, report: Report, output: Output) -> bytes:
        if output.format == "console":
            return _console(report, colour=False, tty=False, encoding="utf-8")
        return render(report, output.format)


def current_outputs() -> Outputs | None:
    """The outputs of the command that runs, once they are known."""
    return _current[-1] if _current else None


def expect_junit(path: str) -> None:
    """A command that writes JUnit by itself: should it end without, the file says why."""
    _current[:] = [Outputs([Output("junit", path)], "checker validate")]


class ReaderGone(Exception):
    """Who read stdout has closed it: whatever else is written, nobody sees."""


@contextmanager
def destination(path: str | None) -> Iterator[Callable[[bytes], object]]:
    """Where data goes as it comes: stdout, or a file that takes its name only when it is whole.

    Yields what writes. What is there and is no file, such as ``/dev/null`` or a named pipe, is written to as it is,
    never replaced. Raises ``OutputFault`` when the output cannot be written, ``ReaderGone`` when nobody reads stdout.
    """
    if path is None or path == "-":
        yield _to_stdout
        _to_stdout(b"")
        return
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as handle:
                yield handle.write
        else:
            with _beside(target) as handle:
                yield handle.write
    except OSError as error:
        raise _unwritten(error, path) from error
    for outputs in _current:
        outputs.written = True


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    beside = target.with_name(f"{target.name}.part")
    beside.unlink(missing_ok=True)  # what an earlier run left; a link there is not followed
    try:
        with beside.open("xb") as handle:
            yield handle
        os.replace(beside, target)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _to_stdout(data: bytes) -> None:
    stream = sys.stdout
    try:
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise ReaderGone from None
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # what is still held would fail again at the end
        raise _unwritten(error, "stdout") from error


def _unwritten(error: OSError, where: str) -> OutputFault:
    return OutputFault(
        f"The output cannot be written: {error.strerror or error}.",
        where=where,
        next_step="Choose another place with --output.",
    )


def remember_junit(arguments: Sequence[str]) -> None:
    """The JUnit outputs among raw arguments, so that no green file of an earlier run is left behind."""
    values = [
        *(value for name, value in pairwise(arguments) if name in ("-o", "--output")),
        *(text.removeprefix("--output=") for text in arguments if text.startswith("--output=")),
        *(text[2:] for text in arguments if text.startswith("-o") and len(text) > 2),
    ]
    command = next((text for text in arguments if not text.startswith("-")), "").upper()
    values += os.environ.get(f"CHECKER_{command}_OUTPUT", "").split()
    paths = [value.removeprefix("junit:") for value in values if value.startswith("junit:")]
    _current[:] = [Outputs([Output("junit", path) for path in paths if path and path != "-"], "checker")]


def parse_outputs(given: Sequence[str], profile: str) -> Outputs:
    """Read ``FORMAT:PATH`` values, and remember them for faults. Raises ``UsageFault``."""
    found = []
    for text in given:
        format, colon, path = text.partition(":")
        if not colon or not path or format not in FORMATS:
            formats = ", ".join(sorted(FORMATS))
            raise UsageFault(
                f"An output is FORMAT:PATH, not {text!r}.",
                where="--output",
                next_step=f"Formats: {formats}. Example: -o junit:out.xml -o html:report.html",
            )
        found.append(Output(format, path))
    paths = [output.path for output in found]
    if len(paths) != len(set(paths)):
        raise UsageFault("Two outputs go to the same place.", where="--output", next_step="Give each its own path.")
    outputs = Outputs(found, profile)
    _current[:] = [outputs]
    for output in found:
        _check_writable(output)
    return outputs


def _check_writable(output: Output) -> None:
    """Found out before an hour of collecting, not after it."""
    if output.path == "-":
        return
    folder = Path(output.path).resolve().parent
    if not folder.is_dir():
        raise OutputFault(
            "The folder of an output does not exist.",
            where=output.path,
            next_step=f"Make it: mkdir {Path(output.path).parent}",
        )
    if Path(output.path).is_dir() or not os.access(folder, os.W_OK):
        raise OutputFault(
            "An output cannot be written.", where=output.path, next_step="Give a file in a folder you can write to."
        )


def _write(output: Output, data: bytes) -> None:
    if output.path == "-":
        _to_stream(sys.stdout, data)
        return
    path = Path(output.path)
    try:
        if path.exists() and not path.is_file():  # such as /dev/null: written to, never replaced
            path.write_bytes(data)
        else:
            with _beside(path) as handle:
                handle.write(data)
    except OSError as error:
        raise OutputFault(
            f"The {output.format} report cannot be written: {error.strerror or error}.",
            where=output.path,
            next_step="The recording is kept: render it again with 'checker judge'.",
        ) from error


def _to_stream(stream: TextIO, data: bytes) -> None:
    """A reader that has gone away changes neither the verdict nor the exit code."""
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show(report: Report, *, err: bool) -> None:
    """The report for people: on stdout, or on stderr when the data went elsewhere."""
    stream = sys.stderr if err else sys.stdout
    tty = stream.isatty()
    encoding = stream.encoding or "utf-8"
    data = _console(report, colour=colours(tty), tty=tty, encoding=encoding)
    _to_stream(stream, data)


def page_for(stream: TextIO) -> Page:
    """An empty page for people, of the width, the colours and the symbols that the stream can show."""
    from checker.render.console_page import Page

    tty = stream.isatty()
    return Page(width=_width(tty), colour=colours(tty), unicode=_unicode(stream.encoding or "utf-8"), tty=tty)


def print_page(page: Page, stream: TextIO) -> None:
    """Print a page; what the stream's encoding lacks becomes an escape."""
    _to_stream(stream, page.text().encode(stream.encoding or "utf-8", "backslashreplace"))


def _console(report: Report, *, colour: bool, tty: bool, encoding: str) -> bytes:
    unicode = _unicode(encoding)
    return render(report, "console", width=_width(tty), colour=colour, unicode=unicode, tty=tty, encoding=encoding)


def _width(tty: bool) -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns if tty else 100


def _unicode(encoding: str) -> bool:
    return encoding.lower().replace("-", "").startswith("utf")


def colours(tty: bool) -> bool:
    """NO_COLOR wins (no-color.org), then FORCE_COLOR, then what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or tty
