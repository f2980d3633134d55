"""Releases that are said to be anonymous: what is found where, what is no leak, and what is left to a person."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from checker.checks.release_text import EMBEDDED_TEXT, FREE_TEXT, METADATA, more_than_chance
from checker.detectors.attachments import Attached, attachments, rtf_text, text_of
from checker.detectors.metadata import metadata_of
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.model.scan import Scan
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from tests.scans.samples import SALT, chunks_of

NUMBER, GROUPED = "9990000018", "999 000 0018"


def said(scan: Scan[Any, Any], *resources: dict[str, Any]) -> list[Statement]:
    job = ScanJob(scan=scan, params=NoParams())
    run = run_scans([job], chunks_of(list(resources)), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    return list(finish_scan(scan, job.params, [run.outcomes[0].state]))


def findings(scan: Scan[Any, Any], *resources: dict[str, Any]) -> list[tuple[str, int]]:
    found = [one for one in said(scan, *resources) if isinstance(one, Finding)]
    assert all(NUMBER not in str(one) and GROUPED not in str(one) for one in found)
    return [(one.place.partition("#")[2], one.count) for one in found]


def note(text: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o", "note": [{"text": text}], **more}


def file(data: bytes, kind: str) -> dict[str, Any]:
    held = {"contentType": kind, "data": base64.b64encode(data).decode()}
    return {"resourceType": "DocumentReference", "id": "d", "content": [{"attachment": held}]}


def office(**parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return buffer.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_a_release_without_text_is_looked_through() -> None:
    (one,) = said(FREE_TEXT, {"resourceType": "Observation", "id": "o"})
    assert isinstance(one, Examined)
    assert one.count == 1


def test_nothing_at_all_is_no_pass() -> None:
    assert said(FREE_TEXT) == said(EMBEDDED_TEXT) == said(METADATA) == []


@pytest.mark.parametrize(
    "text",
    [
        f"NHS {GROUPED}",
        f"quote {NUMBER}",
        "a@b.org",
        "07700 900123",
        "ZZ12 9ZZ",
        "DOB 1/2/1950",
        "Mrs Kestrelby",
        "AB123456C",
    ],
)
def test_a_note_with_personal_data_is_found_once(text: str) -> None:
    assert findings(FREE_TEXT, note(f"It says {text} there.")) == [("/note/0/text", 1)]
    assert findings(EMBEDDED_TEXT, note(f"It says {text} there.")) == []


def test_the_name_that_a_patient_still_carries_is_found_in_other_resources() -> None:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Kestrelby", "given": ["Amina"]}]}
    assert findings(FREE_TEXT, patient, note("Amina Kestrelby came early.")) == [("/note/0/text", 1)]
    assert findings(
        FREE_TEXT, patient, note("x", subject={"reference": "Patient/p", "display": "Kestrelby, Amina"})
    ) == [("/subject/display", 1)]
    assert findings(FREE_TEXT, patient, note("Amina Quill and Sedge Bank came early.")) == []


def test_what_the_directory_shows_of_itself_is_no_leak() -> None:
    practice = {
        "resourceType": "Organization",
        "id": "g",
        "telecom": [
            {"system": "phone", "value": "01632 960001"},
            {"system": "email", "value": "Desk@Practice.example"},
        ],
        "address": [{"postalCode": "zz12 9zz"}],
    }
    surgeon = {"resourceType": "Practitioner", "id": "s", "name": [{"family": "Sandermoor", "given": ["Jarek"]}]}
    text = "Ring +44 1632 960001 or desk@practice.example, ZZ12 9ZZ, or Mr Sandermoor."
    assert findings(FREE_TEXT, note(text), practice, surgeon) == []
    assert len(findings(FREE_TEXT, note(text))) == 4


def test_numbers_that_pass_no_more_than_by_chance_are_left_to_a_person() -> None:
    wrong = [note(f"quote 99900000{two:02}", id=f"w{two}") for two in range(20, 45) if two not in (26, 34, 42)]
    (examined, open_) = said(FREE_TEXT, note(f"quote {NUMBER}"), *wrong)
    assert isinstance(examined, Examined)
    assert isinstance(open_, Undecided)
    assert open_.reason is Reason.HUMAN
    assert NUMBER not in open_.message
    assert findings(FREE_TEXT, note(f"quote {NUMBER}")) == [("/note/0/text", 1)]
    assert not more_than_chance(2, 20)
    # A number with a label is sure, wherever it stands without one.
    assert findings(FREE_TEXT, note(f"NHS {NUMBER}"), note(f"quote {NUMBER}", id="2"), *wrong) == [("/note/0/text", 2)]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (f"Re: NHS number {GROUPED}\n".encode(), "text/plain; charset=utf-8"),
        (f"<p>NHS <b>{GROUPED}</b></p>".encode(), "text/html"),
        (f'{{"nhsNumber": "{NUMBER}"}}'.encode(), "application/json"),
        (b"{\\rtf1 NHS \\b 999\\b0  000 0018\\par}", "application/rtf"),
        (f"\ufeffNHS {GROUPED}".encode("utf-16-le"), "text/plain"),
        (office(word__document=f"<w:t>NHS </w:t><w:t>{GROUPED}</w:t>"), OFFICE),
    ],
)
def test_the_text_of_an_attachment_is_looked_at(data: bytes, kind: str) -> None:
    assert findings(EMBEDDED_TEXT, file(data, kind)) == [("/content/0/attachment/data", 1)]
    assert findings(FREE_TEXT, file(data, kind)) == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "text/plain"),
        (b"anything", "application/octet-stream"),
        (b"PK\x03\x04broken", OFFICE),
    ],
)
def test_what_cannot_be_read_is_open_and_not_clean(data: bytes, kind: str) -> None:
    _, open_ = said(EMBEDDED_TEXT, file(data, kind))
    assert isinstance(open_, Undecided)
    assert open_.reason is Reason.NO_DATA
    assert "/content/0/attachment" in open_.message


def test_attachments_elsewhere_and_broken_ones_are_open_too() -> None:
    for held in (
        {"contentType": "text/plain", "url": "https://x.example/1"},
        {"contentType": "text/plain", "data": "%"},
    ):
        _, open_ = said(EMBEDDED_TEXT, {"resourceType": "Media", "id": "m", "content": held})
        assert isinstance(open_, Undecided)
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "OTk5IDAwMCAwMDE4"}
    assert findings(EMBEDDED_TEXT, binary) == [("/data", 1)]
    signed = {"resourceType": "Provenance", "id": "s", "signature": [{"who": {}, "sigFormat": "x", "data": "aGk="}]}
    assert [type(one) for one in said(EMBEDDED_TEXT, signed)] == [Examined]


def dicom(*elements: tuple[int, int, bytes, bytes]) -> bytes:
    body = b"".join(
        group.to_bytes(2, "little") + element.to_bytes(2, "little") + form + len(value).to_bytes(2, "little") + value
        for group, element, form, value in elements
    )
    return bytes(128) + b"DICM" + body


def png(text: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + bytes(4)

    return b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"Title\x00" + text) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (office(docProps__core="<dc:title>Letter to Mrs Kestrelby</dc:title>"), OFFICE),
        (b"%PDF-1.4 1 0 obj << /Title (Letter to Mrs Kestrelby) >>", "application/pdf"),
        (b"%PDF-1.4 <x:xmpmeta><dc:title>Mrs Kestrelby</dc:title></x:xmpmeta>", "application/pdf"),
        (png(b"DOB 1/2/1950"), "image/png"),
        (b"\xff\xd8\xff\xfe\x00\x12Mrs Kestrelby 01\xff\xda\x00\x02", "image/jpeg"),
        (dicom((8, 5, b"CS", b"ISO_IR 6"), (16, 16, b"PN", b"KESTRELBY^AMINA ")), "application/dicom"),
    ],
)
def test_metadata_that_names_the_patient_is_found(data: bytes, kind: str) -> None:
    assert findings(METADATA, file(data, kind)) == [("/content/0/attachment", 1)]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (office(docProps__core="<dc:creator>Jarek Sandermoor</dc:creator>"), OFFICE),
        (b"%PDF-1.4 << /Title (A letter) /Producer (9.990.000018) >>", "application/pdf"),
        (png(b"A scan"), "image/png"),
        (dicom((16, 16, b"PN", b"ANONYMISED"), (16, 32, b"LO", b"")), "application/dicom"),
        (b"plain", "text/plain"),
    ],
)
def test_metadata_that_names_nobody_is_fine(data: bytes, kind: str) -> None:
    assert [type(one) for one in said(METADATA, file(data, kind))] == [Examined]


@pytest.mark.parametrize(
    ("data", "kind"), [(b"%PDF-1.7 /Encrypt 1 0 R", "application/pdf"), (b"\x00\x01", "application/octet-stream")]
)
def test_metadata_that_cannot_be_read_leaves_it_open(data: bytes, kind: str) -> None:
    assert [type(one) for one in said(METADATA, file(data, kind))] == [Examined, Undecided]


def cut(data: bytes) -> Iterator[bytes]:
    yield from (data[:end] for end in range(0, len(data), max(1, len(data) // 40)))


def test_damaged_files_are_no_trouble() -> None:
    whole = [
        png(b"x"),
        dicom((16, 16, b"PN", b"KESTRELBY^AMINA "), (16, 48, b"DA", b"19500201")),
        office(word__document="<w:t>x</w:t>", docProps__core="y"),
        b"\xff\xd8\xff\xe1\x00\x40Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x0e\x00\x02\x00\x00\x00\x09\x00\x00\x00\x20"
        + bytes(60),
        rb"{\rtf1 \u-1? \'zz \'e9 {\*\x}}",
    ]
    for data in whole:
        for part in cut(data):
            one = Attached("", "application/rtf", part)
            assert isinstance(text_of(one), str | None)
            assert isinstance(metadata_of(one), tuple | None)
    assert rtf_text("{{{\\") == "\\"
    assert list(attachments({"resourceType": "Binary"})) == [Attached("", "", None, "its content is elsewhere")]


def test_a_zip_bomb_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(40 * 1024 * 1024))
    assert text_of(Attached("", OFFICE, buffer.getvalue())) is None
