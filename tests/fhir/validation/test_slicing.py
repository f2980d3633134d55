from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.validation.discriminator_paths import PathError, Step, steps
from tests.fhir.validation.stating import URL, errors, judged, profile

LOINC = "http://loinc.org"


def slicing(*discriminators: tuple[str, str], rules: str = "open", ordered: bool = False) -> dict[str, Any]:
    return {
        "discriminator": [{"type": kind, "path": path} for kind, path in discriminators],
        "rules": rules,
        "ordered": ordered,
    }


def phones(rules: str = "open", *, ordered: bool = False, kind: str = "value") -> dict[str, Any]:
    """Telecoms by system: a phone (exactly one) and an email (at most one)."""
    asked = "fixedCode" if kind == "value" else "patternCode"
    return profile(
        "telecom",
        "Patient",
        {"path": "Patient.telecom", "slicing": slicing((kind, "system"), rules=rules, ordered=ordered)},
        {"path": "Patient.telecom", "id": "Patient.telecom:phone", "sliceName": "phone", "min": 1, "max": "1"},
        {"path": "Patient.telecom.system", "id": "Patient.telecom:phone.system", "min": 1, asked: "phone"},
        {"path": "Patient.telecom.value", "id": "Patient.telecom:phone.value", "min": 1},
        {"path": "Patient.telecom", "id": "Patient.telecom:email", "sliceName": "email", "min": 0, "max": "1"},
        {"path": "Patient.telecom.system", "id": "Patient.telecom:email.system", "min": 1, asked: "email"},
        {"path": "Patient.telecom.rank", "id": "Patient.telecom:email.rank", "max": "0"},
    )


def telecom(*members: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Patient", "telecom": list(members)}


PHONE = {"system": "phone", "value": "01632 960000"}
EMAIL = {"system": "email", "value": "a@b.example"}
FAX = {"system": "fax", "value": "01632 960001"}


@pytest.mark.parametrize("kind", ["value", "pattern"])
def test_slices_by_value(kind: str) -> None:
    assert errors(telecom(PHONE, EMAIL, FAX), phones(kind=kind)) == []
    assert errors(telecom(EMAIL), phones(kind=kind)) == [("slice-minimum", "Patient.telecom")]
    assert errors(telecom(PHONE, PHONE), phones(kind=kind)) == [("slice-maximum", "Patient.telecom[1]")]


def test_the_children_are_judged_by_the_slice_that_matched_and_by_no_other() -> None:
    assert errors(telecom({"system": "phone"}), phones()) == [("cardinality-minimum", "Patient.telecom[0].value")]
    assert errors(telecom(PHONE, {"system": "fax", "rank": 1, "value": "1"}), phones()) == []
    assert errors(telecom(PHONE, {**EMAIL, "rank": 1}), phones()) == [
        ("cardinality-forbidden", "Patient.telecom[1].rank")
    ]


def test_rules_of_a_slicing() -> None:
    assert errors(telecom(FAX, PHONE), phones("open")) == []
    assert errors(telecom(FAX, PHONE), phones("closed")) == [("slice-closed", "Patient.telecom[0]")]
    assert errors(telecom(FAX, PHONE), phones("openAtEnd")) == [("slice-open-at-end", "Patient.telecom[0]")]
    assert errors(telecom(PHONE, FAX), phones("openAtEnd")) == []
    assert errors(telecom(EMAIL, PHONE), phones(ordered=True)) == [("slice-order", "Patient.telecom[1]")]
    assert errors(telecom(PHONE, EMAIL), phones(ordered=True)) == []


def test_the_nearest_slice_and_its_reason_are_said() -> None:
    (issue,) = [one for one in judged(telecom(PHONE, FAX), phones("closed")).issues if one.is_error]
    assert issue.slice == "phone: system: 'phone' is asked, and there is 'fax'"
    assert "phone" in issue.message
    assert issue.definition == URL + "telecom"


def test_a_default_slice_takes_the_rest() -> None:
    one = phones("closed")
    one["differential"]["element"] += [
        {"path": "Patient.telecom", "id": "Patient.telecom:@default", "sliceName": "@default", "max": "*"},
        {"path": "Patient.telecom.use", "id": "Patient.telecom:@default.use", "min": 1},
    ]
    assert errors(telecom(PHONE, {**FAX, "use": "work"}), one) == []
    assert errors(telecom(PHONE, FAX), one) == [("cardinality-minimum", "Patient.telecom[1].use")]


def observation(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **members}


def component(code: str, **members: Any) -> dict[str, Any]:
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, **members}


