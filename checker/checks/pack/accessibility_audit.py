"""Does the audit by hand cover every success criterion, and is it recent?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from checker.checks.assured import Given, months_after
from checker.checks.pack.given import WHOLE, of_section, of_table, part, table
from checker.checks.pack.wcag import criteria
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

TABLE = "wcag-audit"
COLUMNS = ("criterion", "level", "result", "note?")
_RESULTS = {
    **dict.fromkeys(("pass", "passed", "met", "supports"), "pass"),
    **dict.fromkeys(("fail", "failed", "not met", "does not support", "partially supports"), "fail"),
    **dict.fromkeys(("not applicable", "not-applicable", "n/a", "inapplicable"), "not-applicable"),
}
_NUMBER = re.compile(r"(?:SC\s+)?([0-9]\.[0-9]{1,2}\.[0-9]{1,2})(?![0-9.][0-9])", re.IGNORECASE)
_MOST = 20


def result(text: str) -> str:
    """``pass``, ``fail`` or ``not-applicable``; "" where the audit does not decide.

    >>> result("Pass"), result("N/A"), result("not tested")
    ('pass', 'not-applicable', '')
    """
    return _RESULTS.get(" ".join(text.casefold().split()), "")


def audited(ev: EvidenceView) -> Given | Undecided:
    """The lines of the table of the audit, or why there are none."""
    found = table(ev, TABLE, *COLUMNS)
    if isinstance(found, Undecided):
        return found
    return found._replace(facts=[{**row, "criterion": number(row["criterion"])} for row in found.facts])


def number(criterion: str) -> str:
    """The number of a criterion that may stand with its name.

    >>> number("1.4.3"), number("SC 1.4.3: Contrast (Minimum)"), number("Contrast")
    ('1.4.3', '1.4.3', 'Contrast')
    """
    found = _NUMBER.match(criterion.strip())
    return found.group(1) if found else criterion


class Audit(Params, frozen=True, kw_only=True):
    """How old an audit may be."""

    most_months: int = 24


@check(
    "accessibility.audit-is-complete",
    params=Audit,
    needs=lambda p, settings: [WHOLE, of_section("accessibility"), of_table(TABLE, *COLUMNS)],
    source="https://www.w3.org/TR/WCAG22/",
)
def audit_is_complete(ev: EvidenceView, p: Audit) -> Iterator[Statement]:
    """The table of the audit decides each criterion of A and AA of WCAG 2.2 once, and the audit is recent enough.

    The criteria are data beside the profile (``wcag-2.2.yaml``). Criteria of AAA, and 4.1.1, which 2.2 has no more,
    may be there and do not count. A criterion that fails is no fault of the audit.

    Good: ``1.4.3,AA,fail,links in the footer``. Bad: 2.5.8 missing; 1.1.1 twice; ``not tested``; an audit of 2024.
    """
    audit, rows = part(ev, "accessibility", "audit"), audited(ev)
    if isinstance(rows, Undecided):
        yield rows
    elif not rows.facts:
        yield rows.undecided("the table of the audit has no line")
    else:
        yield from _table(rows)
    if isinstance(audit, Undecided):
        yield audit
        return
    made = day(audit.facts["date"])
    if made is None:
        yield audit.undecided("the audit has no day", Reason.PREREQUISITE)
    elif made > audit.on:
        yield audit.finding("The audit is dated after today.", f"{audit.on} or before", str(made), "audit date")
    elif audit.on > months_after(made, p.most_months):
        expected = f"on or after the day {p.most_months} months before {audit.on}"
        yield audit.finding("The audit by hand is too old.", expected, str(made), "section accessibility audit date")
    else:
        yield Examined(what="the day of the audit", evidence=audit.evidence)


def _table(rows: Given) -> Iterator[Statement]:
    known = criteria()
    said = Counter(row["criterion"] for row in rows.facts)
    findings = [
        rows.finding("The audit does not speak of a criterion of WCAG 2.2.", "each of A and AA once", "missing", one)
        for one in known.levels
        if one not in said
    ]
    for row in rows.facts:
        one, place = row["criterion"], f"{TABLE} line {row['line']}"
        if one in known.triple_a or one in known.withdrawn:
            continue
        if one not in known.levels:
            findings.append(rows.finding("WCAG 2.2 has no such criterion.", "a number such as 1.4.3", one[:20], place))
            continue
        if row["level"].strip().upper().removeprefix("LEVEL").strip() != known.levels[one]:
            message = f"The audit gives {one} another level than WCAG 2.2."
            findings.append(rows.finding(message, known.levels[one], row["level"][:20] or "none", place))
        if not result(row["result"]):
            message = f"The audit leaves {one} undecided."
            findings.append(
                rows.finding(message, "pass, fail or not-applicable", row["result"][:40] or "nothing", place)
            )
    for one, count in said.items():
        if count > 1 and one in known.levels:
            findings.append(rows.finding("A criterion stands more than once.", "once", f"{one}: {count} times", one))
    yield from findings[:_MOST]
    if len(findings) > _MOST:
        rest = len(findings) - _MOST
        yield rows.finding("The audit has more such faults.", "none", f"{rest} more", TABLE, rest)
    if not findings:
        yield Examined(what=f"the {len(known.levels)} criteria of A and AA", evidence=rows.evidence)
