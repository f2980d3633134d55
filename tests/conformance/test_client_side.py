"""Each fault of a client of the NHS is caught by its row; what is unsigned is right for GP Connect and only there."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode
from zipfile import ZipFile

import pytest
from jsonschema import Draft202012Validator

from checker.cli.compose import profile, registry
from checker.model.value import canonical
from fixtures.supplier.client_evidence import CONFIGURATION, STARTED, Lines, captured
from fixtures.supplier.client_switches import ClientSwitches
from fixtures.supplier.nhs_client import KEY, Clock, NhsClient, key_sets
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.token_mock import TokenMock
from fixtures.supplier.token_rules import ASSERTION_TYPE
from tests.cli.in_process import here
from tests.conformance.client_side import PROFILE, report_of, report_on, scenarios
from tests.conformance.folders import outcomes_of, problems

SCHEMAS = Path(__file__).resolve().parents[2] / "reports" / "schemas"
PEOPLE = ("Invented", "Nobody", "d2f1c1b0", "9999999018", "10019")
"""Who asks, and for whom."""


@cache
def healthy() -> dict[str, Any]:
    """Measured once for each worker."""
    return report_of()


def as_lines(lines: Lines) -> bytes:
    """The artefact."""
    return "".join(json.dumps(one) + "\n" for one in lines).encode()


def test_every_row_that_a_machine_decides_passes_and_the_others_wait_for_a_person() -> None:
    rows = {row.id: row for row in profile(PROFILE, registry()).requirements}
    expected = {name: "pass" if row.check is not None else "inconclusive(human)" for name, row in rows.items()}
    assert outcomes_of(healthy()) == expected
    assert (len(rows), list(expected.values()).count("pass")) == (32, 25)


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    assert problems(scenario, outcomes_of(report_of(scenario)), outcomes_of(healthy())) == []


def test_every_row_with_a_check_has_a_fault_that_is_named_after_it() -> None:
    caught = {name for path in files("fault", PROFILE) for name in load(path).requirements}
    assert caught == {row.id for row in profile(PROFILE, registry()).requirements if row.check is not None}
    for path in files("fault", PROFILE):
        assert load(path).requirements == (path.stem.partition(".")[0],)


def test_the_same_unsigned_token_is_wrong_at_the_platform_and_right_for_gp_connect() -> None:
    """An exemption is one of a place, and not of a token."""
    (line,) = [one for one in captured(ClientSwitches()) if one["url"].endswith("/metadata")]
    token = line["headers"]["Authorization"].removeprefix("Bearer ")
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
    asked = {**line, "method": "POST", "url": "http://127.0.0.1/oauth2/token", "body": urlencode(form)}
    asked["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
    with tempfile.TemporaryDirectory() as place:
        requests = {"client-requests": as_lines([line, asked])}
        found = outcomes_of(report_on(requests, Path(place), {}, ("NHSJWT-001", "GPC-001")))
    assert found == {"NHSJWT-001": "fail", "GPC-001": "pass"}


class Recorded(NhsClient):
    """The client with a browser's recorder beside it: a HAR file with every secret in it."""

    def send(self, method: str, path: str, headers: Any, body: str = "") -> tuple[int, Any, Any]:
        """Send, and keep all."""
        at = datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="milliseconds")
        answer = super().send(method, path, headers, body)
        named = [{"name": name, "value": value} for name, value in headers.items()]
        request: dict[str, Any] = {"method": method, "url": f"{self.origin}{path}", "headers": named}
        if body:
            request["postData"] = {"mimeType": headers.get("Content-Type", ""), "text": body}
        told = [{"name": name, "value": value} for name, value in answer[1].items()]
        content = {"status": answer[0], "headers": told, "content": {"text": answer[2].decode()}}
        self.entries.append({"startedDateTime": at, "request": request, "response": content})
        return answer

    entries: list[dict[str, Any]]


def recorded(switches: ClientSwitches) -> tuple[bytes, Lines, set[str]]:
    """The HAR file of the healthy client, the lines of the stand-in for the same requests, and the secrets in both."""
    clock = Clock(STARTED)
    _, keys = key_sets(switches)
    with TokenMock(keys=keys, now=clock, too_many=frozenset({3}), revoked=frozenset({8})) as mock:
        client = Recorded(mock.origin, clock, switches)
        client.entries = []
        client.run()
        har = json.dumps({"log": {"version": "1.2", "entries": client.entries}})
        secrets = {KEY, "invented-secret"}
        for one in client.entries:
            secrets |= _secrets_of(one)
        return har.encode(), mock.lines, {one for one in secrets if one}


def _secrets_of(entry: dict[str, Any]) -> set[str]:
    form = parse_qs(entry["request"].get("postData", {}).get("text", ""))
    found = {one.rpartition(".")[2] for one in form.get("client_assertion", ())}
    if '"access_token"' in entry["response"]["content"]["text"]:
        found.add(json.loads(entry["response"]["content"]["text"])["access_token"])
    query = parse_qs(entry["request"]["url"].partition("?")[2])
    return found | {*query.get("state", ()), *query.get("nonce", ())}


