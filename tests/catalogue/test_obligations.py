"""Obligations become rows: ids that stay, words that read well, lines of their obligations, faults with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.catalogue.assemble import assemble
from checker.catalogue.library import Library
from checker.catalogue.obligations import slug
from checker.catalogue.rows import Row
from checker.cli.compose import registry
from checker.errors import ProfileFault
from checker.model.requirement import Profile
from checker.model.terms import Safety

PROFILE = """\
id: clinic
version: 0.1.0
title: Clinic
obligations: [obligations.yaml]
"""
HEAD = """\
api: Clinic API
id: CLINIC
basis: N
source: {standard: clinic, url: "https://example.org/clinic"}
"""
ENCOUNTER = """\
resources:
  - type: Encounter
    obligation: MUST
    beside: [patient]
    interactions: [{code: search-type}, {code: read}, {code: vread}]
    search:
      - {name: patient, kind: reference, path: subject}
      - {name: date, kind: date, path: period, obligation: SHOULD, dates: [ge, le]}
    combinations:
      - {names: [patient, date]}
"""


def written(folder: Path, text: str, profile: str = PROFILE) -> str:
    """The path of a profile with these obligations."""
    place = folder / "clinic"
    place.mkdir(exist_ok=True)
    (place / "profile.yaml").write_text(profile, "utf-8")
    (place / "obligations.yaml").write_text(text, "utf-8")
    return str(place / "profile.yaml")


def rows(folder: Path, text: str) -> dict[str, Row]:
    """What becomes of obligations."""
    library = Library(plugins=False)
    return assemble(library, library.find(written(folder, text))).rows


def linked(folder: Path, text: str) -> Profile:
    """The same, linked with the checks of the tool."""
    from checker.catalogue.load import load_profile

    library = Library(plugins=False)
    return load_profile(written(folder, text), registry(), library, safety_of=lambda *_: Safety.S1)


def test_each_entry_is_a_row_with_an_id_of_what_it_asks(tmp_path: Path) -> None:
    found = linked(tmp_path, HEAD + ENCOUNTER)
    assert [(row.id, str(row.obligation)) for row in found.requirements] == [
        ("CLINIC-ENCOUNTER-DECLARES", "MUST"),
        ("CLINIC-ENCOUNTER-DECLARES-SHOULD", "SHOULD"),
        ("CLINIC-ENCOUNTER-SEARCH-TYPE", "MUST"),
        ("CLINIC-ENCOUNTER-READ", "MUST"),
        ("CLINIC-ENCOUNTER-BY-PATIENT", "MUST"),
        ("CLINIC-ENCOUNTER-BY-DATE", "SHOULD"),
        ("CLINIC-ENCOUNTER-BY-DATE-DATES", "SHOULD"),
        ("CLINIC-ENCOUNTER-BY-PATIENT-DATE", "MUST"),
    ]
    assert not any(row.counts for row in found.requirements)  # nobody said that the clause was read


def test_ids_do_not_depend_on_the_order(tmp_path: Path) -> None:
    lines = ENCOUNTER.splitlines()
    lines[6], lines[7] = lines[7], lines[6]
    assert rows(tmp_path, HEAD + ENCOUNTER).keys() == rows(tmp_path, HEAD + "\n".join(lines) + "\n").keys()


def test_words_are_whole_sentences(tmp_path: Path) -> None:
    found = rows(tmp_path, HEAD + ENCOUNTER)
    said = found["CLINIC-ENCOUNTER-BY-DATE"].data["summary"]
    assert said == (
        "A search for Encounter by date, given patient, finds what has that value, and nothing for a value nobody has."
    )
    for row in found.values():
        for field in ("summary", "rationale", "fix"):
            assert row.data[field][0].isupper(), row.id
            assert row.data[field].endswith("."), row.id
    assert found["CLINIC-ENCOUNTER-READ"].data["summary"].startswith("An Encounter ")


def test_each_row_leads_to_the_line_of_its_obligation(tmp_path: Path) -> None:
    found = rows(tmp_path, HEAD + ENCOUNTER)
    row = found["CLINIC-ENCOUNTER-BY-DATE"]
    assert row.where.endswith("clinic/obligations.yaml:12")
    assert row.place("obligation").endswith(":12")
    assert found["CLINIC-ENCOUNTER-DECLARES"].where.endswith(":6")


def test_own_words_and_ids_replace_the_generated_ones(tmp_path: Path) -> None:
    text = HEAD + ENCOUNTER.replace(
        "{name: patient, kind: reference, path: subject}",
        "{id: CLINIC-7, name: patient, kind: reference, path: subject, summary: Say it so., verb: shall}",
    )
    row = rows(tmp_path, text)["CLINIC-7"]
    assert (row.data["summary"], row.data["verb"]) == ("Say it so.", "shall")


def test_an_optional_type_applies_when_it_is_declared(tmp_path: Path) -> None:
    text = HEAD + ENCOUNTER.replace("beside: [patient]", "beside: [patient]\n    when-declared: true").replace(
        "{code: search-type}", "{code: search-type, obligation: SHOULD}"
    )
    found = {row.id: row for row in linked(tmp_path, text).requirements}
    assert found["CLINIC-ENCOUNTER-SEARCH-TYPE"].applies_when is None
    condition = found["CLINIC-ENCOUNTER-BY-PATIENT"].applies_when
    assert condition is not None
    assert condition.params == {"type": "Encounter", "interaction": "search-type"}


def test_headers_become_refusals_with_and_without_a_value(tmp_path: Path) -> None:
    text = (
        HEAD
        + """\
