"""Expressions over FHIR data: navigation, types, extensions, references, and hostile data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from checker.fhir.fhirpath import Environment, FHIRPathError, evaluate, parse
from checker.fhir.fhirpath.analyse import problems
from checker.fhir.instance import Node, Tree
from tests.fhir.published import core, needs_core

pytestmark = needs_core

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "contained": [{"resourceType": "Organization", "id": "org", "name": "Ward"}],
    "extension": [{"url": "http://example.org/a", "valueQuantity": {"value": Decimal("2.0"), "code": "a",
                   "system": "http://unitsofmeasure.org"}}],
    "active": False,
    "name": [
        {"use": "official", "family": "Smith", "given": ["Ann", None], "_given": [None, {"id": "g"}]},
        {"use": "usual", "given": ["Ann"], "_family": {"extension": [{"url": "http://example.org/x"}]}},
    ],
    "birthDate": "1974-12-25",
    "deceasedDateTime": "2020-01-01T10:00:00Z",
    "managingOrganization": {"reference": "#org"},
    "generalPractitioner": [{"reference": "#org"}, {"reference": "Practitioner/1"}],
    "multipleBirthInteger": 2,
}  # fmt: skip


def result(expression: str, raw: dict[str, Any] = PATIENT, **services: Any) -> list[Any]:
    found = evaluate(expression, [Tree(raw, core()).root], Environment(types=core(), **services))
    return [item.path if isinstance(item, Node) else item for item in found]


TRUE = [
    "Patient.name.count() = 2",
    "DomainResource.name.count() = 2 and Resource.id = 'p'",
    "Encounter.empty()",
    "active = false and active.not() and (active or true)",
    "active.exists() and active.hasValue() and active.getValue() is Boolean",
    "name.given.count() = 3 and name.given.hasValue() = false",
    "name[1].family.exists() and name[1].family.hasValue().not() and name[1].family.getValue().empty()",
    "name[1].family = 'x' = false",
    "name.given.distinct().count() = 2",
    "name.first().given.first() in name[1].given",
    "birthDate < @1975 and birthDate = @1974-12-25 and birthDate + 1 day = @1974-12-26",
    "deceased is dateTime and (deceased as dateTime) > @2019 and deceased.ofType(boolean).empty()",
    "deceased = @2020-01-01T11:00:00+01:00",
    "multipleBirth + 1 = 3 and multipleBirth is integer and multipleBirth.is(FHIR.integer)",
    "multipleBirth.is(System.Integer).not() and (multipleBirth + 0) is System.Integer",
    "extension('http://example.org/a').value > 1 year and extension.value = 2 'a'",
    "extension('http://example.org/none').empty()",
    "managingOrganization.resolve().name = 'Ward' and managingOrganization.resolve() is Organization",
    "generalPractitioner.resolve().count() = 1 and '#org'.resolve().empty()",
    "contained.descendants().count() >= 2 and children().count() > 5",
    "contained.where(id = 'org').exists(%resource.managingOrganization.reference = '#' + id)",
    "%context = %resource and %rootResource.id = 'p'",
    "contained.select(%resource.id) = 'p'",
    "name.where(use = 'usual').given = 'Ann'",
    "name.select(given.first()).count() = 2",
    "name.sort(use).first().use = 'official' and name.sort(-use).first().use = 'usual'",
    "name.given.type().name.distinct() = 'string' and type().name = 'Patient'",
    "type().baseType = 'FHIR.DomainResource' and type().namespace = 'FHIR'",
    "id is id and id is string and (id is uri) = false",
    "birthDate.toString() = '1974-12-25' and multipleBirth.toString() = '2'",
    "name = name and name ~ name and (name | name).count() = 2",
    "valueQuantity.empty() and multipleBirthInteger.empty()",
    "descendants().where($this is Reference).count() = 3",
    "repeat(contained).name = 'Ward'",
    "birthDate.lowBoundary() = @1974-12-25",
    "name.checkModifiers('http://example.org/m').count() = 2",
]


@pytest.mark.parametrize("expression", TRUE)
def test_is_true(expression: str) -> None:
    assert result(expression) == [True]


@pytest.mark.parametrize(
    "expression",
    ["name and true", "name.family + 1", "name.as(HumanName)", "birthDate > 'a'", "name.startsWith('a')",
     "active.as(Nothing)", "name > name", "conformsTo('http://example.org/none')"],
)  # fmt: skip
def test_raises(expression: str) -> None:
    with pytest.raises(FHIRPathError):
        result(expression)


def test_services_are_asked() -> None:
    assert result("conformsTo('x')", conforms_to=lambda canonical, node: canonical == "x") == [True]
    assert result("active.memberOf('y')", member_of=lambda value_set, item: None) == []
    assert result("name.first().memberOf('y')", member_of=lambda value_set, item: value_set == "y") == [True]
    assert result("generalPractitioner[1].resolve()", resolve=lambda text, node: None) == []


HOSTILE: list[dict[str, Any]] = [
    {"resourceType": "Patient", "name": "text", "active": "true", "birthDate": 5, "contained": [1, None, []]},
    {"resourceType": "Patient", "name": [[{"family": {"a": 1}}]], "active": [True, False], "_birthDate": "x"},
    {"resourceType": "Patient", "name": [None], "extension": {"url": 7}, "multipleBirthInteger": 1.5},
    {"resourceType": "Nothing", "name": 1},
    {
        "resourceType": "Patient",
        "extension": [{"valueDecimal": Decimal("1e999999999")}, {"valueDecimal": float("nan")}],
    },
    {"resourceType": 7},
]


@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_data_gives_a_result_or_an_error(raw: dict[str, Any]) -> None:
    numbers = (
        "extension.value.select($this > 1 or $this + 1 = 2)",
        "extension.value.distinct()",
        "extension.value.sort()",
    )
    given = []
    for expression in (*TRUE, *numbers, "descendants().count()", "name.family = 'a'", "birthDate > @2000"):
        try:
            given.append(result(expression, raw))
        except FHIRPathError:
            continue
    assert len(given) >= len(TRUE)
    assert result("descendants().count() >= 0", raw) == [True]


def test_a_deep_instance_is_an_error_and_no_crash() -> None:
    raw: dict[str, Any] = {"url": "http://example.org/x"}
    for _ in range(3000):
        raw = {"url": "http://example.org/x", "extension": [raw]}
    with pytest.raises(FHIRPathError):
        result("descendants().count()", {"resourceType": "Patient", "extension": [raw]})


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("name.given1", "given1"),
        ("Encounter.name", "Encounter"),
        ("name.given.nothing()", "nothing"),
        ("multipleBirthInteger", "multipleBirthInteger"),
        ("(multipleBirth as integer).code", "code"),
        ("name.startsWith('a')", "String"),
        ("children().first()", "order"),
        ("active is Nonsense", "Nonsense"),
        ("iif('a', 1, 2)", "criterion"),
        ("name.where('a')", "criterion"),
    ],
)
def test_static_problems(expression: str, said: str) -> None:
    found = problems(parse(expression), "Patient", core())
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize("expression", [e for e in TRUE if "Encounter" not in e and "valueQuantity" not in e])
def test_no_static_problem_where_there_is_none(expression: str) -> None:
    assert problems(parse(expression), "Patient", core()) == []
