"""[headers] and [caller] of supplier.toml: what is filled in, and what is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from checker.engine.collect import without_locations
from checker.engine.reproduce import commands
from checker.engine.supplier_file import SupplierFile, SupplierOptions, merge, read_supplier
from checker.errors import SupplierFault
from checker.model.exchange import LEFT_OUT, Request
from checker.model.supplier import HeaderTemplate, IdentityRef, Supplier

CALLER = """
[caller]
ods-code = "A1001"
organisation-name = "Żółw Surgery"
role-id = "093895563513"
target-service = "2000011147"
"""


def read(headers: str, caller: str = CALLER) -> SupplierFile:
    return read_supplier(f'[supplier]\nname = "x"\n[headers]\n{headers}\n{caller}'.encode(), "supplier.toml", Path())


def one(headers: str) -> HeaderTemplate:
    (found,) = read(headers).supplier.headers
    return found


def test_who_asks_is_filled_in_from_what_the_caller_says() -> None:
    assert one('NHSD-Session-URID = "{role-id}"').value == "093895563513"
    assert one('NHSD-End-User-Organisation-ODS = "{ods-code}"').value == "A1001"
    assert one('X-Whole = "{ods-code}/{role-id}"').value == "A1001/093895563513"


def test_an_organisation_is_a_fhir_resource_in_base64() -> None:
    value = one('NHSD-End-User-Organisation = "{organisation}"').value
    assert json.loads(base64.b64decode(value, validate=True)) == {
        "resourceType": "Organization",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A1001"}],
        "name": "Żółw Surgery",
    }


@pytest.mark.parametrize(("more", "system"), [("", "dos-service-id"), ('target-system = "urn:other"', "urn:other")])
def test_a_target_is_an_identifier_in_base64(more: str, system: str) -> None:
    (found,) = read('NHSD-Target-Identifier = "{target}"', CALLER + more).supplier.headers
    told = json.loads(base64.b64decode(found.value, validate=True))
    assert told["value"] == "2000011147"
    assert told["system"].endswith(system)


def test_what_a_run_fills_in_is_left_as_it_is_and_no_path_of_this_machine_is_kept() -> None:
    found = read('X-Correlation-ID = "{correlation-id}"\napikey = "{env:KEY}"\nX-Device = "{json:a/b/device.json}"')
    assert [one.value for one in found.supplier.headers] == ["{correlation-id}", "{env:KEY}", "{json:a/b/device.json}"]
    kept = without_locations(found.supplier).headers
    assert [one.value for one in kept] == ["{correlation-id}", "{env:KEY}", "{json:device.json}"]


@pytest.mark.parametrize(
    ("headers", "caller", "says"),
    [
        ('"X Y" = "a"', "", "not the name of a header"),
        ('"X:Y" = "a"', "", "not the name of a header"),
        ('X-Request-ID = "a"', "", "anew for each request"),
        ('authorization = "Bearer x"', "", "An identity does that"),
        ('Host = "elsewhere.example"', "", "HTTP itself, or a test"),
        ('if-match = "W/1"', "", "HTTP itself, or a test"),
        ('X-A = "1"\nx-a = "2"', "", "stands twice"),
        ('X-A = "a\\r\\nb"', "", "cannot be sent in a header"),
        ('X-A = "é"', "", "cannot be sent in a header"),
        ('X-A = " a"', "", "cannot be sent in a header"),
        ('X-A = ""', "", "does not fit"),
        ("X-A = 5", "", "must be text"),
        ('X-A = "{ods-code"', CALLER, "belongs to no placeholder"),
        ('X-A = "{ods-cod}"', CALLER, "Did you mean 'ods-code'"),
        ('X-A = "{env:}"', "", "not the name of an environment variable"),
        ('X-A = "{env:a b}"', "", "not the name of an environment variable"),
        ('X-A = "{json:}"', "", "no file follows"),
        ('X-A = "{ods-code}"', "", "needs 'ods-code'"),
        ('X-A = "{organisation}"', '[caller]\nods-code = "A1001"', "needs 'organisation-name'"),
        ('apikey = "k3yk3yk3y"', "", "secrets are never written"),
        ('X-Api-Key = "k3yk3yk3y"', "", "secrets are never written"),
        ('X-A = "{role-id}"', '[caller]\nrole-id = "12a"', "'role-id' does not fit"),
        ('X-A = "{ods-code}"', '[caller]\nods-code = "A 1"', "'ods-code' does not fit"),
        ('X-A = "a"', '[caller]\nods = "A1"', "unknown key"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(headers: str, caller: str, says: str) -> None:
    with pytest.raises(SupplierFault) as caught:
        read(headers, caller)
    assert says in str(caught.value)
    assert caught.value.where.startswith("supplier.toml:")
    assert caught.value.next_step
    assert "k3yk3yk3y" not in str(caught.value)


IDENTITY = """[supplier]
name = "x"
[endpoint]
base-url = "https://fhir.example/r4"
token-url = "https://auth.example/token"
[identity.default]
"""


def test_an_identity_names_a_passphrase_a_client_id_and_an_end_by_reference() -> None:
    more = 'kind = "private-key-jwt"\nclient-id-env = "ID"\nkey-file = "a.key"\nkey-passphrase-env = "PASS"'
    (found,) = read_supplier((IDENTITY + more).encode(), "s", Path("/place")).identities
    assert found.client_id_from is not None
    assert found.client_id_from.env == "ID"
    assert found.key_passphrase is not None
    assert found.key_passphrase.env == "PASS"
    more = 'kind = "bearer"\nsecret-env = "TOKEN"\nexpires-at = 2026-11-30T09:00:00Z'
    (found,) = read_supplier((IDENTITY + more).encode(), "s", Path()).identities
    assert str(found.expires_at) == "2026-11-30 09:00:00+00:00"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('kind = "bearer"\nsecret-env = "T"\nexpires-at = 2026-11-30T09:00:00', "not a time with a zone"),
        ('kind = "bearer"\nsecret-env = "T"\nexpires-at = "soon"', "not a time with a zone"),
        ('kind = "api-key"\nsecret-env = "T"\nexpires-at = 2026-11-30T09:00:00Z', "is for the kind bearer"),
        ('kind = "private-key-jwt"\nclient-id = "a"\nclient-id-env = "B"\nkey-env = "K"', "are both given"),
        ('kind = "private-key-jwt"\nkey-env = "K"', "has no client-id"),
        ('kind = "private-key-jwt"\nclient-id = "a"\nkey-env = "K"\nkey-passphrase = "s3cr3ts3cr3t"', "never written"),
    ],
)
def test_what_an_identity_may_not_say(more: str, says: str) -> None:
    with pytest.raises(SupplierFault) as caught:
        read_supplier((IDENTITY + more).encode(), "s", Path())
    assert says in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_token_option_keeps_the_client_certificate_of_the_file() -> None:
    more = 'kind = "client-certificate"\ncertificate-file = "c.pem"\ncertificate-key-file = "c.key"'
    found = read_supplier((IDENTITY + more).encode(), "s", Path())
    (merged,) = merge(found, SupplierOptions(token_env="TOKEN")).identities
    assert (merged.kind, merged.secret is not None) == ("bearer", True)
    assert merged.certificate == found.identities[0].certificate
    assert merged.certificate_key == found.identities[0].certificate_key


def test_the_command_that_repeats_a_request_has_its_headers_and_no_secret() -> None:
    headers = (
        HeaderTemplate(name="NHSD-Session-URID", value="093895563513"),
        HeaderTemplate(name="X-Correlation-ID", value="{correlation-id}"),
        HeaderTemplate(name="apikey", value="{env:NHS_KEY}"),
        HeaderTemplate(name="X-Odd", value='"$(reboot)" {request-id}'),
    )
    identities = (IdentityRef(name="default", kind="bearer"),)
    supplier = Supplier(name="x", base_url="https://fhir.example/r4", headers=headers, identities=identities)
    told = commands(Request(url="https://fhir.example/r4/Patient"), supplier)
    assert "-H 'NHSD-Session-URID: 093895563513'" in told["sh"]
    assert '-H "X-Correlation-ID: $CORRELATION_ID"' in told["sh"]
    assert '-H "apikey: $NHS_KEY"' in told["sh"]
    assert '-H "apikey: $env:NHS_KEY"' in told["powershell"]
    assert "reboot" not in told["sh"]
    nobody = commands(Request(url="https://fhir.example/r4/Patient", identity=""), supplier)["sh"]
    assert "NHSD-Session-URID" in nobody
    assert "apikey" not in nobody
    without = Request(url="https://fhir.example/r4/Patient", headers=(("nhsd-session-urid", LEFT_OUT),))
    assert "urid" not in commands(without, supplier)["sh"].lower()
    assert "NHSD" not in commands(Request(url="https://elsewhere.example/Patient"), supplier)["sh"]