headers:
  - {name: X-Clinic, obligation: MUST, malformed: "?", ask: {path: Encounter}, statuses: [400, 403], code: BAD}
"""
    )
    found = linked(tmp_path, text)
    assert [row.id for row in found.requirements] == ["CLINIC-HEADER-X-CLINIC", "CLINIC-HEADER-X-CLINIC-MALFORMED"]
    use = found.requirements[0].check
    assert use is not None
    assert use.params["statuses"] == [400, 403]
    assert use.params["instead"]["headers"] == [["X-Clinic", ""]]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (HEAD + ENCOUNTER.replace("names: [patient, date]", "names: [patient, dat]"), "no search parameter", 14),
        (HEAD + ENCOUNTER.replace("beside: [patient]", "beside: [patent]"), "no search parameter", 8),
        (HEAD + ENCOUNTER.replace("kind: date", "kind: day"), "is no 'kind' that is known", 12),
        (HEAD + ENCOUNTER.replace("    obligation: MUST\n", ""), "MUST, a SHOULD or a MAY", 8),
        (HEAD + ENCOUNTER.replace("combinations", "combination"), "unknown key 'combination'", 13),
        (HEAD + ENCOUNTER.replace("path: subject", "path: 'sub ject'"), "does not fit", 11),
        (
            HEAD + ENCOUNTER + "      - {id: CLINIC-ENCOUNTER-READ, names: [patient, date]}\n",
            "CLINIC-ENCOUNTER-READ stands twice",
            15,
        ),
        (
            HEAD + "refusals:\n  - {id: CLINIC-1, obligation: MUST, ask: {}, instead: {}, statuses: [400]}\n",
            "'summary' is missing",
            6,
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, text: str, what: str, line: int) -> None:
    with pytest.raises(ProfileFault) as fault:
        rows(tmp_path, text)
    assert what in str(fault.value)
    assert f"obligations.yaml:{line}" in fault.value.where


def test_a_verb_that_carries_less_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileFault, match="its source only says"):
        linked(tmp_path, HEAD + "verbs: {MUST: should}\n" + ENCOUNTER)


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD, PROFILE.replace("[obligations.yaml]", "[others.yaml]"))
    library = Library(plugins=False)
    with pytest.raises(ProfileFault) as fault:
        assemble(library, library.find(path))
    assert fault.value.where.endswith("profile.yaml:4")


def test_a_file_elsewhere_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD, PROFILE.replace("[obligations.yaml]", '["../secret.yaml"]'))
    library = Library(plugins=False)
    with pytest.raises(ProfileFault, match="does not fit"):
        assemble(library, library.find(path))


@pytest.mark.parametrize(
    ("name", "part"),
    [("_id", "ID"), ("patient:identifier", "PATIENT-IDENTIFIER"), ("$process-message", "PROCESS-MESSAGE")],
)
def test_names_as_parts_of_ids(name: str, part: str) -> None:
    assert slug(name) == part
