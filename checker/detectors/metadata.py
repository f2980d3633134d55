"""What files say of themselves: properties of Office documents, PDF, images and DICOM."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from checker.detectors.attachments import Attached, office_parts
from checker.detectors.texts import plain_text

_PROPERTIES = re.compile(r"docProps/(?:core|app|custom)\.xml|meta\.xml")
_PDF_INFO = re.compile(rb"/(Title|Author|Subject|Keywords)\s*\(((?:[^()\\]|\\.){0,2000})\)")
_XMP_END = b"</x:xmpmeta>"
_MOST_CHUNKS = 10_000
_SEQUENCE_OF = {
    0x010E: "ImageDescription",
    0x013B: "Artist",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9286: "UserComment",
}
_DICOM_PERSON = {
    (0x0010, 0x0010): "PatientName",
    (0x0010, 0x0020): "PatientID",
    (0x0010, 0x0030): "PatientBirthDate",
    (0x0010, 0x1000): "OtherPatientIDs",
    (0x0010, 0x1040): "PatientAddress",
    (0x0010, 0x2154): "PatientTelephoneNumbers",
}
_LONG_FORM = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV"})
_NOBODY = re.compile(r"\s*(?:anon\w*|removed|none|unknown|xxx+|[\s^0]*)(?:[\s^].*)?", re.IGNORECASE)


class Said(NamedTuple):
    """What a file says of itself. ``names_patient``: the field is there to say who the patient is."""

    field: str
    text: str
    names_patient: bool = False


def metadata_of(attached: Attached) -> tuple[Said, ...] | None:
    """What a file says of itself; none of it for text. None for a form whose metadata cannot be read here."""
    data, kind = attached.data, attached.content_type
    if data is None:
        return None
    if data.startswith(b"PK\x03\x04"):
        parts = office_parts(data, _PROPERTIES)
        return (
            None
            if parts is None
            else tuple(Said("properties", plain_text(part.decode("utf-8", "replace"))) for part in parts)
        )
    if data.startswith(b"%PDF"):
        return _pdf(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[128:132] == b"DICM":
        return _dicom(data)
    if kind.startswith("text/") or kind.endswith(("xml", "json", "rtf")):
        return ()
    return None


def _pdf(data: bytes) -> tuple[Said, ...] | None:
    """The plain Info dictionary and XMP. None where objects are packed or encrypted, since it may be in there."""
    if b"/Encrypt" in data or b"/ObjStm" in data:
        return None
    info = [Said(found[1].decode(), _pdf_text(found[2])) for found in _PDF_INFO.finditer(data)]
    xmp = [Said("XMP", plain_text(found.decode("utf-8", "replace"))) for found in _xmp(data)]
    return (*info, *xmp)


def _xmp(data: bytes) -> Iterator[bytes]:
    """Each packet of XMP, from its first tag to its last."""
    start = data.find(b"<x:xmpmeta")
    while start >= 0 and (end := data.find(_XMP_END, start)) >= 0:
        yield data[start : end + len(_XMP_END)]
        start = data.find(b"<x:xmpmeta", end)


def _pdf_text(raw: bytes) -> str:
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    return raw.replace(b"\\(", b"(").replace(b"\\)", b")").decode("latin-1")


def _png(data: bytes) -> tuple[Said, ...] | None:
    found: list[Said] = []
    at = 8
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            return tuple(found)
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        if kind in (b"tEXt", b"iTXt"):
            found.append(Said("text chunk", body.replace(b"\x00", b" ").decode("utf-8", "replace")))
        elif kind == b"zTXt":
            return None
        elif kind == b"IEND":
            return tuple(found)
        at += 12 + size
    return None


def _jpeg(data: bytes) -> tuple[Said, ...] | None:
    found: list[Said] = []
    at = 2
    for _ in range(_MOST_CHUNKS):
        if at + 4 > len(data) or data[at] != 0xFF:
            return tuple(found)
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + size]
        if marker == 0xDA or size < 2:
            return tuple(found)
        if marker == 0xFE:
            found.append(Said("comment", body.decode("utf-8", "replace")))
        elif marker == 0xE1 and body.startswith(b"Exif\x00\x00"):
            found += _exif(body[6:])
        elif marker == 0xE1 and b"xmpmeta" in body:
            found.append(Said("XMP", plain_text(body.decode("utf-8", "replace"))))
        at += 2 + size
    return None


def _exif(tiff: bytes) -> Iterator[Said]:
    """The texts of the first directory of EXIF."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return
    at = struct.unpack_from(order + "I", tiff, 4)[0]
    if at + 2 > len(tiff):
        return
    for index in range(min(struct.unpack_from(order + "H", tiff, at)[0], 500)):
        place = at + 2 + 12 * index
        if place + 12 > len(tiff):
            return
        tag, _, count = struct.unpack_from(order + "HHI", tiff, place)
        if tag in _SEQUENCE_OF:
            start = struct.unpack_from(order + "I", tiff, place + 8)[0] if count > 4 else place + 8
            raw = tiff[start : start + min(count, 4000)]
            yield Said(_SEQUENCE_OF[tag], raw.replace(b"\x00", b"").decode("utf-8", "replace"))


def _dicom(data: bytes) -> tuple[Said, ...] | None:
    """Who the patient is, of the elements of group 0010 in explicit little-endian form; None for other forms."""
    found: list[Said] = []
    at = 132
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        group, element, form = struct.unpack_from("<HH2s", data, at)
        if not (form.isalpha() and form.isupper()):
            return None
        if form in _LONG_FORM:
            size, begin = int.from_bytes(data[at + 8 : at + 12], "little"), at + 12
        else:
            size, begin = int.from_bytes(data[at + 6 : at + 8], "little"), at + 8
        if group > 0x0010:
            break
        if size == 0xFFFFFFFF:
            return None
        name = _DICOM_PERSON.get((group, element))
        if name:
            text = data[begin : begin + min(size, 4000)].decode("utf-8", "replace").strip(" \x00")
            if text and not _NOBODY.fullmatch(text):
                found.append(Said(name, text, names_patient=True))
        at = begin + size
    return tuple(found)
