"""Values by a path, and as what a search asks for; whatever a server sends, nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.fhir.values import criterion, date_form, nobodys, outside, values_at

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "identifier": [
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
        {"system": "https://s.example/Id", "value": "H1"},
    ],
    "name": [{"use": "usual", "family": "Dun-Pike"}, {"use": "official", "family": "Maple"}],
    "birthDate": "1948-02-29",
    "generalPractitioner": [{"reference": "Practitioner/x"}],
    "maritalStatus": {"coding": [{"system": "http://s", "code": "M"}]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name.family", ["Dun-Pike", "Maple"]),
        ("name[use=official].family", ["Maple"]),
        ("name[use=old].family", []),
        ("birthDate", ["1948-02-29"]),
        ("birthDate.extension", []),
        ("nothing.here", []),
    ],
)
def test_values_at_a_path(path: str, found: list[str]) -> None:
    assert values_at(PATIENT, path) == found


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("identifier", "token", "https://s.example/Id|H1"),  # the one that may stand in a URL
        ("active", "token", "true"),
        ("maritalStatus", "token", "http://s|M"),
        ("name.family", "string", "Maple"),  # plain letters before others
        ("birthDate", "date", "1948-02-29"),
        ("generalPractitioner", "reference", "Practitioner/x"),
        ("deceasedDateTime", "date", ""),
        ("name", "string", ""),
        ("birthDate", "number", ""),
    ],
)
def test_what_a_search_asks_for(path: str, kind: str, text: str) -> None:
    assert criterion(PATIENT, path, kind) == text


def test_marks_of_a_search_are_escaped() -> None:
    assert criterion({"code": "a|b,c$d\\e"}, "code", "token") == r"a\|b\,c\$d\\e"


def test_what_nobody_has_keeps_the_form_of_what_is_known() -> None:
    assert nobodys("token", "http://s|M") == "http://s|no-such-code-9f6c2d"
    assert nobodys("token", "M") == "no-such-code-9f6c2d"
    assert nobodys("date", "ge2026") == "1800-01-01"
    assert nobodys("reference", "Patient/1") == "Patient/no-such-code-9f6c2d"


@pytest.mark.parametrize(
    ("held", "form", "asked"),
    [
        ("1948-02-29", "year", ("1948",)),
        ("1948-02-29", "month", ("1948-02",)),
        ("1948-02-29", "between", ("ge1948-02-29", "le1948-02-29")),
        ("1948", "month", ()),
        ("2026-01-31T23:30:00+01:00", "month", ()),  # elsewhere it is another month
        ("2026-01-15T23:30:00+01:00", "month", ("2026-01",)),
        ({"start": "2026-01-05", "end": "2026-01-07"}, "year", ()),  # a period need not lie within it
        ({"start": "2026-01-05", "end": "2026-01-07"}, "ge", ("ge2026-01-05",)),
        ({"start": "2026-01-05", "end": "2026-01-07"}, "le", ("le2026-01-07",)),
        ({"start": "2026-01-05"}, "le", ()),  # it goes on
        ({"start": "2026-01-05"}, "ge", ()),  # and is found at any later date
        ({"start": "2026-01-05", "end": 7}, "between", ()),
        ({"end": "2026-01-05"}, "ge", ()),
        (7, "ge", ()),
    ],
)
def test_forms_of_a_date(held: object, form: str, asked: tuple[str, ...]) -> None:
    assert date_form({"when": held}, "when", form) == asked


def test_the_same_form_of_a_date_that_nobody_has() -> None:
    assert outside("between") == ("ge1800-01-01", "le1800-12-31")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "family", "use", "coding", "system", "code", "value", "reference", "start"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    JSON,
    st.sampled_from(["name", "name.family", "name[use=x].coding", "identifier"]),
    st.sampled_from(["token", "string", "date", "reference", "uri", "number"]),
)
def test_nothing_raises_on_odd_input(resource: Any, path: str, kind: str) -> None:
    text = criterion(resource, path, kind)
    assert isinstance(text, str)
    assert len(text) <= 192
