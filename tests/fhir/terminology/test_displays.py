"""Displays and what else an answer says of a code."""

from __future__ import annotations

import pytest

from tests.fhir.terminology.vocabulary import COLOURS, animals, colours, local, system, url
from tests.fhir.terminology.vocabulary import value_set as vs


@pytest.mark.parametrize(
    ("display", "ok", "near"),
    [
        ("Red colour", True, False),
        ("  red   COLOUR ", True, False),
        ("Rote Farbe", True, False),
        ("Red-colour", False, True),
        ("Crimson", False, False),
    ],
)
def test_letter_case_and_blanks_are_free_and_designations_count(display: str, ok: bool, near: bool) -> None:
    answer = local(colours()).validate(None, COLOURS, "red", display)
    assert (answer.display_ok, answer.display_near) == (ok, near)
    assert answer.display_right[:2] in (("Red colour", "Rote Farbe"), ())


def test_the_language_chooses_the_displays_that_are_named() -> None:
    answer = local(colours(language="en")).validate(None, COLOURS, "red", "Crimson", language="de-CH")
    assert answer.display_right == ("Rote Farbe",)
    other = local(colours(language="en")).validate(None, COLOURS, "green", "Verde", language="it")
    assert (other.display_ok, other.display_language) == (False, True)


def test_the_value_set_and_supplements_have_words_of_their_own() -> None:
    listed = vs("c", {"system": COLOURS, "concept": [{"code": "red", "display": "Scarlet"}]})
    assert local(colours(), listed).validate(url("c"), COLOURS, "red", "scarlet").display_ok is True
    more = system("urn:more", {"code": "red", "designation": [{"value": "Cherry"}]}, content="supplement")
    more["supplements"] = COLOURS
    assert local(colours(), more).validate(None, COLOURS, "red", "Cherry").display_ok is True
    assert local(colours(), more).validate(None, "urn:more", "red").system_is_supplement


def test_a_display_is_not_judged_where_the_system_is_not_held() -> None:
    snomed = "http://snomed.info/sct"
    listed = vs("s", {"system": snomed, "concept": [{"code": "73211009", "display": "Diabetes mellitus"}]})
    answer = local(listed).validate(url("s"), snomed, "73211009", "Sugar")
    assert (answer.outcome, answer.display_ok) == ("in", None)
    assert local(listed).validate(url("s"), snomed, "73211009", "diabetes MELLITUS").display_ok is True


def test_status_and_abstract_concepts_are_told() -> None:
    assert local(colours()).validate(None, COLOURS, "umber").status == "retired"
    assert local(colours()).validate(None, COLOURS, "red").inactive is False
    raw = animals()
    assert local(raw).validate(None, raw["url"], "_pets").abstract


def test_a_value_set_in_the_place_of_a_system_is_told() -> None:
    terminology = local(colours(), vs("c", {"system": COLOURS}))
    assert terminology.validate(None, url("c"), "red").system_is_value_set
    assert terminology.validate(COLOURS, COLOURS, "red").value_set_is_system
