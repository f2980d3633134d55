"""Who vouches, what is sent at most, and every way to log in."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from checker.probes.request_id import request_id
from fixtures.supplier.serve import Served
from tests.cli.support import FAST, is_red, outcomes, site

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
    return [(payload["request_id"], _is_open(payload)) for _, payload in exchanges(recording)]


def _is_open(payload: dict[str, Any]) -> bool:
    path = payload["request"]["url"].partition("?")[0]
    return payload["interaction"] == "preflight" or path.endswith("/metadata") or "/.well-known/" in path


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


def test_our_own_reference_supplier_is_compliant_only_as_a_demonstration(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy, environment="test")
    done = place.run("run", *FAST, "-q", "-o", "junit:out.xml", "-o", "json:report.json")
    assert done.returncode == 3
    assert any("reference supplier" in one for one in place.report()["warnings"])
    assert "fail" not in outcomes(place.report()).values()
    assert is_red(place.path("out.xml"))
    said = ("--environment", "demonstration", "--overwrite")
    done = place.run("run", *FAST, "-q", *said, "-o", "json:report.json", "-o", "html:report.html", "-o", "console:-")
    assert done.returncode == 0
    assert place.report()["warnings"][0].startswith("DEMONSTRATION")
    assert "DEMONSTRATION" in place.path("report.html").read_text("utf-8")
    assert "DEMONSTRATION" in done.stdout
