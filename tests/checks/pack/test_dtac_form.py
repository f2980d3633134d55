"""The form as data: its order, its counts, its branches."""

from __future__ import annotations

from collections import Counter

import pytest

from checker.checks.pack.dtac_form import option, questions, skipped
from checker.checks.pack.dtac_shared import is_company_number
from checker.checks.pack.wcag import criteria

BY_CODE = {one.code: one for one in questions()}


def test_there_are_58_questions_each_once_and_in_order() -> None:
    codes = [one.code for one in questions()]
    assert len(codes) == len(set(codes)) == 58
    key = [(code[0], [int(part) for part in code[1:].split(".")]) for code in codes]
    assert key == sorted(key)
    assert Counter(one.decided for one in questions()) == {"machine": 19, "partly": 34, "person": 5}
    parts = Counter(code[0] if code[0] in "AB" else code.partition(".")[0] for code in codes)
    assert parts == {"A": 12, "B": 4, "C1": 8, "C2": 8, "C3": 7, "C4": 11, "D1": 8}


def test_every_name_in_it_is_one_of_it() -> None:
    for one in questions():
        assert set(one.passes) <= {*one.options, "text"}, one.code
        assert {*one.skips, *one.when, *one.against} <= set(one.options), one.code
        assert {code for codes in one.skips.values() for code in codes} <= BY_CODE.keys(), one.code
        assert one.or_by in {"", *BY_CODE}, one.code
        assert bool(one.passes) == one.code.startswith("C"), one.code
        assert ("DT-FORM-02" in one.rows) == bool(one.passes), one.code
        assert bool(one.when) == bool(one.kinds or one.schemes), one.code


@pytest.mark.parametrize(
    ("code", "answer", "said"),
    [
        ("C1.2", "Yes", "yes"),
        ("C1.2", "no.", "no"),
        ("C1.2", "Not sure", ""),
        ("C1.2", "Nothing", ""),
        ("C2.1", "No access to patient data or national NHS System", "no-access"),
        ("C2.1", "Unable to Confirm", "cannot-confirm"),
        ("C2.2.4", "N/A", "not-applicable"),
        ("C2.2.5", "Outside of UK", "outside-uk"),
        ("C4.2.4", "Not Applicable – product is not used directly by patients.", "not-applicable"),
        ("D1.4.1", "No, but a plan and timeline for achieving WCAG 2.2 AA or higher is in place", "plan"),
        ("D1.4.1", "No", "no"),
        ("A1", " ", ""),
        ("A1", "Harrow & Vale", "text"),
    ],
)
def test_answers_are_read_as_people_write_them(code: str, answer: str, said: str) -> None:
    assert option(BY_CODE[code], answer) == said


def test_what_is_led_past_leads_nowhere() -> None:
    past = skipped({"C1.1.2": {"answer": "Yes"}, "C1.2": {"answer": "No"}})
    assert {"C1.2", "C1.2.1", "C1.2.5"} <= past


@pytest.mark.parametrize(
    "number", ["09990000", "SC999000", "NI999000", "OC999000", "R0999000", "sc 999000", "IP99900R"]
)
def test_numbers_of_companies(number: str) -> None:
    assert is_company_number(number)


@pytest.mark.parametrize("number", ["9990000", "099900000", "XX999000", "O9990000", "٠٩٩٩٠٠٠٠", "", "0999 000"])
def test_what_is_no_number_of_a_company(number: str) -> None:
    assert not is_company_number(number)


def test_wcag_has_55_criteria_of_a_and_aa() -> None:
    known = criteria()
    assert Counter(known.levels.values()) == {"A": 31, "AA": 24}
    assert len(known.triple_a) == 31
    assert not known.triple_a & known.levels.keys()
    assert known.withdrawn == {"4.1.1"}
