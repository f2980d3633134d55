"""Whether JSON text may have a key twice in an object, at a fraction of the cost of reading it.

No JSON parser for Python tells of repeated keys: the last one wins. Who has visited the parsed values knows how
many keys are left; the text tells, cheaply, how many there were at most.
"""

from __future__ import annotations

import re

_PARTED = re.compile(rb'"[ \n\t\r]++:')
_NO_PUNCTUATION = bytes(byte for byte in range(256) if byte not in b'":\\')


def may_have_duplicates(data: bytes, keys_visited: int) -> bool:
    """False is sure: no object has a key twice. True asks for a reader that looks at each object.

    ``data`` is valid JSON text; ``keys_visited`` is the number of keys of all objects of the parsed text, each of
    them the name of a FHIR element (so that none holds a colon).
    """
    # Of a key without escapes two quotation marks and a colon are left. Texts leave more of them at times, but
    # never fewer: when the counts agree, no key was lost.
    left = data.translate(None, _NO_PUNCTUATION)
    if b"\\" not in left:
        return left.count(b'"":') != keys_visited
    # With escapes in the text: each key ends with a quotation mark and a colon, unless white space parts them.
    spaced = b" :" in data or any(bytes((space,)) in data and bytes((space, 0x3A)) in data for space in b"\n\t\r")
    if spaced and _PARTED.search(data):
        return True
    count = data.count(b'":')
    if count == keys_visited:
        return False
    # An escaped quotation mark before a colon ends no key, as long as the backslash itself is not an escaped one.
    return b'\\\\"' in data or count - data.count(b'\\":') != keys_visited
