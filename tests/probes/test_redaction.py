"""Secrets and live NHS numbers never reach a capture; ordinary evidence does, byte for byte."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from checker.model.ask import Capture
from checker.model.exchange import HttpExchange, Request, Response
from checker.model.supplier import Authority, Supplier
from checker.model.terms import Reason
from checker.probes.answer import Answer
from checker.probes.live_data import SYSTEM, LiveDataGuard
from checker.probes.redact import Redactor, find_secrets, secret_in_proxy
from checker.probes.secrets import KnownSecrets
from checker.probes.writing import Writer
from tests.probes.support import TurnedClock, Web, all_bytes, exchange, failure, get, listening, live, reply

SECRET = b's3cret/with+"quotes"&\xc3\xa9'
LIVE = "1" + "234567890"  # put together here, so that no such number stands in the repository
OTHER_LIVE = "1" + "134567890"
"""Live by its range; but no check digit fits these nine, so it is nobody's."""
TEST = "9990548609"


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a"), content)
    return file.getvalue()


def redactor(*secrets: bytes) -> Redactor:
    known = KnownSecrets()
    for secret in secrets or (SECRET,):
        known.add("key", secret)
    return Redactor(known, frozenset({"x-tenant-key"}))


SPELLED = [
    SECRET,
    quote(SECRET, safe="").encode(),
    quote_plus(SECRET).encode(),
    json.dumps(SECRET.decode(), ensure_ascii=False).encode(),
    *(base64.b64encode(b"a" * n + SECRET + b"zz") for n in range(3)),
    *(base64.urlsafe_b64encode(b"a" * n + SECRET) for n in range(3)),
]


@pytest.mark.parametrize("form", SPELLED)
def test_a_known_secret_is_found_and_removed_in_every_spelling(form: bytes) -> None:
    body = b'{"a": "' + form + b'", "b": 1}'
    assert find_secrets(body, [b"another secret", SECRET]) == [1]
    tool = redactor()
    clean = tool.body(body, "response.body")
    assert find_secrets(clean, [SECRET]) == []
    assert b"[redacted: key]" in clean
    assert [(one.place, one.name) for one in tool.done] == [("response.body", "key")]


OPAQUE = b"opaque-token/6f2e+90b1=ac37d"


@pytest.mark.parametrize(
    "form",
    [
        OPAQUE.hex().encode(),
        OPAQUE.hex().upper().encode(),
        OPAQUE.decode().encode("utf-16-be"),
        "".join(f"\\u00{byte:02x}" for byte in OPAQUE).encode(),
        "".join(f"&#{byte};" for byte in OPAQUE).encode(),
        "".join(f"&#x{byte:X};" for byte in OPAQUE).encode(),
        "".join(f"%{byte:02x}" for byte in OPAQUE).encode(),
        OPAQUE[:20],
        OPAQUE[-15:],
    ],
)
def test_a_secret_in_a_disguise_is_removed_as_it_would_be_read(form: bytes) -> None:
    tool = redactor(OPAQUE)
    clean = tool.body(b'{"a": "' + form + b' and %20 or &lt; stay"}', "response.body")
    assert b"[redacted: key]" in clean
    assert clean.endswith(b'and %20 or &lt; stay"}')
    assert form not in clean
    assert tool.body(clean, "response.body") == clean


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_a_packed_body_with_a_secret_in_it_is_not_kept(pack: Callable[[bytes], bytes]) -> None:
    assert redactor(OPAQUE).body(pack(b"x " + OPAQUE), "response.body") == b"[redacted: key]"
    assert redactor(OPAQUE).body(pack(b"nothing"), "response.body") == pack(b"nothing")
    cut = pack(b"x " + OPAQUE * 9)[:30]
    assert redactor(OPAQUE).body(cut, "response.body") == cut


def test_the_session_of_a_server_is_learnt_and_an_ordinary_cookie_is_not() -> None:
    tool = redactor()
    session = "8f2c41d7aa0b4c1e93"
    tool.headers((("Set-Cookie", f"sid={session}; Secure"), ("Set-Cookie", "lang=english-of-the-north")), "h")
    assert tool.body(f"session {session}, english-of-the-north".encode(), "b") == (
        b"session [redacted: cookie], english-of-the-north"
    )
    assert session.encode() not in tool.secrets.values()


