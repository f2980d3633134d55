"""Loading and linking one profile: what a good one becomes, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import ProfileFault
from checker.model.terms import Basis, Obligation, Safety, Waivable
from tests.catalogue.sample import READ, WHEN_CLAIMED, load, row, write

SCAN = "    check: identifier.unique\n"
ATTESTED = "    attestation: {statement: Somebody is in charge., roles: [assessor]}\n"
UNTESTED = "    not-tested: {reason: It takes eyes.}\n"


def fault(folder: Path, *rows: str, head: str = "") -> ProfileFault:
    with pytest.raises(ProfileFault) as caught:
        load(write(folder, *rows, head=head))
    assert caught.value.next_step, "every fault says what to do"
    return caught.value


def test_a_whole_requirement(tmp_path: Path) -> None:
    more = (
        "    rationale: Because.\n    confirmed: true\n    draft: true\n    core: true\n    duty-holder: buyer\n"
        "    waivable: never\n    tags: [read]\n    requires: [T-TWO-002]\n"
        "    applies-when: {condition: capability.interaction, with: {type: Patient, interaction: read}}\n"
        "    check: read.works\n    with: {type: Patient, max-reads: 7, share: 0.25}\n"
    )
    two = row("T-TWO-002", "    check: access.refused\n")
    profile = load(
        write(tmp_path, row(more=more), two, head="gate-scope: machine@S1\nsettings: {max-waiver-days: 9}\n")
    )
    found = profile.by_id("T-ONE-001")
    assert found is not None
    assert (found.obligation, found.basis, found.waivable) == (Obligation.MUST, Basis.STANDARD, Waivable.NEVER)
    assert found.check is not None
    assert found.check.params == {"type": "Patient", "max_reads": 7, "share": 0.25}
    assert found.check.over == ()
    assert found.applies_when is not None
    assert found.applies_when.params == {"type": "Patient", "interaction": "read"}
    assert (found.confirmed, found.draft, found.core, found.counts) == (True, True, True, False)
    assert (found.rationale, found.tags, found.requires) == ("Because.", ("read",), ("T-TWO-002",))
    assert profile.settings.max_waiver_days == 9
    assert profile.gate_scope == "machine@S1"
    assert not profile.modified


def test_safety_comes_from_the_planner(tmp_path: Path) -> None:
    profile = load(
        write(tmp_path, row(), row("T-TWO-002", "    check: access.refused\n"), row("T-THREE-003", UNTESTED))
    )
    assert [one.safety for one in profile.requirements] == [Safety.S1, Safety.S2, Safety.S0]


def test_the_three_ways_to_decide(tmp_path: Path) -> None:
    profile = load(write(tmp_path, row("T-A-1", SCAN), row("T-B-2", ATTESTED), row("T-C-3", UNTESTED)))
    scan, attested, untested = profile.requirements
    assert scan.check is not None
    assert scan.check.over == ("export",)
    assert attested.attestation is not None
    assert attested.attestation.roles == ("assessor",)
    assert untested.not_tested is not None
    assert untested.not_tested.reason == "It takes eyes."


def test_a_scan_may_look_over_exchanges_too(tmp_path: Path) -> None:
    profile = load(write(tmp_path, row(more=SCAN + "    over: [export, exchanges]\n")))
    assert profile.requirements[0].check is not None
    assert profile.requirements[0].check.over == ("export", "exchanges")


def test_versions_stay_what_was_written(tmp_path: Path) -> None:
    file = write(tmp_path, row())
    file.write_text(file.read_text().replace("version: 1.0.0", "version: 1.10"))
    assert load(file).version == "1.10"


def test_origins_name_the_line_of_each_field(tmp_path: Path) -> None:
    file = write(tmp_path, row())
    origins = load(file).origins["T-ONE-001"]
    lines = file.read_text().splitlines()
    assert origins["id"].line == lines.index("  - id: T-ONE-001") + 1
    assert lines[origins["with.type"].line - 1].strip() == "with: {type: Patient}"
    assert origins["obligation"].source == file.as_posix()


def test_the_digest_is_of_what_is_demanded_not_of_where_it_stands(tmp_path: Path) -> None:
    one = load(write(tmp_path, row()))
    two = load(write(tmp_path, "# a remark\n" + row(), id="test"))
    other = load(write(tmp_path, row(obligation="SHOULD")))
    assert one.digest == two.digest != other.digest


@pytest.mark.parametrize(
    ("more", "what", "line", "told"),
    [
        (
            "    check: read.work\n    with: {type: Patient}\n",
            "no check or scan is called 'read.work'",
            12,
            "'read.works'",
        ),
        ("    check: read.works\n    with: {typ: Patient}\n", "no parameter 'typ'", 13, "'type'"),
        (
            "    check: read.works\n    with:\n      type: Patient\n      max-read: 3\n",
            "no parameter 'max-read'",
            15,
            "'max-reads'",
        ),
        (
            "    check: read.works\n    with:\n      type: Patient\n      max-reads: few\n",
            "Expected `int`, got `str`",
            15,
            "quotes",
        ),
        (
            "    check: read.works\n    with:\n      type: 1.10\n",
            "Expected `str`, got `float` for 'type'",
            14,
            "quotes",
        ),
        ("    check: read.works\n", "missing required field `type`", 12, "Mend"),
        ("    check: access.refused\n    over: [export]\n", "is a check, not a scan", 13, "Remove 'over'"),
        (
            READ + "    applies-when: {condition: capability.interactio}\n",
            "no condition is called",
            14,
            "'capability.interaction'",
        ),
        (
            READ + "    applies-when: {condition: capability.interaction, with: {type: Patient}}\n",
            "missing required",
            14,
            "Mend",
        ),
        (READ + "    requires: [T-ONE-002]\n", "requires T-ONE-002, which is not", 14, "Include T-ONE-002 too"),
        (READ + "    requires: [T-ONE-001]\n", "in a circle: T-ONE-001 → T-ONE-001", 14, "Remove"),
    ],
)
def test_what_does_not_link(tmp_path: Path, more: str, what: str, line: int, told: str) -> None:
    found = fault(tmp_path, row(more=more))
    assert what in found.what
    assert found.where.endswith(f"/test/profile.yaml:{line}"), found.where
    assert told in found.next_step


@pytest.mark.parametrize(
    ("old", "new", "what", "told"),
    [
        ("    clause:", "    clase:", "unknown key 'clase'", "'clause'"),
        ("MUST", "MUSST", "\"MUSST\" is no 'obligation'", "'MUST'"),
        ("    fix: Make it work.\n", "", "'fix' is missing", "Add 'fix'"),
        ("T-ONE-001", "t-one-001", "'id' does not fit", "capital letters"),
        ("summary: It works.", "summary: true", "'summary' must be text, not true", "quotes"),
        ("summary: It works.", "summary: [a]", "'summary' must be text, not a list", "text"),
        ("summary: It works.", "summary: ''", "'summary' does not fit", ""),
        ("basis: S", "basis: X", "\"X\" is no 'basis'", "Known values: C, L, N, P, S"),
        ("check: read.works", "not-tested: {reason: x}\n    check: read.works", "a mapping", "Exactly one of"),
        ("    check: read.works\n    with: {type: Patient}\n", "", "a mapping", "Exactly one of"),
        ("https://example.org/1", "javascript:x", "'url' does not fit", "web address"),
        ("title: A test", "title: A test\nsettngs: {}", "unknown key 'settngs'", "'settings'"),
        ("version: 1.0.0", "version: true", "'version' must be text", "quotes"),
        ("version: 1.0.0", "version: one", "'version' does not fit", "numbers and dots"),
        ("verb: SHALL", "verb: SHOULD", "is a MUST, but its source only says 'SHOULD'", "basis P"),
    ],
)
def test_what_does_not_fit_the_schema(tmp_path: Path, old: str, new: str, what: str, told: str) -> None:
    file = write(tmp_path, row())
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ProfileFault) as caught:
        load(file)
    assert what in caught.value.what
    assert told in caught.value.next_step
    assert f"{file.as_posix()}:" in caught.value.where


def test_several_faults_are_counted_and_the_first_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, row(), row("T-TWO-002"))
    file.write_text(file.read_text().replace("    fix: Make it work.\n", "    fxi: Make it work.\n"))
    with pytest.raises(ProfileFault, match="1 more after") as caught:
        load(file)
    assert caught.value.where.endswith(":11")


def test_one_id_twice_names_both_lines(tmp_path: Path) -> None:
    found = fault(tmp_path, row(), row())
    assert "T-ONE-001 stands twice" in found.what
    assert found.where.count("profile.yaml:") == 2


def test_a_long_circle_is_told_whole(tmp_path: Path) -> None:
    rows = [row(f"T-X-{i}", READ + f"    requires: [T-X-{(i + 1) % 3}]\n") for i in range(3)]
    assert "T-X-0 → T-X-1 → T-X-2 → T-X-0" in fault(tmp_path, *rows).what


@pytest.mark.parametrize(
    ("head", "what", "told"),
    [
        ("settings: {max-waiver-day: 3}\n", "no setting is called 'max-waiver-day'", "'max-waiver-days'"),
        (
            "settings: {max-waiver-days: many}\n",
            "the setting 'max-waiver-days' does not fit: Expected `int`",
            "Write a value",
        ),
        ("gate-scope: machin\n", "'gate-scope' does not fit", "machine@S1"),
        ("expects: [{condition: capability.x}]\n", "no condition is called 'capability.x'", "capability.interaction"),
    ],
)
def test_heads_that_do_not_fit(tmp_path: Path, head: str, what: str, told: str) -> None:
    found = fault(tmp_path, row(), head=head)
    assert what in found.what
    assert told in found.next_step
    assert found.where.endswith(":4")


def test_expectations_are_linked(tmp_path: Path) -> None:
    head = "expects: [{condition: capability.interaction, with: {type: Patient, interaction: read}}]\n"
    profile = load(write(tmp_path, row(more=WHEN_CLAIMED), head=head))
    assert [one.condition for one in profile.expects] == ["capability.interaction"]


def test_an_expectation_that_no_requirement_asks_for_is_refused(tmp_path: Path) -> None:
    head = "expects: [{condition: capability.interaction, with: {type: Pateint, interaction: read}}]\n"
    caught = fault(tmp_path, row(more=WHEN_CLAIMED), head=head)
    assert "applies only when capability.interaction" in caught.what
    assert ":4" in caught.where


def test_a_profile_that_demands_nothing_is_refused(tmp_path: Path) -> None:
    assert "demands nothing" in fault(tmp_path).what


def test_no_profile_at_a_path(tmp_path: Path) -> None:
    with pytest.raises(ProfileFault, match="there is no profile at") as caught:
        load(tmp_path / "nowhere" / "profile.yaml")
    assert "Give the folder" in caught.value.next_step


def test_loading_a_path_runs_nothing_beside_it(tmp_path: Path) -> None:
    file = write(tmp_path, row())
    trap = "raise SystemExit('ran')\n"
    for name in ("__init__.py", "profile.py", "conftest.py"):
        (file.parent / name).write_text(trap)
    assert load(file).id == "test"
