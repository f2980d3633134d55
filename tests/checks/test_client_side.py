"""What checks of a client make of captures that somebody else wrote: the odd, the incomplete, and the hostile."""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from checker.probes.client import ClientRequests
from fixtures.supplier.client_evidence import STARTED
from fixtures.supplier.token_rules import ASSERTION_TYPE
from tests.conformance.client_side import report_on
from tests.conformance.folders import outcomes_of

URL = "https://int.api.service.nhs.uk/oauth2/token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def at(seconds: float) -> str:
    """A time so long after the beginning."""
    return datetime.fromtimestamp(STARTED + seconds, UTC).isoformat()


def jwt(header: Any, claims: Any, signature: str = "c2lnbmF0dXJl") -> str:
    """A JWT that nobody signed."""
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims))
    return ".".join((*parts, signature))


def assertion(seconds: float, **claims: Any) -> str:
    """A right one, with some claims changed."""
    held = {
        "iss": "key",
        "sub": "key",
        "aud": URL,
        "jti": f"id-{seconds}",
        "exp": int(STARTED + seconds) + 300,
        **claims,
    }
    return jwt({"alg": "RS512", "typ": "JWT", "kid": "live-1"}, held)


def token(seconds: float, access: str = "", expires_in: Any = "599", **claims: Any) -> dict[str, Any]:
    """A request for a token, with its answer."""
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    body = urlencode({**form, "client_assertion": assertion(seconds, **claims)})
    answer = json.dumps({"access_token": access, "expires_in": expires_in}) if access else ""
    return {
        "at": at(seconds),
        "method": "POST",
        "url": URL,
        "headers": FORM,
        "body": body,
        "status": 200,
        "answer": answer,
    }


def call(seconds: float, access: str, status: int = 200, name: str = "1", **headers: str) -> dict[str, Any]:
    """A call of an API."""
    told = {"Authorization": f"Bearer {access}"}
    url = f"https://int.api.service.nhs.uk/records/FHIR/R4/Observation/{name}"
    line = {"at": at(seconds), "method": "GET", "url": url, "headers": told, "status": status}
    return {**line, "answer-headers": {key.replace("_", "-"): value for key, value in headers.items()}}


def sign_in(seconds: float, **query: str) -> dict[str, Any]:
    """A request to sign in."""
    asked = {"response_type": "code", "client_id": "c", "redirect_uri": "https://s.example/back", **query}
    return {
        "at": at(seconds),
        "method": "GET",
        "url": f"https://am.nhsint.auth-ptl.cis2.spineservices.nhs.uk/authorize?{urlencode(asked)}",
    }


def har(lines: list[dict[str, Any]]) -> bytes:
    """The same as a HAR file."""
    entries = []
    for one in lines:
        headers = [{"name": name, "value": value} for name, value in one.get("headers", {}).items()]
        request = {
            "method": one["method"],
            "url": one["url"],
            "headers": headers,
            "postData": {"text": one.get("body", "")},
        }
        response = {"status": one.get("status", 200), "headers": [], "content": {"text": one.get("answer", "")}}
        entries.append({"startedDateTime": one["at"], "request": request, "response": response})
    return json.dumps({"log": {"entries": entries}}).encode()


def judged(lines: list[dict[str, Any]] | bytes, *rows: str, **known: str) -> Any:
    """What the rows say; of one row its outcome alone."""
    text = lines if isinstance(lines, bytes) else "".join(json.dumps(one) + "\n" for one in lines).encode()
    with tempfile.TemporaryDirectory() as place:
        told = {name.replace("_", "-"): value for name, value in known.items()}
        found = outcomes_of(report_on({"client-requests": text}, Path(place), told, rows))
    return found[rows[0]] if len(rows) == 1 else found


