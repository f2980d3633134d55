"""Certificates: each requirement speaks for itself, whatever the library stopped at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from checker.model.ask import HandshakeAsk
from checker.model.evidence import CertificateFacts, Handshake, HandshakeAttempt
from checker.model.terms import Outcome, Reason
from tests.checks.bench import said
from tests.engine.scripted import SUPPLIER, Scripted, certificate, good_handshake

TRUSTED, NAMES, KEY = "certificate.trusted", "certificate.names-host", "certificate.strong-key"


def shown(*chain: CertificateFacts, **changes: Any) -> Scripted:
    def answer(ask: HandshakeAsk, at: datetime) -> Handshake:
        good = good_handshake(ask, at)
        attempts = tuple(
            msgspec.structs.replace(one, chain=chain or one.chain, verified=False, **changes) for one in good.attempts
        )
        return msgspec.structs.replace(good, attempts=attempts)

    return Scripted(handshake=answer)


@pytest.mark.parametrize("check", [TRUSTED, NAMES, KEY])
def test_a_good_certificate_passes(check: str) -> None:
    assert said(check).outcome is Outcome.PASS


@pytest.mark.parametrize("check", [TRUSTED, NAMES, KEY])
def test_without_tls_or_without_a_certificate_nothing_is_decided(check: str) -> None:
    plain = msgspec.structs.replace(SUPPLIER, base_url="http://fhir.test/r4")
    assert said(check, supplier=plain).reason is Reason.PREREQUISITE

    def fails(ask: HandshakeAsk, at: datetime) -> Handshake:
        attempt = HandshakeAttempt(offered=ask.offers[0], completed=False, problem="timeout", at=at)
        return Handshake(host=ask.host, port=ask.port, attempts=(attempt,))

    verdict = said(check, Scripted(handshake=fails))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.TIMEOUT)


@pytest.mark.parametrize("problem", ["expired", "host-name", "weak", "revoked"])
def test_a_chain_that_leads_to_the_store_is_trusted_whatever_else_is_wrong(problem: str) -> None:
    assert said(TRUSTED, shown(trusted=True, problem=problem)).outcome is Outcome.PASS


def test_a_certificate_that_signed_itself_is_a_finding() -> None:
    own = certificate(issuer="CN=fhir.test")
    assert said(TRUSTED, shown(own, trusted=False, problem="untrusted")).outcome is Outcome.FAIL
    assert said(TRUSTED, shown(own, trusted=True)).outcome is Outcome.PASS  # it was given as a root


def test_an_issuer_that_is_not_known_decides_nothing_and_is_named() -> None:
    outside = shown(certificate(issuer="CN=Proxy of the ward"), trusted=False, problem="untrusted", detail="no issuer")
    verdict = said(TRUSTED, outside)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
    assert "CN=Proxy of the ward" in verdict.why[0]
    assert "--ca-bundle" in verdict.why[0]


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [("untrusted", Outcome.FAIL), ("expired", Outcome.INCONCLUSIVE), ("host-name", Outcome.INCONCLUSIVE)],
)
def test_an_old_recording_says_what_it_can(problem: str, outcome: Outcome) -> None:
    verdict = said(TRUSTED, shown(certificate(issuer="CN=fhir.test"), trusted=None, problem=problem))
    assert verdict.outcome is outcome
    if outcome is Outcome.INCONCLUSIVE:
        assert verdict.reason is Reason.NO_DATA


@pytest.mark.parametrize(
    ("names", "passes"),
    [
        (("fhir.test",), True),
        (("FHIR.Test",), True),
        (("other.test", "fhir.test."), True),
        (("*.test",), True),
        ((), False),
        (("test",), False),
        (("*.fhir.test",), False),
        (("*",), False),
        (("f*.test",), False),
        (("*.*",), False),
        (("fhir.test.example",), False),
    ],
)
def test_the_host_name_is_held_against_the_names_of_the_leaf(names: tuple[str, ...], passes: bool) -> None:
    verdict = said(NAMES, shown(certificate(dns_names=names, subject="CN=fhir.test")))
    assert (verdict.outcome is Outcome.PASS) == passes
    if not passes:
        assert verdict.findings[0].actual == (", ".join(names) or "no subject alternative name")


@pytest.mark.parametrize(
    ("host", "changes", "passes"),
    [
        ("127.0.0.1", {"ip_addresses": ("127.0.0.1",)}, True),
        ("127.0.0.1", {"dns_names": ("127.0.0.1",)}, False),
        ("127.0.0.1", {"ip_addresses": ("127.0.0.2",), "dns_names": ("*.0.0.1",)}, False),
        ("[::1]", {"ip_addresses": ("0:0:0:0:0:0:0:1",)}, True),
    ],
)
def test_an_address_takes_an_address(host: str, changes: dict[str, Any], passes: bool) -> None:
    supplier = msgspec.structs.replace(SUPPLIER, base_url=f"https://{host}/r4")
    verdict = said(NAMES, shown(certificate(**changes)), supplier=supplier)
    assert (verdict.outcome is Outcome.PASS) == passes


def test_many_names_are_not_all_told() -> None:
    many = tuple(f"n{number}.example" for number in range(9))
    assert said(NAMES, shown(certificate(dns_names=many))).findings[0].actual.endswith("and 4 more")


@pytest.mark.parametrize(
    ("kind", "bits", "outcome"),
    [
        ("RSA", 2048, Outcome.PASS),
        ("RSA", 2047, Outcome.FAIL),
        ("EC", 256, Outcome.PASS),
        ("EC", 192, Outcome.FAIL),
        ("Ed25519", 256, Outcome.PASS),
        ("Ed448", 456, Outcome.PASS),
        ("DSA", 3072, Outcome.FAIL),
        ("", 0, Outcome.INCONCLUSIVE),
        ("RSA", 0, Outcome.INCONCLUSIVE),
    ],
)
def test_the_key_is_long_enough(kind: str, bits: int, outcome: Outcome) -> None:
    assert said(KEY, shown(certificate(key_type=kind, key_bits=bits))).outcome is outcome


def test_the_keys_of_the_authorities_are_not_judged() -> None:
    assert said(KEY, shown(certificate(), certificate(key_type="RSA", key_bits=1024))).outcome is Outcome.PASS
