"""JUnit XML: a case for each resource. Red exactly when the exit code is not 0."""

from __future__ import annotations

from collections import Counter

from checker import DISCLAIMER, __version__
from checker.errors import CheckerFault
from checker.model.validation import SEVERITY_ORDER, Issue, Judged, Summary
from checker.render.junit import write
from checker.render.junit_file import Case, Kind, Suite, class_part
from checker.render.validation import Style, Writer, fails
from checker.render.visible import clip

_SUITE = "checker validate"
_LISTED = 50
_TEXT = 300


class _JUnit:
    def __init__(self, style: Style) -> None:
        self._style = style
        self._cases: list[Case] = []
        self._names: Counter[str] = Counter()

    def one(self, judged: Judged) -> bytes:
        red = fails(judged, self._style.fail_on)
        issues = sorted(judged.issues, key=lambda one: SEVERITY_ORDER[one.severity])
        text = "\n".join(_line(issue) for issue in issues[:_LISTED])
        if len(issues) > _LISTED:
            text += f"\n… and {len(issues) - _LISTED} more (--format ndjson has all)"
        first = issues[0] if issues else None
        self._cases.append(
            Case(
                classname=class_part(judged.resource_type or "unknown"),
                name=self._name(judged),
                kind=Kind.FAILURE if red else Kind.PASS,
                type=first.rule if red and first is not None else "",
                message=_line(first) if red and first is not None else "",
                body=text if red else "",
                said="" if red else text,
                file=judged.source,
                line=first.line if red and first is not None and first.line is not None else judged.line,
            )
        )
        return b""

    def end(self, summary: Summary) -> bytes:
        cases = [*self._cases]
        for reason in summary.unreadable:
            cases.append(_error("not-read", f"not read: {reason}", f"Not read: {reason}"))
        if summary.exit_code == 3 and not summary.unreadable:
            what = "Nothing was judged." if not summary.resources else "Something could not be judged."
            cases.append(_error("inconclusive", "conclusion", what))
        red = sum(case.kind in (Kind.FAILURE, Kind.ERROR) for case in cases)
        if (red == 0) != (summary.exit_code == 0):
            raise CheckerFault(
                f"The JUnit file would show {red} failures and errors, but the exit code is {summary.exit_code}.",
                where=_SUITE,
                next_step="Report this as a fault of the checker.",
            )
        properties = {
            "exit code": str(summary.exit_code),
            "tool version": __version__,
            "definitions": ", ".join(summary.definitions),
            "not verified offline": str(sum(summary.not_verified.values())),
            "disclaimer": DISCLAIMER,
        }
        return write(Suite(name=_SUITE, cases=tuple(cases), properties=properties))

    def _name(self, judged: Judged) -> str:
        name = f"{judged.source}:{judged.line}" if judged.line != 1 else judged.source
        if judged.id:
            name += f" {judged.resource_type}/{judged.id}"
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name} ({self._names[name]})"


def _error(kind: str, name: str, what: str) -> Case:
    return Case(classname="input", name=name, kind=Kind.ERROR, type=kind, message=what, body=what)


def _line(issue: Issue) -> str:
    """All that mends the issue, on one line: some consumers show the first lines of a body only."""
    where = f" (line {issue.line})" if issue.line is not None else ""
    parts = [f"{issue.severity} {issue.path or 'the file'}{where}: {issue.message}"]
    if issue.allowed:
        parts.append(f"Allowed: {clip(issue.allowed, _TEXT)}.")
    if issue.fix:
        parts.append(f"Mend: {issue.fix}")
    return " ".join([*parts, f"[{issue.rule}]"])


def writer(style: Style) -> Writer:
    """Everything is held until the end: a suite states its counts first."""
    return _JUnit(style)
