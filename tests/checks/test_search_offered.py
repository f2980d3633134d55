"""What is declared, taken, or openly set aside: the conditions under which requirements apply."""

from __future__ import annotations

from typing import Any, cast

import pytest

from checker.checks import read_forms, search_offered
from checker.fhir.search.asking import Answer, Query
from checker.model.asked import OfType
from checker.model.view import EvidenceView

NOBODY = cast(EvidenceView, None)


def stating(**patient: Any) -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "rest": [{"mode": "server", "resource": [{"type": "Patient", **patient}]}],
    }


@pytest.mark.parametrize(
    ("declared", "what", "expected"),
    [
        ({"searchInclude": ["Patient:organization"]}, "include", True),
        ({"searchInclude": []}, "include", False),
        ({"searchRevInclude": ["Condition:patient"]}, "include", False),
        ({"searchRevInclude": ["Condition:patient"]}, "linked", True),
        ({"searchParam": [{"name": "length", "type": "quantity"}]}, "quantity", True),
        ({"searchParam": [{"name": "length", "type": "token"}]}, "quantity", False),
        ({"searchParam": 7}, "quantity", False),
        ({"searchParam": [{"type": ["quantity"]}, 3]}, "quantity", False),
    ],
)
def test_what_is_declared(monkeypatch: pytest.MonkeyPatch, declared: Any, what: str, expected: bool) -> None:
    monkeypatch.setattr(search_offered, "statement_in", lambda ev: stating(**declared))
    asked = search_offered.OfDeclaration(what=what)
    assert search_offered.is_declared.applies(NOBODY, asked) is expected


def test_without_a_statement_nothing_is_known_of_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_offered, "statement_in", lambda ev: None)
    assert search_offered.is_declared.applies(NOBODY, search_offered.OfDeclaration(what="include")) is None


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"versioning": "versioned"}, True),
        ({"versioning": "no-version", "interaction": [{"code": "vread"}]}, False),
        ({"interaction": [{"code": "vread"}]}, True),
        ({"interaction": [{"code": "history-instance"}]}, True),
        ({"interaction": [{"code": "read"}]}, None),
        ({"versioning": 7, "interaction": [{"code": "vread"}]}, None),
    ],
)
def test_who_says_that_old_versions_can_be_read_says_that_they_are_kept(
    monkeypatch: pytest.MonkeyPatch, declared: Any, expected: bool | None
) -> None:
    monkeypatch.setattr(read_forms, "statement_in", lambda ev: stating(**declared))
    assert read_forms.versions.applies(NOBODY, OfType(type="Patient")) is expected


@pytest.mark.parametrize(
    ("asked", "link", "ignored"),
    [
        ("active:missing", "https://s.example/fhir/Patient?_count=5", True),
        ("active:missing", "https://s.example/fhir/Patient?active:missing=true", False),
        ("active:missing", "https://s.example/fhir/Patient?active=true", False),
        ("patient:Patient.gender", "https://s.example/fhir/Condition?patient.gender=male", False),
        ("_sort", "https://s.example/fhir/Patient", True),
        ("_sort", "", False),
        ("_sort", "https://[", False),
    ],
)
def test_a_parameter_is_ignored_where_the_self_link_names_it_in_no_form(asked: str, link: str, ignored: bool) -> None:
    answer = Answer(Query("Patient", ((asked, "x"), ("_count", "5"))), ())
    page = {"resourceType": "Bundle", "link": [{"relation": "self", "url": link}] if link else []}
    answer.__dict__["bundles"] = (page,)
    assert answer.ignored is ignored
