"""Includes and overlays: one requirement however often it is reached, and every change recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import ProfileFault
from checker.model.requirement import Profile
from checker.model.terms import Basis, Obligation, Waivable
from tests.catalogue.sample import READ, WHEN_CLAIMED, load, row, write


def include(*ids: str, tags: str = "") -> str:
    lines = "".join(f"  - profile: ../{id}\n" + (f"    tags: [{tags}]\n" if tags else "") for id in ids)
    return f"include:\n{lines}"


def overlay(entry: str, reason: str = "reason: We need it.") -> str:
    return f"overlay:\n  - {{requirement: T-ONE-001, {entry}, {reason}}}\n"


def fault(file: Path) -> ProfileFault:
    with pytest.raises(ProfileFault) as caught:
        load(file)
    assert caught.value.next_step
    return caught.value


def changed(folder: Path, entry: str) -> Profile:
    write(folder, row(more=READ + "    tags: [read]\n", obligation="SHOULD"), id="base")
    return load(write(folder, id="top", head=include("base") + overlay(entry)))


def test_whole_and_in_order(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), row("T-A-2"), id="a")
    write(tmp_path, row("T-B-1"), id="b", head=include("a"))
    profile = load(write(tmp_path, row("T-C-1"), id="top", head=include("b", "a")))
    assert [one.id for one in profile.requirements] == ["T-A-1", "T-A-2", "T-B-1", "T-C-1"]
    assert profile.includes == ("a@1.0.0", "b@1.0.0")
    assert not profile.modified


def test_by_tag(tmp_path: Path) -> None:
    tagged = row("T-A-2", READ + "    tags: [read, other]\n")
    write(tmp_path, row("T-A-1"), tagged, id="a")
    profile = load(write(tmp_path, id="top", head=include("a", tags="read")))
    assert [one.id for one in profile.requirements] == ["T-A-2"]
    found = fault(write(tmp_path, id="top", head=include("a", tags="red")))
    assert "no requirement of a has the tag 'red'" in found.what
    assert "'read'" in found.next_step


def test_a_path_to_a_file_and_by_name(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a")
    top = write(tmp_path, id="top", head="include: [{profile: ../a/profile.yaml}]\n")
    assert load(top).includes == ("a@1.0.0",)
    found = fault(write(tmp_path, id="top", head="include: [{profile: a}]\n"))
    assert "no profile is called 'a'" in found.what
    assert found.where.endswith("top/profile.yaml:4")


def test_two_definitions_name_both_places(tmp_path: Path) -> None:
    write(tmp_path, row(), id="a")
    write(tmp_path, row(obligation="SHOULD"), id="b")
    found = fault(write(tmp_path, id="top", head=include("a", "b")))
    assert "T-ONE-001 is defined in two different ways (they differ in obligation)" in found.what
    assert f"{tmp_path.as_posix()}/a/profile.yaml:6" in found.where
    assert f"{tmp_path.as_posix()}/b/profile.yaml:6" in found.where


def test_included_and_changed_on_one_way_only_is_two_definitions(tmp_path: Path) -> None:
    write(tmp_path, row(obligation="SHOULD"), id="base")
    write(tmp_path, id="strict", head=include("base") + overlay("tighten: {obligation: MUST}"))
    assert "two different ways" in fault(write(tmp_path, id="top", head=include("base", "strict"))).what


def test_a_circle_of_includes(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a", head=include("b"))
    write(tmp_path, row("T-B-1"), id="b", head=include("a"))
    assert "in a circle: a → b → a" in fault(tmp_path / "a" / "profile.yaml").what


def test_two_versions_of_one_profile(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a")
    other = write(tmp_path / "other", row("T-A-2"), id="a")
    other.write_text(other.read_text().replace("1.0.0", "2.0.0"))
    head = "include: [{profile: ../a}, {profile: ../other/a}]\n"
    assert "a@1.0.0 and a@2.0.0" in fault(write(tmp_path, id="top", head=head)).what


def test_settings_come_along_and_quarrels_are_decided_here(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a", head="settings: {max-waiver-days: 7}\n")
    write(tmp_path, row("T-B-1"), id="b", head="settings: {max-waiver-days: 8}\n")
    assert load(write(tmp_path, id="top", head=include("a"))).settings.max_waiver_days == 7
    found = fault(write(tmp_path, id="top", head=include("a", "b")))
    assert "a and b set 'max-waiver-days' differently (7 and 8)" in found.what
    decided = load(write(tmp_path, id="top", head=include("a", "b") + "settings: {max-waiver-days: 6}\n"))
    assert decided.settings.max_waiver_days == 6


def test_expectations_come_along_once(tmp_path: Path) -> None:
    head = "expects: [{condition: capability.interaction, with: {type: Patient, interaction: read}}]\n"
    write(tmp_path, row("T-A-1", WHEN_CLAIMED), id="a", head=head)
    write(tmp_path, row("T-B-1", WHEN_CLAIMED), id="b", head=head)
    assert len(load(write(tmp_path, id="top", head=include("a", "b") + head)).expects) == 1


def test_tighten(tmp_path: Path) -> None:
    profile = changed(tmp_path, "tighten: {obligation: MUST, waivable: never}")
    found = profile.requirements[0]
    assert (found.obligation, found.waivable, found.basis) == (Obligation.MUST, Waivable.NEVER, Basis.STANDARD)
    change = profile.changes[0]
    assert (change.verb, change.requirement, change.reason) == ("tighten", "T-ONE-001", "We need it.")
    assert change.detail == "obligation SHOULD to MUST; waivable supplier to never"
    assert profile.modified
    origin = profile.origins["T-ONE-001"]
    assert origin["obligation"].source.endswith("top/profile.yaml")
    assert origin["summary"].source.endswith("base/profile.yaml")


def test_tightening_beyond_the_sources_verb_is_policy(tmp_path: Path) -> None:
    base = write(tmp_path, row(obligation="SHOULD"), id="base")
    base.write_text(base.read_text().replace("verb: SHALL", "verb: should"))
    profile = load(write(tmp_path, id="top", head=include("base") + overlay("tighten: {obligation: MUST}")))
    assert profile.requirements[0].basis is Basis.POLICY
    assert profile.changes[0].detail == "obligation SHOULD to MUST; basis S to P"


def test_relax(tmp_path: Path) -> None:
    profile = changed(tmp_path, "relax: {obligation: MAY}")
    assert profile.requirements[0].obligation is Obligation.MAY
    assert profile.requirements[0].basis is Basis.STANDARD
    assert profile.changes[0].detail == "obligation SHOULD to MAY"


def test_parameterise(tmp_path: Path) -> None:
    profile = changed(tmp_path, "parameterise: {max-reads: 9}")
    use = profile.requirements[0].check
    assert use is not None
    assert use.params == {"type": "Patient", "max_reads": 9}
    assert profile.changes[0].detail == "max-reads: 9"
    assert profile.origins["T-ONE-001"]["with.max-reads"].source.endswith("top/profile.yaml")


def test_a_wrong_parameter_in_an_overlay_is_told_at_the_overlay(tmp_path: Path) -> None:
    with pytest.raises(ProfileFault, match="no parameter 'max-red'") as caught:
        changed(tmp_path, "parameterise: {max-red: 9}")
    assert "top/profile.yaml" in caught.value.where


def test_exclude(tmp_path: Path) -> None:
    write(tmp_path, row(), row("T-TWO-002"), id="base")
    profile = load(write(tmp_path, id="top", head=include("base") + overlay("exclude: true")))
    assert [one.id for one in profile.requirements] == ["T-TWO-002"]
    assert profile.changes[0].verb == "exclude"


def test_changes_of_an_included_profile_are_carried(tmp_path: Path) -> None:
    write(tmp_path, row(), row("T-TWO-002"), id="base")
    write(tmp_path, id="less", head=include("base") + overlay("exclude: true"))
    profile = load(write(tmp_path, row("T-NEW-003"), id="top", head=include("less")))
    assert profile.modified
    assert "T-ONE-001 is excluded on one way" in fault(write(tmp_path, id="top", head=include("less", "base"))).what


def test_excluding_what_another_requires(tmp_path: Path) -> None:
    write(tmp_path, row(), row("T-TWO-002", READ + "    requires: [T-ONE-001]\n"), id="base")
    found = fault(write(tmp_path, id="top", head=include("base") + overlay("exclude: true")))
    assert "T-TWO-002 requires T-ONE-001, which is excluded" in found.what


@pytest.mark.parametrize(
    ("entry", "what", "told"),
    [
        ("tighten: {obligation: MAY}", "MAY does not tighten SHOULD", "'relax'"),
        ("tighten: {obligation: SHOULD}", "SHOULD does not tighten SHOULD", "'relax'"),
        ("tighten: {waivable: supplier}", "waivable supplier does not tighten supplier", "Tighten only goes up"),
        ("relax: {obligation: MUST}", "MUST does not relax SHOULD", "'tighten'"),
        ("relax: {waivable: supplier}", "unknown key 'waivable'", "obligation"),
        ("exclude: true, relax: {obligation: MAY}", "does not fit", "exactly one verb"),
        ("exclude: false", "does not fit", "exclude: true"),
        ("weaken: {obligation: MAY}", "unknown key 'weaken'", "Known keys"),
    ],
)
def test_overlays_that_are_refused(tmp_path: Path, entry: str, what: str, told: str) -> None:
    with pytest.raises(ProfileFault) as caught:
        changed(tmp_path, entry)
    assert what in caught.value.what
    assert told in caught.value.next_step


def test_an_overlay_needs_a_reason(tmp_path: Path) -> None:
    write(tmp_path, row(), id="base")
    entry = "overlay:\n  - {requirement: T-ONE-001, exclude: true}\n"
    assert "'reason' is missing" in fault(write(tmp_path, id="top", head=include("base") + entry)).what


def test_an_overlay_of_what_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, row("T-ONE-002"), id="base")
    found = fault(write(tmp_path, id="top", head=include("base") + overlay("exclude: true")))
    assert "T-ONE-001, which is not in this profile" in found.what
    assert "'T-ONE-002'" in found.next_step


def test_nothing_to_parameterise(tmp_path: Path) -> None:
    write(tmp_path, row(more="    not-tested: {reason: x}\n"), id="base")
    found = fault(write(tmp_path, id="top", head=include("base") + overlay("parameterise: {type: X}")))
    assert "has no check" in found.what


def test_a_gate_that_is_included_stays_a_gate(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a", head="gate-scope: full@S2\n")
    assert load(write(tmp_path, id="top", head=include("a"))).gate_scope == "full@S2"
    with pytest.raises(ProfileFault, match="is a gate for the scope full@S2"):
        load(write(tmp_path, id="other", head=include("a") + "gate-scope: machine@S1\n"))


def test_a_setting_that_is_changed_makes_the_profile_modified(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a", head="settings: {max-waiver-days: 30}\n")
    profile = load(write(tmp_path, id="top", head=include("a") + "settings: {max-waiver-days: 36500}\n"))
    assert profile.modified
    assert [(one.verb, one.detail) for one in profile.changes] == [("set", "max-waiver-days: 30 → 36500")]
