"""Every rule has a page that says what a developer needs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checker.fhir.issues import ISSUE_TYPES, SEVERITIES
from checker.fhir.validation.excerpts import EXCERPTS
from checker.fhir.validation.invariant_words import FIXES, WORDS
from checker.fhir.validation.pages import all_rules, excerpts, invariant_page, page
from checker.fhir.validation.run import Options
from checker.fhir.validation.worked_excerpts import WORKED
from checker.fhir.validator import Validator

RULES = all_rules()
FRAMES: dict[str, str] = json.loads(Path(__file__).with_name("excerpt_frames.json").read_text("utf-8"))
"""What is round an excerpt when it is judged: ``@`` is its place. One without a frame is judged as it stands."""
_VALIDATOR = Validator(options=Options(advice=True))


def test_there_are_rules() -> None:
    assert len(RULES) > 150
    assert {"cardinality-minimum", "json-array-expected", "value-fixed", "extension-unknown"} <= set(RULES)


@pytest.mark.parametrize("identity", RULES)
def test_a_rule_says_why_it_matters_how_to_mend_it_and_where_it_stands(identity: str) -> None:
    rule = RULES[identity]
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", identity)
    assert rule.severity in SEVERITIES
    assert rule.code in ISSUE_TYPES
    assert re.match(r"https?://", rule.source)
    for text in (rule.title, rule.why, rule.fix):
        assert len(text) > 8
    assert rule.why != rule.fix
    assert " ".join(rule.fix.split()) in " ".join(page(rule).split())


def test_no_id_is_lost_or_changed() -> None:
    lines = Path(__file__).with_name("rule_ids.txt").read_text().splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    stated = [line for line in kept if not line.endswith(" retired")]
    assert kept == sorted(kept)
    assert stated == list(RULES), "a new rule gets a line; one that is gone keeps its line, marked 'retired'"


def test_excerpts_belong_to_rules_that_bring_none() -> None:
    assert EXCERPTS.keys() <= RULES.keys()
    for identity, (good, bad) in EXCERPTS.items():
        assert good != bad
        assert good in page(RULES[identity]) or RULES[identity].good
    shown = [identity for identity, one in RULES.items() if all(excerpts(one))]
    assert len(shown) > 240


@pytest.mark.parametrize("identity", WORKED)
def test_a_wrong_excerpt_breaks_its_rule_and_a_right_one_does_not(identity: str) -> None:
    assert identity not in EXCERPTS
    good, bad = excerpts(RULES[identity])
    assert identity not in said(identity, good)
    assert identity in said(identity, bad)


def said(identity: str, excerpt: str) -> set[str]:
    """The rules of all that is said of an excerpt in its frame."""
    text = FRAMES.get(identity, "@").replace("@", excerpt)
    return {issue.rule for issue in _VALIDATOR.validate(text.encode()).issues}


def test_every_frame_is_that_of_an_excerpt() -> None:
    assert FRAMES.keys() <= WORKED.keys()


def test_an_invariant_has_a_page() -> None:
    told = invariant_page("pat-1")
    assert told is not None
    assert WORDS["pat-1"] in told
    assert FIXES["pat-1"] in " ".join(told.split())
    assert FIXES.keys() <= WORDS.keys()
    assert invariant_page("none-1") is None