def test_a_pattern_further_up_satisfies_a_discriminator_and_several_are_anded() -> None:
    pattern = {"coding": [{"system": LOINC, "code": "8480-6"}]}
    one = profile(
        "bp",
        "Observation",
        {
            "path": "Observation.component",
            "slicing": slicing(("value", "code.coding.code"), ("value", "code.coding.system")),
        },
        {"path": "Observation.component", "id": "Observation.component:systolic", "sliceName": "systolic", "min": 1},
        {
            "path": "Observation.component.code",
            "id": "Observation.component:systolic.code",
            "patternCodeableConcept": pattern,
        },
        {"path": "Observation.component.value[x]", "id": "Observation.component:systolic.value[x]", "min": 1},
    )
    assert errors(observation(component=[component("8480-6", valueString="1")]), one) == []
    assert errors(observation(component=[component("8480-6")]), one) == [
        ("cardinality-minimum", "Observation.component[0].value")
    ]
    other = component("8480-6")
    other["code"]["coding"][0]["system"] = "http://a.example/codes"
    assert errors(observation(component=[other]), one) == [("slice-minimum", "Observation.component")]


def test_a_required_binding_satisfies_a_discriminator() -> None:
    codes = {
        "resourceType": "ValueSet",
        "url": "https://fhir.example/ValueSet/two",
        "status": "active",
        "compose": {"include": [{"system": "http://a.example/codes", "concept": [{"code": "a"}, {"code": "b"}]}]},
    }
    one = profile(
        "bound",
        "Observation",
        {"path": "Observation.component", "slicing": slicing(("value", "code"), rules="closed")},
        {"path": "Observation.component", "id": "Observation.component:ours", "sliceName": "ours", "max": "1"},
        {
            "path": "Observation.component.code",
            "id": "Observation.component:ours.code",
            "binding": {"strength": "required", "valueSet": codes["url"]},
        },
    )
    inside = {"code": {"coding": [{"system": "http://a.example/codes", "code": "a"}]}}
    outside = {"code": {"coding": [{"system": "http://a.example/codes", "code": "z"}]}}
    assert errors(observation(component=[inside]), one, codes) == []
    assert ("slice-closed", "Observation.component[0]") in errors(observation(component=[outside]), one, codes)
    # A value set that is not held: nobody knows, and nobody is blamed.
    unknown = judged(observation(component=[inside]), one)
    assert unknown.valid
    assert unknown.not_verified


def test_slices_by_existence() -> None:
    one = profile(
        "exists",
        "Patient",
        {"path": "Patient.identifier", "slicing": slicing(("exists", "assigner"), rules="closed")},
        {"path": "Patient.identifier", "id": "Patient.identifier:with", "sliceName": "with", "max": "1"},
        {"path": "Patient.identifier.assigner", "id": "Patient.identifier:with.assigner", "min": 1},
        {"path": "Patient.identifier", "id": "Patient.identifier:without", "sliceName": "without", "max": "1"},
        {"path": "Patient.identifier.assigner", "id": "Patient.identifier:without.assigner", "max": "0"},
    )
    mine, theirs = {"value": "1"}, {"value": "2", "assigner": {"display": "x"}}
    assert errors({"resourceType": "Patient", "identifier": [mine, theirs]}, one) == []
    assert errors({"resourceType": "Patient", "identifier": [mine, mine]}, one) == [
        ("slice-maximum", "Patient.identifier[1]")
    ]


