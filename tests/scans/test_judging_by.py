"""What a scan is judged by: packages and answers of one run, and nothing of the run before."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.checks import fhir_judging
from checker.checks.fhir_conforms import CONFORMS, About, ConformsParams
from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import Judging, judging_by
from checker.checks.fhir_must_support import MUST_SUPPORT_POPULATED, MustSupportParams
from checker.engine.judged_by import check_resumable
from checker.errors import PackageFault, UsageFault
from checker.fhir.definitions.package import open_package
from checker.model.verdict import Examined, Finding, Undecided
from tests.cli.definition_packages import CONDITION, OF_DISEASES, OTHER_UK_CORE, as_archive, as_folder
from tests.scans.samples import patient
from tests.scans.test_conformance import observation, said

NAME = "fhir.r4.ukcore.example"


@pytest.fixture
def other(tmp_path: Path) -> Held:
    """A UK Core with patients and practitioners only."""
    return Held([open_package(as_archive(tmp_path / "o.tgz", NAME, "9.0.0", OTHER_UK_CORE))])


def test_a_package_judges_within_its_run_alone(other: Held) -> None:
    usual = said(CONFORMS, ConformsParams(), patient("a"))
    shipped = fhir_judging.packages()
    with judging_by(Judging(other)):
        assert fhir_judging.packages()[0].startswith(f"{NAME}#9.0.0 (sha256 ")
        assert not any("staging" in one for one in fhir_judging.packages())
        found = said(CONFORMS, ConformsParams(), patient("a"))
        assert any("'photo' is missing" in one.message for one in found if isinstance(one, Finding))
        with judging_by(Judging(Held())):
            assert fhir_judging.packages() == shipped
        assert fhir_judging.packages() != shipped
    assert fhir_judging.packages() == shipped
    assert fhir_judging.given_packages() == ()
    assert said(CONFORMS, ConformsParams(), patient("a")) == usual


def test_a_package_that_is_not_uk_core_stands_before_it(tmp_path: Path) -> None:
    held = Held([open_package(as_archive(tmp_path / "d.tgz", "example.diseases", "1.0.0", OF_DISEASES))])
    with judging_by(Judging(held)):
        assert [one.partition("#")[0] for one in fhir_judging.packages()] == [
            "example.diseases",
            "fhir.r4.ukcore.stu3.staging",
            "hl7.fhir.r4.core",
        ]
        assert fhir_judging.structure(CONDITION) is not None
        assert fhir_judging.uk_core_of(patient("a")) == (f"{fhir_judging.UK_CORE}Patient",)


@pytest.mark.parametrize(
    ("params", "lost"),
    [
        (ConformsParams(types=("Patient",)), ""),
        (ConformsParams(), ""),
        (ConformsParams(types=("Observation",)), "UKCore-Observation"),
        (ConformsParams(family="vital-sign-codes"), "UKCore-Observation-VitalSigns-HeartRate"),
        (ConformsParams(only=(About(constraint=("ukcore-imm-001",)),)), "ukcore-imm-001"),
        (ConformsParams(only=(About(element=("Patient.identifier:nhsNumber",)),)), "Patient.identifier:nhsNumber"),
        (ConformsParams(only=(About(definition=("Extension-UKCore-BirthSex",)),)), "Extension-UKCore-BirthSex"),
        (ConformsParams(only=(About(path=("Patient.name",)),)), ""),
    ],
)
def test_what_a_row_asks_for_and_the_package_has_not_is_not_decided(
    other: Held, params: ConformsParams, lost: str
) -> None:
    with judging_by(Judging(other)):
        found = said(CONFORMS, params, patient("a", photo=[{"url": "https://a.example/b"}]), observation())
    told = [one.message for one in found if isinstance(one, Undecided)]
    assert [one.partition(" in ")[0] for one in told] == ([f"there is no {lost}"] if lost else [])
    assert not any(isinstance(one, Undecided) for one in said(CONFORMS, params, patient("a"), observation()))


def test_must_support_of_what_the_package_has_not_is_not_decided(other: Held) -> None:
    params = MustSupportParams(types=("Patient", "Observation"))
    with judging_by(Judging(other)):
        found = said(MUST_SUPPORT_POPULATED, params, patient("a"), observation())
    told = [one.message for one in found if isinstance(one, Undecided)]
    assert told[0].startswith("there is no UKCore-Observation in")
    assert not [one for one in told if "Observation." in one]
    assert any(isinstance(one, Examined) for one in found)


def test_an_archive_and_a_folder_have_one_digest(tmp_path: Path) -> None:
    archive = open_package(as_archive(tmp_path / "o.tgz", NAME, "9.0.0", OTHER_UK_CORE))
    folder = open_package(as_folder(tmp_path / "o", NAME, "9.0.0", OTHER_UK_CORE))
    changed = open_package(as_archive(tmp_path / "c.tgz", NAME, "9.0.0", OTHER_UK_CORE[:1]))
    assert archive.digest() == folder.digest() != changed.digest()
    assert Held([archive]).seals == Held([folder]).seals


def test_a_resume_is_held_to_the_packages_it_was_begun_with(other: Held) -> None:
    check_resumable(other.seals, Held(sealed=other.seals))
    check_resumable((), Held())
    for begun, now in ((other.seals, Held()), ((), other)):
        with pytest.raises(UsageFault, match="what ships with the checker"):
            check_resumable(begun, now)


def test_definitions_that_are_not_at_hand_judge_nothing(other: Held) -> None:
    gone = Held(sealed=other.seals)
    assert gone.names == other.names
    assert NAME in gone.missing
    assert other.missing == ""
    with pytest.raises(PackageFault, match=NAME):
        _ = gone.definitions