def test_one_assertion_alone_says_nothing_of_being_used_once() -> None:
    assert judged([token(0)], "NHSJWT-005") == "inconclusive(no-data)"
    assert judged([token(0), token(9)], "NHSJWT-005") == "pass"
    assert judged([token(0), token(9, jti="id-0")], "NHSJWT-005") == "fail"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({}, "pass"),
        ({"exp": int(STARTED) + 330}, "pass"),
        ({"exp": int(STARTED) + 331}, "fail"),
        ({"exp": int(STARTED)}, "fail"),
        ({"exp": True}, "fail"),
        ({"exp": None}, "fail"),
        ({"exp": 10**30}, "fail"),
        ({"exp": [1]}, "fail"),
    ],
)
def test_an_assertion_ends_soon_and_in_whole_seconds(claims: dict[str, Any], said: str) -> None:
    assert judged([token(0, **claims)], "NHSJWT-006") == said


def test_what_is_no_jwt_is_not_judged_by_its_claims() -> None:
    one = token(0)
    one["body"] = one["body"].partition("&client_assertion=")[0] + "&client_assertion=opaque"
    found = judged([one], "NHSJWT-001", "NHSJWT-003", "NHSJWT-006", "NHSJWT-007")
    assert found == {
        "NHSJWT-001": "fail",
        "NHSJWT-003": "inconclusive(prerequisite)",
        "NHSJWT-006": "inconclusive(prerequisite)",
        "NHSJWT-007": "pass",
    }


def test_several_instances_of_a_client_may_have_a_token_each() -> None:
    tokens = [token(number, f"token-{number}") for number in range(4)]
    calls = [call(10 + number, f"token-{number % 4}", name=str(number)) for number in range(12)]
    assert judged([*tokens, *calls], "NHSJWT-009") == "pass"


@pytest.mark.parametrize("expires_in", ["599", 599, None, "soon", {"is": 1}, "1e999", True])
def test_a_token_for_each_call_is_seen_whatever_expires_in_looks_like(expires_in: Any) -> None:
    pairs = [(token(n * 5, f"t-{n}", expires_in), call(n * 5 + 1, f"t-{n}")) for n in range(5)]
    assert judged([one for pair in pairs for one in pair], "NHSJWT-009") == "fail"


def test_tokens_that_end_after_seconds_are_replaced_after_seconds() -> None:
    pairs = [(token(n * 50, f"t-{n}", "60"), call(n * 50 + 1, f"t-{n}")) for n in range(5)]
    assert judged([one for pair in pairs for one in pair], "NHSJWT-009") == "inconclusive(no-data)"


def test_calls_whose_tokens_were_never_given_decide_nothing() -> None:
    assert judged([token(0), call(1, "other"), call(2, "other")], "NHSJWT-009") == "inconclusive(no-data)"


REFUSED = [call(100, "a", 401, "2"), token(101, "b"), call(102, "b", 200, "2")]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([call(0, "a", 429, Retry_After="2"), call(2.2, "a"), *REFUSED], "pass"),
        ([call(0, "a", 429, Retry_After="2"), call(1, "a"), *REFUSED], "fail"),
        ([call(0, "a", 429, Retry_After="2"), call(1, "a", name="7"), *REFUSED], "pass"),
        ([call(0, "a", 429), call(1, "a"), *REFUSED], "pass"),
        ([call(0, "a", 429), call(0.1, "a"), *REFUSED], "fail"),
        ([call(0, "a", 429, Retry_After="soon"), call(0.1, "a"), *REFUSED], "fail"),
        ([call(0, "a", 429, Retry_After="9" * 40), *REFUSED], "pass"),
        (REFUSED, "inconclusive(no-data)"),
        ([call(0, "a", 429), call(1, "a")], "inconclusive(no-data)"),
        ([call(0, "a", 429), call(3, "a", 401), call(4, "a", 401)], "fail"),
        ([call(0, "a", 429), call(3, "a", 401), token(3.5, "b"), call(4, "b", 401)], "pass"),
        ([call(0, "a", 429), call(3, "a", 401), call(4, "b", 401), call(5, "c", 401)], "fail"),
        ([call(0, "a", 429), call(3, "a", 401), call(300, "b", 401), call(900, "c", 401)], "pass"),
    ],
)
def test_who_is_refused_waits_and_does_not_insist(lines: list[dict[str, Any]], said: str) -> None:
    assert judged([token(-9, "a"), *lines], "NHSJWT-013") == said


