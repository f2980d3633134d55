"""A run that is given a package: what judges, what is sealed, and who may judge the recording again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from fixtures.supplier.serve import Served
from tests.cli.definition_packages import OTHER_UK_CORE, as_archive, as_folder
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, report, run, said_in_three_lines, site, verdict

NAME, VERSION = "fhir.r4.ukcore.example", "9.0.0"
PHOTO = {"photo": [{"contentType": "image/png", "url": "https://supplier.example/p1.png"}]}
ROWS = ("UKCORE-GEN-002", "UKCORE-GEN-004", "UKCORE-INV-001", "UKCORE-PRA-001", "UKCORE-ORG-001", "UKCORE-MS-001")
PROFILE = ("-p", "uk-core-stu3-draft", *(part for row in ROWS for part in ("--only", row)))
BY = f"{NAME}#{VERSION} (sha256 "


def put(folder: Path, *, photo: bool = True) -> None:
    """An export of a patient, an immunization and an organization, and the package as archive and as folder."""
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A record</div>'}
    meta = {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Immunization"]}
    concept = {"text": "Vaccine"}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "p1", "text": text, "gender": "female", **(PHOTO if photo else {})},
        {
            "resourceType": "Immunization",
            "id": "i1",
            "meta": meta,
            "text": text,
            "status": "completed",
            "vaccineCode": concept,
            "patient": {"reference": "Patient/p1"},
            "occurrenceDateTime": "2026-01-02",
            "primarySource": True,
        },
        {"resourceType": "Organization", "id": "o1", "text": text, "name": "Brackenfold Surgery"},
    ]
    (folder / "export").mkdir()
    (folder / "export" / "all.ndjson").write_text("".join(json.dumps(one) + "\n" for one in resources), "utf-8")
    as_archive(folder / "other.tgz", NAME, VERSION, OTHER_UK_CORE)
    as_folder(folder / "other", NAME, VERSION, OTHER_UK_CORE)


def of_export(folder: Path, *more: str, by: Any = here) -> dict[str, Any]:
    """The report of a run over the export in that folder."""
    given = ("--artefact", "export=export", "--overwrite", "-q", "-o", "json:run.json")
    done = by("run", *PROFILE, *given, *more, cwd=folder)
    assert done.returncode == 3, done.stderr
    return report(folder / "run.json")


def again(folder: Path, *more: str, by: Any = here) -> bytes:
    """The report of a judgement of the recording."""
    done = by("judge", "recording.zip", *PROFILE, *more, "-o", "json:again.json", cwd=folder)
    assert done.returncode == 3, done.stderr
    return (folder / "again.json").read_bytes()


def test_the_package_judges_in_place_of_the_uk_core_that_ships(tmp_path: Path) -> None:
    put(tmp_path)
    said = of_export(tmp_path, "--package", "other.tgz")
    found = outcomes(said)
    assert found["UKCORE-GEN-002"] == "pass"
    (why, *_) = verdict(said, "UKCORE-GEN-002")["why"]
    assert BY in why
    assert "staging" not in why
    # What the package has not is not decided: neither a pass nor a failure.
    assert found["UKCORE-INV-001"] == found["UKCORE-ORG-001"] == "inconclusive(prerequisite)"
    assert verdict(said, "UKCORE-INV-001")["why"][0].startswith("there is no UKCore-Immunization, ukcore-imm-001 in")
    assert verdict(said, "UKCORE-ORG-001")["why"][0].startswith(f"there is no UKCore-Organization in {BY}")
    assert found["UKCORE-PRA-001"] == "inconclusive(no-data)"
    assert found["UKCORE-GEN-004"] == "pass"  # a name that another version of UK Core has is no fault
    (sealed,) = [one for name, one in said["inputs"].items() if name == f"package {NAME}#{VERSION}"]
    with zipfile.ZipFile(tmp_path / "recording.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert {"name": NAME, "version": VERSION, "sha256": sealed} in manifest["definitions"]
    assert {"name": "hl7.fhir.r4.core", "version": "4.0.1", "sha256": ""} in manifest["definitions"]


def test_what_the_package_asks_for_is_found(tmp_path: Path) -> None:
    put(tmp_path, photo=False)
    said = of_export(tmp_path, "--package", "other")
    (finding,) = verdict(said, "UKCORE-GEN-002")["findings"]
    assert "'photo' is missing" in finding["message"]


def test_states_of_files_are_judged_again_with_or_without_the_package_and_by_no_other(tmp_path: Path) -> None:
    put(tmp_path)
    of_export(tmp_path, "--package", "other.tgz", by=run)
    whole = (tmp_path / "run.json").read_bytes()
    assert again(tmp_path, "--package", "other.tgz", by=run) == whole
    assert again(tmp_path, "--package", "other") == whole  # the same, unpacked
    assert again(tmp_path) == whole
    changed = [{**one, "description": "changed"} for one in OTHER_UK_CORE]
    as_archive(tmp_path / "changed.tgz", NAME, VERSION, changed)
    done = here("judge", "recording.zip", *PROFILE, "--package", "changed.tgz", cwd=tmp_path)
    assert done.returncode == 5
    said_in_three_lines(done, "not those that the recording was collected for", BY)


def test_files_scanned_by_what_ships_are_not_silently_judged_by_a_package(tmp_path: Path) -> None:
    put(tmp_path)
    of_export(tmp_path)
    again(tmp_path, "--package", "other.tgz")
    said = report(tmp_path / "again.json")
    assert outcomes(said)["UKCORE-GEN-002"] == "inconclusive(no-data)"
    assert "was not run by these definitions" in verdict(said, "UKCORE-GEN-002")["why"][0]
    assert any("the recording was collected without" in one for one in said["warnings"])
    again(tmp_path, "--package", "other.tgz", "--artefacts", "export")
    said = report(tmp_path / "again.json")
    assert BY in verdict(said, "UKCORE-GEN-002")["why"][0]


def test_answers_of_an_endpoint_need_the_package_again(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy, artefacts={})
    as_archive(tmp_path / "other.tgz", NAME, VERSION, OTHER_UK_CORE)
    picked = ("-p", "uk-core-stu3-draft", "--only", "UKCORE-GEN-002", "--only", "UKCORE-CAP-001")
    here("run", *picked, *FAST, "-q", "--package", "other.tgz", "-o", "json:run.json", cwd=tmp_path, env=place.env)
    said = place.report("run.json")
    assert "'photo' is missing" in json.dumps(verdict(said, "UKCORE-GEN-002")["findings"])
    here("judge", "recording.zip", *picked, "--package", "other.tgz", "-o", "json:again.json", cwd=tmp_path)
    assert place.path("again.json").read_bytes() == place.path("run.json").read_bytes()
    here("judge", "recording.zip", *picked, "-o", "json:bare.json", cwd=tmp_path)
    bare = place.report("bare.json")
    assert outcomes(bare) == dict.fromkeys(("UKCORE-GEN-002", "UKCORE-CAP-001"), "inconclusive(prerequisite)")
    for row in outcomes(bare):
        assert any(BY in why and "--package" in why for why in verdict(bare, row)["why"])


def test_the_plan_names_the_packages_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    put(tmp_path)
    done = here("plan", *PROFILE, "--artefact", "export=export", "--package", "other.tgz", cwd=tmp_path)
    assert f"judged by: {BY}" in done.stdout
    for name in ("nothing.tgz", "example.named@1.0.0"):
        done = here("run", *PROFILE, "--artefact", "export=export", "--package", name, cwd=tmp_path)
        assert done.returncode == 2
        said_in_three_lines(done, name.partition("@")[0])
    assert not (tmp_path / "recording.zip").exists()
