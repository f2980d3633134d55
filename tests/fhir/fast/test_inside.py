"""Shapes that are often met: what they hold is judged in one function, and never otherwise than one by one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from checker.fhir import Validator
from checker.fhir.fast import FastTier, scalars
from checker.fhir.fast import build as build_module
from checker.fhir.fast import site as site_module
from checker.fhir.fast import slices as slices_module
from checker.fhir.fast.clean import Clean, Dirty
from checker.fhir.fast.invariants import _surely
from checker.fhir.fast.tier import Numbers
from checker.fhir.fast.writing import Writer
from checker.fhir.fhirpath.compiler import compile_boolean
from checker.fhir.fhirpath.parser import parse
from tests.bench.resources import Maker, text
from tests.fhir.fast.differential import difference

KINDS = ("patient", "observation", "encounter", "condition", "medication_request")
UK_PATIENT = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"


@cache
def explaining() -> Validator:
    return Validator(fast=False)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "OFTEN", 1)


def fresh() -> FastTier:
    one = explaining()
    return FastTier(one.definitions, one.terminology, one.options)


def warmed(kind: str, asked: tuple[str, ...] = ()) -> FastTier:
    tier = fresh()
    maker = Maker(1)
    for _ in range(4):
        tier.judge(text(getattr(maker, kind)()), asked)
    return tier


def looked_at(tier: FastTier, data: bytes, asked: tuple[str, ...] = ()) -> Clean | None:
    """As ``check``, for the first resources of a type too."""
    try:
        return tier.judge(data, asked)
    except Exception:
        return None


def texts_of(value: Any) -> Iterator[tuple[Any, Any]]:
    """Holder and key of each text below."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(one, dict | list):
            yield from texts_of(one)
        elif isinstance(one, str):
            yield value, key


@pytest.mark.parametrize("kind", KINDS)
def test_a_shape_that_is_often_met_has_one_function_for_all_it_holds(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, bool]] = []
    compiled = Writer.function

    def function(self: Writer, arguments: str) -> Any:
        made.append((self.place, self.often))
        return compiled(self, arguments)

    monkeypatch.setattr(Writer, "function", function)
    tier = warmed(kind)
    resource = getattr(Maker(2), kind)()
    assert (resource["resourceType"], True) in made
    before = list(made)
    for seed in range(3, 9):
        data = text(getattr(Maker(seed), kind)())
        assert difference(tier.judge(data), explaining().validate(data)) == ""
    assert made == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", ["", " blank", None, 5, True, {}, [], ["x"], {"x": "y"}, "a\u0007b"], ids=repr)
def test_nothing_wrong_inside_passes(kind: str, bad: Any) -> None:
    tier = warmed(kind)
    resource = getattr(Maker(7), kind)()
    for at in range(sum(1 for _ in texts_of(resource))):
        spoilt = copy.deepcopy(resource)
        holder, key = list(texts_of(spoilt))[at]
        holder[key] = bad
        data = text(spoilt)
        clean = looked_at(tier, data)
        if clean is not None:
            assert difference(clean, explaining().validate(data)) == "", (key, bad)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_unlike_those_met_before_are_judged_by_their_own_shape(kind: str) -> None:
    tier = warmed(kind)
    resource = getattr(Maker(8), kind)()
    for at, (holder, key) in enumerate(list(texts_of(resource))):
        if not isinstance(holder, dict) or holder is resource:
            continue
        for change in ("id", "unknown", None):
            spoilt = copy.deepcopy(resource)
            other, name = list(texts_of(spoilt))[at]
            if change is None:
                del other[name]
            else:
                other[change] = f"x{at}"
            data = text(spoilt)
            clean = looked_at(tier, data)
            if change == "unknown":
                assert clean is None, (key, at)
            if clean is not None:
                assert difference(clean, explaining().validate(data)) == "", (key, change)


def test_a_repeated_key_inside_is_found_out() -> None:
    data = text(Maker(9).observation())
    for key in (b'"versionId"', b'"code":"laboratory"', b'"unit"', b'"reference"'):
        at = data.index(key)
        end = data.index(b",", at) if b"," in data[at : at + 60] else data.index(b"}", at)
        twice = data[:at] + data[at:end].rstrip(b"}]") + b"," + data[at:]
        assert not explaining().validate(twice).valid
        assert looked_at(warmed("observation"), twice) is None


@pytest.mark.parametrize(
    ("reference", "passes"),
    [
        ("Patient/a", True),
        ("Patient/" + "a" * 64, True),
        ("Patient/" + "a" * 65, False),
        ("Patient/a_b", False),
        ("Patient/ü", False),
        ("Patient/a b", False),
        ("Patient/", False),
        ("Patient/a/_history/2", True),
        ("Patient/a/b", False),
        ("Organization/a", False),
        ("https://ehr.hospital.example/fhir/Patient/a", True),
        ("#a", False),
    ],
)
def test_ids_that_are_looked_at_together_are_ids_each(reference: str, passes: bool) -> None:
    tier = warmed("observation")
    observation = Maker(11).observation()
    observation["subject"]["reference"] = reference
    data = text(observation)
    clean = looked_at(tier, data)
    assert (clean is not None) is passes
    if clean is not None:
        assert difference(clean, explaining().validate(data)) == ""


def test_a_language_changes_what_is_said_of_codes() -> None:
    tier = warmed("condition")
    for language in ("de", "en-GB"):
        data = text({**Maker(12).condition(), "language": language})
        clean = looked_at(tier, data)
        if clean is not None:
            assert difference(clean, explaining().validate(data)) == ""


