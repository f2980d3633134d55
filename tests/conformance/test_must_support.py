"""Must-support over data: what is shown, what is left open, and the list of what to load, which settles it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import UK_CORE, Judging, definitions, judging_by
from checker.checks.fhir_must_support import MUST_SUPPORT_POPULATED, MustSupportParams, Population
from checker.checks.must_support_shown import parts, wanted
from checker.engine.scans import ScanJob, merged_state, run_scans
from checker.engine.shopping_note import to_load
from checker.fhir import Validator
from checker.fhir.definitions.package import open_package
from checker.fhir.validation.run import Options
from checker.model.shopping import ToLoad
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from fixtures.supplier.scenario import Scenario
from fixtures.supplier.serve import Served
from tests.cli.definition_packages import as_archive, constraint_on
from tests.cli.support import FAST, site
from tests.conformance.uk_core import Files, _chunks, _lines

WITHOUT = {"Bundle.entry", "Bundle.type", "RequestGroup.action.action"}
"""Of these no example is made: a document is more than one element, and R4 wants an action to be one thing."""
HERE: Scenario = Scenario(name="", kind="", requirements=(), title="")


def state(files: Files, params: MustSupportParams) -> Population:
    job = ScanJob(scan=MUST_SUPPORT_POPULATED, params=params)
    run = run_scans([job], _chunks(files), salt=b"a salt", limits=Limits())
    (outcome,) = run.outcomes
    assert outcome.error == ""
    found = merged_state(MUST_SUPPORT_POPULATED, params, [outcome.state])
    assert isinstance(found, Population)
    return found


def said(files: Files, params: MustSupportParams | None = None) -> list[Statement]:
    params = params or MustSupportParams()
    return list(MUST_SUPPORT_POPULATED.finish(state(files, params), params))


@cache
def every() -> tuple[tuple[str, ToLoad], ...]:
    """All that UK Core wants supported, with its example."""
    urls = [url for url in sorted(definitions().urls("StructureDefinition")) if url.startswith(UK_CORE)]
    return tuple((url, to_load(key, url)) for url in urls for key in wanted(definitions().structure(url)).keys)


def test_there_is_an_example_of_everything_that_uk_core_wants() -> None:
    assert {one.key for _, one in every() if not one.example} == WITHOUT
    assert len(every()) > 800


def test_each_example_is_valid_where_it_stands_and_of_nobody() -> None:
    validator = Validator(definitions(), options=Options(assume_valid_references=True, display_severity="warning"))
    for text, canonical in {(one.example, one.definition) for _, one in every() if one.example}:
        assert [issue for issue in validator.validate(text.encode(), (canonical,)).issues if issue.is_error] == []
        resource = json.loads(text)
        for one in resource.get("identifier", []) if isinstance(resource.get("identifier"), list) else ():
            assert one.get("system") != "https://fhir.nhs.uk/Id/nhs-number" or one["value"].startswith("999")


def test_what_is_not_shown_is_left_open_and_with_the_examples_all_is_shown() -> None:
    params = MustSupportParams()
    files = {name: list(lines) for name, lines in _lines(HERE).items()}
    before = state(files, params)
    missing = before.missing(params)
    assert "Observation.value[x] as Range" in missing
    assert "Condition.subject to Group" in missing
    assert not [one for one in said(files) if isinstance(one, Finding)]
    assert {one.reason for one in said(files) if isinstance(one, Undecided)} == {Reason.NO_DATA}
    loaded = [to_load(key, before.asked[key].items[0]).example.encode() for key in missing]
    after = {**files, "loaded.ndjson": loaded}
    assert state(after, params).missing(params) == ()
    assert [type(one) for one in said(after)] == [Examined]


def test_the_states_of_a_split_are_the_state_of_the_whole() -> None:
    params = MustSupportParams()
    files = {name: list(lines) for name, lines in _lines(HERE).items()}
    names = sorted(files)
    one = state({name: files[name] for name in names[::2]}, params)
    other = state({name: files[name] for name in names[1::2]}, params)
    scan = MUST_SUPPORT_POPULATED
    whole = scan.dump(state(files, params))
    assert scan.dump(scan.merge(one, other)) == whole
    assert scan.dump(scan.load(json.loads(json.dumps(whole)))) == whole


def test_a_run_prints_the_list_over_export_and_endpoint_as_one(tmp_path: Path) -> None:
    with Served(None) as served:
        place = site(tmp_path, served)
        files = ("-o", "json:report.json", "-o", "shopping-list:load.ndjson", "-o", "console:said.txt")
        picked = ("--only", "UKCORE-MS-001", "--only", "UKCORE-PRA-001")
        place.run("run", "-p", "uk-core-stu3-draft", *FAST, "-q", *picked, *files)
        report = place.report()
    (row,) = (one for one in report["rows"] if one["id"] == "UKCORE-MS-001")
    assert (row["verdict"]["outcome"], row["verdict"]["reason"]) == ("inconclusive", "no-data")
    kinds = [why.split()[3] for why in row["verdict"]["why"] if why.startswith("Shown by no ")]
    assert len(set(kinds)) == len(kinds) > 0, "each type once, whichever of the two holds it"
    items = report["shopping_list"]["items"]
    assert items
    assert all(one["example"] for one in items)
    assert "PractitionerRole.specialty" in {one["element"] for one in items}, "a row names the type; there is none"
    lines = place.path("load.ndjson").read_bytes().splitlines()
    assert sorted(lines) == sorted({one["example"].encode() for one in items})
    assert "Data shopping list" in place.path("said.txt").read_text()


def patient(**more: object) -> bytes:
    return json.dumps({"resourceType": "Patient", "id": "a", **more}).encode()


REASON = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unsupported"}
UNKNOWN = {**REASON, "valueCode": "unknown"}


def of_patient(*lines: bytes) -> tuple[list[str], list[str]]:
    """What is said to be unsupported, and what is left open."""
    found = said({"a.ndjson": lines})
    return (
        [one.message for one in found if isinstance(one, Finding)],
        [one.message for one in found if isinstance(one, Undecided)],
    )


@pytest.mark.parametrize("form", [{"_birthDate": {"extension": [REASON]}}, {"telecom": [{"extension": [REASON]}]}])
def test_what_is_said_to_be_unsupported_and_shown_nowhere_is_a_fault(form: dict[str, object]) -> None:
    (fault,), (left,) = of_patient(patient(**form))
    name = next(iter(form)).removeprefix("_")
    assert fault == f"Said to be unsupported, and shown by no Patient: Patient.{name}"
    assert f"Patient.{name}" not in left


def test_it_is_none_where_another_shows_it() -> None:
    assert of_patient(patient(_birthDate={"extension": [REASON]}), patient(birthDate="1980-01-01"))[0] == []


def test_another_reason_is_no_fault_and_shows_nothing() -> None:
    faults, (left,) = of_patient(patient(_birthDate={"extension": [UNKNOWN]}))
    assert faults == []
    assert "Patient.birthDate" in left


@pytest.mark.parametrize("odd", [7, "x", [], {}, [None], [{"extension": 3}], {"coding": [7]}])
def test_wrong_types_anywhere_are_no_fault_of_ours(odd: object) -> None:
    line = json.dumps({"resourceType": "Observation", "id": "a", "subject": odd, "performer": odd, "contained": odd,
                       "valueQuantity": odd, "note": "data-absent-reason"}).encode()  # fmt: skip
    assert [one for one in said({"a.ndjson": [line]}) if isinstance(one, Finding)] == []


def test_a_type_of_which_there_is_nothing_is_left_open() -> None:
    found = said({"a.ndjson": [patient()]}, MustSupportParams(types=("Patient", "Practitioner")))
    assert "There is no Practitioner to show anything of it" in [o.message for o in found if isinstance(o, Undecided)]


FLAG = {"url": "http://hl7.org/fhir/StructureDefinition/elementdefinition-type-must-support", "valueBoolean": True}


def test_of_a_choice_with_flags_the_flagged_types_alone_are_wanted(tmp_path: Path) -> None:
    types = [{"code": "boolean", "extension": [FLAG]}, {"code": "dateTime"}]
    died = {"id": "Patient.deceased[x]", "path": "Patient.deceased[x]", "mustSupport": True, "type": types}
    of_patients = constraint_on(f"{UK_CORE}Patient", "Patient", died)
    held = Held([open_package(as_archive(tmp_path / "o.tgz", "fhir.r4.ukcore.example", "9.0.0", [of_patients]))])
    with judging_by(Judging(held)):
        missing = state({"a.ndjson": [patient()]}, MustSupportParams()).missing(MustSupportParams())
    assert missing == ("Patient.deceased[x]", "Patient.deceased[x] as boolean")


def test_absent_leaves_out_an_element_with_its_types_or_one_of_them() -> None:
    observed = json.dumps({"resourceType": "Observation", "id": "a", "status": "final", "code": {"text": "x"}}).encode()
    files = {"a.ndjson": [observed]}
    params = MustSupportParams(absent=("Observation.value[x]", "Observation.subject to Group"))
    missing = state(files, params).missing(params)
    assert "Observation.subject to Group" not in missing
    assert "Observation.subject to Patient" in missing
    assert not [key for key in missing if parts(key)[0] == "Observation.value[x]"]
