"""TOML with line marks. ``tomllib`` keeps none, so they are found again in the text."""

from __future__ import annotations

import re
import tomllib

from checker.catalogue.document import Document, step
from checker.errors import SupplierFault, UsageFault

_TABLE = re.compile(r"^\s*(\[\[|\[)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LINE = re.compile(r"at line (\d+)")


def parse(text: bytes, source: str, *, fault: type[UsageFault] = SupplierFault) -> Document:
    """The document in ``text``. Raises ``fault`` with file and line."""
    try:
        decoded = text.decode("utf-8")
        data = tomllib.loads(decoded)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise fault("the file is not UTF-8", where=f"{source}:{line}", next_step="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        where = f"{source}:{found.group(1)}" if found else source
        raise fault(f"not valid TOML: {error}", where=where, next_step="Mend that line.") from None
    except RecursionError:
        raise fault("the file is nested too deeply", where=f"{source}:1", next_step="Flatten it.") from None
    document = Document(source=source, data=data, lines=line_marks(decoded))
    pointer = _holding_nul(data)
    if pointer is not None:
        raise fault("a text holds the character NUL", where=document.where(pointer), next_step="Take it out.")
    return document


def _holding_nul(value: object, pointer: str = "") -> str | None:
    """Where a text stands that no path and no header can hold; None where there is none."""
    if isinstance(value, str):
        return pointer if "\0" in value else None
    if isinstance(value, dict):
        below = ((step(pointer, name), one) for name, one in value.items())
    elif isinstance(value, list):
        below = ((step(pointer, index), one) for index, one in enumerate(value))
    else:
        return None
    return next((found for where, one in below if (found := _holding_nul(one, where)) is not None), None)


def line_marks(text: str) -> dict[str, int]:
    """JSON pointer → line, for tables, arrays of tables and the keys that begin a line.

    Good enough for messages: a line inside a multi-line string may be taken for a key, but never
    replaces the mark of a real key above it.
    """
    marks: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _pointer("", header.group(2))
            if header.group(1) == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                marks.setdefault(table, number)
                table = step(table, index)
            marks.setdefault(table, number)
        elif key := _KEY.match(line):
            marks.setdefault(_pointer(table, key.group(1)), number)
    return marks


def _pointer(base: str, dotted: str) -> str:
    for part in _PART.findall(dotted):
        base = step(base, part.strip("\"'"))
    return base
