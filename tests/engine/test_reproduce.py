"""Commands that repeat a finding: what they ask for is nobody's, or is left for whoever repeats it to fill in."""

from __future__ import annotations

import pytest

from checker.engine.reproduce import commands
from checker.model.exchange import Request
from checker.model.supplier import Supplier

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
