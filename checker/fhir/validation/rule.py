"""The rules that the validator can state, each with a stable id and a page that explains it.

A module that checks something defines its rules at its top; ``checker explain RULE`` prints the page.
"""

from __future__ import annotations

import msgspec

from checker.fhir.validation.issue import Severity


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: ``id`` (kebab-case, never re-used), its usual severity, the issue type ``code``, and its page.

    ``why`` says what goes wrong for people when it is broken; ``fix`` how to mend it; ``good`` and ``bad`` are
    short excerpts; ``source`` is the URL of the clause. ``advice`` marks best practice (off by default).
    """

    id: str
    severity: Severity
    code: str
    title: str
    why: str
    fix: str
    source: str
    good: str = ""
    bad: str = ""
    advice: bool = False


RULES: dict[str, Rule] = {}
"""All rules whose modules are loaded, by id."""


def rule(
    id: str,
    severity: Severity,
    code: str,
    *,
    title: str,
    why: str,
    fix: str,
    source: str,
    good: str = "",
    bad: str = "",
    advice: bool = False,
) -> Rule:
    """Define a rule. Raises ``ValueError`` when the id is taken."""
    if id in RULES:
        raise ValueError(f"the rule id {id} is defined twice")
    made = Rule(
        id=id,
        severity=severity,
        code=code,
        title=title,
        why=why,
        fix=fix,
        source=source,
        good=good,
        bad=bad,
        advice=advice,
    )
    RULES[id] = made
    return made
