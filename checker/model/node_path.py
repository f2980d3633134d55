"""Where a node stands inside a resource: the steps that lead to it, and the JSON pointer that says so (RFC 6901)."""

from __future__ import annotations

from typing import Any

Path = tuple[Any, str | int] | None
"""From the inside out: (the path above, the last step). None is where the steps begin."""

_MOST_KEPT, _LONGEST_KEPT = 20_000, 200
_kept: dict[Path, str] = {}
"""Most resources have their elements at the same few places."""


def pointer_of(path: Path) -> str:
    """The JSON pointer.

    >>> pointer_of((((None, "name"), 0), "a/b~")), pointer_of(None)
    ('/name/0/a~1b~0', '')
    """
    found = _kept.get(path)
    if found is None:
        found = _written(path)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()  # made-up names shall not fill the memory
        if len(found) <= _LONGEST_KEPT:
            _kept[path] = found
    return found


def _written(path: Path) -> str:
    steps: list[str] = []
    while path is not None:
        path, step = path
        if isinstance(step, int):
            steps.append(str(step))
        else:
            steps.append(step.replace("~", "~0").replace("/", "~1") if "~" in step or "/" in step else step)
    steps.append("")
    return "/".join(reversed(steps))
