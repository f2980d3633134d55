"""The oracle: what must match, what must not, and what is left open because servers may rightly differ."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.fhir.search.facts import Facts, wording
from checker.fhir.search.matching import holds
from checker.fhir.search.parameters import Parameter, parameter, parameters
from checker.fhir.search.spans import compare, period, span
from checker.fhir.search.table_clinical import TABLE as CLINICAL
from checker.fhir.search.table_people import TABLE as PEOPLE
from checker.fhir.search.values import Text, Token, values

BASE = "https://server.example/fhir"
SCT = "http://snomed.info/sct"


def said(resource: dict[str, Any], *pairs: tuple[str, str]) -> bool | None:
    return holds(resource, resource["resourceType"], pairs, BASE)


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "gender": "female",
    "birthDate": "1983-06-17",
    "name": [{"family": "Éastwickham", "given": ["Sorcha", "Anne"]}],
    "identifier": [{"system": "https://supplier.example/Id/hospital", "value": "H00001"}],
    "managingOrganization": {"reference": "Organization/o1"},
}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "code": {"coding": [{"system": SCT, "code": "73211009", "display": "Diabetes mellitus"}]},
    "subject": {"reference": f"{BASE}/Patient/p1/_history/2"},
    "onsetDateTime": "1999",
}
WEIGHT = {
    "resourceType": "Observation",
    "id": "o1",
    "effectiveDateTime": "2026-02-17T10:15:00+00:00",
    "valueQuantity": {"value": 70, "system": "http://unitsofmeasure.org", "code": "kg", "unit": "kg"},
    "subject": {"reference": "Patient/p1"},
}


@pytest.mark.parametrize(
    ("resource", "name", "value", "expected"),
    [
        (PATIENT, "family", "éast", True),
        (PATIENT, "family", "EAST", True),
        (PATIENT, "family", "wickham", None),
        (PATIENT, "family", "smith", False),
        (PATIENT, "family:exact", "Éastwickham", True),
        (PATIENT, "family:exact", "éastwickham", False),
        (PATIENT, "family:contains", "WICK", True),
        (PATIENT, "name", "Sorcha", None),
        (PATIENT, "name", "nobody", False),
        (PATIENT, "gender", "female", True),
        (PATIENT, "gender", "Female", None),
        (PATIENT, "gender", "male,female", True),
        (PATIENT, "gender:not", "female", False),
        (PATIENT, "gender:not", "male", True),
        (PATIENT, "active", "true", True),
        (PATIENT, "identifier", "https://supplier.example/Id/hospital|H00001", True),
        (PATIENT, "identifier", "https://other.example|H00001", False),
        (PATIENT, "identifier", "|H00001", False),
        (PATIENT, "identifier", "https://supplier.example/Id/hospital|", True),
        (PATIENT, "birthdate", "1983-06-17", True),
        (PATIENT, "birthdate", "1983", True),
        (PATIENT, "birthdate", "ne1983-06-17", False),
        (PATIENT, "birthdate", "gt1983-06-17", False),
        (PATIENT, "birthdate", "ge1983-06-17", True),
        (PATIENT, "birthdate", "lt1983-06-17", False),
        (PATIENT, "birthdate", "le1983-06-17", True),
        (PATIENT, "birthdate", "sa1983-06-16", True),
        (PATIENT, "birthdate", "eb1983-06-18", True),
        (PATIENT, "birthdate", "not-a-date", None),
        (PATIENT, "death-date:missing", "true", True),
        (PATIENT, "death-date:missing", "false", False),
        (PATIENT, "organization", "Organization/o1", True),
        (PATIENT, "organization", "o1", True),
        (PATIENT, "organization", f"{BASE}/Organization/o1", True),
        (PATIENT, "organization", "https://other.example/Organization/o1", None),
        (PATIENT, "organization", "Organization/o2", False),
        (PATIENT, "shoe-size", "42", None),
        (PATIENT, "_id", "p1", True),
        (CONDITION, "code", "73211009", True),
        (CONDITION, "code", f"{SCT}|73211009", True),
        (CONDITION, "code", "|73211009", False),
        (CONDITION, "code", "diabetes", None),  # a token search may look at the display
        (CONDITION, "patient", "Patient/p1", True),
        (CONDITION, "subject:Patient", "p1", True),
        (CONDITION, "subject:Group", "p1", False),
        (CONDITION, "onset-date", "1999", True),
        (CONDITION, "onset-date", "1999-05", None),  # overlaps, and is not contained
        (CONDITION, "onset-date", "ge2001", False),
        (WEIGHT, "date", "2026-02-17", None),  # whose day?
        (WEIGHT, "date", "ge2026-02-15", True),
        (WEIGHT, "date", "lt2026-02-15", False),
        (WEIGHT, "date", "2026-02", True),
        (WEIGHT, "value-quantity", "70|http://unitsofmeasure.org|kg", True),
        (WEIGHT, "value-quantity", "70||kg", True),
        (WEIGHT, "value-quantity", "70000|http://unitsofmeasure.org|g", None),
        (WEIGHT, "value-quantity", "70.4", None),
        (WEIGHT, "value-quantity", "gt60", True),
        (WEIGHT, "value-quantity", "gt70", None),
        (WEIGHT, "value-quantity", "ge70", True),
        (WEIGHT, "value-quantity", "lt60", False),
    ],
)
def test_one_criterion(resource: dict[str, Any], name: str, value: str, expected: bool | None) -> None:
    assert said(resource, (name, value)) is expected


def test_criteria_are_joined_by_and_and_controls_choose_nothing() -> None:
    assert said(PATIENT, ("gender", "female"), ("birthdate", "ge1980"), ("_count", "5"), ("_sort", "family")) is True
    assert said(PATIENT, ("gender", "male"), ("shoe-size", "42")) is False
    assert said(PATIENT, ("gender", "female"), ("shoe-size", "42")) is None


def test_what_has_no_value_but_says_why_is_open() -> None:
    unknown = {**PATIENT, "birthDate": None, "_birthDate": {"extension": [{"url": "x", "valueCode": "unknown"}]}}
    assert said(unknown, ("birthdate:missing", "true")) is None
    assert said(unknown, ("birthdate", "1983")) is None


def test_a_date_without_a_zone_may_be_a_day_anywhere() -> None:
    noon, day = span("2026-02-17T12:00:00Z"), span("2026-02-17")
    assert noon
    assert day
    assert compare("ge", noon, day) is None
    later = span("2026-02-19")
    assert later
    assert compare("lt", noon, later) is True
    assert compare("eq", day, day) is True


@pytest.mark.parametrize("text", ["", "2026-13", "2026-02-30", "26", "9999999", "2026-02-17T25:00:00Z", None, 5, {}])
def test_what_is_no_date_is_none(text: object) -> None:
    assert span(text) is None


def test_a_period_may_be_open_at_one_end_and_not_at_both() -> None:
    held = period({"start": "2020-01-01"})
    assert held
    assert held.end.year == 9999
    assert period({}) is None
    assert period({"start": "x"}) is None


def test_every_line_of_the_tables_is_read() -> None:
    for kind in {**PEOPLE, **CLINICAL}:
        for name, known in parameters(kind).items():
            assert (known.name, bool(known.paths)) == (name, True)
    assert len(PEOPLE.keys() & CLINICAL.keys()) == 0
    assert parameter("NoSuchType", "_id") is not None
    assert parameter("NoSuchType", "name") is None


def test_values_that_could_be_a_national_number_are_never_asked_for() -> None:
    assert wording(Token("9990000018", "https://fhir.nhs.uk/Id/nhs-number")) == ""
    assert wording(Token("999 000 0018")) == ""
    assert wording(Token("H1", "urn:x")) == "urn:x|H1"
    assert wording(Text("a, b")) == r"a\, b"


def test_values_come_from_all_patients_and_always_the_same() -> None:
    many = {f"p{n:02}": {**PATIENT, "id": f"p{n:02}", "birthDate": f"19{n:02}-01-01"} for n in range(10, 60)}
    known = parameter("Patient", "birthdate")
    assert known
    words = Facts(BASE, None, {"Patient": many}).wordings("Patient", known)
    assert len(words) == 50
    assert words != sorted(words)
    turned = dict(reversed(many.items()))
    assert Facts(BASE, None, {"Patient": turned}).wordings("Patient", known) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "code", "system", "value", "reference", "start", "family", "text", "extension"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
KNOWN = [(kind, known) for kind in (*PEOPLE, *CLINICAL) for known in parameters(kind).values()]


@given(st.sampled_from(KNOWN), JSON, st.text(max_size=12), st.sampled_from(["", "missing", "exact", "not", "Patient"]))
@settings(max_examples=300, deadline=None)
def test_odd_resources_and_values_never_raise(
    one: tuple[str, Parameter], value: object, text: str, modifier: str
) -> None:
    kind, known = one
    resource: dict[str, Any] = {"resourceType": kind}
    for path in known.paths:
        resource[path.steps[0]] = value
        resource[f"{path.steps[0]}DateTime"] = value
    for held in values(known, resource, BASE).found:
        wording(held)
    assert holds(resource, kind, [(f"{known.name}:{modifier}" if modifier else known.name, text)], BASE) in (
        True,
        False,
        None,
    )
