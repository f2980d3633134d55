"""What the checks say of a generated export is what was put in, no more and no less; and decoys deceive nobody."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import msgspec
import pytest

from checker.checks.fhir_conforms import CONFORMS, ConformsParams
from checker.cli.compose import profile, registry
from checker.engine.scans import ScanJob, finish_scan, scan_artefacts
from checker.fhir import Validator
from checker.fhir.validation.run import Options as Validating
from checker.model.supplier import Limits
from checker.model.verdict import Finding
from tests.bench import compare_truth
from tests.bench.bench_scan import JOBS
from tests.bench.exports import Options, declared, strict, truth, write_export
from tests.bench.exports.comparing import Found, compare
from tests.bench.exports.covered import COVERED
from tests.bench.exports.kinds import KINDS
from tests.bench.exports.plan import of_all
from tests.bench.exports.truth import Row, Truth
from tests.cli.in_process import here
from tests.cli.support import outcomes

_CONFORMANCE = "UKCORE-GEN-002"
_DECLARATION = """
name: bench
k: 5
birth-dates: year
fields:
  - {path: "Patient.identifier('https://supplier.example/Id/pseudonym').value", roles: [pseudonym]}
"""


LIVE_ONLY = frozenset({"nhs-number.of-people"})
"""Scans of rows that do not apply to a test system; the people of a generated export have numbers for tests."""
RELEASE_ONLY = frozenset({"DH-LEAK-07", "DH-LEAK-08"})
"""Rows that apply where a release is submitted."""
IDENTIFIED_ONLY = frozenset({"nhs-number.used", "restricted.no-location"})
"""Scans of rows on records of known people: a release has no numbers, and the districts of all who are in it."""


def of_tests(left_out: frozenset[str] = frozenset()) -> tuple[ScanJob, ...]:
    """The scans over an export of a test system, without those that are left out besides."""
    return tuple(job for job in JOBS if job.scan.id not in LIVE_ONLY | left_out)


def findings(export: Path, jobs: tuple[ScanJob, ...]) -> list[Finding]:
    run = scan_artefacts([("export", export)], jobs, salt=b"bench", limits=Limits())
    assert run.errors == ("",) * len(jobs)
    assert all(state is not None and state.unreadable == 0 for state in run.states)
    return [
        said
        for job, state in zip(jobs, run.states, strict=True)
        if state is not None
        for said in finish_scan(job.scan, job.params, [state.state])
        if isinstance(said, Finding)
    ]


@pytest.mark.parametrize("anonymised", [False, True])
def test_a_healthy_export_has_no_findings(tmp_path: Path, anonymised: bool) -> None:
    written = write_export(tmp_path / "many", Options(resources=2_000, seed=11, anonymised=anonymised))
    assert findings(written.export, of_tests(IDENTIFIED_ONLY if anonymised else frozenset())) == []
    written = write_export(tmp_path / "few", Options(resources=300, seed=11, anonymised=anonymised))
    assert findings(written.export, (ScanJob(scan=CONFORMS, params=ConformsParams()),)) == []


def test_decoys_alone_have_no_findings(tmp_path: Path) -> None:
    decoys = of_all(1, anonymised=False, decoys=True)
    written = write_export(tmp_path, Options(resources=1_000, seed=12, faults=decoys))
    jobs = (*of_tests(), ScanJob(scan=CONFORMS, params=ConformsParams()))
    assert findings(written.export, jobs) == []


@pytest.mark.parametrize("form", ["plain", "zip"])
def test_a_run_finds_exactly_the_truth(tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    faults = {**of_all(1, anonymised=False, decoys=False), **of_all(1, anonymised=False, decoys=True)}
    written = write_export(tmp_path, Options(resources=3_300, seed=13, form=form, faults=faults))  # type: ignore[arg-type]
    report = tmp_path / "report.json"
    said = ["--artefact", f"export={written.export}", "--environment", "test", "--name", "bench"]
    command = [sys.executable, "-m", "checker", "run", "-p", "data-handling", *said, "-q", "-o", f"json:{report}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stderr
    assert compare_truth.main([str(report), str(written.truth)]) == 0, capsys.readouterr().out
    told = capsys.readouterr().out
    judged = {row.id for row in profile("data-handling", registry()).requirements}
    for requirement in COVERED:
        assert (f"agrees   {requirement}" in told) == (requirement in judged - RELEASE_ONLY)


def _agrees(folder: Path, truth_of: Path, profile: str, *rows: str, **artefacts: Path) -> None:
    """Run ``profile`` over artefacts by kind, and hold the rows against the truth."""
    given = [part for kind, path in artefacts.items() for part in ("--artefact", f"{kind}={path}")]
    only = [part for row in rows for part in ("--only", row)]
    said = ["--environment", "test", "--name", "bench", "-q", "-o", "json:report.json"]
    done = here("run", "-p", profile, *given, *only, *said, cwd=folder)
    assert (folder / "report.json").exists(), done.stderr
    out = io.StringIO()
    with redirect_stdout(out):
        assert compare_truth.main([str(folder / "report.json"), str(truth_of)]) == 0, out.getvalue()
    for row in rows:
        assert f"agrees   {row}" in out.getvalue()


def test_fields_that_lack_something_are_those_of_the_truth(tmp_path: Path) -> None:
    """At limits that allow nothing."""
    faults = {**of_all(1, anonymised=False, decoys=False), **of_all(1, anonymised=False, decoys=True)}
    written = write_export(tmp_path, Options(resources=3_300, seed=13, faults=faults))
    (tmp_path / "strict.yaml").write_text(strict.profile())
    rows = ("DH-DQ-02", "DH-DQ-03", "DH-DQ-04", "DH-DQ-07")
    _agrees(tmp_path, written.truth, "strict.yaml", *rows, export=written.export)


def test_a_healthy_export_lacks_nothing_at_the_strictest_limits(tmp_path: Path) -> None:
    written = write_export(tmp_path, Options(resources=3_300, seed=13))
    (tmp_path / "strict.yaml").write_text(strict.profile())
    here("run", "-p", "strict.yaml", "--artefact", f"export={written.export}", "-q", "-o", "json:r.json", cwd=tmp_path)
    found = outcomes(json.loads((tmp_path / "r.json").read_bytes()))
    assert "fail" not in found.values()
    assert found["DH-DQ-02"] == found["DH-DQ-05"] == "pass"


def test_results_that_are_late_are_late(tmp_path: Path) -> None:
    """One is within the share that may be; more than one in twenty are not."""
    for number, outcome in ((1, "pass"), (120, "fail")):
        folder = tmp_path / str(number)
        written = write_export(folder, Options(resources=3_300, seed=13, faults={"recorded-late": number}))
        given = ("--artefact", f"export={written.export}", "--only", "DH-DQ-05", "-q", "-o", "json:r.json")
        here("run", "-p", "data-quality", *given, cwd=folder)
        assert outcomes(json.loads((folder / "r.json").read_bytes()))["DH-DQ-05"] == outcome


def test_what_is_undeclared_and_what_is_kept_too_long_is_that_of_the_truth(tmp_path: Path) -> None:
    """The register declares all that there is without the one fault."""
    faults = {**of_all(1, anonymised=False, decoys=False), **of_all(1, anonymised=False, decoys=True)}
    written = write_export(tmp_path / "faulty", Options(resources=3_300, seed=13, faults=faults))
    del faults["undeclared-field"]
    before = write_export(tmp_path / "before", Options(resources=3_300, seed=13, faults=faults))
    (tmp_path / "register.yaml").write_text(declared.register(before.export))
    artefacts = {"export": written.export, "register": tmp_path / "register.yaml"}
    _agrees(tmp_path, written.truth, "data-protection", "DH-GDPR-02", "DH-RET-02", **artefacts)


def test_what_the_text_of_a_release_holds_is_that_of_the_truth(tmp_path: Path) -> None:
    faults = {**of_all(1, anonymised=True, decoys=False), **of_all(1, anonymised=True, decoys=True)}
    written = write_export(tmp_path, Options(resources=3_300, seed=15, anonymised=True, faults=faults))
    _agrees(tmp_path, written.truth, "data-handling", "DH-LEAK-07", "DH-LEAK-08", release=written.export)


def test_consents_and_opt_outs_of_records_are_those_of_the_truth(tmp_path: Path) -> None:
    faults = {**of_all(1, anonymised=False, decoys=False), **of_all(1, anonymised=False, decoys=True)}
    written = write_export(tmp_path, Options(resources=3_300, seed=13, faults=faults))
    _agrees(tmp_path, written.truth, "anonymised-release", "DH-OPT-04", "DH-OPT-06", export=written.export)


def _run_over_release(folder: Path, *artefacts: str) -> int:
    (folder / "declaration.yaml").write_text(_DECLARATION)
    given = [part for one in (*artefacts, "release-declaration=declaration.yaml") for part in ("--artefact", one)]
    command = [sys.executable, "-m", "checker", "run", "-p", "anonymised-release", *given, "--name", "bench", "-q"]
    done = subprocess.run(
        [*command, "-o", "json:report.json"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert (folder / "report.json").exists(), done.stderr
    return done.returncode


def test_a_run_over_a_release_finds_exactly_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faults = {**of_all(1, anonymised=True, decoys=False), **of_all(1, anonymised=True, decoys=True)}
    del faults["pseudonym-for-all"]  # it takes another release to be seen
    written = write_export(tmp_path, Options(resources=3_300, seed=15, anonymised=True, faults=faults))
    _run_over_release(tmp_path, f"release={written.export}")
    assert compare_truth.main([str(tmp_path / "report.json"), str(written.truth)]) == 0, capsys.readouterr().out
    told = capsys.readouterr().out
    for number in (1, 2, 7, 8, 9, 12, 13):
        assert f"agrees   DH-ANON-{number:02}" in told


def test_pseudonyms_that_two_recipients_share_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faults = {"pseudonym-for-all": 2, "two-pseudonyms": 1}
    one, two = (
        write_export(tmp_path / who, Options(resources=600, seed=16, anonymised=True, recipient=who, faults=faults))
        for who in ("one", "two")
    )
    _run_over_release(tmp_path, f"release={one.export}", f"release-other={two.export}")
    assert compare_truth.main([str(tmp_path / "report.json"), str(one.truth)]) == 0, capsys.readouterr().out
    assert "agrees   DH-ANON-09       fail           3 found" in capsys.readouterr().out


@pytest.mark.parametrize("anonymised", [False, True])
def test_the_resources_that_do_not_conform_are_those_of_the_truth(tmp_path: Path, anonymised: bool) -> None:
    """Resource by resource, which a report does not show."""
    faults = {
        **of_all(1, anonymised=anonymised, decoys=False),
        **of_all(1, anonymised=anonymised, decoys=True),
    }
    written = write_export(tmp_path, Options(resources=3_300, seed=14, anonymised=anonymised, faults=faults))
    rows = truth.read(written.truth).rows
    expected = {(row.path, row.line) for row in rows if _CONFORMANCE in row.breaks and not row.decoy}
    validator = Validator(options=Validating(assume_valid_references=True, display_severity="warning"))
    seeded = {(row.path, row.line) for row in rows}
    found = {
        (path.name, number)
        for path in written.export.glob("*.ndjson")
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        # What has no fault is judged in the test of the healthy export; one in thirty is enough here.
        if ((path.name, number) in seeded or number % 30 == 0) and not validator.validate(line).valid
    }
    assert found == expected


def test_after_damage_absences_are_open_and_the_rest_is_judged(tmp_path: Path) -> None:
    faults = {"malformed-line": 2, "dangling-reference": 1, "nine-digits": 1}
    known = truth.read(write_export(tmp_path, Options(resources=300, faults=faults)).truth)
    row = next(row for row in known.rows if row.name == "nine-digits")
    place = Found(1, "", (f"export/{row.path}@{row.offset}#{row.pointer}",))
    said = {"DH-DQ-10": ("inconclusive", ()), "DH-NHSNO-01": ("fail", (place,)), "DH-NHSNO-02": ("inconclusive", ())}
    assert [one.problems for one in compare(said, known)] == [(), (), ()]


# The comparer --------------------------------------------------------------------------------

_ROW = Row(
    name="nine-digits", breaks=("DH-NHSNO-01",), path="Patient.ndjson", offset=700, pointer="/identifier/0/value"
)
_DECOY = Row(name="masked-number", decoy=True, breaks=("DH-NHSNO-01",), path="Patient.ndjson", offset=900)
_TRUTH = Truth(format=1, options={}, resources=9, patients=2, rows=(_ROW, _DECOY))
_RIGHT = Found(1, "wrong", ("export/Patient.ndjson@700#/identifier/0",))


@pytest.mark.parametrize(
    ("outcome", "found", "problem"),
    [
        ("fail", [_RIGHT], ""),
        ("fail", [Found(1, "wrong", ("bench/export.zip!/Patient.ndjson@700",))], ""),
        ("pass", [], "the verdict is pass, and should be fail"),
        ("inconclusive", [], "the verdict is inconclusive, and should be fail"),
        ("fail", [Found(2, "wrong", _RIGHT.examples)], "2 found, and there are 1"),
        ("fail", [Found(1, "wrong", ("export/Patient.ndjson@701#/identifier/0",))], "nothing is there"),
        ("fail", [Found(1, "wrong", ("export/Patient.ndjson@700#/identifier/1",))], "nothing is there"),
        ("fail", [Found(1, "wrong", ("export/Person.ndjson@700",))], "nothing is there"),
        ("fail", [_RIGHT, Found(1, "wrong", ("export/Patient.ndjson@900#/id",))], "the decoy masked-number"),
    ],
)
def test_a_report_that_says_something_else_differs(outcome: str, found: list[Found], problem: str) -> None:
    (row,) = compare({"DH-NHSNO-01": (outcome, found)}, _TRUTH)
    assert bool(row.problems) == bool(problem)
    assert problem in " ".join(row.problems)


def test_a_row_that_is_not_covered_may_only_show_what_is_faulty() -> None:
    (row,) = compare({"NEW-001": ("fail", [_RIGHT])}, _TRUTH)
    assert (row.covered, row.problems) == (False, ())
    (row,) = compare({"NEW-001": ("fail", [Found(1, "odd", ("export/Patient.ndjson@1",))])}, _TRUTH)
    assert "nothing is there" in row.problems[0]
    assert compare({"NEW-001": ("not-applicable", []), "NEW-002": ("pass", [])}, _TRUTH) == []


def test_what_only_follows_may_be_found_or_not() -> None:
    follows = msgspec.structs.replace(_ROW, may=True, offset=800)
    known = msgspec.structs.replace(_TRUTH, rows=(_ROW, follows))
    both = Found(2, "wrong", ("export/Patient.ndjson@700", "export/Patient.ndjson@800"))
    for found in (_RIGHT, both):
        assert compare({"DH-NHSNO-01": ("fail", [found])}, known)[0].problems == ()


def test_a_report_without_a_row_to_compare_is_not_an_agreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"rows": []}))
    (tmp_path / "truth.json").write_bytes(msgspec.json.encode(_TRUTH))
    assert compare_truth.main([str(tmp_path / "report.json"), str(tmp_path / "truth.json")]) == 1
    assert "0 of 0" in capsys.readouterr().out


def test_the_table_names_kinds_that_there_are() -> None:
    assert all(row.kinds <= KINDS.keys() for row in COVERED.values())