def test_who_may_enter_is_taken_out_of_addresses() -> None:
    tool = redactor()
    address = "https://operator:word@a.test/x?mail=me@b.test"
    clean = "https://redacted@a.test/x?mail=me@b.test"
    assert tool.headers((("Location", address),), "h") == (("Location", clean),)
    assert tool.body(f'{{"url": "{address}"}}'.encode(), "b") == f'{{"url": "{clean}"}}'.encode()


def test_the_signature_of_a_token_is_as_secret_as_the_token() -> None:
    token = b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLW9mLWFuLWlkLXRva2Vu"
    assert redactor(token).body(b"bad signature " + token.rpartition(b".")[2], "b") == b"bad signature [redacted: key]"


def test_what_holds_no_secret_is_left_alone() -> None:
    tool = redactor()
    body = bytes(range(256)) * 4
    assert tool.body(body, "response.body", tokens=True) == body
    assert tool.url("https://a.test/Observation?code=http://loinc.org|1234&_count=1", "u").endswith("1234&_count=1")
    assert tool.headers((("Content-Type", "text/html"), ("ETag", 'W/"1"')), "h") == (
        ("Content-Type", "text/html"),
        ("ETag", 'W/"1"'),
    )
    assert tool.done == []


def test_the_longer_of_two_secrets_goes_first() -> None:
    clean = redactor(b"abcdefgh", b"abcdefgh-and-more").body(b"x abcdefgh-and-more x", "b")
    assert clean == b"x [redacted: key] x"


def test_headers_that_carry_credentials_are_emptied() -> None:
    names = [
        "Authorization",
        "Proxy-Authorization",
        "X-API-Key",
        "apikey",
        "X-Auth-Token",
        "Ocp-Apim-Subscription-Key",
        "X-Tenant-Key",
    ]
    clean = redactor().headers(tuple((name, "whatever") for name in names), "request.headers")
    assert [value for _, value in clean] == [f"[redacted: {name.lower()}]" for name in names]


def test_cookies_keep_their_names_and_attributes() -> None:
    given = (("Set-Cookie", "sid=abc; Secure; SameSite=Lax"), ("Cookie", "a=1; b=2"), ("Set-Cookie", "odd"))
    assert redactor().headers(given, "h") == (
        ("Set-Cookie", "sid=[redacted: cookie]; Secure; SameSite=Lax"),
        ("Cookie", "a=[redacted: cookie]; b=[redacted: cookie]"),
        ("Set-Cookie", "[redacted: cookie]"),
    )


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("https://a.test/x?access_token=abc&y=1", "https://a.test/x?access_token=redacted-access-token&y=1"),
        ("https://a.test/cb?code=abc&state=xyz", "https://a.test/cb?code=redacted-code&state=xyz"),
        ("https://a.test/cb#id_token=abc", "https://a.test/cb#id_token=redacted-id-token"),
        ("https://me:word@a.test/", "https://redacted@a.test/"),
        (f"https://a.test/{quote(SECRET, safe='')}/x", "https://a.test/redacted-key/x"),
    ],
)
def test_urls_lose_secret_parameters(given: str, clean: str) -> None:
    tool = redactor()
    assert tool.url(given, "request.url") == clean
    assert [one.place for one in tool.done] == ["request.url"]


def test_the_password_of_a_proxy_is_a_secret() -> None:
    assert secret_in_proxy("http://me:long-password@a.test:1") == "long-password"
    assert secret_in_proxy("http://[") == ""


def test_a_secret_that_is_too_short_is_not_searched_for() -> None:
    known = KnownSecrets()
    known.add("short", b"1234567")
    assert known.values() == ()


def guard(**authority: object) -> LiveDataGuard:
    return LiveDataGuard(Authority(**authority))  # type: ignore[arg-type]


def patient(value: object, system: str = SYSTEM) -> bytes:
    return json.dumps({"entry": [{"resource": {"identifier": [{"value": value, "system": system}]}}]}).encode()


