"""Attachments inside resources: where they are, and their text, as far as it can be read."""

from __future__ import annotations

import binascii
import io
import re
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple

from checker.detectors.texts import plain_text

MOST_BYTES = 32 * 1024 * 1024
"""An attachment that is larger when decoded or unpacked is not read."""
_TEXT = frozenset({"text/plain", "text/csv", "text/markdown", "text/tab-separated-values", "text/hl7v2"})
_MARKED = frozenset(
    {
        "text/html",
        "text/xml",
        "application/xml",
        "application/xhtml+xml",
        "application/fhir+xml",
        "application/hl7-v3+xml",
    }
)
_JSON = frozenset(
    {"application/json", "application/fhir+json", "text/json", "application/x-ndjson", "application/fhir+ndjson"}
)
_RTF = frozenset({"text/rtf", "application/rtf", "application/x-rtf"})
_OFFICE = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
_PARTS_WITH_TEXT = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|xl/(?:sharedStrings|comments\d*|worksheets/sheet\d+)\.xml"
    r"|ppt/(?:slides/slide|notesSlides/notesSlide)\d+\.xml|content\.xml"
)
_OTHER_DATA = frozenset({"origin", "period", "sigFormat", "targetFormat", "who"})
"""Members of SampledData and Signature, whose ``data`` is something else."""
_RTF_HEX = re.compile(r"\\'([0-9a-fA-F]{2})")
_RTF_UNICODE = re.compile(r"\\u(-?[0-9]{1,5})\??")
_RTF_WORD = re.compile(r"\\(?:par|line|tab|cell|row)\b ?")
_RTF_ELSE = re.compile(r"\{\\\*[^{}]*\}|\\[a-zA-Z]{1,32}-?[0-9]{0,10} ?|[{}]")


class Attached(NamedTuple):
    """One attachment: its pointer, its declared type in lower case without parameters, and its bytes.

    ``data`` is None when there are none here (a URL) or they are no base64; ``why`` then says so.
    """

    pointer: str
    content_type: str
    data: bytes | None
    why: str = ""


def attachments(resource: Any, pointer: str = "") -> Iterator[Attached]:
    """The attachments of a resource, and what a Binary holds, contained ones too."""
    waiting: list[tuple[Any, str]] = [(resource, pointer)]
    while waiting:
        node, place = waiting.pop()
        if isinstance(node, list):
            waiting.extend((value, f"{place}/{index}") for index, value in enumerate(node))
        elif isinstance(node, dict):
            if _is_attachment(node):
                yield _attached(node, place)
            waiting.extend((value, f"{place}/{name}") for name, value in node.items() if isinstance(value, dict | list))


def _is_attachment(node: dict[str, Any]) -> bool:
    if node.get("resourceType") == "Binary":
        return True
    data, url = node.get("data"), node.get("url")
    typed = isinstance(node.get("contentType"), str)
    if isinstance(data, str):
        return typed or ("resourceType" not in node and not node.keys() & _OTHER_DATA)
    return typed and isinstance(url, str)


def _attached(node: dict[str, Any], place: str) -> Attached:
    declared = node.get("contentType")
    kind = declared.partition(";")[0].strip().lower() if isinstance(declared, str) else ""
    data = node.get("data")
    if not isinstance(data, str) or not data:
        return Attached(place, kind, None, "its content is elsewhere")
    if len(data) > MOST_BYTES * 4 // 3:
        return Attached(place, kind, None, "it is too large")
    try:
        return Attached(place, kind, b64decode("".join(data.split()), validate=True))
    except (binascii.Error, ValueError):
        return Attached(place, kind, None, "it is not base64")


def text_of(attached: Attached) -> str | None:
    """The plain text of an attachment; None for one whose text cannot be read here (images, PDF, sound, closed forms).

    The type that is declared decides, unless the bytes are plainly something else.
    """
    data, kind = attached.data, attached.content_type
    if data is None:
        return None
    if data.startswith(b"PK\x03\x04"):
        return _office(data) if kind.startswith(_OFFICE) else None
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        return None
    if kind in _RTF or data.startswith(b"{\\rtf"):
        return rtf_text(data.decode("cp1252", "replace"))
    if kind in _TEXT or kind in _JSON:
        return _decoded(data)
    if kind in _MARKED:
        text = _decoded(data)
        return None if text is None else plain_text(text)
    return None


def _decoded(data: bytes) -> str | None:
    """UTF-8 or UTF-16 with a mark, else Windows-1252. None for what is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\x00" in data[:4096]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def rtf_text(marked: str) -> str:
    r"""The text of RTF, roughly: enough to find things in it.

    >>> rtf_text(r"{\rtf1\ansi{\*\generator X;}NHS \b 999\b0  000 0018\par Caf\'e9}")
    'NHS 999 000 0018\nCafé'
    """
    text = _RTF_WORD.sub("\n", marked)
    text = _RTF_HEX.sub(lambda found: bytes.fromhex(found[1]).decode("cp1252", "replace"), text)
    text = _RTF_UNICODE.sub(lambda found: chr(int(found[1]) & 0xFFFF), text)
    return _RTF_ELSE.sub("", text).replace("  ", " ").strip()


def _office(data: bytes) -> str | None:
    """The text of the parts of an Office document (OOXML, OpenDocument). Hostile archives are not read."""
    parts = office_parts(data, _PARTS_WITH_TEXT)
    return None if parts is None else "\n".join(plain_text(part.decode("utf-8", "replace")) for part in parts)


def office_parts(data: bytes, wanted: re.Pattern[str]) -> list[bytes] | None:
    """The members of a zip whose names fit, in order; None where it cannot be read, or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if wanted.fullmatch(one.filename)]
            if any(one.flag_bits & 1 for one in members) or sum(one.file_size for one in members) > MOST_BYTES:
                return None
            found = []
            for one in members:
                with archive.open(one) as member:
                    found.append(member.read(one.file_size + 1)[: one.file_size])
            return found
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return None
