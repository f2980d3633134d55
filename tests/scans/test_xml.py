"""FHIR XML is shown to scans as the JSON that it means; what XML can hide is told of."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from checker.checks.fhir_conforms import CONFORMS, ConformsParams
from checker.engine.scans import ScanJob, finish_scan, scan_artefacts
from checker.model.supplier import Limits
from checker.model.verdict import Finding
from checker.probes.source import Chunk, walk_source
from checker.probes.source.xml import XmlSplitter
from tests.scans.samples import BAD_CHECK_DIGIT, JOBS, SALT, nhs, patient, scanned, zipped

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xml_patient(name: str, number: str, *, namespace: str = ' xmlns="http://hl7.org/fhir"', more: str = "") -> str:
    return (
        f'<Patient{namespace}><id value="{name}"/>'
        f'<identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="{number}"/></identifier>{more}'
        "</Patient>"
    )


def xml_bundle(*resources: str, after: str = "") -> bytes:
    entries = "".join(f"<entry>\n<resource>{one}</resource></entry>\n" for one in resources)
    return f'{HEAD}<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>{entries}{after}</Bundle>'.encode()


def pieces(data: bytes, block: int = 10**6, max_bytes: int = 10**6) -> tuple[list[Chunk], list[str], list[str]]:
    noted: list[str] = []
    splitter = XmlSplitter(
        path="x.xml", start=0, max_bytes=max_bytes, noted=lambda at, why: noted.append(f"{at}: {why}")
    )
    found = list(splitter.split(data[at : at + block] for at in range(0, len(data), block)))
    chunks = [one for one in found if isinstance(one, Chunk)]
    return chunks, [str(one) for one in found if not isinstance(one, Chunk)], noted


def test_the_same_as_json_says(tmp_path: Path) -> None:
    number = "9990000018"
    (tmp_path / "x.xml").write_text(HEAD + xml_patient("a", number))
    source, run = scanned(tmp_path / "x.xml")
    assert (run.resources, source.unreadable.count, run.unreadable) == (1, 0, 0)
    chunks, _, _ = pieces(xml_patient("a", number).encode())
    assert json.loads(chunks[0].data) == patient("a", nhs(number))


@pytest.mark.parametrize("block", [1, 7, 100, 10**6])
def test_a_bundle_is_cut_where_its_resources_begin_however_it_comes(block: int) -> None:
    data = xml_bundle(xml_patient("a", "1", namespace=""), xml_patient("b>", "2", namespace=""), "<Basic/>")
    chunks, unreadable, noted = pieces(data, block)
    assert [json.loads(one.data)["resourceType"] for one in chunks] == ["Patient", "Patient", "Basic"]
    assert all(data[one.locator.offset :].startswith((b"<Patient>", b"<Basic/>")) for one in chunks)
    assert (unreadable, noted) == ([], [])
    assert chunks == pieces(data)[0]


def test_prefixes_and_namespaces_of_the_bundle_hold_for_its_resources() -> None:
    data = (
        b'<f:Bundle xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:entry><f:resource>'
        b'<f:Patient><f:text><f:status value="generated"/><h:div>hi</h:div></f:text>'
        b'<f:active value="true"/></f:Patient>'
        b"</f:resource></f:entry></f:Bundle>"
    )
    chunks, unreadable, _ = pieces(data)
    assert unreadable == []
    assert json.loads(chunks[0].data)["active"] is True


def test_in_gzip_zip_and_folders(tmp_path: Path) -> None:
    bundle = xml_bundle(*(xml_patient(f"p{n}", f"{n}", namespace="") for n in range(5)))
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress(bundle))
    (tmp_path / "b.zip").write_bytes(zipped({"in/c.xml": bundle, "d.ndjson": json.dumps(patient("z")).encode()}))
    source, run = scanned(tmp_path)
    assert (run.resources, source.unreadable.examples) == (11, ())
    paths = {chunk.locator.path for chunk in walk_source(tmp_path, Limits())}
    assert paths == {"a.xml.gz", "b.zip!/in/c.xml", "b.zip!/d.ndjson"}


def test_a_number_keeps_its_digits() -> None:
    chunks, _, _ = pieces(
        b'<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.50"/></valueQuantity></Observation>'
    )
    assert b'"value":1.50' in chunks[0].data


def wrong(more: str) -> tuple[int, list[str]]:
    chunks, unreadable, _ = pieces(xml_bundle(xml_patient("a", "1", namespace="", more=more), "<Basic/>"))
    return len(chunks), unreadable


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('<nhsNumber value="9990000018"/>', "an element that the type does not have"),
        ('<gender value="male"/><gender value="9990000018"/>', "an element stands more often than it may"),
        ('<active value="true" by="9990000018"/>', "an attribute that the element does not have"),
        ("<active>9990000018</active>", "text between elements"),
        ("<contained><Basic/><Patient/></contained>", "more than one resource in one place"),
    ],
)
def test_what_json_has_no_place_for_is_not_passed_over(more: str, said: str) -> None:
    resources, unreadable = wrong(more)
    assert resources == 2
    assert any(f"nobody looked at it: {said}" in one for one in unreadable)
    assert "9990000018" not in " ".join(unreadable)


def test_an_unknown_type_is_told_of() -> None:
    chunks, unreadable, _ = pieces(b'<Foo xmlns="http://hl7.org/fhir"><id value="a"/></Foo>')
    assert len(chunks) == 1
    assert unreadable == ["x.xml@0: a resource of a type that FHIR R4 does not have"]


def test_mere_form_is_noted_and_everything_is_read() -> None:
    chunks, unreadable, noted = pieces(xml_patient("a", "1", more='<implicitRules value="urn:x"/>').encode())
    assert json.loads(chunks[0].data)["implicitRules"] == "urn:x"
    assert (unreadable, noted) == ([], ["x.xml@0: an element out of order (line 1 from there)"])


def test_the_validator_sees_the_xml_itself(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(xml_patient("a", "9990000018", more='<implicitRules value="urn:x"/>'))
    job = ScanJob(scan=CONFORMS, params=ConformsParams())
    found = scan_artefacts([("export", tmp_path)], [job], salt=SALT, limits=Limits())
    assert found.states[0] is not None
    said = [one for one in finish_scan(CONFORMS, job.params, [found.states[0].state]) if isinstance(one, Finding)]
    assert any("order" in f"{one.message} {one.expected} {one.actual}" or "xml-order" in str(one) for one in said)


BAD: dict[str, tuple[bytes, int, bytes, str]] = {
    "empty": (b"", 0, b"", "the file is empty"),
    "not FHIR": (b"<project/>", 0, b"<", "not FHIR XML: the root is no FHIR element (line 1 from there)"),
    "an entity that reads a file": (
        b'<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"/>',
        0,
        b"[",
        "a DOCTYPE stands here; FHIR allows none, since it can name files and entities",
    ),
    "cut off": (
        xml_bundle("<Basic/>", "<Patient><active/></Patient>")[:-45],
        1,
        b"<Patient>",
        "the XML text ends too early (line 5, column 20 of the file)",
    ),
    "not well-formed": (
        xml_bundle("<Basic/>", "<Patient><a></b></Patient>", "<Basic/>"),
        1,
        b"<Patient>",
        "not well-formed XML (line 5, column 25 of the file)",
    ),
    "deep": (b"<a>" + b"<b>" * 199 + b"<c>" * 9, 0, b"<c>" * 9, "nested deeper than 200 levels"),
    "an entry without anything": (
        xml_bundle("<Basic/>", after="<entry><fullUrl value='urn:x'/></entry>"),
        1,
        b"<entry><full",
        "a Bundle entry without resource, request or response",
    ),
    "an empty resource": (
        xml_bundle("<Basic/>", ""),
        1,
        b"<entry>\n<resource></",
        "a Bundle entry with an empty resource",
    ),
    "two resources": (xml_bundle("<Basic/><Basic id='b'/>"), 2, b"<Basic id", "a second resource in one Bundle entry"),
    "not of a Bundle": (
        xml_bundle("<Basic/>", after="<more><resource><Patient/></resource></more>"),
        1,
        b"<more>",
        "a Bundle with an element that FHIR does not define: resources may be in it",
    ),
    "UTF-16": ((HEAD + "<Basic/>").encode("utf-16"), 0, b"", "the text is UTF-16; FHIR JSON is UTF-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_xml_is_told_with_its_place_and_the_rest_is_read(tmp_path: Path, name: str) -> None:
    data, resources, marker, said = BAD[name]
    path = tmp_path / "x.xml"
    path.write_bytes(data)
    source, run = scanned(path)
    assert run.resources == resources
    assert source.unreadable.examples[-1] == f"x.xml@{data.find(marker)}: {said}"


def test_a_resource_that_is_too_long_is_passed_over_and_not_held() -> None:
    long = f'<Basic><id value="a"/><text><div>{"<b>x</b>" * 400_000}</div></text></Basic>'
    data = xml_bundle("<Basic/>", long, "<Patient/>")
    chunks, unreadable, _ = pieces(data, 1 << 20, 1000)
    assert [json.loads(one.data)["resourceType"] for one in chunks] == ["Basic", "Patient"]
    assert [one.partition(": ")[2] for one in unreadable] == ["a resource larger than 1000 bytes"]


def test_a_value_that_is_too_long_ends_the_reading() -> None:
    data = xml_bundle("<Basic/>", f'<Basic><id value="{"x" * 4_000_000}"/></Basic>')
    chunks, unreadable, _ = pieces(data, 1 << 18, 1000)
    assert len(chunks) == 1
    assert [one.partition(": ")[2] for one in unreadable] == ["a value longer than 1000 bytes"]


def test_scans_find_in_xml_what_they_find_in_json(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(xml_patient("a", BAD_CHECK_DIGIT))
    (tmp_path / "y.json").write_text(json.dumps(patient("a", nhs(BAD_CHECK_DIGIT))))
    of_xml = scan_artefacts([("e", tmp_path / "x.xml")], JOBS[:1], salt=SALT, limits=Limits()).states[0]
    of_json = scan_artefacts([("e", tmp_path / "y.json")], JOBS[:1], salt=SALT, limits=Limits()).states[0]
    assert of_xml is not None
    assert of_json is not None
    assert json.dumps(of_xml.state).replace("x.xml", "y.json") == json.dumps(of_json.state)