GOOD = (
    {"state": "1f0c9a2be83d4c7d9e55", "nonce": "a9c41b77d02e4f1c8b63"},
    {"state": "7be2d10c33fa4a0b8e91", "nonce": "c0d81f3e5a774b2a9d10"},
)


def test_a_browser_that_asks_the_same_again_has_begun_one_sign_in() -> None:
    """In a HAR file: through the pages of the provider. When a code came back in between it is a new one."""
    first, second = (sign_in(number * 60, **one) for number, one in enumerate(GOOD))
    again = {**first, "at": at(20)}
    back = {"at": at(30), "method": "GET", "url": "https://s.example/back?code=x&state=1f0c9a2be83d4c7d9e55"}
    assert judged(har([first, again, second]), "CIS2-001") == "pass"
    assert judged(har([first, back, {**first, "at": at(40)}, second]), "CIS2-001") == "fail"
    assert judged([first, again, second], "CIS2-001") == "fail"
    assert judged(har([first, again]), "CIS2-001") == "inconclusive(no-data)"


@pytest.mark.parametrize(
    ("host", "section", "more"),
    [
        ("am.nhsint.auth-ptl.cis2.spineservices.nhs.uk", "cis2", {"scope": "openid"}),
        ("auth.login.nhs.uk", "nhs-login", {"scope": "openid"}),
        ("int.api.service.nhs.uk", "nhs-api-platform", {}),
    ],
)
def test_a_sign_in_is_held_against_the_registration_with_whom_it_asks(
    host: str, section: str, more: dict[str, str]
) -> None:
    line = sign_in(0, **GOOD[0], **more)
    line["url"] = line["url"].replace("am.nhsint.auth-ptl.cis2.spineservices.nhs.uk", host)
    right: dict[str, Any] = {"redirect-uris": ["https://s.example/back"], "scopes": ["openid"]}
    login: dict[str, Any] = {"client-authentication": "private-key-jwt"}
    needed = {"cis2": {**login, "assurance": ["aal2"]}, "nhs-login": login}.get(section, {})
    wrong = {**right, "redirect-uris": ["https://s.example/"]}
    for held, said in ((right, "pass"), (wrong, "fail"), ({}, "inconclusive(no-data)")):
        with tempfile.TemporaryDirectory() as place:
            declared = json.dumps({section: {**needed, **held}}).encode()
            given = {"client-requests": json.dumps(line).encode(), "identity-configuration": declared}
            assert outcomes_of(report_on(given, Path(place), {}, ("SIGNIN-001",))) == {"SIGNIN-001": said}


def test_times_and_words_can_be_guessed() -> None:
    for number in ("17953488", "login"):
        lines = [sign_in(n, state=f"{number}{n}", nonce=one["nonce"]) for n, one in enumerate(GOOD)]
        assert judged(lines, "CIS2-001") == "fail"


def test_a_code_that_is_changed_with_a_secret_in_a_header_counts_too() -> None:
    code = {
        "at": at(0),
        "method": "POST",
        "url": "https://am.nhsint.auth-ptl.cis2.spineservices.nhs.uk/token",
        "body": "grant_type=authorization_code&code=x",
    }
    code["headers"] = {**FORM, "Authorization": "Basic Y2xpZW50OnNlY3JldA=="}  # type: ignore[assignment]
    assert judged([code, *(sign_in(n, **one) for n, one in enumerate(GOOD))], "CIS2-002") == "fail"