@pytest.mark.parametrize(
    "body",
    [
        patient(LIVE),
        patient(int(LIVE)),
        patient(f"{LIVE[:3]} {LIVE[3:6]} {LIVE[6:]}"),
        patient(f"{LIVE[:3]}-{LIVE[3:6]}-{LIVE[6:]}"),
        patient(LIVE, SYSTEM.replace("https", "http") + "/"),
        f'<identifier><system value="{SYSTEM}"/><value value="{LIVE}"/></identifier>'.encode(),
        f"<p>NHS Number: {LIVE[:3]} {LIVE[3:6]} {LIVE[6:]}</p>".encode(),
        f"nhs_number,name\n{TEST},x".replace(TEST, LIVE).encode(),
        json.dumps({"text": f"NHS No. {LIVE}"}).encode(),
        b"[" * 5000 + f'"nhsNumber": "{LIVE}"'.encode(),
    ],
)
def test_a_live_number_is_seen(body: bytes) -> None:
    assert guard().numbers(body) == {LIVE}
    assert guard(live_data_approved_by="A. Person").numbers(body) == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        patient(TEST),
        patient("999 054 8609"),
        patient(LIVE, "https://example.test/local-id"),
        patient("12345"),
        f"Telephone: {LIVE}".encode(),
        f"order 1{LIVE}, NHS number format: 10 digits".encode(),
        json.dumps({"system": None, "value": LIVE}).encode(),
    ],
)
def test_other_numbers_are_not(body: bytes) -> None:
    assert guard().numbers(body) == frozenset()


def test_declared_ranges_are_synthetic_too() -> None:
    declared = guard(test_number_ranges=(("123 000 0000", "123-999-9999"), ("", "")))
    assert declared.numbers(patient(LIVE)) == frozenset()
    assert declared.numbers(patient(OTHER_LIVE)) == {OTHER_LIVE}


@pytest.mark.parametrize(
    "form", [f"{SYSTEM}|{LIVE}", quote(f"{SYSTEM}|{LIVE}", safe=""), f"{SYSTEM}%7c{LIVE[:3]}%20{LIVE[3:]}"]
)
def test_urls_are_masked_in_place(form: str) -> None:
    url = f"https://a.test/Patient?identifier={form}&_count=1"
    clean = guard().redact(url)
    assert LIVE[3:] not in clean
    assert clean.endswith("redacted-nhs-number&_count=1")
    assert guard().redact(url.replace(LIVE[:3], "999")) == url.replace(LIVE[:3], "999")
    assert guard(live_data_approved_by="A. Person").redact(url) == url
    assert guard().redact(f"https://a.test/x?nhsNumber={LIVE}") == "https://a.test/x?nhsNumber=redacted-nhs-number"


def test_a_number_right_behind_an_escape_is_masked() -> None:
    for escape in ("%20", "%22", "%2522", "%7C", "%3D"):
        assert guard().redact(f"/x?q=NHS%20number{escape}{LIVE}") == f"/x?q=NHS%20number{escape}redacted-nhs-number"


def guarded(body: bytes, path: str = "/Patient", **authority: object) -> Capture:
    async def run() -> Capture:
        web = Web({"/Patient": reply(body, f"Content-Location: /Patient?nhs-number={LIVE}")})
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            supplier = Supplier(name="Test", base_url=url, authority=Authority(**authority))  # type: ignore[arg-type]
            async with live(url, supplier=supplier) as outside:
                return await outside.capture(get(url + path))

    return asyncio.run(run())


def test_an_exchange_with_a_live_number_is_withheld_but_for_its_head() -> None:
    capture = guarded(patient(LIVE), f"/Patient?identifier={SYSTEM}|{LIVE}")
    found = failure(capture)
    assert (found.cause, found.reason, capture.withheld) == ("live-data", Reason.UNSAFE, Reason.UNSAFE)
    assert "an NHS number that" in found.message
    answer = exchange(capture).response
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, capture.blobs) == (200, "", {})
    assert answer.wire.decoded_bytes == len(patient(LIVE))
    assert LIVE.encode() not in all_bytes(capture)
    assert exchange(capture).request.url.endswith("|redacted-nhs-number")


def test_live_data_that_was_approved_is_kept() -> None:
    capture = guarded(patient(LIVE), live_data_approved_by="A. Person")
    assert exchange(capture).failure is None
    assert patient(LIVE) in capture.blobs.values()


def test_request_bodies_and_messages_pass_the_same_gate() -> None:
    writer = Writer(redactor(), guard(), TurnedClock())
    asked = Request(url="https://a.test/", method="POST", body=b"grant_type=x&client_secret=" + quote(SECRET).encode())
    sent = HttpExchange(request=asked, interaction="token", view="oauth")
    capture = writer.capture(sent, Answer(status=200, body=b"access_token=abc&x=1"))
    assert exchange(capture).request.body == b"grant_type=x&client_secret=redacted-client-secret"
    assert list(capture.blobs.values()) == [b"access_token=redacted-access-token&x=1"]
    posted = HttpExchange(request=Request(url="https://a.test/", body=patient(LIVE)), interaction="create")
    two = writer.capture(posted, Answer(status=201))
    assert (failure(two).cause, exchange(two).request.body) == ("live-data", b"")
