"""A buyer's gate: what it decides, what it leaves to a notice, and suppliers side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checker.cli.clock import SystemClock
from checker.engine.tally import EXIT_COMPLIANT, EXIT_INCONCLUSIVE, EXIT_NOT_COMPLIANT, EXIT_USAGE
from fixtures.packs.build import build
from fixtures.supplier.edits import Edit
from tests.cli.in_process import here
from tests.conformance.packs import NOW

GATE = """
id: example-gate
version: 0.1.0
title: A gate over the evidence pack
decision: tender
policy-rows: advisory
gate-scope: full@S1
include:
  - profile: evidence-pack
requirements:
  - id: EXAMPLE-1
    obligation: MUST
    verb: must
    basis: N
    clause: {standard: An example, section: '1'}
    summary: The evidence pack fits its schemas, as a publication asks.
    fix: Mend it.
    confirmed: true
    check: pack.fits-its-schemas
  - id: EXAMPLE-2
    obligation: MUST
    verb: must
    basis: N
    clause: {standard: An example, section: '2'}
    summary: What the pack shows is in date, as a publication asks.
    fix: Renew it.
    confirmed: true
    check: pack.artefacts-are-in-date
"""
NOTICE = """
id: example-notice
version: 0.1.0
title: The gate of one notice
include:
  - profile: ./gate.yaml
adopt:
  notice: 2026/S 000-999999
  requirements: all