HOSTILE = [
    b"",
    b"\n\n\n",
    b"not json\n",
    b"[" * 100_000,
    b'{"log": {"entries": ' + b"[" * 100_000,
    b'{"log": {"entries": "none"}}',
    b'{"log": {"entries": [1, null, {"request": 3}, {"startedDateTime": 5, "request": {"method": 1}}]}}',
    b'{"at": "2026-11-22T12:00:00Z", "method": "POST", "url": "http://[", "body": "grant_type=x"}\n',
    b'{"at": "9999-99-99T12:00:00Z", "method": "POST", "url": "https://a"}\n',
    b'{"at": "2026-11-22T12:00:00", "method": "POST", "url": "https://a"}\n',
    b'{"at": "2026-11-22T12:00:00Z", "method": "GET", "url": "https://a/?' + b"a=1&" * 5000 + b'"}\n',
    b'{"at": "2026-11-22T12:00:00Z", "method": "POST", "url": "https://a", "headers": [1], "body": {"a": 1}}\n',
    b"\xff\xfe\x00",
    b"x" * 3_000_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_cannot_be_read_never_passes(text: bytes) -> None:
    rows = ("NHSJWT-001", "NHSJWT-005", "NHSJWT-007", "NHSJWT-009", "NHSJWT-013", "CIS2-001", "GPC-001", "GPC-008")
    found = judged(text, *rows)
    assert "pass" not in found.values()
    assert not [name for name, said in found.items() if said.startswith("error")]


def test_what_was_not_read_leaves_a_doubt() -> None:
    text = b"".join(json.dumps(one).encode() + b"\n" for one in (token(0), token(9)))
    assert judged(text + b"garbage\n", "NHSJWT-003") == "inconclusive(no-data)"


ODD: list[Any] = [None, 0, "", "x", [], [1], {}, {"id": []}, {"identifier": "x"}, {"identifier": [1, {"system": 3}]}]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_claims_of_any_type_are_judged(odd: Any) -> None:
    names = ("sub", "aud", "exp", "iat", "reason_for_request", "requested_scope")
    parts = ("requesting_device", "requesting_organization", "requesting_practitioner")
    told = {"Authorization": f"Bearer {jwt({'alg': odd, 'typ': odd}, dict.fromkeys((*names, *parts), odd), '')}"}
    told["Ssp-InteractionID"] = "urn:nhs:names:services:gpconnect:fhir:rest:search:patient-1"
    line = {"at": at(0), "method": "GET", "url": "https://p.example/A1/STU3/1/Patient?x=1", "headers": told}
    rows = ("GPC-001", "GPC-002", "GPC-003", "GPC-004", "GPC-005", "GPC-006", "GPC-007", "GPC-013")
    found = judged([line], *rows, requesting_organisations="A1")
    assert set(found.values()) <= {"fail"}
    changed = dict.fromkeys(("iss", "sub", "aud", "jti", "exp"), odd)
    client = ("NHSJWT-003", "NHSJWT-004", "NHSJWT-005", "NHSJWT-006")
    assert set(judged([token(0, **changed), token(5, **changed)], *client).values()) <= {"fail", "pass"}


def moved(lines: list[dict[str, Any]], host: str) -> list[dict[str, Any]]:
    """The same, sent to another host."""
    return [{**one, "url": one["url"].replace("int.api.service.nhs.uk", host)} for one in lines]


def test_what_goes_to_others_than_the_nhs_is_not_judged() -> None:
    """A client asks others for tokens too, in other ways."""
    wrong = [
        token(0, exp=1),
        token(1, jti="id-0"),
        call(2, "a", 429),
        call(2.1, "a"),
        call(3, "a", 401),
        call(3.1, "a", 401),
    ]
    rows = ("NHSJWT-005", "NHSJWT-006", "NHSJWT-013")
    for host in ("login.example", "api.service.nhs.uk.example", "notapi.service.nhs.uk"):
        found = judged(moved(wrong, host), *rows)
        assert {said.partition("(")[0] for said in found.values()} == {"inconclusive"}, host
    for host, known in (("127.0.0.1:8080", ""), ("stand-in.example", "other.example stand-in.example")):
        found = judged(moved(wrong, host), *rows, nhs_hosts=known)
        assert found["NHSJWT-006"] == "fail", host
    other = [sign_in(n, state="1", nonce="2", response_type="token") for n in range(3)]
    there = [
        {**one, "url": one["url"].replace("am.nhsint.auth-ptl.cis2.spineservices.nhs.uk", "id.example")}
        for one in other
    ]
    assert judged(other, "CIS2-001") == "fail"
    assert judged(there, "CIS2-001").startswith("inconclusive")


def audited(path: str, claims: dict[str, Any], method: str = "GET") -> dict[str, Any]:
    """A request of GP Connect with some claims."""
    headers = {"Authorization": f"Bearer {jwt({'alg': 'none', 'typ': 'JWT'}, {'requested_scope': '', **claims}, '')}"}
    return {"at": at(0), "method": method, "url": f"https://gp.example/B82001/STU3/1/{path}", "headers": headers}


def test_an_operation_is_known_whatever_way_its_dollar_is_written() -> None:
    claims = {"reason_for_request": "migration", "requested_scope": "patient/*.read conf/R"}
    for path in ("Patient/$gpc.migratestructuredrecord", "Patient/%24gpc.migratestructuredrecord"):
        found = judged([audited(path, claims, "POST")], "GPC-004", "GPC-005")
        assert found == {"GPC-004": "pass", "GPC-005": "pass"}


def test_a_recorder_that_left_tokens_out_decides_nothing() -> None:
    line = {**audited("Patient?x=1", {}), "headers": {"Ssp-InteractionID": "urn:nhs:names:services:gpconnect:x"}}
    assert judged(har([line]), "GPC-001") == "inconclusive(no-data)"
    assert judged([line], "GPC-001") == "fail"


def test_no_number_of_a_patient_is_kept_wherever_it_stands() -> None:
    """In no path and no root: the address of a call is kept without ids."""
    reader = ClientRequests()
    for path in ("patients/9999999018/Observation/1", "patients/999%20999%209018/metadata", "Patient/9999999018"):
        reader.feed(
            json.dumps(call(0, "a") | {"url": f"https://int.api.service.nhs.uk/{path}?nhs=9999999018"}).encode() + b"\n"
        )
    reader.end()
    text = json.dumps(reader.facts())
    assert "9999999018" not in text
    assert "999 999 9018" not in text
    assert [one["path"] for one in reader.facts()["exchanges"]] == ["Observation/{id}", "metadata", "Patient/{id}"]


def test_submitted_keys_are_enough_where_no_address_is_given() -> None:
    keys = {"keys": [{"kty": "RSA", "kid": "live-1", "use": "sig", "e": "AQAB", "n": "_" + "A" * 341}]}
    with tempfile.TemporaryDirectory() as place:
        lines = "".join(json.dumps(one) + "\n" for one in (token(0), token(9)))
        files = {"client-requests": lines.encode(), "client-keys": json.dumps(keys).encode()}
        rows = ("NHSJWT-002", "NHSJWT-008", "NHSJWT-010", "NHSJWT-011")
        found = outcomes_of(report_on(files, Path(place), {}, rows))
    expected = ("pass", "pass", "inconclusive(prerequisite)", "inconclusive(no-data)")
    assert found == dict(zip(rows, expected, strict=True))


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [1]}', b"<html>", b"[" * 99_999])
def test_what_is_no_key_set_decides_nothing(keys: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        files = {"client-requests": json.dumps(token(0)).encode(), "client-keys": keys}
        rows = ("NHSJWT-002", "NHSJWT-008", "NHSJWT-011")
        found = outcomes_of(report_on(files, Path(place), {}, rows))
    assert {said.partition("(")[0] for said in found.values()} == {"inconclusive"}


def test_gp_connect_by_way_of_the_platform_takes_the_platforms_token() -> None:
    headers = {"Authorization": "Bearer opaque", "Ssp-InteractionID": "urn:nhs:names:services:gpconnect:x"}
    line = {
        "at": at(0),
        "method": "GET",
        "url": "https://int.api.service.nhs.uk/gp/STU3/1/Patient?x=1",
        "headers": headers,
    }
    assert judged([line], "GPC-001").startswith("inconclusive")
    direct = {**line, "url": "https://proxy.example/https://gp.example/A1/STU3/1/Patient?x=1"}
    assert judged([direct], "GPC-001") == "fail"
