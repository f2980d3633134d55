"""What an API wants of every request: headers by rule, with known values, and a parameter in Accept."""

from __future__ import annotations

import base64
import uuid

from checker.model.dressing import dressed, filled, unknown_names
from checker.model.exchange import Request, differences
from checker.model.requirement import HeaderRule, Settings
from checker.model.supplier import Supplier

BASE = "https://api.example/fhir"
SUPPLIER = Supplier(name="S", base_url=BASE, known=(("clinic", "C-17"), ("api-version", "1.2")))
ACCEPT = (("Accept", "application/fhir+json"),)


def rules(*found: HeaderRule, accept: str = "") -> Settings:
    return Settings(request_headers=found, accept_parameter=accept)


def test_without_settings_a_request_stays_as_it_is() -> None:
    request = Request(url=f"{BASE}/Patient", headers=ACCEPT)
    assert dressed(request, SUPPLIER, Settings()) is request


def test_headers_with_known_values_plain_and_in_base64() -> None:
    settings = rules(
        HeaderRule(name="X-Clinic", value="{clinic}"),
        HeaderRule(name="X-Who", value='{"id":"{clinic}"}', encode="base64"),
        HeaderRule(name="X-Unknown", value="{nobody}"),
    )
    made = dressed(Request(url=f"{BASE}/Patient", headers=ACCEPT), SUPPLIER, settings)
    assert made.header("X-Clinic") == "C-17"
    assert base64.b64decode(made.header("X-Who") or "") == b'{"id":"C-17"}'
    assert made.header("X-Unknown") is None


def test_rules_for_an_address_and_a_method() -> None:
    settings = rules(
        HeaderRule(name="X-Way", value="read", path="Patient/*", method="GET"),
        HeaderRule(name="X-Way", value="search", path="Patient"),
    )
    ways = {
        path: dressed(Request(url=f"{BASE}/{path}"), SUPPLIER, settings).header("X-Way")
        for path in ("Patient/1", "Patient?_id=1", "Patient/1/_history", "metadata")
    }
    assert ways == {"Patient/1": "read", "Patient?_id=1": "search", "Patient/1/_history": None, "metadata": None}


def test_other_addresses_get_nothing() -> None:
    settings = rules(HeaderRule(name="X-Clinic", value="{clinic}"))
    for url in ("https://other.example/fhir/Patient", f"{BASE}-old/Patient"):
        assert dressed(Request(url=url), SUPPLIER, settings).headers == ()


def test_the_version_goes_with_accept_unless_accept_says_more() -> None:
    settings = rules(accept="version={api-version}")
    made = dressed(Request(url=f"{BASE}/Patient", headers=ACCEPT), SUPPLIER, settings)
    assert made.header("Accept") == "application/fhir+json; version=1.2"
    other = Request(url=f"{BASE}/Patient", headers=(("Accept", "application/fhir+json;q=1"),))
    assert dressed(other, SUPPLIER, settings) == other
    nobody = Supplier(name="S", base_url=BASE)
    assert dressed(Request(url=BASE, headers=ACCEPT), nobody, settings).header("Accept") == "application/fhir+json"


def test_the_same_request_has_the_same_uuid_and_another_one_another() -> None:
    settings = rules(HeaderRule(name="X-Trace", value="{uuid}"))
    first, again, other = (
        dressed(Request(url=f"{BASE}/{path}"), SUPPLIER, settings).header("X-Trace") or ""
        for path in ("Patient/1", "Patient/1", "Patient/2")
    )
    assert first == again != other
    assert str(uuid.UUID(first)) == first


def test_a_mutant_without_a_header_differs_in_that_alone() -> None:
    settings = rules(
        HeaderRule(name="X-Trace", value="{uuid}"), HeaderRule(name="X-Way", value="read", path="Patient/*")
    )
    control = Request(url=f"{BASE}/Patient/1", headers=ACCEPT)
    for mutant, respect in (
        (Request(url=f"{BASE}/Patient/1", headers=(*ACCEPT, ("X-Trace", ""))), "headers:x-trace"),
        (Request(url=f"{BASE}/NoSuchType", headers=ACCEPT), "url"),
    ):
        one = dressed(control, SUPPLIER, settings)
        other = dressed(mutant, SUPPLIER, settings, like=control)
        assert differences(one, other) == (respect,)


def test_places_in_a_text() -> None:
    assert filled("a-{clinic}", SUPPLIER) == "a-C-17"
    assert filled("{nobody}", SUPPLIER) is None
    assert filled('{"json": true}', SUPPLIER) == '{"json": true}'
    assert unknown_names("{nobody} {clinic} {nobody}", SUPPLIER) == ("nobody",)
