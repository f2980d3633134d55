"""Unsalted digests of NHS numbers: known again in the forms in which they are written."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache

_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}", re.ASCII)
_HEX_LENGTHS = (32, 40, 64)
_BASE64_BYTES = {22: 16, 24: 16, 27: 20, 28: 20, 43: 32, 44: 32}
_KEPT_BYTES = 8
"""So much of a digest is compared with those of test numbers: among a million pseudonyms one is taken for a digest by
chance once in ten million releases."""


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_BY_LENGTH: dict[int, Callable[[bytes], bytes]] = {16: _md5, 20: _sha1, 32: _sha256}


def digest_in(text: str) -> bytes:
    """The MD5, SHA-1 or SHA-256 that a text may be, in hexadecimal or Base64; empty for any other text.

    >>> len(digest_in("0123456789ABCDEF0123456789ABCDEF")), len(digest_in("AAAAAAAAAAAAAAAAAAAAAA==")), digest_in("P1")
    (16, 16, b'')
    """
    bare = text.strip()
    plain = re.sub(r"[\s:-]", "", bare).lower()
    if len(plain) in _HEX_LENGTHS and _HEX.fullmatch(plain):
        return bytes.fromhex(plain)
    if len(bare) in _BASE64_BYTES and _BASE64.fullmatch(bare):
        padded = bare.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            made = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        except (binascii.Error, ValueError):
            return b""
        return made if len(made) == _BASE64_BYTES[len(bare)] else b""
    return b""


def written(number: str) -> tuple[bytes, ...]:
    """An NHS number as it may have been written when it was digested."""
    groups = number[:3], number[3:6], number[6:]
    return tuple(form.encode() for form in (number, " ".join(groups), "-".join(groups), f"{number}\n"))


def digests_of(number: str) -> Iterator[bytes]:
    """Every digest of an NHS number that is looked for."""
    for form in written(number):
        for made in _BY_LENGTH.values():
            yield made(form)


def is_of_test_number(digest: bytes) -> bool:
    """Is it the digest of a number from 999 000 0000 on, written in ten digits or in groups with spaces?

    The first question about each sort of digest takes some seconds: all 909,000 numbers are then digested, once in
    each process.
    """
    known = _test_digests(len(digest))
    (wanted,) = array("Q", digest[:_KEPT_BYTES])
    at = bisect_left(known, wanted)
    return at < len(known) and known[at] == wanted


@cache
def _test_digests(size: int) -> array[int]:
    """The beginnings of the digests, sorted: 15 MB."""
    make = _BY_LENGTH[size]
    endings = _endings()
    found = bytearray()
    for high in range(1000):
        inner = f"{high:03d}"
        plain = endings[_weighted(f"999{inner}", 10)]
        first, spaced = f"999{inner}".encode(), f"999 {inner} ".encode()
        found += b"".join([make(first + one)[:_KEPT_BYTES] for one in plain])
        found += b"".join([make(spaced + one)[:_KEPT_BYTES] for one in plain])
    return array("Q", sorted(array("Q", bytes(found))))


def _weighted(digits: str, weight: int) -> int:
    """The sum of the digits, the first times ``weight``, the next times one less; modulus 11."""
    return sum((weight - place) * int(digit) for place, digit in enumerate(digits)) % 11


def _endings() -> list[list[bytes]]:
    """By the weighted sum of the first six digits: every last four digits that make a valid number of them."""
    found: list[list[bytes]] = [[] for _ in range(11)]
    for low in range(1000):
        text = f"{low:03d}"
        for before in range(11):
            digit = (11 - (before + _weighted(text, 4)) % 11) % 11
            if digit < 10:
                found[before].append(f"{text}{digit}".encode())
    return found
