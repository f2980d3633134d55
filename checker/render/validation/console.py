"""For people: what is wrong with each resource, where, and how to mend it; then the sum.

A valid resource without anything to say is counted, not listed. All text of a resource is made visible:
a file must not write on the reader's screen.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from checker import DISCLAIMER
from checker.model.validation import SEVERITY_ORDER, Issue, Judged, Summary
from checker.render.validation import Style, Writer
from checker.render.visible import clip, one_line

_COLOURS = {"fatal": "\x1b[1;31m", "error": "\x1b[31m", "warning": "\x1b[33m", "information": "\x1b[36m"}
_RESET = "\x1b[0m"
_TEXT = 600
_MOST_LISTED = 20
_MOST_ISSUES = 40
_MOST_PLACES = 6
_MOST_RULES = 10


class _Console:
    def __init__(self, style: Style) -> None:
        self._width = max(60, style.width)
        self._colour = style.colour
        self._fail_on = style.fail_on
        self._quiet = 0
        self._told = 0
        self._rules: Counter[tuple[str, str]] = Counter()

    def one(self, judged: Judged) -> bytes:
        if judged.valid and not judged.issues:
            self._quiet += 1
            return b""
        self._told += 1
        self._rules.update((issue.severity, issue.invariant or issue.rule) for issue in judged.issues)
        lines = [self._heading(judged)]
        groups = _grouped(judged.issues)
        for group in groups[:_MOST_ISSUES]:
            lines += self._issue(group)
        if len(groups) > _MOST_ISSUES:
            left = sum(len(group) for group in groups[_MOST_ISSUES:])
            lines.append(f"  … and {_plural(left, 'issue')} more of this resource (--format ndjson has all)")
        return self._bytes([*lines, ""])

    def end(self, summary: Summary) -> bytes:
        lines: list[str] = []
        for reason in summary.unreadable:
            lines.append(f"{self._painted('error', 'not read')}  {one_line(reason)}")
        for problem in summary.definition_problems:
            if problem.severity == "note":
                continue  # of interest to who writes definitions: --format json has them
            lines += self._wrapped(
                "definition problem in ",
                f"{problem.definition}{' at ' + problem.element if problem.element else ''}: {problem.message}",
            )
        valid = summary.resources - summary.invalid
        counts = ", ".join(_plural(count, name) for name, count in _ordered(summary.severities)) or "No issue"
        clean = f" ({self._quiet} without any issue)" if self._quiet and self._told else ""
        lines.append(
            f"{_plural(summary.resources, 'resource')}: {valid} valid{clean}, {summary.invalid} invalid."
            + (f" {counts}." if summary.resources else "")
        )
        lines += self._by_rule()
        if summary.skipped:
            more = ", …" if len(summary.skipped) > 1 else ""
            lines.append(f"Left out: {_plural(len(summary.skipped), 'file')} ({one_line(summary.skipped[0])}{more}).")
        lines += self._not_verified(summary)
        lines += [one_line(note) for note in summary.notes]
        lines += self._must_support(summary)
        lines += self._wrapped("Judged by: ", (", ".join(summary.definitions) or "nothing") + ".")
        lines.append(_meaning(summary, self._fail_on))
        lines.append(DISCLAIMER)
        return self._bytes(lines)

    def _heading(self, judged: Judged) -> str:
        name = "/".join(part for part in (judged.resource_type, judged.id) if part) or "no resource"
        place = judged.source if judged.line == 1 else f"{judged.source}:{judged.line}"
        word = "valid" if judged.valid else "INVALID"
        told = self._painted("information" if judged.valid else "error", word)
        return f"{one_line(place)}  {one_line(name)}  {told}"

    def _issue(self, group: list[Issue]) -> list[str]:
        """One issue, or several that differ in their place only; what is information is told in short."""
        issue = group[0]
        lines = [f"  {self._painted(issue.severity, issue.severity)}  {_place(issue)}"]
        lines += self._wrapped("    ", issue.message)
        if len(group) > 1:
            others = ", ".join(_place(one) for one in group[1:_MOST_PLACES])
            left = f" and {len(group) - _MOST_PLACES} more" if len(group) > _MOST_PLACES else ""
            lines += self._wrapped("    also at: ", others + left)
        if issue.severity == "information":
            return [*lines, f"    rule:    {issue.rule}"]
        if issue.found is not None and issue.found not in issue.message:
            lines += self._wrapped("    found:   ", issue.found)
        if issue.allowed:
            lines += self._wrapped("    allowed: ", issue.allowed)
        if issue.slice and issue.slice not in issue.message:
            lines += self._wrapped("    slice:   ", issue.slice)
        if issue.fix:
            lines += self._wrapped("    mend:    ", issue.fix)
        if issue.expression:
            lines += self._wrapped("    test:    ", issue.expression)
        if issue.definition:
            at = f"{issue.element} of " if issue.element and issue.element != issue.path else ""
            lines += self._wrapped("    by:      ", f"{at}{issue.definition}")
        lines.append(f"    rule:    {one_line(issue.rule)}")
        return lines

    def _by_rule(self) -> list[str]:
        """What was found most: where many resources have issues, that is where to begin."""
        if self._told < 2:
            return []
        ranked = sorted(self._rules.items(), key=lambda item: (SEVERITY_ORDER[item[0][0]], -item[1], item[0][1]))
        lines = ["By rule ('checker explain RULE' says more):"]
        lines += [f"  {count:>6}  {severity:<11}  {rule}" for (severity, rule), count in ranked[:_MOST_RULES]]
        if len(ranked) > _MOST_RULES:
            lines.append(f"  … and {len(ranked) - _MOST_RULES} more rules")
        return lines

    def _not_verified(self, summary: Summary) -> list[str]:
        if not summary.not_verified:
            return []
        total = sum(summary.not_verified.values())
        lines = [f"Not verified offline: {_plural(total, 'question')}. Neither a pass nor an error:"]
        ranked = sorted(summary.not_verified.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {count:>6}  {one_line(subject)}" for subject, count in ranked[:_MOST_LISTED]]
        if len(ranked) > _MOST_LISTED:
            lines.append(f"  … and {len(ranked) - _MOST_LISTED} more subjects (--format json lists all)")
        return lines

    def _must_support(self, summary: Summary) -> list[str]:
        if not summary.must_support:
            return []
        lines = ["Must-support elements, present where they could be:"]
        for row in summary.must_support[: 2 * _MOST_LISTED]:
            where = one_line(f"{row.element} ({row.definition.rpartition('/')[2]})")
            lines.append(f"  {row.present:>6} of {row.holders:<6} {where}")
        if len(summary.must_support) > 2 * _MOST_LISTED:
            lines.append("  … (--format json lists all)")
        return lines

    def _wrapped(self, head: str, text: str) -> list[str]:
        return textwrap.wrap(
            clip(one_line(text), _TEXT),
            self._width,
            initial_indent=head,
            subsequent_indent=" " * min(len(head), 13),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _painted(self, severity: str, text: str) -> str:
        return f"{_COLOURS[severity]}{text}{_RESET}" if self._colour else text

    def _bytes(self, lines: list[str]) -> bytes:
        return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _meaning(summary: Summary, fail_on: str) -> str:
    """What the exit code says, in words that hold whatever ``--fail-on`` was."""
    if summary.exit_code == 3:
        return "Exit code 3: inconclusive. What was not read, or not judged, is neither valid nor invalid."
    if summary.exit_code == 1:
        what = "something is not valid" if summary.invalid else "something has a warning (--fail-on warning)"
        return f"Exit code 1: {what}."
    if summary.invalid:
        return f"Exit code 0: asked for by --fail-on {fail_on}, though something is not valid."
    return "Exit code 0: everything that was read is valid."


def _grouped(issues: Sequence[Issue]) -> list[list[Issue]]:
    """The issues, worst first; those that say the same of several places stand together."""
    groups: dict[tuple[object, ...], list[Issue]] = {}
    for issue in sorted(issues, key=lambda one: SEVERITY_ORDER[one.severity]):
        key = (issue.severity, issue.rule, issue.message, issue.allowed, issue.definition, issue.element)
        groups.setdefault(key, []).append(issue)
    return list(groups.values())


def _place(issue: Issue) -> str:
    where = f"(line {issue.line}, column {issue.column})" if issue.line is not None else ""
    return " ".join(part for part in (one_line(issue.path), where) if part)


def _ordered(severities: dict[str, int]) -> list[tuple[str, int]]:
    counted = Counter(severities)
    return [(name, counted[name]) for name in SEVERITY_ORDER if counted[name]]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 or noun in ("information", "fatal") else f"{count} {noun}s"


def writer(style: Style) -> Writer:
    """Text in UTF-8, wrapped at the style's width."""
    return _Console(style)
