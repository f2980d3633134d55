"""Many findings of one kind as a few and one more, so that ten thousand wrong lines make a report that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

import msgspec

from checker.model.verdict import Finding, Statement
from checker.model.view import EvidenceView

_MOST = 20
_EXAMPLES = 3

Judge = Callable[[EvidenceView, Any], Iterator[Statement]]


def few_of_a_kind(judge: Judge) -> Judge:
    """A check whose findings of one message are told singly up to twenty; the others become one, with their count."""

    @wraps(judge)
    def told(ev: EvidenceView, p: Any) -> Iterator[Statement]:
        yield from few(judge(ev, p))

    return told


def few(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The same, with the findings of one message beyond the first twenty as one."""
    seen: Counter[str] = Counter()
    more: dict[str, list[Finding]] = {}
    for one in statements:
        if isinstance(one, Finding):
            seen[one.message] += 1
            if seen[one.message] > _MOST:
                more.setdefault(one.message, []).append(one)
                continue
        yield one
    for message, others in more.items():
        count = sum(one.count for one in others)
        shown = tuple(one.place for one in others[:_EXAMPLES])
        actual = f"{count} more of this kind"
        yield msgspec.structs.replace(
            others[0], message=message, actual=actual, place=", ".join(shown), count=count, examples=shown
        )
