"""The demonstrations: what a supplier, a build server and an assurance desk do, from beginning to end."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier import tls
from fixtures.supplier.handover import NUMBER_REPORT
from fixtures.supplier.scenario import named
from fixtures.supplier.serve import Served
from tests.cli.conftest import FORMATS
from tests.cli.support import FAST, SECRET, Site, is_red, junit, outcomes, run, site, verdict

FILES = {"server-log": "logs", "nhs-number-report": NUMBER_REPORT}
"""What a supplier hands over besides its export and its audit log."""
SUBMITTED = {"export": "export", **FILES}
NO_RETRIES = "[limits]\nretries = 0\n"

# A run that is green -------------------------------------------------------------------------


class Reader(HTMLParser):
    """Counts what is opened and what is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def test_a_healthy_supplier_is_compliant_in_all_five_formats(recorded: Site) -> None:
    found = recorded.report()
    assert (found["exit_code"], found["conclusion"]) == (0, "compliant")
    assert {case.kind for case in junit(recorded.path("report.junit"))} == {"pass", "skipped"}
    lines = list(csv.DictReader(io.StringIO(recorded.path("report.csv").read_text("utf-8-sig"), newline="")))
    assert len(lines) == len(found["rows"])
    page = recorded.path("report.html").read_text("utf-8")
    assert {"html", "title", "table", "main"} <= set(Reader(page).tags)
    assert "script" not in Reader(page).tags
    assert "COMPLIANT" in recorded.path("report.console").read_text("utf-8")
    for name in FORMATS:
        text = recorded.path(f"report.{name}").read_text("utf-8-sig")
        assert "self-declared" in text
        assert "Not an NHS product" in text or name == "csv"


def test_a_table_says_that_it_is_no_approval_as_well(recorded: Site) -> None:
    assert "Not an NHS product" in recorded.path("report.csv").read_text("utf-8-sig")


def test_judging_elsewhere_without_the_server_gives_the_same_bytes(recorded: Site, tmp_path: Path) -> None:
    shutil.copy(recorded.path("recording.zip"), tmp_path / "moved.zip")
    outputs = [part for name in FORMATS for part in ("-o", f"{name}:report.{name}")]
    done = run("judge", "moved.zip", *outputs, cwd=tmp_path)  # no secret, no supplier.toml, no export
    assert done.returncode == 0, done.stderr
    for name in FORMATS:
        assert (tmp_path / f"report.{name}").read_bytes() == recorded.path(f"report.{name}").read_bytes(), name


def test_a_report_rendered_again_is_the_same_bytes_and_exit_code(recorded: Site, tmp_path: Path) -> None:
    outputs = [part for name in FORMATS for part in ("-o", f"{name}:again.{name}")]
    done = run("report", str(recorded.path("report.json")), *outputs, cwd=tmp_path)
    assert done.returncode == 0
    for name in FORMATS:
        assert (tmp_path / f"again.{name}").read_bytes() == recorded.path(f"report.{name}").read_bytes(), name


def test_no_path_or_host_of_the_runner_is_in_a_report(recorded: Site) -> None:
    for name in FORMATS:
        text = recorded.path(f"report.{name}").read_text("utf-8-sig")
        assert str(recorded.folder) not in text
        assert socket.gethostname() not in text