def test_a_har_file_tells_the_same_as_the_lines_of_the_stand_in() -> None:
    har, lines, _ = recorded(ClientSwitches())
    for given in (har, har + b"\n", as_lines(lines)):
        assert outcomes_of(report_of(told=lambda _, given=given: given)) == outcomes_of(healthy())  # type: ignore[misc]


def test_two_captures_of_the_same_requests_are_one() -> None:
    """Otherwise every jti would be there twice."""
    har, lines, _ = recorded(ClientSwitches())
    with tempfile.TemporaryDirectory() as place:
        both = Path(place) / "both"
        both.mkdir()
        (both / "a.har").write_bytes(har)
        (both / "b.jsonl").write_bytes(as_lines(lines))
        rows = ("NHSJWT-005", "NHSJWT-009", "NHSJWT-013", "GPC-008", "CIS2-001")
        picked = [part for name in rows for part in ("--only", name)]
        given = ("--artefact", "client-requests=both", *picked, "-q", "-o", "json:report.json")
        here("run", "-p", PROFILE, *given, cwd=Path(place))
        found = outcomes_of(json.loads((Path(place) / "report.json").read_bytes()))
    assert found == dict.fromkeys(rows, "pass")


def test_nothing_that_a_run_writes_holds_a_credential_or_a_person() -> None:
    """Not the recording, not the reports: neither signatures nor tokens, keys, states, users or patients."""
    har, lines, secrets = recorded(ClientSwitches(code_secret="yes"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        report_on({"client-requests": har}, folder, {"requesting-organisations": "A1001"})
        (folder / "client-requests").unlink()
        written = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        with ZipFile(folder / "recording.zip") as packed:
            written |= {name: packed.read(name) for name in packed.namelist()}
    assert "recording.zip" in written
    assert len(secrets) > 10
    for name, content in written.items():
        assert not [one for one in (*secrets, *PEOPLE) if one.encode() in content], name
    assert not [
        one for one in secrets - {KEY} if any(one in json.dumps(line) for line in lines if "?" not in line["url"])
    ]


@pytest.mark.parametrize("kind", ["client-requests", "client-keys-earlier", "identity-configuration"])
def test_what_is_not_submitted_decides_nothing(kind: str) -> None:
    found = outcomes_of(report_of(without=(kind,)))
    assert "fail" not in found.values()
    decided = {name for name, said in outcomes_of(healthy()).items() if said == "pass" != found[name]}
    expected = {
        "client-requests": {name for name in found if name not in ("NHSJWT-008", "NHSJWT-010", "NHSJWT-011")},
        "client-keys-earlier": set(),
        "identity-configuration": {"CIS2-002", "CIS2-006", "SIGNIN-001"},
    }[kind]
    machine = {name for name, said in outcomes_of(healthy()).items() if said == "pass"}
    assert decided == (expected - {"CIS2-002", "CIS2-006"} if kind == "client-requests" else expected) & machine


def test_without_the_codes_of_those_who_ask_no_code_is_right() -> None:
    found = outcomes_of(report_of(None, "GPC-007", known={"requesting-organisations": ""}))
    assert found["GPC-007"] == "inconclusive(prerequisite)"


def test_without_an_address_or_a_file_no_key_is_known() -> None:
    rows = ("NHSJWT-002", "NHSJWT-008", "NHSJWT-010", "NHSJWT-011")
    found = outcomes_of(report_of(None, *rows, known={"client-keys": ""}))
    assert {found[name].partition("(")[0] for name in rows} == {"inconclusive"}


def test_who_does_not_use_gp_connect_says_so_and_is_believed_until_it_is_seen() -> None:
    uses = {"nhs-api-platform": "yes", "gp-connect": "no", "cis2": "yes", "nhs-login": "no"}
    scenario = Scenario(
        name="no",
        kind="decoy",
        requirements=("GPC-001",),
        title="No GP Connect",
        client=ClientSwitches(configuration={"uses": uses}),
    )
    seen = outcomes_of(report_of(scenario, "GPC-001"))

    def without(lines: Lines) -> bytes:
        return as_lines([one for one in lines if "Ssp-InteractionID" not in one["headers"]])

    unseen = outcomes_of(report_of(scenario, "GPC-001", "NHSL-001", told=without))
    silent = outcomes_of(report_of(None, "GPC-001", without=("identity-configuration",), told=without))
    assert seen["GPC-001"] == "pass"
    assert (unseen["GPC-001"], unseen["NHSL-001"]) == ("not-applicable", "not-applicable")
    assert silent["GPC-001"] == "inconclusive(prerequisite)"


def test_what_the_stand_in_writes_and_what_is_declared_fits_the_schemas() -> None:
    of_line, of_configuration = (
        Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_bytes()))
        for name in ("client-request", "identity-configuration")
    )
    for one in captured(ClientSwitches(code_secret="rs256")):
        of_line.validate(one)
    of_configuration.validate(dict(CONFIGURATION))
    assert canonical(dict(CONFIGURATION))
