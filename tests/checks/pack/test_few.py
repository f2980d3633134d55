"""Findings of one kind are told one by one up to twenty, and the rest as one with their count."""

from __future__ import annotations

from checker.checks.pack.few import few
from checker.model.verdict import Examined, Finding, Statement


def finding(number: int, message: str = "The line is wrong.", count: int = 1) -> Finding:
    return Finding(message=message, expected="1", actual=str(number), place=f"line {number}", count=count)


def test_twenty_stay_as_they_are() -> None:
    given: list[Statement] = [Examined(what="lines"), *(finding(number) for number in range(20)), finding(1, "Other.")]
    assert list(few(given)) == given


def test_more_become_one_that_counts_them() -> None:
    given = [finding(number) for number in range(20)]
    (*_, last) = few([*given, finding(20, count=4), Examined(what="lines"), *(finding(n) for n in range(21, 31))])
    assert isinstance(last, Finding)
    assert (last.count, last.actual, last.examples) == (14, "14 more of this kind", ("line 20", "line 21", "line 22"))