# A server that dies --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "after", "at_once"),
    [
        ("fhir-r4-rest", 9, "1"),
        ("fhir-r4-rest", 41, "1"),  # between the pages of a search, which have other addresses afterwards
        ("fhir-r4-rest", 9, "4"),
        ("baseline", 9, "1"),
    ],
)
def test_a_collection_that_a_crash_broke_off_is_finished_and_compliant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str, after: int, at_once: str
) -> None:
    made: list[Any] = []
    real = tls.make

    def same_certificate(*arguments: Any) -> Any:
        made[:] = made or [real(*arguments)]
        return made[0]

    monkeypatch.setattr(tls, "make", same_certificate)
    before, since = tmp_path / "before.ndjson", tmp_path / "out/audit.ndjson"
    before.write_text("", "utf-8")
    with Served(die_after=after) as dying:
        logs = {"audit-log-of-before": before, "audit-log-of-after": since}
        place = site(tmp_path, dying, artefacts={**SUBMITTED, **logs}, more=NO_RETRIES)
        given = ("-p", profile, "--concurrency", at_once)
        done = place.run("run", *FAST, "-q", *given, "-o", "junit:out.xml", "-o", "json:report.json")
        shutil.copy(dying.audit_log, before)
    assert done.returncode == 3, done.stderr
    assert is_red(place.path("out.xml"))
    assert "checker collect --resume" in done.stderr
    assert place.report()["conclusion"] == "inconclusive"
    with Served(port=dying.port, out=tmp_path / "out") as again:
        (place.folder / "ca.pem").write_bytes(again.ca.read_bytes())
        file = place.path("supplier.toml")
        file.write_text(file.read_text("utf-8").replace(dying.ca.as_posix(), "ca.pem"), "utf-8")
        place.env[SECRET] = again.client_secret
        resumed = place.run("collect", "--resume", "-p", profile)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    judged = place.run("judge", "recording.zip", "-p", profile, "-o", "junit:out.xml", "-o", "json:report.json")
    assert judged.returncode == 0, outcomes(place.report())
    assert not is_red(place.path("out.xml"))


def test_a_server_that_is_another_at_the_end_is_not_examined_as_one(tmp_path: Path) -> None:
    with Served(die_after=9) as dying:
        place = site(tmp_path, dying, artefacts={"export": "export"}, more=NO_RETRIES)
        assert place.run("collect", *FAST, "-q", "-p", "fhir-r4-rest").returncode == 3
    with Served(port=dying.port) as other:
        place = site(tmp_path, other, artefacts={"export": "export"}, more=NO_RETRIES)
        place.run("collect", "--resume", "-q", "-p", "fhir-r4-rest")
    done = place.run("judge", "recording.zip", "-p", "fhir-r4-rest", "-o", "json:report.json")
    assert done.returncode == 3
    assert any("certificate of the server changed" in one for one in place.report()["warnings"])


# Another profile, other recordings -----------------------------------------------------------

SECOND = """\
id: second
version: "1.0.0"
title: A second reader
requirements:
  - id: SEC-001
    obligation: MUST
    verb: MUST
    basis: P
    clause: {standard: mine, section: one, url: "https://profile.example/#one"}
    summary: A read returns the resource that has the id that was asked for.
    fix: Return it.
    confirmed: true
    check: read.id-is-the-id-asked
    with: {type: Patient}
  - id: SEC-002
    obligation: MUST
    verb: MUST
    basis: P
    clause: {standard: mine, section: two, url: "https://profile.example/#two"}
    summary: Reading an encounter that does not exist is answered with 404.
    fix: Answer 404.
    confirmed: true
    check: read.unknown-id-is-404
    with: {type: Encounter}
"""


def test_a_second_profile_is_answered_from_what_was_recorded_and_from_nothing_else(
    recorded: Site, healthy: Served, tmp_path: Path
) -> None:
    (tmp_path / "second.yaml").write_text(SECOND, "utf-8")
    before = healthy.requests
    recording = str(recorded.path("recording.zip"))
    done = run("judge", recording, "-p", "second.yaml", "-o", "json:report.json", "-o", "junit:out.xml", cwd=tmp_path)
    found = json.loads((tmp_path / "report.json").read_bytes())
    assert outcomes(found) == {"SEC-001": "pass", "SEC-002": "inconclusive(no-data)"}
    assert "never asked when the recording was made" in " ".join(verdict(found, "SEC-002")["why"])
    assert (done.returncode, healthy.requests) == (3, before)
    assert is_red(tmp_path / "out.xml")


