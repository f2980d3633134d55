"""Coded values judged by their content and their binding."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.terminology.binding import judge
from checker.fhir.terminology.findings import Finding, Judgement
from tests.fhir.terminology.vocabulary import ANIMALS, COLOURS, PIECES, animals, colours, local, system, url
from tests.fhir.terminology.vocabulary import value_set as vs

SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
WARM = vs("warm", {"system": COLOURS, "concept": [{"code": "red"}, {"code": "umber"}]})
ANY_COLOUR = vs("colour", {"system": COLOURS})
DISEASE = vs("disease", {"system": SNOMED})
LOINC = "http://loinc.org"
HELD = local(colours(), animals(), WARM, ANY_COLOUR, DISEASE, system(PIECES, "pawn", content="fragment"))


def said(kind: str, value: Any, **binding: Any) -> Judgement:
    return judge(HELD, kind, value, **binding)


def only(judged: Judgement) -> Finding:
    (found,) = judged.findings
    return found


def marks(judged: Judgement) -> list[tuple[str, str, str]]:
    return [(one.kind, one.severity, one.path) for one in judged.findings]


def coding(code: str | None, code_system: str | None = COLOURS, **more: str) -> dict[str, str]:
    parts = {"system": code_system, "code": code, **more}
    return {name: value for name, value in parts.items() if value is not None}


def concept(*codings: Any, **more: Any) -> dict[str, Any]:
    return {"coding": list(codings), **more}


@pytest.mark.parametrize(
    ("strength", "severity"),
    [("required", "error"), ("extensible", "warning"), ("preferred", "information"), ("example", None)],
)
def test_the_strength_says_how_much_a_code_outside_weighs(strength: str, severity: str | None) -> None:
    for kind, value in (
        ("code", "green"),
        ("Coding", coding("green")),
        ("CodeableConcept", concept(coding("green"))),
        ("string", "green"),
    ):
        judged = said(kind, value, strength=strength, value_set=url("warm"))
        assert marks(judged) == ([("not-in-value-set", severity, "")] if severity else [])
        assert not judged.open
        inside = said(kind, "red" if isinstance(value, str) else concept(coding("red")) if "coding" in value else
                      coding("red"), strength=strength, value_set=url("warm"))  # fmt: skip
        assert inside == Judgement()


def test_a_finding_tells_what_stands_there_and_what_may() -> None:
    found = only(said("code", "gren", strength="required", value_set=url("colour")))
    assert found.found == "gren"
    assert found.allowed == "red | green | blue | umber"
    assert found.value_set == url("colour")
    assert url("colour") in found.message
    assert found.fix


def test_one_of_several_codings_is_enough() -> None:
    both = concept(coding("cat", ANIMALS), coding("red"))
    assert said("CodeableConcept", both, strength="required", value_set=url("warm")) == Judgement()
    neither = concept(coding("cat", ANIMALS), coding("green"))
    found = only(said("CodeableConcept", neither, strength="required", value_set=url("warm")))
    assert (found.kind, found.severity, found.path) == ("not-in-value-set", "error", "")
    assert "cat" in found.found
    assert "green" in found.found


def test_words_alone() -> None:
    def strengths(value: Any) -> list[tuple[str, str] | None]:
        out: list[tuple[str, str] | None] = []
        for strength in ("required", "extensible", "preferred", "example"):
            judged = said("CodeableConcept", value, strength=strength, value_set=url("warm"))
            out.append((judged.findings[0].kind, judged.findings[0].severity) if judged.findings else None)
        return out

    assert strengths({"text": "reddish"}) == [("no-code", "error"), ("no-code", "warning"), None, None]
    assert strengths({"coding": []}) == [("no-code", "error"), ("no-code", "warning"), None, None]
    gone = said("CodeableConcept", {"text": "x"}, strength="required", value_set=url("gone"))
    assert (gone.findings, [one.subject for one in gone.open]) == ((), [url("gone")])


def test_the_greatest_value_set_acts_as_required() -> None:
    binding = {"strength": "extensible", "value_set": url("warm"), "max_value_set": url("colour")}
    assert marks(said("code", "green", **binding)) == []
    assert marks(said("code", "cat", **binding)) == [("not-in-maximum-value-set", "error", "")]
    assert marks(said("Coding", coding("green"), **binding)) == []
    assert marks(said("Coding", coding("cat", ANIMALS), **binding)) == [("not-in-maximum-value-set", "error", "")]
    assert marks(said("CodeableConcept", concept(coding("green")), **binding)) == [("not-in-value-set", "warning", "")]
    assert ("no-code", "error", "") in marks(said("CodeableConcept", {"text": "x"}, **binding))
    preferred = {**binding, "strength": "preferred"}
    assert marks(said("code", "cat", **preferred)) == [("not-in-maximum-value-set", "error", "")]
    assert marks(said("code", "green", **preferred)) == [("not-in-value-set", "information", "")]
    unsure = {**binding, "max_value_set": url("disease")}
    assert marks(said("Coding", coding("73211009", SNOMED), **unsure)) == []


def test_what_is_not_held_is_open_and_never_an_error() -> None:
    diabetes = coding("73211009", SNOMED, display="Sugar disease")
    for strength in ("required", "extensible", "preferred"):
        judged = said("CodeableConcept", concept(diabetes), strength=strength, value_set=url("disease"))
        assert judged.findings == ()
        assert {(one.subject, one.value_set) for one in judged.open} == {(SNOMED, None), (SNOMED, url("disease"))}
        assert {one.path for one in judged.open} == {"coding[0]"}
    judged = said("Coding", diabetes, strength="required", value_set=url("gone"))
    assert (judged.findings, judged.open[-1].subject) == ((), url("gone"))
    unknown_hl7 = coding("x", "http://terminology.hl7.org/CodeSystem/new-one")
    assert said("Coding", unknown_hl7).findings == ()
    assert said("Coding", unknown_hl7).open[0].subject == "http://terminology.hl7.org/CodeSystem/new-one"
    assert said("code", "x", strength="required", value_set=url("gone")).open[0].code == "x"


def test_the_code_has_to_be_in_its_system_whatever_binds_it() -> None:
    for binding in ({}, {"strength": "example", "value_set": url("gone")}):
        assert marks(said("CodeableConcept", concept(coding("pink")), **binding)) == [
            ("unknown-code", "error", "coding[0].code")
        ]
    assert marks(said("Coding", coding("king", PIECES))) == [("unknown-code", "warning", "code")]
    assert marks(said("Coding", coding("pawn", PIECES))) == []
    assert marks(said("Coding", coding("pink", version="2"))) == []
    assert said("Coding", coding("pink", version="2")).open[0].subject == COLOURS


def test_displays() -> None:
    wrong = said("CodeableConcept", concept(coding("green"), coding("red", display="Blood")))
    assert marks(wrong) == [("display", "error", "coding[1].display")]
    assert only(wrong).allowed == "Red colour | Rote Farbe | Coch"
    softer = said("Coding", coding("red", display="Blood"), display_severity="warning")
    assert marks(softer) == [("display", "warning", "display")]
    assert marks(said("Coding", coding("red", display="red  COLOUR"))) == []
    assert marks(said("Coding", coding("red", display="Red-colour"))) == [("display", "warning", "display")]


def test_systems_that_are_none() -> None:
    assert marks(said("Coding", coding("red", "colours"))) == [("relative-system", "error", "system")]
    assert marks(said("CodeableConcept", concept(coding("red", url("warm"))))) == [
        ("value-set-as-system", "error", "coding[0].system")
    ]
    assert marks(said("Coding", coding("red", None))) == [("no-system", "warning", "")]
    assert marks(said("Coding", coding("1", "http://snomed.info/sct/900000000000207008"))) == [
        ("misspelt-system", "error", "system")
    ]
    assert marks(said("CodeableConcept", concept(coding("1", "http://loinc.org/")))) == [
        ("misspelt-system", "warning", "coding[0].system")
    ]
    assert only(said("Coding", coding("mg", "https://unitsofmeasure.org"))).fix == f"Write {UCUM}."
    assert marks(said("Coding", coding("39720311000001101", "https://dmd.nhs.uk/"))) == [
        ("misspelt-system", "warning", "system")
    ]
    more = system("urn:more", {"code": "red"}, content="supplement", supplements=COLOURS)
    judged = judge(local(colours(), more), "Coding", coding("red", "urn:more"))
    assert marks(judged) == [("supplement-as-system", "error", "system")]


def test_a_code_without_a_system_is_in_no_value_set() -> None:
    judged = said("CodeableConcept", concept(coding("red", None)), strength="required", value_set=url("warm"))
    assert marks(judged) == [("no-system", "warning", "coding[0]"), ("not-in-value-set", "error", "")]
    alone = said("Coding", coding("red", None), strength="required", value_set=url("warm"))
    assert marks(alone) == [("no-system", "warning", "")]


def test_inactive_abstract_and_letter_case() -> None:
    assert marks(said("Coding", coding("umber"))) == [("inactive", "warning", "")]
    assert "retired" in only(said("Coding", coding("umber"))).message
    assert marks(said("Coding", coding("_pets", ANIMALS))) == [("abstract", "information", "code")]
    free = local(colours(caseSensitive=False), ANY_COLOUR)
    assert marks(judge(free, "Coding", coding("RED"))) == [("letter-case", "information", "code")]
    judged = judge(free, "code", "RED", strength="required", value_set=url("colour"))
    assert marks(judged) == [("letter-case", "information", "")]


def test_quantities() -> None:
    units = vs("units", {"system": UCUM, "concept": [{"code": "mg"}, {"code": "kg"}]})
    terminology = local(units)
    binding = {"strength": "required", "value_set": url("units")}
    quantity = {"value": 1, "unit": "mg", "system": UCUM, "code": "mg"}
    assert judge(terminology, "Quantity", quantity, **binding) == Judgement()  # type: ignore[arg-type]
    wrong = judge(terminology, "Quantity", {**quantity, "code": "g"}, **binding)  # type: ignore[arg-type]
    assert marks(wrong) == [("not-in-value-set", "error", "")]
    malformed = judge(terminology, "Quantity", {**quantity, "code": "mcg"})
    assert marks(malformed) == [("malformed-code", "error", "code")]
    words = judge(terminology, "Quantity", {"value": 1, "unit": "mg"}, **binding)  # type: ignore[arg-type]
    assert marks(words) == [("no-code", "warning", "")]
    advice = judge(terminology, "Quantity", {**quantity, "code": "{tablets}"})
    assert [(one.kind, one.advice) for one in advice.findings] == [("unit-annotation", True)]


def test_wrong_check_digits_are_a_suspicion() -> None:
    assert marks(said("Coding", coding("73211008", SNOMED))) == [("malformed-code", "warning", "code")]
    assert marks(said("Coding", coding("8480-5", LOINC))) == [("malformed-code", "warning", "code")]


def test_a_definition_that_binds_to_a_code_system() -> None:
    for kind, value in (("code", "red"), ("Coding", coding("red")), ("CodeableConcept", {"text": "x"})):
        judged = said(kind, value, strength="extensible", value_set=COLOURS)
        assert marks(judged) == [("binding-to-code-system", "warning", "")]


def test_further_bindings_are_judged_by_their_purpose() -> None:
    more = [("maximum", url("warm")), ("current", url("gone")), ("preferred", url("warm"))]
    judged = said("code", "green", strength="required", value_set=url("colour"), additional=more)
    assert marks(judged) == [("not-in-value-set", "error", ""), ("not-in-value-set", "information", "")]


def test_types_of_fhirpath_are_types() -> None:
    types = {**vs("x", {"system": COLOURS}), "url": "http://hl7.org/fhir/ValueSet/defined-types"}
    terminology = local(types, colours())
    binding = {"strength": "required", "value_set": "http://hl7.org/fhir/ValueSet/defined-types|1"}
    value = "http://hl7.org/fhirpath/System.String"
    assert judge(terminology, "uri", value, **binding) == Judgement()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "junk", [None, 1, 1.5, True, "", "x", [], {}, [None], {"coding": 1}, {"coding": [1, None, []]}]
)
@pytest.mark.parametrize("kind", ["code", "Coding", "CodeableConcept", "Quantity", "uri", "Reference", "Nonsense"])
def test_values_of_any_shape_do_no_harm(kind: str, junk: Any) -> None:
    for name in ("system", "code", "display", "version", "unit"):
        for value in (junk, {name: junk, "code": "red"}, {"coding": [{name: junk, "system": COLOURS}]}):
            for strength in ("required", "extensible", "preferred"):
                judged = said(kind, value, strength=strength, value_set=url("warm"), max_value_set=url("colour"))
                assert kind not in ("Reference", "Nonsense") or judged == Judgement()
                kinds = {one.kind for one in judged.findings}
                assert kinds <= {
                    "no-code",
                    "no-system",
                    "not-in-maximum-value-set",
                    "not-in-value-set",
                    "relative-system",
                    "unknown-code",
                }