def test_slices_of_a_choice_by_type_need_no_discriminator() -> None:
    one = profile(
        "choice",
        "Observation",
        {"path": "Observation.value[x]", "slicing": slicing(("type", "$this"))},
        {
            "path": "Observation.value[x]",
            "id": "Observation.value[x]:valueQuantity",
            "sliceName": "valueQuantity",
            "type": [{"code": "Quantity"}],
            "min": 0,
        },
        {"path": "Observation.value[x].unit", "id": "Observation.value[x]:valueQuantity.unit", "min": 1},
    )
    assert errors(observation(valueQuantity={"value": 1, "unit": "g"}), one) == []
    assert errors(observation(valueString="x"), one) == []
    assert errors(observation(valueQuantity={"value": 1}), one) == [
        ("cardinality-minimum", "Observation.value.ofType(Quantity).unit")
    ]


def test_slices_by_the_type_behind_a_reference() -> None:
    one = profile(
        "who",
        "Observation",
        {"path": "Observation.performer", "slicing": slicing(("type", "resolve()"))},
        {
            "path": "Observation.performer",
            "id": "Observation.performer:patient",
            "sliceName": "patient",
            "min": 1,
            "type": [{"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Patient"]}],
        },
    )
    assert errors(observation(performer=[{"reference": "Patient/1"}]), one) == []
    assert errors(observation(performer=[{"reference": "Practitioner/1"}]), one) == [
        ("slice-minimum", "Observation.performer")
    ]
    # Words alone lead nowhere.
    assert errors(observation(performer=[{"display": "Anna"}]), one) == [("slice-minimum", "Observation.performer")]
    # Where the reference leads is not known: neither slice nor fault.
    assert errors(observation(performer=[{"reference": "urn:uuid:b4e8d2c0-0000-4000-8000-000000000001"}]), one) == []


def test_slices_by_profile() -> None:
    female = profile("female", "Patient", {"path": "Patient.gender", "min": 1, "fixedCode": "female"})
    one = profile(
        "bundle",
        "Bundle",
        {"path": "Bundle.entry", "slicing": slicing(("profile", "resource"), rules="closed")},
        {"path": "Bundle.entry", "id": "Bundle.entry:mother", "sliceName": "mother", "min": 1, "max": "1"},
        {
            "path": "Bundle.entry.resource",
            "id": "Bundle.entry:mother.resource",
            "min": 1,
            "type": [{"code": "Patient", "profile": [female["url"]]}],
        },
    )

    def bundle(gender: str) -> dict[str, Any]:
        entry = {
            "fullUrl": "urn:uuid:b4e8d2c0-0000-4000-8000-000000000001",
            "resource": {"resourceType": "Patient", "gender": gender},
        }
        return {"resourceType": "Bundle", "type": "collection", "entry": [entry]}

    assert errors(bundle("female"), one, female) == []
    assert errors(bundle("male"), one, female) == [
        ("slice-minimum", "Bundle.entry"),
        ("slice-closed", "Bundle.entry[0]"),
    ]


def test_without_a_discriminator_each_slice_is_tried() -> None:
    one = phones("closed")
    one["differential"]["element"][0]["slicing"] = {"rules": "closed", "description": "by its form"}
    assert errors(telecom(PHONE, EMAIL), one) == []
    assert errors(telecom(PHONE, FAX), one) == [("slice-closed", "Patient.telecom[1]")]


def test_slices_of_extensions_go_by_url_even_when_their_definition_is_not_held() -> None:
    gone = [{"code": "Extension", "profile": ["http://a.example/StructureDefinition/gone"]}]
    other = [{"code": "Extension", "profile": ["http://a.example/StructureDefinition/other"]}]
    one = profile(
        "ext",
        "Patient",
        {"path": "Patient.extension", "slicing": slicing(("value", "url"))},
        {"path": "Patient.extension", "id": "Patient.extension:gone", "sliceName": "gone", "min": 1, "type": gone},
        {"path": "Patient.extension", "id": "Patient.extension:other", "sliceName": "other", "type": other},
    )
    patient = {"resourceType": "Patient"}
    there = {"url": "http://a.example/StructureDefinition/gone", "valueString": "x"}
    assert errors({**patient, "extension": [there]}, one) == []
    assert errors(patient, one) == [("slice-minimum", "Patient.extension")]


