"""One fault is said once: where two rules meet the same fault at the same place, the one that says more stays.

Only what is at least as severe makes another issue superfluous, so that no verdict hangs on this.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from checker.fhir.validation.issue import SEVERITY_ORDER, Issue

SAID_BY: dict[str, tuple[str, ...]] = {
    "bundle-reference-missing": ("reference-urn-missing",),
    "cardinality-maximum": ("choice-several",),
    "cardinality-minimum": ("slice-minimum", "extension-url-missing"),
    "coding-not-in-value-set": ("reference-type-unknown",),
    "narrative-attribute": ("narrative-active",),
    "type-not-allowed": ("resource-type-unknown",),
    "xml-empty-element": ("xml-text",),
}
"""The rules that say the same as a rule, and more, at the same place."""

ASKED_TWICE = frozenset(("coding-missing", "coding-not-in-value-set", "type-not-allowed"))
"""Rules that a type and a StructureDefinition may both ask: the one that asks for more in particular stays."""

_TYPES = "http://hl7.org/fhir/StructureDefinition/"


def without_repeats(issues: Iterable[Issue]) -> list[Issue]:
    """The issues, in their order, without those that another one says. Takes time in proportion to their number."""
    listed = list(issues)
    if len(listed) < 2:
        return listed
    worst: dict[Hashable, int] = {}
    for issue in listed:
        severity = SEVERITY_ORDER[issue.severity]
        for mark in _marks(issue):
            worst[mark] = min(severity, worst.get(mark, severity))
    return [
        issue
        for issue in listed
        if all(worst.get(mark, 9) > SEVERITY_ORDER[issue.severity] for mark in _said_elsewhere(issue))
    ]


def _marks(issue: Issue) -> Iterator[Hashable]:
    """What an issue says, so that others need not."""
    detail = issue.found if issue.rule == "narrative-active" else None
    yield issue.rule, _place(issue), detail
    if issue.rule in ASKED_TWICE and not _of_type(issue):
        yield "particular", issue.rule, issue.path
    if issue.expression is not None and _of_type(issue):
        yield "invariant", issue.path, issue.expression


def _said_elsewhere(issue: Issue) -> Iterator[Hashable]:
    """The marks that make an issue superfluous."""
    # All findings in a narrative have one place: an attribute is said with its element only where that is the one.
    detail = issue.message[1:].partition(">")[0] if issue.rule == "narrative-attribute" else None
    for rule in SAID_BY.get(issue.rule, ()):
        yield rule, _place(issue), detail
    if issue.rule in ASKED_TWICE and _of_type(issue):
        yield "particular", issue.rule, issue.path
    if issue.expression is not None and not _of_type(issue):
        yield "invariant", issue.path, issue.expression


def _of_type(issue: Issue) -> bool:
    return (issue.definition or "").startswith(_TYPES)


def _place(issue: Issue) -> str:
    """Where the fault is, as both rules have it: the choice, the Reference, the extension that lacks its url."""
    if issue.rule in ("cardinality-maximum", "choice-several"):
        return issue.path.partition(".ofType(")[0]
    if issue.rule == "cardinality-minimum" and issue.path.endswith(".url"):
        return issue.path.removesuffix(".url")
    if issue.rule.startswith(("reference-", "bundle-reference-")):
        return issue.path.removesuffix(".reference")
    return issue.path
