"""Commands that repeat a finding: what they ask for is nobody's, or is left for whoever repeats it to fill in."""

from __future__ import annotations

import pytest

from checker.engine.reproduce import commands
from checker.model.asked import BASIC_INSTEAD, IN_FORM
from checker.model.asked_oauth import AS_CLIENT, BY_GET, LEFT_OUT_PROOF, REFRESH_AGAIN, WRONG_SECRET
from checker.model.exchange import Request
from checker.model.supplier import IdentityRef, Supplier

SUPPLIER = Supplier(name="S", base_url="https://fhir.test/r4")
SEARCH = "https://fhir.test/r4/Patient"


@pytest.mark.parametrize(
    ("url", "body", "shown", "hidden"),
    [
        (f"{SEARCH}?birthdate=1948-02-29", b"", "birthdate=BIRTHDATE", "1948"),
        (f"{SEARCH}?birthdate=ge1948-02-29&name=Maple", b"", "name=NAME", "Maple"),
        (f"{SEARCH}?birthdate=not-a-date", b"", "birthdate=not-a-date", "BIRTHDATE"),
        (f"{SEARCH}?birthdate=le1800-12-31", b"", "birthdate=le1800-12-31", "BIRTHDATE"),
        (f"{SEARCH}/_search", b"birthdate=1800-01-01&family=Maple", "family=FAMILY", "Maple"),
        (f"{SEARCH}?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018", b"", "NHS-NUMBER", "999000"),
        (
            f"{SEARCH}/$x",
            b'{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}',
            '"value": "NHS-NUMBER"',
            "999000",
        ),
    ],
)
def test_values_of_people_are_left_out(url: str, body: bytes, shown: str, hidden: str) -> None:
    for text in commands(Request(url=url, method="POST" if body else "GET", body=body), SUPPLIER).values():
        assert shown in text.replace('\\"', '"')
        assert hidden not in text


@pytest.mark.parametrize(
    ("kind", "alteration", "shown"),
    [
        ("private-key-jwt", AS_CLIENT, 'jwt-bearer" --data-urlencode "client_assertion=$ASSERTION"'),
        ("private-key-jwt", f"{AS_CLIENT}:exp-far", '"client_assertion=$ASSERTION_EXP_FAR"'),
        ("private-key-jwt", BY_GET, "curl -i -G --data-urlencode"),
        ("client-credentials", AS_CLIENT, '-u "$CLIENT_ID:$CLIENT_SECRET"'),
        ("client-credentials", WRONG_SECRET, '-u "$CLIENT_ID:$WRONG_CLIENT_SECRET"'),
        ("client-credentials", LEFT_OUT_PROOF, "curl -i -X POST --data-binary"),
        ("client-credentials", BASIC_INSTEAD, '-u "$CLIENT_ID:$CLIENT_SECRET"'),
        ("bearer", REFRESH_AGAIN, '"refresh_token=$REFRESH_TOKEN"'),
        ("bearer", IN_FORM, '--data-urlencode "access_token=$TOKEN"'),
    ],
)
def test_what_a_client_proves_itself_by_is_a_variable(kind: str, alteration: str, shown: str) -> None:
    supplier = Supplier(name="S", base_url="https://fhir.test/r4", identities=(IdentityRef(name="default", kind=kind),))
    request = Request(url="https://auth.test/token", method="POST", body=b"grant_type=x", alteration=alteration)
    told = commands(request, supplier)["sh"]
    assert shown in told
    assert "Bearer" not in told


@pytest.mark.parametrize(
    ("change", "with_it", "without"),
    [
        ("shown", ["--cert client.pem", "Bearer $TOKEN"], ["ALTERED"]),
        ("none", ["Bearer $TOKEN"], ["--cert", "ALTERED"]),
        ("self-signed", ["--cert self-signed.pem --key self-signed.key"], ["client.pem"]),
        ("in-apache-headers", ['"X-SSL-Client-Cert: $CLAIMED_CERTIFICATE"'], ["--cert"]),
    ],
)
def test_a_connection_with_another_certificate_is_repeated_with_it(
    change: str, with_it: list[str], without: list[str]
) -> None:
    identity = IdentityRef(name="default", kind="bearer", certificate=True)
    supplier = Supplier(name="Example", base_url="https://records.example/fhir", identities=(identity,))
    request = Request(url="https://records.example/fhir/Patient/1", alteration=f"client-certificate:{change}")
    found = commands(request, supplier)["sh"]
    assert all(part in found for part in with_it), found
    assert not any(part in found for part in without), found
