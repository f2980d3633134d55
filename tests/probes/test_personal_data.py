"""Server logs: what is found in which line, what is not, and what packed and damaged logs come to."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from checker.model.ask import ArtefactAsk
from checker.model.supplier import ArtefactRef, Supplier
from checker.probes.artefact import named_artefact, read_files
from checker.probes.personal_data import PersonalData
from checker.probes.unpacked import Unpacked

NUMBER, GROUPED = "9990000018", "999 000 0018"


def facts(*chunks: bytes) -> dict[str, Any]:
    reader = PersonalData()
    for chunk in chunks:
        reader.feed(chunk)
    reader.end()
    found = reader.facts()
    assert NUMBER not in str(found)
    return found


def hits(*lines: str) -> dict[str, list[str]]:
    found = facts("\n".join(lines).encode())["hits"]
    return {sort: one["places"] for sort, one in found.items()}


@pytest.mark.parametrize(
    ("line", "sort"),
    [
        (f"search by NHS number {GROUPED}", "nhs-number"),
        (f"GET /fhir/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{NUMBER} 200", "nhs-number"),
        ("GET /fhir/Patient?nhsNumber=999%20000%200018 200", "nhs-number"),
        (f'{{"nhs_number": "{NUMBER}"}}', "nhs-number"),
        ('{"resourceType":"Patient","birthDate":"1979-04-05"}', "birth-date"),
        ('body={\\"birthDate\\":\\"1979-04-05\\"}', "birth-date"),
        ("patient DOB 05/04/1979 not found", "birth-date"),
        ('{"name":[{"family":"Kestrelby"}]}', "name"),
        ('{"postalCode":"ZZ12 9ZZ"}', "postcode"),
        ("GET /fhir/Patient?family=Kestrelby&given=Amina", "search-criteria"),
        ("GET /fhir/Patient?birthdate=1979-04-05 200", "search-criteria"),
        ("NI AB 12 34 56 C", "nino"),
    ],
)
def test_personal_data_in_a_line_is_found_by_its_sort_and_place(line: str, sort: str) -> None:
    assert hits("started", line, "ended")[sort] == ["file 1, line 2"]


@pytest.mark.parametrize(
    "line",
    [
        '10.0.0.7 - - [03/Mar/2026:06:00:11 +0000] "GET /fhir/Patient/7f0c HTTP/1.1" 200 1204',
        f"order={NUMBER} ts=1772517607 bytes={NUMBER}",
        f"trace=4bf92f{NUMBER}a3ce929d0e0e4736 0f3a2b1c-9990-4000-8018-a{NUMBER}b",
        "GET /fhir/Patient?family=***&birthdate=[REDACTED]&given=xxx",
        "GET /fhir/Patient?birthdate=ge1900-01-01&_count=10",
        '{"family":"***","birthDate":"xxxx-xx-xx","surname":""}',
        '{"resourceType":"Patient","id":"7f0c","status":200}',
        "font-family: Arial; at SW1A 1AA",
        "mail to on-call@supplier.example",
    ],
)
def test_what_a_log_may_hold_is_not_found(line: str) -> None:
    assert hits(line) == {}


def test_numbers_without_label_are_counted_each_once() -> None:
    found = facts(b"id 9990000018 9990000019\nid 9990000018 9990000026\nid 1772517607\n")
    assert found["bare"] == {"numbers": 3, "passing": 2}
    assert found["lines"] == 3
    assert found["hits"]["bare-number"]["count"] == 2


@pytest.mark.parametrize("size", [1, 7, 40, 10_000])
def test_how_a_log_is_cut_does_not_show(size: int) -> None:
    text = "".join(f"line {n}\nNHS number {GROUPED}\n" for n in range(50)).encode() + b"DOB 1/2/1950"
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    assert facts(*chunks) == facts(text)
    assert facts(text)["hits"]["nhs-number"]["count"] == 50


def test_a_line_without_end_is_read_in_bounded_memory() -> None:
    long = [b"x" * 700_000] * 5 + [f" NHS number {GROUPED} ".encode()] + [b"x" * 700_000] * 3
    found = facts(*long)
    assert found["hits"]["nhs-number"]["places"] == ["file 1, line 1"]
    assert found["lines"] == 1


def har(*urls: str, **more: Any) -> bytes:
    entries = [{"request": {"url": url, **more}, "response": {"content": {"text": f"NHS {GROUPED}"}}} for url in urls]
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def test_of_a_har_file_the_urls_are_looked_at_and_not_what_was_shown() -> None:
    found = facts(har("https://a.example/app/7f0c", "https://b.example/hit"))
    assert found["hits"] == {}
    assert found["har"]["hosts"] == {"a.example": 1, "b.example": 1}
    assert found["har"]["hits"] == {}
    leaking = facts(har(f"https://a.example/p?nhsNumber={NUMBER}", "https://a.example/p?family=Kestrelby"))
    assert leaking["har"]["hits"]["nhs-number"]["places"] == ["file 1, entry 0"]
    assert leaking["har"]["hits"]["search-criteria"]["places"] == ["file 1, entry 1"]
    referred = facts(
        har("https://t.example/x", headers=[{"name": "Referer", "value": f"https://a.example/nhs/{NUMBER}"}])
    )
    assert referred["har"]["hits"]["nhs-number"]["count"] == 1


@pytest.mark.parametrize(
    "text",
    [
        b'{"log": {',
        b'{"log": {"entries": 3}}',
        b'{"log": {"entries": [1, {}, {"request": 2}]}}',
        b"\xff\xfe\x00",
        b"\n\n",
        b"",
    ],
)
def test_odd_files_are_no_trouble(text: bytes) -> None:
    found = facts(text)
    assert found["hits"] == {}
    assert found["unread"] == (text == b'{"log": {')


def read(folder: Path, **files: bytes) -> dict[str, Any]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    supplier = Supplier(name="Test", artefacts=(ArtefactRef(id="log", kind="server-log", location="."),))
    ask = ArtefactAsk(artefact="log", extract="personal-data")
    return read_files(ask, named_artefact(ask, supplier), folder).facts


def test_packed_logs_are_read_and_cut_off_ones_are_told(tmp_path: Path) -> None:
    line = f"NHS number {GROUPED}\n".encode()
    packed = gzip.compress(line) + gzip.compress(b"started\n" * 200_000)
    found = read(tmp_path, a=packed, b=line)
    assert found["hits"]["nhs-number"]["places"] == ["file 1, line 1", "file 2, line 1"]
    assert (found["lines"], found.get("not_read")) == (200_002, None)
    cut = read(tmp_path, a=packed[:-20], b=gzip.compress(line)[:12], c=b"\x1f\x8bno gzip")
    assert cut["not_read"] == ["a is cut off", "b is cut off", "c is damaged gzip"]
    assert read(tmp_path, a=b"PK\x03\x04\x00\x00", b=b"", c=b"")["not_read"] == ["a is compressed, or not text"]


def test_a_bomb_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.probes.unpacked.MOST_BYTES", 3 << 20)
    unpacked = Unpacked()
    pieces = [len(piece) for piece in unpacked.parts(gzip.compress(bytes(50 << 20)))]
    assert max(pieces) <= 1 << 20
    assert sum(pieces) <= 3 << 20
    assert unpacked.problem() == "unpacks to too much"
