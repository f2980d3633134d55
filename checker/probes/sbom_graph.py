"""How the components of a bill of materials hang together: who is reached from the root, and what leads nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

_MOST_EXAMPLES = 10

Edge = tuple[str, str]


def graph_facts(root: str, refs: Sequence[str], edges: Iterable[Edge], outside: frozenset[str]) -> dict[str, Any]:
    """``relations``: how many there are. ``unreached``, ``dangling``, ``repeated``: how many, with the first of them.

    ``refs`` are those of components, "" for one that has none; ``outside`` are others that may be referred to.

    >>> graph_facts("a", ["b", "c"], [("a", "b"), ("b", "d")], frozenset())["dangling"]
    {'count': 1, 'examples': ['d']}
    """
    following: dict[str, set[str]] = {}
    for start, end in edges:
        following.setdefault(start, set()).add(end)
    known = {root, *refs, *outside} - {""}
    named = {*following, *(end for ends in following.values() for end in ends)}
    reached, queue = {root} - {""}, [root]
    while queue:
        for end in following.get(queue.pop(), ()):
            if end not in reached:
                reached.add(end)
                queue.append(end)
    return {
        "relations": sum(map(len, following.values())),
        "unreached": _some([ref or "(no ref)" for ref in refs if ref not in reached]),
        "dangling": _some(sorted(named - known)),
        "repeated": _some(sorted(ref for ref, times in Counter([root, *refs]).items() if ref and times > 1)),
    }


def _some(found: Sequence[str]) -> dict[str, Any]:
    return {"count": len(found), "examples": [one[:100] for one in sorted(found)[:_MOST_EXAMPLES]]}
