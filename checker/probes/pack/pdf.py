"""Has a PDF text in it, or is it but a picture of pages? Told by its streams, in bounded memory, without a PDF library.

Text is shown by the operators Tj, TJ, ' and " of a content stream (ISO 32000-1, 9.4.3).
"""

from __future__ import annotations

import re
import zlib

MOST_BYTES = 64 * 1024 * 1024
_MOST_UNPACKED = 8 * 1024 * 1024
_MOST_STREAMS = 20_000
_BEGINS = re.compile(rb"stream\r?\n")
_SHOWS = re.compile(rb"[)>\]]\s*(?:Tj|TJ|'|\")(?![A-Za-z])")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b|/(?:DCT|JPX|CCITTFax|JBIG2)Decode\b")
_FLATE_ALONE = re.compile(rb"/Filter\s*(?:/FlateDecode\b|\[\s*/FlateDecode\s*\])")
_DICTIONARY_BYTES = 4_000


def shows_text(data: bytes) -> bool | None:
    """Does a page of it show text? None where that cannot be told: it is encrypted, or packed in another way.

    >>> shows_text(b"%PDF-1.4 1 0 obj << /Length 20 >> stream" + bytes([10]) + b"BT (Record) Tj ET endstream")
    True
    """
    if b"/Encrypt" in data:
        return None
    untold = False
    for number, begins in enumerate(_BEGINS.finditer(data)):
        if number >= _MOST_STREAMS:
            return None
        place = data.rfind(b"obj", max(0, begins.start() - _DICTIONARY_BYTES), begins.start())
        about = data[max(place, 0) : begins.start()]
        end = data.find(b"endstream", begins.end())
        if end < 0:
            break
        if _PICTURE.search(about):
            continue
        content = _content(about, data[begins.end() : end])
        if content is None:
            untold = True
        elif b"BT" in content and _SHOWS.search(content):
            return True
    return None if untold else False


def _content(about: bytes, stream: bytes) -> bytes | None:
    """What a stream holds, as far as it is looked at; None for one that is packed in a way that is not known here."""
    if b"/Filter" not in about:
        return stream[:_MOST_UNPACKED]
    if not _FLATE_ALONE.search(about):
        return None
    try:
        return zlib.decompressobj().decompress(stream, _MOST_UNPACKED)
    except zlib.error:
        return None
