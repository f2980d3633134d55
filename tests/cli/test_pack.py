"""From nothing to a judged evidence pack, by the commands that the README shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checker.engine.pack_template import known_sections
from fixtures.packs.build import GOOD, build
from tests.cli.in_process import here
from tests.cli.support import outcomes, said_in_three_lines

NAMED = ("--name", "Example Supplier", "--product", "Example Record", "--product-version", "1.0.0")
ANSWERS = {
    "legal-entity": "Example Supplier Ltd",
    "company-number": "09990000",
    "ico": "ZZ999999",
    "go-live": "2027-03-01",
}
LISTS = {"group:": "group: []", "types:": "types: [other]"}
ARTEFACTS = "artefacts:  # one so far\n- {id: letter, path: organisation/letter.md, kind: document}"


def filled_in(text: str) -> str:
    """The root as somebody would fill it in: every fact of the product is no."""
    text = re.sub(r"^endpoints:\n(  .*\n)+", "endpoints: []\n", text, flags=re.MULTILINE)
    for name, answers in LISTS.items():
        text = re.sub(rf"{name}\n +- TO DO", answers, text, count=1)
    text = re.sub(
        r"^  ([a-z-]+): TO DO$", lambda one: f"  {one[1]}: {ANSWERS.get(one[1], 'no')}", text, flags=re.MULTILINE
    )
    signed = "signed:\n  name: A. Person\n  role: Director\n  date: 2026-11-22\n  digest: TO DO\n"
    return text.replace("artefacts: []", ARTEFACTS) + signed


def started(place: Path, *given: str) -> Path:
    """A pack as ``init`` writes it."""
    done = here("pack", "init", "my-pack", *given, cwd=place)
    assert done.returncode == 0, done.stderr
    return place / "my-pack"


def test_what_init_writes_names_what_is_still_to_be_filled_in(tmp_path: Path) -> None:
    pack = started(tmp_path)
    assert here("pack", "hash", "my-pack", cwd=tmp_path).returncode == 0
    done = here("pack", "lint", "my-pack", cwd=tmp_path)
    assert done.returncode == 1
    assert ": 0 faults," in done.stdout
    for name in known_sections():
        assert (pack / name / f"{name}.yaml").is_file()
        assert f"{name}/{name}.yaml" in done.stdout


def test_nothing_is_overwritten_and_an_unknown_section_is_answered_with_the_nearest(tmp_path: Path) -> None:
    pack = started(tmp_path, "--section", "organisation")
    (pack / "pack.yaml").write_text("mine", "utf-8")
    done = here("pack", "init", "my-pack", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "not overwritten")
    assert (pack / "pack.yaml").read_text("utf-8") == "mine"
    done = here("pack", "init", "other", "--section", "organization", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "Did you mean organisation?")
    assert not (tmp_path / "other").exists()


def test_a_pack_is_made_from_nothing_and_judged(tmp_path: Path) -> None:
    pack = started(tmp_path, "--section", "organisation", *NAMED)
    root = pack / "pack.yaml"
    root.write_text(filled_in(root.read_text("utf-8")), "utf-8")
    (pack / "organisation/letter.md").write_text("A letter.\n", "utf-8")
    section = "certificates:\n- id: letter\n  shows: Something.\n  evidence: [letter]\n"
    (pack / "organisation/organisation.yaml").write_text(section, "utf-8")
    done = here("pack", "hash", "--sign", "my-pack", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# one so far" in root.read_text("utf-8")
    assert "{id: letter, path: organisation/letter.md, sha256: " in root.read_text("utf-8")
    done = here("pack", "lint", "my-pack", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    asked = (
        "run",
        "-p",
        "evidence-pack",
        "--pack",
        "my-pack",
        "-q",
        "-o",
        "json:report.json",
        "-o",
        "html:report.html",
    )
    here(*asked, cwd=tmp_path)
    found = json.loads((tmp_path / "report.json").read_bytes())
    said = outcomes(found)
    assert "fail" not in said.values()
    assert {said[name] for name in ("PK-SCHEMA", "PK-HASH", "PK-ORPHAN", "PK-ASSERT", "PK-NA", "PK-SIGN")} == {"pass"}
    assert said["PK-ISSUER"] == "inconclusive(no-data)"  # no certificate was given: never a pass
    assert said["PK-ENDPOINT"] == "not-applicable"
    assert (found["supplier"]["name"], found["supplier"]["product"]) == ("Example Supplier", "Example Record")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_digests_are_written_in_place(tmp_path: Path, newline: str) -> None:
    pack = build(tmp_path / "pack")
    root = pack / "pack.yaml"
    lines = root.read_text("utf-8").splitlines()
    without = [f"{line}  # kept" if line.startswith("  path:") else line for line in lines if "sha256:" not in line]
    text = newline.join(["# A comment.", *without, "  digest: TO DO", ""])
    root.write_bytes(text.encode())
    done = here("pack", "hash", "--sign", "pack", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = root.read_bytes().decode()
    assert written.startswith(f"# A comment.{newline}")
    assert written.count("# kept") == text.count("# kept")
    assert ("\r\n" in written) == (newline == "\r\n")
    assert [line for line in written.splitlines() if "sha256:" not in line] == without_digest(text.splitlines())
    assert here("pack", "lint", "pack", cwd=tmp_path).returncode == 0
    again = here("pack", "hash", "pack", cwd=tmp_path)
    assert "0 digests written" in again.stdout
    assert not again.stderr
    assert root.read_bytes().decode() == written


def without_digest(lines: list[str]) -> list[str]:
    """The lines but that of the digest of the pack, which is written too."""
    return [line for line in lines if "digest: TO DO" not in line]


def test_show_says_what_is_in_it_and_what_expires_when(tmp_path: Path) -> None:
    done = here("pack", "show", str(GOOD), "--as-of", "2026-11-22", cwd=tmp_path)
    assert done.returncode == 0
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("dspt ")]
    assert line.split()[:5] == ["dspt", "dspt", "2026-06-12", "2027-06-30", "220"]
    assert "as it is now" in done.stdout
    assert "digest sha256:" in done.stdout
    assert here("pack", "show", str(GOOD), "--as-of", "soon", cwd=tmp_path).returncode == 2


def test_plan_and_collect_take_a_pack(tmp_path: Path) -> None:
    build(tmp_path / "pack")
    for asked in (("plan",), ("collect", "-q")):
        done = here(*asked, "-p", "evidence-pack", "--only", "PK-HASH", "--pack", "pack", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