def test_an_endpoint_and_an_export_recorded_apart_are_judged_together(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy, artefacts={"audit-log": healthy.audit_log, **FILES})
    assert place.run("collect", "--recording", "endpoint.zip", *FAST, "-q").returncode in (0, 3)
    named_as = ("--name", "Example Supplier", "--product", "Record", "--product-version", "1.0.0")
    place.path("supplier.toml").unlink()
    done = place.run(
        *("collect", "--recording", "export.zip", "-q", "--artefact", "export=export"),
        *named_as,
        "--environment",
        "demonstration",
    )
    assert done.returncode in (0, 3), done.stderr
    assert place.run("judge", "endpoint.zip").returncode == 3
    assert place.run("judge", "export.zip").returncode == 3
    both = place.run("judge", "endpoint.zip", "export.zip", "-o", "json:report.json")
    assert both.returncode == 0, both.stderr
    turned = place.run("judge", "export.zip", "endpoint.zip", "-o", "json:turned.json")
    assert turned.returncode == 0
    assert place.path("turned.json").read_bytes() == place.path("report.json").read_bytes()


# Waivers, --fail-on, attestations ------------------------------------------------------------


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A recording of a supplier that fails one MUST (FHIR-READ-004)."""
    with Served(named("fault", "FHIR-READ-004.2")) as served:
        place = site(tmp_path_factory.mktemp("failing"), served)
        assert place.run("run", *FAST, "-q", "-o", "json:report.json").returncode == 1
    return place


def waiver_from(place: Site, first: int, last: int) -> str:
    """A waiver in force from so many days after the collection to so many."""
    day = datetime.fromisoformat(place.report()["as_of"]).date()
    return WAIVER.format(granted=day + timedelta(days=first), expires=day + timedelta(days=last))


WAIVER = """\
waivers:
  - id: W-17
    requirement: FHIR-READ-004
    scope: {{supplier: Example Supplier, version: 1.0.0}}
    owner: A. Person
    reason: Mended in the next release.
    granted: "{granted}"
    expires: "{expires}"
"""


def test_a_waiver_is_shown_wherever_it_makes_a_run_green(failing: Site) -> None:
    failing.path("waivers.yaml").write_text(waiver_from(failing, -10, 20), "utf-8")
    outputs = [part for name in FORMATS for part in ("-o", f"{name}:waived.{name}")]
    waivers = ("--waivers", "waivers.yaml")
    done = failing.run("judge", "recording.zip", *waivers, *outputs)
    assert done.returncode == 0, done.stderr
    for name in FORMATS:
        text = failing.path(f"waived.{name}").read_text("utf-8-sig")
        assert "with 1 waiver" in text.lower() or name in ("json", "csv"), name
        assert "W-17" in text or "Mended in the next release." in text, name
    (waived,) = [case for case in junit(failing.path("waived.junit")) if case.name.startswith("FHIR-READ-004 ")]
    assert waived.kind == "skipped"
    assert "fail" in waived.text


@pytest.mark.parametrize(
    "name",
    [
        "csv",
        "json",
    ],
)
def test_data_for_machines_says_with_1_waiver_as_well(failing: Site, name: str) -> None:
    failing.path("again.yaml").write_text(waiver_from(failing, -10, 20), "utf-8")
    output = ("-o", f"{name}:waived-again.{name}")
    assert failing.run("judge", "recording.zip", "--waivers", "again.yaml", *output).returncode == 0
    assert "with 1 waiver" in failing.path(f"waived-again.{name}").read_text("utf-8-sig")


def test_an_expired_waiver_has_no_effect_and_says_so(failing: Site) -> None:
    failing.path("old.yaml").write_text(waiver_from(failing, -40, -10), "utf-8")
    done = failing.run("judge", "recording.zip", "--waivers", "old.yaml", "-o", "json:old.json", "-o", "junit:old.xml")
    assert done.returncode == 1
    assert any("W-17" in one and "expired" in one for one in failing.report("old.json")["warnings"])
    assert is_red(failing.path("old.xml"))


@pytest.mark.parametrize(("fail_on", "code"), [("must", 1), ("should", 1), ("never", 0)])
def test_fail_on_moves_the_exit_code_and_junit_of_a_failed_must(failing: Site, fail_on: str, code: int) -> None:
    outputs = ("-o", f"junit:{fail_on}.xml", "-o", f"json:{fail_on}.json")
    done = failing.run("judge", "recording.zip", "--fail-on", fail_on, *outputs)
    assert done.returncode == code
    assert is_red(failing.path(f"{fail_on}.xml")) == (code != 0)
    assert failing.report(f"{fail_on}.json")["conclusion"] == "not compliant"


@pytest.mark.parametrize(("fail_on", "code"), [("must", 0), ("should", 1), ("never", 0)])
def test_fail_on_moves_the_exit_code_and_junit_of_a_failed_should(failed_should: Site, fail_on: str, code: int) -> None:
    outputs = ("-o", f"junit:{fail_on}.xml", "-o", f"json:{fail_on}.json")
    done = failed_should.run("judge", "recording.zip", "--fail-on", fail_on, *outputs)
    assert done.returncode == code
    assert is_red(failed_should.path(f"{fail_on}.xml")) == (code != 0)
    assert failed_should.report(f"{fail_on}.json")["conclusion"] == "compliant"


@pytest.fixture(scope="module")
def failed_should(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A recording of a supplier that fails one SHOULD (FHIR-HTTP-003)."""
    with Served(named("fault", "FHIR-HTTP-003")) as served:
        place = site(tmp_path_factory.mktemp("failed-should"), served)
        assert place.run("collect", *FAST, "-q").returncode == 0
    return place