"""
WRONG = Edit(resource="pack.yaml", at="/endpoints/0/environment", value="moon")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "gate.yaml").write_text(GATE)
    (tmp_path / "notice.yaml").write_text(NOTICE)
    return tmp_path


def judged(place: Path, profile: str, *changes: Edit, options: tuple[str, ...] = (), name: str = "Harrow") -> Any:
    """The report on the good pack with edits made, and the exit code."""
    build(place / "pack", changes)
    given = ("--artefact", "evidence-pack=pack", "--name", name, "--overwrite", *options)
    with patch.object(SystemClock, "now", lambda self: NOW):
        done = here("run", "-p", profile, *given, "-q", "-o", f"json:{name}.json", "-o", "html:page.html", cwd=place)
    report = json.loads((place / f"{name}.json").read_bytes())
    assert report["exit_code"] == done.returncode
    return report


def test_what_nobody_adopted_is_advisory(place: Path) -> None:
    report = judged(place, "./gate.yaml", WRONG)
    rows = {row["id"]: row for row in report["rows"]}
    assert rows["PK-SCHEMA"]["advisory"]
    assert not rows["PK-SCHEMA"]["verdict"]["counts"]
    assert rows["PK-SCHEMA"]["verdict"]["outcome"] == "fail"
    assert report["decision"]["advisory"] >= 1
    assert report["decision"]["against"] == ["EXAMPLE-1"]


def test_an_adopted_row_counts_and_names_the_notice(place: Path) -> None:
    report = judged(place, "./notice.yaml", WRONG)
    row = next(row for row in report["rows"] if row["id"] == "PK-SCHEMA")
    assert row["clause"]["standard"] == "Notice 2026/S 000-999999"
    assert (row["verdict"]["basis"], row["verdict"]["counts"]) == ("C", True)
    assert "PK-SCHEMA" in report["decision"]["against"]
    assert report["decision"]["word"] == "no go"
    assert report["exit_code"] == EXIT_NOT_COMPLIANT


def test_only_policy_can_be_adopted(place: Path) -> None:
    (place / "notice.yaml").write_text(NOTICE.replace("requirements: all", "requirements: [EXAMPLE-1]"))
    done = here("explain", "./notice.yaml", "--annex", cwd=place)
    assert done.returncode == EXIT_USAGE
    assert "EXAMPLE-1" in done.stderr
    assert "not on our policy" in done.stderr


def test_the_words_of_the_decision(place: Path) -> None:
    report = judged(place, "./gate.yaml")
    assert (report["decision"]["word"], report["exit_code"]) == ("go", EXIT_COMPLIANT)
    page = (place / "page.html").read_text()
    assert "Decision: go" in page
    assert report["decision"]["annex_digest"] in page
    report = judged(place, "./gate.yaml", WRONG)
    assert (report["decision"]["word"], report["exit_code"]) == ("no go", EXIT_NOT_COMPLIANT)


def test_what_is_below_the_floor_is_not_decided(place: Path) -> None:
    (place / "notice.yaml").write_text(
        NOTICE + "overlay:\n- requirement: EXAMPLE-1\n  reason: Files are wanted.\n  tighten: {evidence-floor: 2}\n"
    )
    report = judged(place, "./notice.yaml")
    row = next(row for row in report["rows"] if row["id"] == "EXAMPLE-1")
    assert (row["verdict"]["outcome"], row["verdict"]["level"], row["evidence_floor"]) == ("inconclusive", 1, 2)
    assert report["decision"]["word"] == "not decided"
    assert ("EXAMPLE-1", "supplier") in [(one["requirement"], one["who"]) for one in report["decision"]["open"]]
    assert report["exit_code"] == EXIT_INCONCLUSIVE


def waivers(place: Path, *, signed: bool, hazards: str = "") -> tuple[str, ...]:
    """The options of a waiver of EXAMPLE-1; signed by the buyer, or the supplier's own word."""
    more = f"  hazards: [{hazards}]\n" if hazards else ""
    said = """waivers:
- id: W-1
  requirement: EXAMPLE-1
  scope: {supplier: Harrow}
  owner: A. Buyer
  reason: It is mended by March.
  granted: 2026-11-01
  expires: 2027-03-31
"""
    text = (said + more).encode()
    key = Ed25519PrivateKey.generate()
    (place / "w.yaml").write_bytes(text)
    (place / "w.yaml.sig").unlink(missing_ok=True)
    if signed:
        (place / "w.yaml.sig").write_bytes(key.sign(text))
    (place / "b.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (place / "keys.toml").write_text('[[key]]\nname = "A trust"\nrole = "buyer"\npublic-key-file = "b.pem"\n')
    return "--waivers", "w.yaml", "--trusted-keys", "keys.toml"


def test_a_waiver_of_the_buyer_makes_conditions(place: Path) -> None:
    report = judged(place, "./gate.yaml", WRONG, options=waivers(place, signed=True))
    assert report["decision"]["word"] == "go with conditions"
    assert ["W-1" in one or "2027-03-31" in one for one in report["decision"]["conditions"]] == [True]


def test_a_supplier_waives_nothing_at_a_gate(place: Path) -> None:
    report = judged(place, "./gate.yaml", WRONG, options=waivers(place, signed=False))
    row = next(row for row in report["rows"] if row["id"] == "EXAMPLE-1")
    assert row["verdict"]["waiver"]["effect"] == "not-waivable"
    assert report["decision"]["word"] == "no go"


SAFE = """
id: safe-gate
version: 0.1.0
title: A gate at which a waiver of one row names hazards
settings:
  waivers-name-hazards: [harm]
include:
  - profile: ./gate.yaml
  - {profile: clinical-safety, tags: [hazard]}
"""


@pytest.mark.parametrize(
    ("hazards", "effect"),
    [("", "no-hazard"), ("HAZ-99", "no-hazard"), ("haz-01", "covers"), ("HAZ-01, HAZ-99", "no-hazard")],
)
def test_a_waiver_names_hazards_that_the_supplier_knows_of(place: Path, hazards: str, effect: str) -> None:
    tagged = GATE.replace("check: pack.fits-its-schemas", "tags: [harm]\n    check: pack.fits-its-schemas")
    (place / "gate.yaml").write_text(tagged)
    (place / "safe.yaml").write_text(SAFE)
    report = judged(place, "./safe.yaml", WRONG, options=waivers(place, signed=True, hazards=hazards))
    row = next(row for row in report["rows"] if row["id"] == "EXAMPLE-1")
    assert row["verdict"]["waiver"]["effect"] == effect
    assert ("EXAMPLE-1" in report["decision"]["against"]) == (effect != "covers")
    if effect == "covers":
        assert any("(hazards: haz-01)" in one for one in report["decision"]["conditions"])
        assert "[hazards: haz-01]" in (place / "page.html").read_text()


def test_a_judgement_under_another_list_concludes_nothing(place: Path) -> None:
    annex = here("explain", "./gate.yaml", "--annex", cwd=place).stdout
    digest = next(word for word in annex.split() if word.startswith("`sha256:")).strip("`")
    assert judged(place, "./gate.yaml", options=("--annex-digest", digest))["decision"]["word"] == "go"
    report = judged(place, "./notice.yaml", options=("--annex-digest", digest))
    assert (report["decision"]["word"], report["exit_code"]) == ("not decided", EXIT_INCONCLUSIVE)
    assert "another list of requirements" in report["tally"]["obstacles"][0]


def test_suppliers_side_by_side(place: Path) -> None:
    judged(place, "./gate.yaml", name="Harrow")
    judged(place, "./gate.yaml", WRONG, name="Birch")
    done = here(
        "compare", "Harrow.json", "Birch.json", "-o", "csv:c.csv", "-o", "html:c.html", "-o", "console:-", cwd=place
    )
    assert done.returncode == 0
    assert "Harrow Rowan Record 4.2.0: compliant; decision: go" in done.stdout
    assert "Birch Rowan Record 4.2.0: not compliant; decision: no go" in done.stdout
    lines = (place / "c.csv").read_text().splitlines()
    assert any(line.startswith('"EXAMPLE-1"') and '"pass","fail","yes"' in line for line in lines)
    assert "2 suppliers side by side" in (place / "c.html").read_text()


def test_unlike_reports_are_not_compared(place: Path) -> None:
    judged(place, "./gate.yaml", name="Harrow")
    judged(place, "./notice.yaml", name="Birch")
    done = here("compare", "Harrow.json", "Birch.json", cwd=place)
    assert done.returncode == EXIT_USAGE
    assert "different lists of requirements" in done.stderr
    assert here("compare", "Harrow.json", cwd=place).returncode == EXIT_USAGE
