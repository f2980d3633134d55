"""The issues of one resource, as all rows tell them: what makes one like others, and its words without any value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.checks.fhir_looked import Said, without_indexes
from checker.checks.issue_groups import Told
from checker.checks.masking import masked, without_numbers

if TYPE_CHECKING:
    from checker.fhir.validation.issue import Issue

_MOST_TOLD = 100
"""So many kinds of issues of one resource are told with their words: looking for its values in them takes time."""


class Kind:
    """An issue with what makes it like others, and what is told of those."""

    __slots__ = ("first", "issue", "key", "path", "rank", "said")

    def __init__(self, issue: Issue, firsts: dict[tuple[str, ...], Kind]) -> None:
        by = (issue.definition or "").rpartition("/")[2]
        constraint = issue.message.partition(":")[0] if issue.rule.startswith("invariant") else ""
        self.issue = issue
        self.path = without_indexes(issue.path)
        self.key = (issue.rule, by, issue.element or self.path, self.path, constraint)
        self.rank = len(firsts)
        self.first: Kind = firsts.setdefault(self.key, self)
        self.said: Told | None = None

    def told(self, resource: Any) -> Told:
        """What is told of the first issue like it in the resource. Masked."""
        if self.first.said is None:
            self.first.said = self.first.tell(resource)
        return self.first.said

    def tell(self, resource: Any) -> Told:
        """The words. Of a resource with very many kinds of issues, the later ones are told by their rule alone."""
        issue, by = self.issue, self.key[1]
        in_brackets = f"[{issue.rule}{f', {by}' if by else ''}]"
        found, message = "something else, or nothing", ""
        if self.rank < _MOST_TOLD:
            message = f" {masked(issue.message, resource, issue.pointer).rstrip('.')}"
            found = masked(issue.found, resource, issue.pointer) if issue.found else found
        return Told(
            message=f"{self.path}:{message} {in_brackets}",
            expected=without_numbers(issue.allowed or "what the definition asks"),
            actual=found,
            fix=without_numbers(issue.fix or ""),
        )


def kinds_of(said: Said) -> list[Kind]:
    """The issues of a resource; worked out once for all rows."""
    if said.kinds is None:
        firsts: dict[tuple[str, ...], Kind] = {}
        said.kinds = [Kind(issue, firsts) for issue in said.result.issues]
    kinds: list[Kind] = said.kinds
    return kinds
