"""Who vouches, what is sent at most, and every way to log in."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from checker.probes.request_id import request_id
from fixtures.supplier import capability
from fixtures.supplier.serve import Served
from tests.cli.support import FAST, SECRET, Site, closed_port, is_red, outcomes, run, site, supplier_text

CHALLENGE = "desk-7:" + "0123456789abcdef" * 2

# Who vouches ---------------------------------------------------------------------------------


def ids_in(log: Path) -> list[str]:
    """The X-Request-IDs in an audit log, in the order in which the requests came."""
    events = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [event["entity"][-1]["what"]["identifier"]["value"] for event in events]


@pytest.mark.parametrize(
    ("vouched", "word"),
    [
        (("--challenge", CHALLENGE), "challenged"),
        ((), "self-declared"),
    ],
    ids=["challenged", "self-declared"],
)
def test_every_request_is_in_the_audit_log_under_an_id_of_the_challenge(
    tmp_path: Path, vouched: tuple[str, ...], word: str
) -> None:
    with Served(out=tmp_path / "logs") as served:
        place = site(tmp_path, served)
        done = place.run("run", "--safety", "S2", *FAST, "-q", *vouched, "-o", "json:r.json", "-o", "html:r.html")
        assert done.returncode == 0, done.stderr
        logged = ids_in(served.audit_log)
    sent = recorded_ids(place.path("recording.zip"))
    assert {one for one, open_to_all in sent if not open_to_all} == set(logged)
    assert len(logged) == len(set(logged)) > 10
    assert derived(place.path("recording.zip"), CHALLENGE) == bool(vouched)
    assert word in place.report("r.json")["headline"]
    assert word in place.path("r.html").read_text("utf-8")
    assert (place.report("r.json")["recordings"][0]["challenge"] == "desk-7") == bool(vouched)


def test_witnessed_is_what_a_trusted_assessor_signed_and_nothing_else(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy)
    done = place.run("run", *FAST, "-q", "--challenge", CHALLENGE, "--witnessed", "-o", "json:r.json")
    assert done.returncode == 0, done.stderr
    assert "evidence challenged" in place.report("r.json")["headline"]
    assert any("no assessor whom you trust" in one for one in place.report("r.json")["warnings"])
    key = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    place.path("desk.pem").write_bytes(key.public_key().public_bytes(*form))
    keys = '[[key]]\nname = "Desk"\nrole = "assessor"\npublic-key-file = "desk.pem"\n'
    place.path("keys.toml").write_text(keys, "utf-8")
    place.path("recording.zip.sig").write_bytes(key.sign(place.path("recording.zip").read_bytes()))
    outputs = ("-o", "json:r.json", "-o", "html:r.html")
    assert place.run("judge", "recording.zip", "--trusted-keys", "keys.toml", *outputs).returncode == 0
    assert "evidence witnessed" in place.report("r.json")["headline"]
    assert "witnessed" in place.path("r.html").read_text("utf-8")


def test_a_report_for_people_names_the_challenge_that_it_answers(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy)
    place.run("run", *FAST, "-q", "--challenge", CHALLENGE, "-o", "html:r.html", "-o", "console:r.txt")
    for name in ("r.html", "r.txt"):
        assert "desk-7" in place.path(name).read_text("utf-8")


def evidence_of(recording: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(recording) as archive:
        return [json.loads(line) for line in archive.read("evidence.ndjson").splitlines()]


def exchanges(recording: Path) -> list[tuple[str, dict[str, Any]]]:
    """Ask and payload of each HTTP exchange to the FHIR endpoint."""
    found = [(item["ask"], payload_of(item)) for item in evidence_of(recording) if item["kind"] == "http-exchange"]
    return [(ask, payload) for ask, payload in found if payload["interaction"] != "token"]


def payload_of(item: dict[str, Any]) -> dict[str, Any]:
    payload = item["payload"]
    found = msgspec.json.decode(payload) if isinstance(payload, str | bytes) else payload
    assert isinstance(found, dict)
    return found


def recorded_ids(recording: Path) -> list[tuple[str, bool]]:
    """X-Request-ID of each request, and whether what it asked for is open to all (and so on no audit log)."""
    return [(payload["request_id"], payload["interaction"] == "capabilities") for _, payload in exchanges(recording)]


def derived(recording: Path, challenge: str) -> bool:
    """Could the assessor have worked out every id from the seed?"""
    seed = bytes.fromhex(challenge.rpartition(":")[2])
    return all(payload["request_id"] == request_id(seed, ask) for ask, payload in exchanges(recording))


def test_two_runs_with_one_challenge_send_the_same_ids(tmp_path: Path, healthy: Served) -> None:
    sent = []
    for name in ("one.zip", "two.zip"):
        place = site(tmp_path, healthy)
        assert place.run("collect", *FAST, "-q", "--recording", name, "--challenge", CHALLENGE).returncode == 0
        sent.append([one for one, _ in recorded_ids(place.path(name))])
    assert sent[0] == sent[1]
    assert len(sent[0]) > 10


def test_our_own_reference_supplier_never_concludes_compliant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capability, "SOFTWARE", "nhs-standards-checker reference supplier")
    with Served() as served:
        place = site(tmp_path, served)
        done = place.run("run", *FAST, "-q", "-o", "junit:out.xml", "-o", "json:report.json")
    assert done.returncode == 3
    assert any("reference supplier" in one for one in place.report()["warnings"])
    assert "fail" not in outcomes(place.report()).values()
    assert is_red(place.path("out.xml"))


def test_a_hand_picked_subset_never_concludes_compliant(place: Site) -> None:
    done = place.run("run", *FAST, "-q", "--only", "FHIR-READ-001", "-o", "junit:out.xml", "-o", "json:report.json")
    assert outcomes(place.report()) == {"FHIR-READ-001": "pass"}
    assert done.returncode == 3
    assert is_red(place.path("out.xml"))


# The plan ------------------------------------------------------------------------------------


def planned(place: Site, *arguments: str) -> int:
    said = place.run("plan", *arguments)
    assert said.returncode == 0, said.stderr
    return int(said.stdout.rpartition("at most ")[2].partition(" requests")[0])


def test_a_run_sends_no_more_than_the_plan_said_and_the_plan_sends_nothing(tmp_path: Path) -> None:
    with Served() as served:
        place = site(tmp_path, served)
        bound = planned(place, "--safety", "S2")
        assert served.requests == 0
        assert place.run("collect", "--safety", "S2", *FAST, "-q").returncode == 0
        assert 10 < served.requests <= bound


def test_a_small_run_sends_no_more_than_the_plan_said(tmp_path: Path) -> None:
    with Served() as served:
        place = site(tmp_path, served)
        bound = planned(place, "--only", "FHIR-CAP-002")
        place.run("collect", *FAST, "-q", "--only", "FHIR-CAP-002")
        assert served.requests <= bound


def test_a_cap_on_requests_is_kept_and_never_concludes_compliant(tmp_path: Path) -> None:
    with Served() as served:
        place = site(tmp_path, served)
        done = place.run("run", *FAST, "-q", "--max-requests", "6", "-o", "json:report.json")
        assert served.requests <= 6
    assert done.returncode == 3
    assert "inconclusive(budget)" in outcomes(place.report()).values()


# Ways to log in ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["api-key", "bearer", "bearer-file", "client-credentials", "private-key-jwt"])
def test_each_way_to_log_in_leads_to_a_verdict(tmp_path: Path, healthy: Served, kind: str) -> None:
    (tmp_path / "token.txt").write_text("static-token-for-tests\n", "utf-8")
    identity, secret = {
        "api-key": (f'kind = "api-key"\nheader = "apikey"\nsecret-env = "{SECRET}"', "key-for-tests"),
        "bearer": (f'kind = "bearer"\nsecret-env = "{SECRET}"', "static-token-for-tests"),
        "bearer-file": ('kind = "bearer"\nsecret-file = "token.txt"', ""),
        "client-credentials": ("", healthy.client_secret),
        "private-key-jwt": (
            f'kind = "private-key-jwt"\nclient-id = "{healthy.client_id}"\nkey-id = "{healthy.key_id}"\n'
            f'algorithm = "RS512"\nkey-file = "{healthy.client_key.as_posix()}"',
            "",
        ),
    }[kind]
    place = site(tmp_path, healthy, identity=identity)
    done = place.run("run", *FAST, "-q", "-o", "json:report.json", env={SECRET: secret} if secret else {})
    assert done.returncode == 0, done.stderr
    assert outcomes(place.report())["AUTH-001"] == "pass"
    for path in ("recording.zip", "report.json"):
        assert (secret or "static-token-for-tests").encode() not in place.path(path).read_bytes()


def test_a_secret_that_is_refused_is_inconclusive_and_not_a_fault_of_fhir(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy)
    place.env[SECRET] = "not-the-secret-at-all"
    done = place.run("run", *FAST, "-q", "-o", "json:report.json")
    assert done.returncode == 3
    assert outcomes(place.report())["FHIR-READ-001"] == "inconclusive(auth)"
    assert "fail" not in outcomes(place.report()).values()


def test_an_unknown_option_leaves_no_green_file_of_an_earlier_run(recorded: Site, tmp_path: Path) -> None:
    shutil.copy(recorded.path("report.junit"), tmp_path / "out.xml")
    done = run("run", "-o", "junit:out.xml", "--no-such-option", cwd=tmp_path)
    assert done.returncode == 2
    assert is_red(tmp_path / "out.xml")


def test_the_command_that_goes_on_names_the_network_options_that_were_given(tmp_path: Path) -> None:
    (tmp_path / "supplier.toml").write_text(supplier_text(f"https://127.0.0.1:{closed_port()}/fhir"), "utf-8")
    given = ("--proxy", "http://127.0.0.1:9", "--trust", "system", "--only", "FHIR-CAP-002")
    said = run("collect", *FAST, "-q", *given, cwd=tmp_path).stderr
    assert "--resume" in said
    assert "--proxy" in said
    assert "--trust" in said


def test_the_option_and_the_file_allow_the_same_rate(tmp_path: Path) -> None:
    (tmp_path / "supplier.toml").write_text(supplier_text("https://fhir.example/r4"), "utf-8")
    by_option = run("plan", "--rate", "200", cwd=tmp_path).returncode
    text = supplier_text("https://fhir.example/r4", more="[limits]\nrequests-per-s = 200\n")
    (tmp_path / "supplier.toml").write_text(text, "utf-8")
    assert by_option == run("plan", cwd=tmp_path).returncode