def test_re_slices() -> None:
    one = phones()
    elements = one["differential"]["element"]
    elements[1]["slicing"] = slicing(("value", "use"), rules="closed")
    elements[1]["max"] = "2"
    elements[4:4] = [
        {"path": "Patient.telecom", "id": "Patient.telecom:phone/home", "sliceName": "phone/home", "max": "1"},
        {"path": "Patient.telecom.use", "id": "Patient.telecom:phone/home.use", "min": 1, "fixedCode": "home"},
    ]
    assert errors(telecom({**PHONE, "use": "home"}), one) == []
    assert errors(telecom({**PHONE, "use": "work"}), one) == [("slice-closed", "Patient.telecom[0]")]
    assert errors(telecom({**PHONE, "use": "home"}, {**PHONE, "use": "home"}), one) == [
        ("slice-maximum", "Patient.telecom[1]")
    ]


def test_an_item_of_two_slices_and_slices_that_nothing_tells_apart() -> None:
    one = profile(
        "two",
        "Patient",
        {"path": "Patient.telecom", "slicing": slicing(("value", "system"), ("value", "use"))},
        {"path": "Patient.telecom", "id": "Patient.telecom:a", "sliceName": "a", "min": 0},
        {"path": "Patient.telecom.system", "id": "Patient.telecom:a.system", "min": 1, "fixedCode": "phone"},
        {"path": "Patient.telecom.use", "id": "Patient.telecom:a.use", "min": 1},
        {"path": "Patient.telecom", "id": "Patient.telecom:b", "sliceName": "b", "min": 0},
        {"path": "Patient.telecom.system", "id": "Patient.telecom:b.system", "min": 1, "fixedCode": "phone"},
        {"path": "Patient.telecom.use", "id": "Patient.telecom:b.use", "min": 1, "fixedCode": "home"},
    )
    assert errors(telecom({**PHONE, "use": "home"}), one) == [("slice-several", "Patient.telecom[0]")]
    one["differential"]["element"][6].pop("fixedCode")
    result = judged(telecom({**PHONE, "use": "home"}), one)
    assert result.valid
    assert any("nothing tells the slices a, b apart" in problem.message for problem in result.definition_problems)


def test_a_fault_of_the_slicing_is_a_problem_of_the_definition_said_once() -> None:
    one = phones()
    one["differential"]["element"][0]["slicing"]["discriminator"][0]["path"] = "where(system = 'phone')"
    result = judged(telecom(PHONE, EMAIL), one)
    assert result.valid
    messages = [problem.message for problem in result.definition_problems]
    assert len(messages) == len(set(messages))
    assert any("none of the allowed forms" in message for message in messages)


def test_discriminator_paths() -> None:
    assert steps("$this") == ()
    assert steps("code.coding") == (Step("child", "code"), Step("child", "coding"))
    assert steps("$this.resolve()") == (Step("resolve"),)
    assert steps("extension('http://a.example/e').value") == (
        Step("extension", "http://a.example/e"),
        Step("child", "value"),
    )
    assert steps("value.ofType(Quantity).code") == (
        Step("child", "value"),
        Step("ofType", "Quantity"),
        Step("child", "code"),
    )
    for text in ("a..b", "a.", "where(x)", "a b"):
        with pytest.raises(PathError):
            steps(text)


def test_must_support_slices_are_counted() -> None:
    one = phones()
    one["differential"]["element"][1]["mustSupport"] = True
    one["differential"]["element"][4]["mustSupport"] = True
    counted = [(m.element, m.present, m.of) for m in judged(telecom(PHONE), one).must_support]
    assert counted == [("Patient.telecom:email", 0, 1), ("Patient.telecom:phone", 1, 1)]