ATTESTATION = """\
attestations:
  - requirement: CS-CASE-03
    statement: met
    by: Assurance Desk
    role: assessor
    product: Record
    version: 1.0.0
    issued: "2026-01-01"
    expires: "2027-12-31"
"""


OF_PEOPLE = """\
id: of-people
version: "1.0.0"
title: Records, and one row that a person decides
include:
  - {profile: nhs-number, tags: [nhs-number]}
  - {profile: data-handling, tags: [clinical-safety]}
"""


def test_a_trusted_attestation_settles_what_a_person_decides(recorded: Site, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "desk.pem").write_bytes(key.public_key().public_bytes(*form))
    keys = '[[key]]\nname = "Assurance Desk"\nrole = "assessor"\npublic-key-file = "desk.pem"\n'
    (tmp_path / "keys.toml").write_text(keys, "utf-8")
    statement = tmp_path / "attestations.yaml"
    statement.write_text(ATTESTATION, "utf-8")
    (tmp_path / "people.yaml").write_text(OF_PEOPLE, "utf-8")
    recording = str(recorded.path("recording.zip"))
    judge = ("judge", recording, "-p", "people.yaml", "--scope", "full@S2", "-o", "json:report.json")
    attested = (*judge, "--attestations", "attestations.yaml", "--trusted-keys", "keys.toml")
    assert run(*judge, cwd=tmp_path).returncode == 3
    assert run(*attested, cwd=tmp_path).returncode == 3  # nobody signed it
    (tmp_path / "attestations.yaml.sig").write_bytes(key.sign(statement.read_bytes()))
    assert run(*attested, cwd=tmp_path).returncode == 0
    assert "1 attested" in json.loads((tmp_path / "report.json").read_bytes())["headline"]
    statement.write_text(ATTESTATION.replace("Record", "Ledger"), "utf-8")  # what was signed is no longer there
    assert run(*attested, cwd=tmp_path).returncode == 3
    statement.write_text(ATTESTATION.replace("statement: met", "statement: not met"), "utf-8")
    (tmp_path / "attestations.yaml.sig").write_bytes(key.sign(statement.read_bytes()))
    assert run(*attested, cwd=tmp_path).returncode == 1