def test_slices_are_told_apart_by_value_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices_module, "_MOST_VALUES", 3)
    tier = warmed("patient", (UK_PATIENT,))
    maker = Maker(13)
    nhs, local = maker.patient()["identifier"]
    for identifiers in (
        [nhs],
        [nhs, local],
        [local, nhs],
        [local, local],
        [nhs, nhs],
        [{**local, "system": "urn:x:1"}],
    ):
        for system in range(5):
            data = text({**maker.patient(), "identifier": [*identifiers, {"system": f"urn:x:{system}", "value": "1"}]})
            clean = looked_at(tier, data, (UK_PATIENT,))
            if clean is not None:
                assert difference(clean, explaining().validate(data, (UK_PATIENT,))) == ""


def test_functions_for_often_met_shapes_count_as_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "MOST_SHAPES", 12)
    tier = fresh()
    for seed in range(6):
        for kind in KINDS:
            data = text(getattr(Maker(seed), kind)())
            clean = looked_at(tier, data)
            if clean is not None:
                assert difference(clean, explaining().validate(data)) == ""
    assert tier.build.shapes <= 12


def test_numbers_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.fhir.fast.tier.MOST_TEXTS", 10)
    numbers = Numbers()
    for at in range(50):
        assert numbers[f"{at}.0"] == Decimal(at)
        assert str(numbers[f"{at}.00"]) == f"{at}.00"
    assert len(numbers) <= 10
    assert str(numbers["0." + "1" * 40]) == "0." + "1" * 40
    assert "0." + "1" * 40 not in numbers


def test_strings_that_differ_each_time_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalars, "FEW", 3)
    tier = fresh()
    maker = Maker(14)
    for _ in range(8):
        tier.judge(text(maker.condition()))
    seen, _look = tier.build.texts("string")
    before = len(seen)
    for _ in range(20):
        tier.judge(text(maker.condition()))
    assert len(seen) == before
    for odd in (" a", "a ", "", "<b>a</b>", "a\u200b", "\u202ea", "x" * 300):
        condition = maker.condition()
        condition["note"][0]["text"] = condition["code"]["text"] = odd
        clean = looked_at(tier, text(condition))
        if clean is not None:
            assert difference(clean, explaining().validate(text(condition))) == "", odd


@pytest.mark.parametrize(
    ("expression", "present", "sure"),
    [
        ("start.hasValue().not() or end.hasValue().not() or (start <= end)", {"start"}, True),
        ("start.hasValue().not() or end.hasValue().not() or (start <= end)", {"start", "end"}, False),
        ("a.exists() implies a > 1", set(), True),
        ("a.exists() implies a > 1", {"a"}, False),
        ("a.empty() and b > 1", {"a"}, False),
        ("(a.empty() and b > 1).not()", {"a"}, True),
        ("a.exists() or b > 1", {"a", "b"}, True),
        ("a.exists() and b > 1", {"a", "b"}, False),
        ("a.hasValue() or b > 1", {"a", "b"}, False),
        ("a.exists(b > 1) or c > 1", {"a", "c"}, False),
        ("(a | b).exists() implies c > 1", {"c"}, True),
        ("(a | b).exists() implies c > 1", {"b", "c"}, False),
        ("(a.exists() implies b > 1).not()", set(), False),
    ],
)
def test_what_the_names_decide_of_an_invariant(expression: str, present: set[str], sure: bool) -> None:
    parsed = parse(expression)
    assert _surely(parsed.root, frozenset(present), True) is sure


def test_a_text_that_is_not_the_wanted_one_is_still_read_with_care() -> None:
    definitions = explaining().definitions
    element = definitions.type("Condition").root
    made = compile_boolean(
        "verificationStatus.coding.where(system = 'urn:a' and code = 'b').exists().not()", element, definitions
    )
    assert made is not None

    def judged(**coding: Any) -> bool | None:
        return made({"resourceType": "Condition", "verificationStatus": {"coding": [coding]}})

    assert judged(system="urn:a", code="c") is True
    assert judged(system="urn:a", code="b") is not True
    assert judged(system="urn:a", code=5) is not True
    assert judged(system="urn:a", _code={"id": "x"}) is not True
    assert judged(system="urn:a") is True


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", True),
        ("2024-01-01T10:00:00+01:00", "2024-01-01T10:00:01+01:00", True),
        ("2024-01-01T10:00:01+01:00", "2024-01-01T10:00:00+01:00", False),
        ("2024-01-01T10:00:00+01:00", "2024-01-01T09:30:00Z", True),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:30:00+01:00", False),
    ],
)
def test_the_order_of_two_times(start: str, end: str, holds: bool) -> None:
    definitions = explaining().definitions
    made = compile_boolean("start <= end", definitions.type("Period").root, definitions)
    assert made is not None
    assert (made({"start": start, "end": end}) is True) is holds


def test_a_date_that_is_none_is_no_order() -> None:
    definitions = explaining().definitions
    made = compile_boolean("start <= end", definitions.type("Period").root, definitions)
    assert made is not None
    assert made({"start": "2024-02-30T10:00:00Z", "end": "2024-02-31T10:00:00Z"}) is not True


def test_a_function_that_cannot_be_made_leaves_the_one_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any) -> None:
        raise Dirty("enough")

    tier = fresh()
    maker = Maker(15)
    tier.judge(text(maker.encounter()))
    monkeypatch.setattr(type(tier.build), "new_shape", refuse)
    for _ in range(4):
        data = text(maker.encounter())
        assert difference(tier.judge(data), explaining().validate(data)) == ""
