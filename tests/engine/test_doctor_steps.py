"""The steps of the doctor from hand-made observations: public certificates, odd names, odd dates, odd answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checker.engine.doctor.diagnose import diagnose
from checker.engine.doctor.interception import host_is_public, inspector, issued_publicly, short_name
from checker.engine.doctor.login import skew_s
from checker.engine.doctor.observed import Asked, Observed
from checker.engine.doctor.step import Diagnosis, State, Step, not_needed, not_tried, shown
from checker.engine.doctor.tls import fits_host
from checker.engine.supplier_file import SupplierFile
from checker.model.evidence import CertificateFacts, HandshakeAttempt, envelope
from checker.model.exchange import Failure, HttpExchange, Request, Response
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import sha256
from checker.model.view import Exchange
from checker.probes.config import IdentityConfig, NetworkConfig
from checker.probes.reach import PORT, PROXY, Lookup, Reach

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOST = "fhir.example.org"


def certificate(issuer: str, *, names: tuple[str, ...] = (HOST,), subject: str = "CN=leaf", days: int = 90) -> Any:
    return CertificateFacts(
        der=b"",
        subject=subject,
        issuer=issuer,
        not_before=NOON - timedelta(days=1),
        not_after=NOON + timedelta(days=days, minutes=1),
        dns_names=names,
    )


def handshake(
    *chain: CertificateFacts, problem: str = "", detail: str = "", completed: bool = True
) -> HandshakeAttempt:
    return HandshakeAttempt(
        offered=("TLSv1.2", "TLSv1.3"),
        completed=completed,
        version="TLSv1.2" if completed else "",
        verified=completed and not problem,
        problem=problem,
        detail=detail,
        chain=chain,
        at=NOON,
    )


def observed(**changes: Any) -> Observed:
    network = changes.pop("network", NetworkConfig())
    identities = changes.pop("identities", ())
    supplier = Supplier(name="Test", base_url=changes.pop("base_url", f"https://{HOST}/r4"))
    seen = Observed(found=SupplierFile(supplier=supplier, network=network, identities=identities), source="")
    seen.lookup = Lookup(("192.0.2.1",), elapsed_ms=3)
    seen.reach = Reach(address="192.0.2.1")
    for name, value in changes.items():
        setattr(seen, name, value)
    return seen


def exchange(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Exchange:
    lines = tuple((headers or {}).items())
    response = Response(status=status, headers=lines, body=sha256(body) if body else "")
    payload = HttpExchange(
        request=Request(url="https://fhir.example.org/r4/metadata"),
        interaction="capabilities",
        response=response,
        elapsed_ms=200,
    )
    return Exchange(envelope(payload, number=0, ask="", captured_at=NOON, previous=""), {sha256(body): body}.get)


def step(seen: Observed, name: str) -> Step:
    return next(one for one in diagnose(seen).steps if one.name == name)


# The certificate -----------------------------------------------------------------------------

PUBLIC = frozenset({"CN=ISRG Root X1,O=Internet Security Research Group,C=US"})
(ROOT,) = PUBLIC


def test_a_chain_to_a_public_root_is_nobodys_who_reads_along() -> None:
    chain = (certificate("CN=Zscaler Intermediate"), certificate(ROOT))
    assert issued_publicly(chain, PUBLIC)
    assert inspector(chain, PUBLIC) == ""
    said = step(observed(handshake=handshake(*chain), public_names=PUBLIC), "TLS")
    assert (said.state, said.next) == (State.WORKS, "")


@pytest.mark.parametrize(
    ("issuer", "maker"),
    [
        ("CN=Zscaler Root CA,O=Zscaler Inc.", "Zscaler"),
        ("CN=proxy,O=ZSCALER", "Zscaler"),
        ("CN=Cisco Umbrella Primary SubCA", "Cisco Umbrella"),
        ("CN=ESET SSL Filter CA", "ESET"),
        ("CN=Preset Signing CA,O=Gadget Sophosticated", ""),
        ("CN=Example Supplier Root", ""),
    ],
)
def test_who_reads_along_is_told_by_the_issuer(issuer: str, maker: str) -> None:
    assert inspector((certificate(issuer),), PUBLIC) == maker


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("fhir.example.org", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("8.8.8.8", True),
        ("ehr.trust.local", False),
        ("ehr", False),
    ],
)
def test_which_hosts_could_be_in_the_public_internet(host: str, public: bool) -> None:
    assert host_is_public(host) is public


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        (("fhir.example.org",), True),
        (("FHIR.Example.ORG.",), True),
        (("*.example.org",), True),
        (("*.org", "example.org"), False),
        ((), False),
    ],
)
def test_a_certificate_fits_by_name_or_by_wildcard_of_one_label(names: tuple[str, ...], fits: bool) -> None:
    assert fits_host(certificate("CN=a", names=names), HOST) is fits


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("expired", "renew"),
        ("not-yet-valid", "clock"),
        ("host-name", HOST),
        ("revoked", "replace"),
        ("untrusted", "reading along"),
    ],
)
def test_each_trouble_with_a_certificate_has_its_own_advice(problem: str, words: str) -> None:
    chain = (certificate("CN=Somebody"), certificate("CN=Somebody"))
    said = step(observed(handshake=handshake(*chain, problem=problem), public_names=PUBLIC), "TLS")
    assert said.state is State.TROUBLE
    assert words in said.next


def test_a_self_signed_certificate_is_called_so() -> None:
    lone = certificate("CN=leaf", subject="CN=leaf")
    said = step(observed(handshake=handshake(lone, problem="untrusted"), public_names=PUBLIC), "TLS")
    assert "self-signed" in said.next


def test_a_certificate_that_ends_soon_is_remarked_on() -> None:
    chain = (certificate(ROOT, days=9),)
    said = step(observed(handshake=handshake(*chain), public_names=PUBLIC), "TLS")
    assert said.state is State.WORKS
    assert "9 days" in said.next


@pytest.mark.parametrize(
    ("problem", "detail", "words"),
    [
        ("alert", "tlsv1 alert protocol version", "neither TLS 1.2 nor 1.3"),
        ("alert", "tlsv13 alert certificate required", "client certificate"),
        ("alert", "tlsv1 unrecognized name alert", "host name"),
        ("alert", "sslv3 alert handshake failure", "refused the handshake"),
        ("protocol", "wrong version number", "http://"),
        ("closed", "", "hung up"),
        ("reset", "", "hung up"),
        ("timeout", "", "nobody answers"),
        ("unsupported", "", "newer Python"),
        ("something new", "", "Try again"),
    ],
)
def test_each_way_in_which_a_handshake_fails_has_its_own_advice(problem: str, detail: str, words: str) -> None:
    said = step(observed(handshake=handshake(problem=problem, detail=detail, completed=False)), "TLS")
    assert said.state is State.TROUBLE
    assert words in said.next


def test_names_are_shown_for_people() -> None:
    assert short_name("CN=Zscaler Root,O=Zscaler Inc.,C=US") == "Zscaler Root, Zscaler Inc."
    assert short_name("C=GB") == "C=GB"
    assert short_name("") == "nobody"
    assert short_name("no name at all") == "no name at all"
    assert shown("a\n  b" + "c" * 300, 10) == "a bcccccc…"


# The way -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "words"),
    [("refused", "Nothing listens"), ("connect-timeout", "firewall drops"), ("unreachable", "no route")],
)
def test_a_port_that_is_refused_silent_or_unreachable_is_told_apart(cause: str, words: str) -> None:
    failure = Failure(reason=Reason.NETWORK, cause=cause, message="no")
    said = step(observed(reach=Reach(PORT, failure), proxy_variables=("HTTPS_PROXY",)), "port")
    assert said.state is State.TROUBLE
    assert words in said.next
    assert "HTTPS_PROXY" in said.next


def test_an_http_url_has_no_tls_and_that_is_said() -> None:
    said = step(observed(base_url="http://fhir.example.org/r4"), "TLS")
    assert said.state is State.NOT_NEEDED
    assert "encrypted" in said.seen[0]


def test_a_proxy_whose_name_leads_nowhere_is_told_from_one_that_refuses() -> None:
    failure = Failure(reason=Reason.NETWORK, cause="proxy", message="The name proxy.example has no address here.")
    network = NetworkConfig(proxy="http://proxy.example:8080")
    said = step(observed(network=network, reach=Reach(PROXY, failure), lookup=None), "proxy")
    assert said.state is State.TROUBLE
    assert "spelling" in said.next


def test_a_proxy_reached_by_https_is_left_to_the_requests() -> None:
    seen = observed(network=NetworkConfig(proxy="https://proxy.example:8080"), reach=None, lookup=None)
    seen.metadata = Asked(exchange(body=b'{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}'))
    assert seen.way_open
    assert step(seen, "proxy").state is State.NOT_TRIED
    assert not step(seen, "proxy").needed
    assert step(seen, "metadata").state is State.WORKS


# The clock -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "more", "skew"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", {}, 0),
        ("Sun, 22 Nov 2026 11:59:59 GMT", {}, 0),
        ("Sun, 22 Nov 2026 12:00:40 GMT", {}, 40),
        ("Sun, 22 Nov 2026 11:58:59 GMT", {}, -60),
        ("Sunday, 22-Nov-26 12:00:40 GMT", {}, 40),
        ("Sun, 22 Nov 2026 11:50:00 GMT", {"Age": "600"}, 0),
        ("Sun, 22 Nov 2026 11:50:00 GMT", {"Age": "soon"}, None),
        ("yesterday", {}, None),
        ("", {}, None),
    ],
)
def test_the_date_of_an_answer(date: str, more: dict[str, str], skew: int | None) -> None:
    assert skew_s(exchange(headers={"Date": date, **more})) == skew


def test_a_skew_counts_only_where_a_signed_assertion_depends_on_it() -> None:
    metadata = Asked(exchange(headers={"Date": "Sun, 22 Nov 2026 13:00:00 GMT"}))
    for kind, needed in (("private-key-jwt", True), ("client-credentials", False)):
        identity = IdentityConfig(name="default", kind=kind, token_url="https://auth.example/token")
        said = step(observed(identities=(identity,), metadata=metadata), "clock")
        assert (said.state, said.needed) == (State.TROUBLE, needed)


# The token -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, b'{"error":"invalid_grant"}', "audience"),
        (400, b'{"error":"unauthorized_client"}', "may not do this"),
        (400, b'{"error":"invalid_scope"}', "scope"),
        (400, b'{"error":"unsupported_grant_type"}', "how a system logs in"),
        (400, b'{"error":{"code":7}}', "instructions"),
        (400, b"[]", "instructions"),
        (401, b"", "client-id"),
        (404, b"<html>", "token-url"),
        (302, b"", "moved"),
        (500, b"", "broke"),
        (200, b'{"token":"x"}', "access_token"),
    ],
)
def test_what_a_token_endpoint_says_leads_to_what_to_do(status: int, body: bytes, words: str) -> None:
    identity = IdentityConfig(name="default", kind="private-key-jwt", token_url="https://auth.example/token")
    name = "token endpoint" if status in (302, 404) else "token"
    said = step(observed(identities=(identity,), token=Asked(exchange(status, body))), name)
    assert said.state is State.TROUBLE
    assert words in said.next


@pytest.mark.parametrize("body", [b"null", b"[]", b'{"resourceType":["x"]}', b'{"resourceType":5}', b"\xff", b""])
def test_odd_answers_are_no_resource_and_never_break_the_doctor(body: bytes) -> None:
    for name in ("metadata", "search", "read"):
        whole = {one: Asked(exchange(body=b'{"resourceType":"Bundle","entry":3}')) for one in ("metadata", "search")}
        said = diagnose(observed(**{**whole, name: Asked(exchange(body=body))}))
        assert said.exit_code == 3


# The whole -----------------------------------------------------------------------------------


def test_the_exit_code_is_that_of_what_is_needed() -> None:
    works = Step(name="configuration", state=State.WORKS)
    trouble = Step(name="port", state=State.TROUBLE)
    unneeded = Step(name="clock", state=State.TROUBLE, needed=False)
    assert Diagnosis(steps=(works, not_needed("name"), unneeded)).exit_code == 0
    assert Diagnosis(steps=(works, not_tried("read", "x"))).exit_code == 3
    assert Diagnosis(steps=(works, trouble)).exit_code == 3
    broken = Step(name="configuration", state=State.TROUBLE)
    assert Diagnosis(steps=(broken, trouble)).exit_code == 2
    assert Diagnosis(steps=(works, unneeded, trouble)).first_trouble is trouble
