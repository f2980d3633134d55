"""Disguises of text: what a reader of JSON, XML, URLs or compressed data makes of bytes in which a secret hides.

A server may send back a token with each letter as an escape. No search for the token finds it, and whoever reads the
text has it. So text is searched as it reads, too.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

_JSON = re.compile(rb"\\u00([2-7][0-9A-Fa-f])")
_REFERENCE = re.compile(rb"&#(?:[xX]0{0,6}([2-7][0-9A-Fa-f])|0{0,6}(3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6]));")
_PERCENT = re.compile(rb"%([2-7][0-9A-Fa-f])")
_MARKUP = frozenset(b"<>&\"'")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_UNPACKED_BYTES = 8 * 1024 * 1024
"""So much of what is compressed in a body is searched."""


def undisguised(data: bytes) -> tuple[bytes, ...]:
    """The text as it reads: without the escapes of JSON (RFC 8259 §7), XML's references, or needless percent signs.

    Only letters and signs that need no escape are put in the place of one, so that the text means the same. Each way
    by itself and all in turn; () where nothing changes.
    """
    found: list[bytes] = []
    whole = data
    for mark, pattern, meant in ((b"\\u00", _JSON, _of_json), (b"&#", _REFERENCE, _of_xml), (b"%", _PERCENT, _of_url)):
        if mark in data:
            found.append(pattern.sub(meant, data))
        if mark in whole:
            whole = pattern.sub(meant, whole)
    found.append(whole)
    return tuple(dict.fromkeys(one for one in found if one != data))


def _of_json(match: re.Match[bytes]) -> bytes:
    character = bytes((int(match[1], 16),))
    return b"\\" + character if character in b'"\\' else match[0] if character == b"\x7f" else character


def _of_xml(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    return match[0] if code in _MARKUP or code == 0x7F else bytes((code,))


def _of_url(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16)
    return bytes((code,)) if code in _UNRESERVED else match[0]


def unpacked(data: bytes) -> bytes:
    """What is in a gzip file (RFC 1952) or a zip, up to a limit; b"" where it is neither, or damaged from the start."""
    if data.startswith(_GZIP):
        return _gunzip(data)
    if data.startswith(_ZIP):
        return _unzip(data)
    return b""


def _gunzip(data: bytes) -> bytes:
    found = bytearray()
    try:
        while data.startswith(_GZIP) and len(found) < _UNPACKED_BYTES:
            inflater = zlib.decompressobj(31)
            found += inflater.decompress(data, _UNPACKED_BYTES - len(found))
            data = inflater.unused_data
    except zlib.error:
        return bytes(found)
    return bytes(found)


def _unzip(data: bytes) -> bytes:
    found = bytearray()
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    found += file.read(max(0, _UNPACKED_BYTES - len(found)))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        return bytes(found)
    return bytes(found)
