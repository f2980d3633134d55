"""Membership in value sets: composition, filters, and the difference between no and unknown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.terminology.vocabulary import ANIMALS, COLOURS, PIECES, Shelf, animals, colours, local, system, url
from tests.fhir.terminology.vocabulary import value_set as vs

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"


def outcome(resources: list[dict[str, Any]], name: str, code_system: str, code: str, version: str | None = None) -> str:
    return local(*resources).validate(url(name), code_system, code, version=version).outcome


def test_the_whole_of_a_code_system_that_is_held() -> None:
    resources = [colours(), vs("c", {"system": COLOURS})]
    assert outcome(resources, "c", COLOURS, "red") == "in"
    assert outcome(resources, "c", COLOURS, "Red") == "not-in"
    assert outcome(resources, "c", ANIMALS, "red") == "not-in"


def test_a_system_that_ignores_letter_case_says_how_it_spells_the_code() -> None:
    terminology = local(colours(caseSensitive=False), vs("c", {"system": COLOURS}))
    answer = terminology.validate(url("c"), COLOURS, "RED")
    assert (answer.outcome, answer.right_case) == ("in", "red")
    assert terminology.codes(url("c")) == frozenset({"red", "green", "blue", "umber"})


def test_an_enumerated_list_decides_even_where_the_system_is_not_held() -> None:
    resources = [vs("s", {"system": SNOMED, "concept": [{"code": "73211009"}, {"code": "44054006"}]})]
    assert outcome(resources, "s", SNOMED, "73211009") == "in"
    assert outcome(resources, "s", SNOMED, "38341003") == "not-in"
    assert outcome(resources, "s", LOINC, "8480-6") == "not-in"


def test_what_is_not_held_is_unknown_and_says_what_it_is() -> None:
    resources = [vs("s", {"system": SNOMED}, {"system": COLOURS})]
    answer = local(*resources, colours()).validate(url("s"), SNOMED, "73211009")
    assert (answer.outcome, answer.code_known, answer.system_known) == ("unknown", None, False)
    assert SNOMED in answer.reason
    assert local(*resources, colours()).codes(url("s")) is None
    assert outcome([*resources, colours()], "s", COLOURS, "red") == "in"


def test_other_systems_are_not_in_whatever_is_not_held() -> None:
    answer = local(vs("s", {"system": SNOMED})).validate(url("s"), LOINC, "8480-6")
    assert answer.outcome == "not-in"
    assert answer.reason == f"the value set draws on {SNOMED}, not on {LOINC}"


def test_a_value_set_that_is_not_held_is_unknown() -> None:
    answer = local().validate(url("gone"), COLOURS, "red")
    assert (answer.outcome, answer.value_set_known) == ("unknown", False)
    assert url("gone") in answer.reason


def test_the_version_of_a_canonical_is_minded() -> None:
    resources = [colours(), vs("c", {"system": COLOURS})]
    assert local(*resources).validate(url("c") + "|1", COLOURS, "red").outcome == "in"
    assert local(*resources).validate(url("c") + "|2", COLOURS, "red").outcome == "unknown"


def test_within_an_include_all_parts_hold_and_across_includes_one() -> None:
    resources = [
        colours(),
        animals(),
        vs("warm", {"system": COLOURS, "concept": [{"code": "red"}]}),
        vs("both", {"system": COLOURS, "valueSet": [url("warm")]}),
        vs("either", {"valueSet": [url("warm")]}, {"system": ANIMALS}),
    ]
    assert [outcome(resources, "both", COLOURS, code) for code in ("red", "green")] == ["in", "not-in"]
    assert [outcome(resources, "either", COLOURS, code) for code in ("red", "green")] == ["in", "not-in"]
    assert outcome(resources, "either", ANIMALS, "cat") == "in"
    assert local(*resources).codes(url("both")) == frozenset({"red"})


def test_excludes_take_away_and_an_unknown_one_leaves_it_open() -> None:
    exclude = [{"system": COLOURS, "concept": [{"code": "green"}]}]
    resources = [colours(), vs("c", {"system": COLOURS}, exclude=exclude)]
    assert [outcome(resources, "c", COLOURS, code) for code in ("red", "green")] == ["in", "not-in"]
    unsure = [colours(), vs("c", {"system": COLOURS}, exclude=[{"valueSet": [url("gone")]}])]
    assert outcome(unsure, "c", COLOURS, "red") == "unknown"
    assert outcome(unsure, "c", COLOURS, "pink") == "not-in"


def test_inactive_concepts_are_left_out_when_the_value_set_says_so() -> None:
    assert outcome([colours(), vs("c", {"system": COLOURS})], "c", COLOURS, "umber") == "in"
    active = [colours(), vs("c", {"system": COLOURS}, inactive=False)]
    assert outcome(active, "c", COLOURS, "umber") == "not-in"
    assert local(*active).codes(url("c")) == frozenset({"red", "green", "blue"})


@pytest.mark.parametrize(
    ("property_", "op", "value", "inside"),
    [
        ("concept", "is-a", "mammal", {"mammal", "dog", "spaniel", "cat"}),
        ("concept", "descendent-of", "mammal", {"dog", "spaniel", "cat"}),
        ("concept", "is-not-a", "mammal", {"bird", "wren", "_pets"}),
        ("concept", "is-a", "bird", {"bird", "wren"}),
        ("concept", "generalizes", "spaniel", {"mammal", "dog", "spaniel"}),
        ("concept", "in", "cat, wren", {"cat", "wren"}),
        ("concept", "not-in", "cat,wren", {"mammal", "dog", "spaniel", "bird", "_pets"}),
        ("concept", "=", "cat", {"cat"}),
        ("code", "regex", "[a-z]{3}", {"dog", "cat"}),
        ("display", "regex", ".*i.*", {"Spaniel": "spaniel", "Bird": "bird"}.values()),
        ("legs", "=", "2", {"bird"}),
        ("legs", "exists", "true", {"bird"}),
        ("legs", "exists", "false", {"mammal", "dog", "spaniel", "cat", "wren", "_pets"}),
        ("parent", "=", "mammal", {"dog", "cat"}),
        ("concept", "child-of", "mammal", {"dog", "cat"}),
        ("concept", "descendent-leaf", "mammal", {"spaniel", "cat"}),
    ],
)
def test_filters_over_a_hierarchy(property_: str, op: str, value: str, inside: Any) -> None:
    one = {"property": property_, "op": op, "value": value}
    terminology = local(animals(), vs("f", {"system": ANIMALS, "filter": [one]}))
    assert terminology.codes(url("f")) == frozenset(inside)
    for code in ("mammal", "dog", "spaniel", "cat", "bird", "wren", "_pets"):
        assert (terminology.validate(url("f"), ANIMALS, code).outcome == "in") == (code in set(inside))


def test_a_filter_nobody_knows_leaves_it_open() -> None:
    one = {"property": "concept", "op": "sounds-like", "value": "cat"}
    assert outcome([animals(), vs("f", {"system": ANIMALS, "filter": [one]})], "f", ANIMALS, "cat") == "unknown"
    evil = {"property": "code", "op": "regex", "value": "(?=x)(a+)+"}
    assert outcome([animals(), vs("f", {"system": ANIMALS, "filter": [evil]})], "f", ANIMALS, "cat") == "unknown"


@pytest.mark.parametrize(
    ("expression", "code", "expected"),
    [
        ("722742002 |Room air| OR 371825009", "371825009", "in"),
        ("(722742002 OR 371825009)", "73211009", "not-in"),
        ("<<404684003", "404684003", "in"),
        ("<<404684003", "73211009", "unknown"),
        ("<(722742002 OR 371825009 OR 73211009)", "371825009", "unknown"),
        ("descendantOrSelfOf 27113001 MINUS 1153592008", "27113001", "unknown"),
        ("<<71388002 : 363698007 = 722742002 OR 371825009", "371825009", "unknown"),
    ],
)
def test_lists_of_snomed_concepts_are_decided_and_nothing_else_is(expression: str, code: str, expected: str) -> None:
    one = {"property": "constraint", "op": "=", "value": expression}
    assert outcome([vs("s", {"system": SNOMED, "filter": [one]})], "s", SNOMED, code) == expected


def test_what_a_fragment_lacks_is_unknown() -> None:
    resources = [system(PIECES, "pawn", content="fragment"), vs("p", {"system": PIECES})]
    assert [outcome(resources, "p", PIECES, code) for code in ("pawn", "king")] == ["in", "unknown"]
    assert local(*resources).codes(url("p")) is None
    empty = [system(PIECES), vs("p", {"system": PIECES})]
    assert outcome(empty, "p", PIECES, "king") == "unknown"


def test_another_version_of_the_system_is_unknown_where_it_could_matter() -> None:
    resources = [colours(), vs("c", {"system": COLOURS})]
    assert outcome(resources, "c", COLOURS, "red", version="2") == "in"
    assert outcome(resources, "c", COLOURS, "mauve", version="2") == "unknown"
    assert outcome(resources, "c", COLOURS, "mauve", version="1") == "not-in"


def test_a_version_written_into_the_system_of_an_include() -> None:
    resources = [colours(), vs("c", {"system": COLOURS + "|1"}), vs("d", {"system": COLOURS + "|9"})]
    assert [outcome(resources, "c", COLOURS, code) for code in ("red", "pink")] == ["in", "not-in"]
    assert [outcome(resources, "d", COLOURS, code) for code in ("red", "pink")] == ["in", "unknown"]


def test_a_published_expansion_says_what_is_in_and_alone_what_is_not() -> None:
    expansion = {"contains": [{"system": SNOMED, "code": "73211009", "contains": [{"system": SNOMED, "code": "1"}]}]}
    filtered = vs("s", {"system": SNOMED, "filter": [{"property": "constraint", "op": "=", "value": "^1"}]})
    filtered["expansion"] = expansion
    assert outcome([filtered], "s", SNOMED, "73211009") == "in"
    assert outcome([filtered], "s", SNOMED, "1") == "in"
    assert outcome([filtered], "s", SNOMED, "38341003") == "unknown"
    bare = {"resourceType": "ValueSet", "url": url("e"), "expansion": expansion}
    assert outcome([bare], "e", SNOMED, "38341003") == "not-in"


def test_value_sets_that_import_one_another_end() -> None:
    circle = [vs("a", {"valueSet": [url("b")]}), vs("b", {"valueSet": [url("a")]}, {"system": COLOURS}), colours()]
    assert outcome(circle, "a", COLOURS, "red") == "in"
    assert outcome(circle, "a", COLOURS, "pink") == "unknown"
    assert local(*circle).codes(url("a")) is None
    ladder = [vs(f"l{n}", {"valueSet": [url(f"l{n + 1}")]}, {"valueSet": [url(f"l{n + 1}")]}) for n in range(30)]
    assert outcome(ladder, "l0", COLOURS, "red") == "unknown"


def test_a_bare_code_takes_its_system_from_the_value_set() -> None:
    terminology = local(colours(), animals(), vs("x", {"system": COLOURS}, {"system": ANIMALS}))
    answer = terminology.validate(url("x"), None, "cat", code_only=True)
    assert (answer.outcome, answer.system, answer.code_known) == ("in", ANIMALS, True)
    wrong = terminology.validate(url("x"), None, "unicorn", code_only=True)
    assert (wrong.outcome, wrong.allowed[:2]) == ("not-in", ("mammal", "dog"))
    assert terminology.validate(url("x"), None, "cat").outcome == "not-in"


def test_a_question_asked_again_asks_the_library_nothing() -> None:
    from checker.fhir.terminology.store import LocalTerminology

    shelf = Shelf(colours(), vs("c", {"system": COLOURS}))
    terminology = LocalTerminology(shelf)
    first = terminology.validate(url("c"), COLOURS, "red")
    asked = len(shelf.asked)
    assert terminology.validate(url("c"), COLOURS, "red") is first
    terminology.validate(url("c"), COLOURS, "green")
    terminology.validate(url("gone"), "urn:none", "x")
    gone = len(shelf.asked)
    terminology.validate(url("gone"), "urn:none", "y")
    assert (len(shelf.asked) > asked, len(shelf.asked)) == (True, gone)


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [None], [1], [[]], {"a": 1}, True])
def test_definitions_of_any_shape_do_no_harm(junk: Any) -> None:
    broken = {
        "resourceType": "CodeSystem",
        **{"url": COLOURS, "version": junk, "content": junk, "caseSensitive": junk, "property": junk},
        "concept": [junk, {"code": junk}, {"code": "a", "concept": junk, "property": junk, "designation": junk}],
    }
    include = {"system": COLOURS, "version": junk, "concept": junk, "filter": junk, "valueSet": junk}
    odd = {"resourceType": "ValueSet", "url": url("j"), "compose": {"include": [junk, include], "exclude": junk}}
    for raw in (odd, {**odd, "compose": junk, "expansion": junk}, {**odd, "expansion": {"contains": [junk]}}):
        terminology = local(broken, raw)
        assert terminology.validate(url("j"), COLOURS, "a", "A", "1").outcome in ("in", "not-in", "unknown")
        terminology.validate(url("j"), None, "a", code_only=True)
        terminology.codes(url("j"))


def test_long_texts_are_answered_and_not_remembered() -> None:
    terminology = local(colours(), vs("c", {"system": COLOURS}))
    long = "x" * 100_000
    first = terminology.validate(url("c"), COLOURS, long)
    assert first.outcome == "not-in"
    assert terminology.validate(url("c"), COLOURS, long) is not first
    assert terminology.validate(None, long, "x", long, long).outcome == "unknown"
    assert terminology.validate(long, COLOURS, "red").outcome == "unknown"
