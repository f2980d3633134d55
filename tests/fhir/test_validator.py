from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checker.errors import UsageFault
from checker.fhir import Validator
from checker.fhir.validation.run import Options
from tests.fhir.validation.stating import profile, validator

PATIENT = b'{\n  "resourceType": "Patient",\n  "id": "p1",\n  "active": "yes",\n  "gender": "unknwon"\n}\n'


def test_issues_have_a_place_in_the_text_and_are_sorted_by_it() -> None:
    result = Validator().validate(PATIENT)
    errors = [issue for issue in result.issues if issue.is_error]
    assert [(issue.path, issue.line) for issue in errors] == [("Patient.active", 4), ("Patient.gender", 5)]
    assert [issue.pointer for issue in errors] == ["/active", "/gender"]
    assert all(issue.column and issue.fix for issue in errors)
    assert (result.valid, result.resource_type, result.id) == (False, "Patient", "p1")
    places = [(issue.line or 0, issue.column or 0) for issue in result.issues]
    assert places == sorted(places)


def test_text_bytes_and_what_is_read_already_give_the_same() -> None:
    shared = Validator()
    from_bytes = shared.validate(PATIENT)
    assert shared.validate(PATIENT.decode()) == from_bytes
    read = shared.validate(json.loads(PATIENT))
    assert [i.rule for i in sorted(read.issues, key=lambda i: i.rule)] == [
        i.rule for i in sorted(from_bytes.issues, key=lambda i: i.rule)
    ]
    assert list(shared.validate_many([PATIENT, PATIENT])) == [from_bytes, from_bytes]


def test_xml_is_judged_as_json_is() -> None:
    result = Validator().validate(
        '<Patient xmlns="http://hl7.org/fhir">\n  <active value="yes"/>\n  <gender value="unknwon"/>\n</Patient>'
    )
    assert [(i.path, i.line) for i in result.issues if i.is_error] == [("Patient.active", 2), ("Patient.gender", 3)]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"<", b"<a/>", b'{"resourceType": 1}', b"{}"])
def test_a_file_that_is_no_resource_gives_an_error_and_no_traceback(data: bytes) -> None:
    result = Validator().validate(data)
    assert not result.valid
    assert all(issue.message for issue in result.issues)


def test_a_structure_definition_that_was_asked_for_has_to_be_known() -> None:
    with pytest.raises(UsageFault) as fault:
        Validator(options=Options(structure_definitions=("http://a.example/gone",)))
    assert "--package" in str(fault.value)
    with pytest.raises(UsageFault):
        Validator().validate(PATIENT, ["http://a.example/gone"])


def test_meta_profile_is_judged_and_recorded() -> None:
    one = profile("p", "Patient", {"path": "Patient.name", "min": 1}, version="1.2.0")
    shared = validator(one)

    def named(canonical: str, **members: object) -> dict[str, object]:
        return {"resourceType": "Patient", "meta": {"profile": [canonical]}, "active": True, **members}

    result = shared.validate(named(one["url"]))
    assert [(i.rule, i.path) for i in result.issues if i.is_error] == [("cardinality-minimum", "Patient.name")]
    assert [(u.canonical, u.path, u.why) for u in result.structure_definitions] == [
        (one["url"] + "|1.2.0", "Patient", "meta.profile")
    ]
    unknown = shared.validate(named("http://a.example/gone"))
    assert unknown.valid
    assert "structure-definition-unknown" in [i.rule for i in unknown.issues]
    assert [v.subject for v in unknown.not_verified] == ["http://a.example/gone"]
    other = shared.validate(named(one["url"] + "|9.0.0"))
    assert other.valid
    assert "structure-definition-version" in [i.rule for i in other.issues]
    wrong = shared.validate({**named(one["url"]), "resourceType": "Basic", "code": {"text": "x"}, "active": None})
    assert ("structure-definition-type", "Basic") in [(i.rule, i.path) for i in wrong.issues if i.is_error]


def test_a_guide_names_structure_definitions_for_a_type() -> None:
    one = profile("p", "Patient", {"path": "Patient.name", "min": 1})
    guide = {
        "resourceType": "ImplementationGuide",
        "url": "https://fhir.example/ImplementationGuide/g",
        "global": [{"type": "Patient", "profile": one["url"]}],
    }
    result = validator(one, guide).validate({"resourceType": "Patient", "active": True})
    assert [(i.rule, i.path) for i in result.issues if i.is_error] == [("cardinality-minimum", "Patient.name")]
    assert [u.why for u in result.structure_definitions] == ["implementation-guide"]


def test_a_vital_sign_is_known_by_its_code() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "valueString": "70",
    }
    result = Validator().validate(observation)
    assert [(u.canonical, u.why) for u in result.structure_definitions] == [
        ("http://hl7.org/fhir/StructureDefinition/heartrate|4.0.1", "vital-signs")
    ]
    assert {"Observation.category", "Observation.subject"} <= {i.path for i in result.issues if i.is_error}


def test_loose_files_and_folders_are_packages(tmp_path: Path) -> None:
    one = profile("p", "Patient", {"path": "Patient.name", "min": 1})
    file = tmp_path / "p.json"
    file.write_text(json.dumps(one))
    for package in (file, tmp_path, str(tmp_path)):
        assert (
            not Validator(packages=[package])
            .validate(b'{"resourceType": "Patient", "active": true}', [one["url"]])
            .valid
        )


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys; import checker.fhir; from checker.fhir import Validator; "
        "print([m for m in ('httpx', 'fhir', 'yaml', 'rich', 'jinja2', 'cryptography') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
