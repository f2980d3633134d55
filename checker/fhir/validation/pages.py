"""The pages that explain the rules: every rule that the validator can state, in words."""

from __future__ import annotations

import pkgutil
import textwrap
from importlib import import_module
from types import ModuleType

from checker.fhir.validation.rule import RULES, Rule


def all_rules() -> dict[str, Rule]:
    """Every rule by id, sorted. Rules stand at the top of the modules that state them: all are imported."""
    import checker.fhir.forms as forms
    import checker.fhir.validation as validation

    for package in (forms, validation):
        _import_below(package)
    return dict(sorted(RULES.items()))


def _import_below(package: ModuleType) -> None:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        import_module(found.name)


def page(rule: Rule) -> str:
    """The page of one rule, for a terminal."""
    kind = "best practice, said only with --advice" if rule.advice else f"{rule.severity}, as a rule"
    lines: list[str | None] = [
        f"{rule.id}: {rule.title}",
        "",
        f"  said as      {kind} (issue type {rule.code})",
        f"  source       {rule.source}",
        "",
        *_wrapped(f"Why: {rule.why}"),
        *_wrapped(f"How to mend: {rule.fix}"),
    ]
    good, bad = excerpts(rule)
    if good:
        lines += ["", f"Right:  {good}"]
    if bad:
        lines += ["" if not good else None, f"Wrong:  {bad}"]
    return "\n".join(line for line in lines if line is not None)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 80, break_long_words=False, break_on_hyphens=False)


def excerpts(rule: Rule) -> tuple[str, str]:
    """What is right and what is wrong by the rule; empty where nothing short shows it."""
    from checker.fhir.validation.excerpts import EXCERPTS
    from checker.fhir.validation.worked_excerpts import WORKED

    good, bad = EXCERPTS.get(rule.id) or WORKED.get(rule.id, ("", ""))
    return rule.good or good, rule.bad or bad


def invariant_page(key: str) -> str | None:
    """The page of an invariant of R4 or UK Core, or None when there is none of that key."""
    from checker.fhir.validation.invariant_words import FIXES, SHARED, WORDS

    if key not in WORDS:
        return None
    fix = FIXES.get(key, "Change the content so that this is so.")
    return "\n".join(
        [
            f"{key}: {WORDS[key]}",
            "",
            "  said as      invariant, invariant-warning or invariant-best-practice, as its definition weighs it",
            "",
            *_wrapped(f"How to mend: {fix}"),
            *(
                line
                for (shared, kind), (text, mend) in SHARED.items()
                if shared == key
                for line in ("", *_wrapped(f"In {kind}: {text}."), *_wrapped(f"How to mend: {mend}"))
            ),
            "",
            "'checker explain invariant' says what invariants are. An issue shows its FHIRPath.",
        ]
    )
