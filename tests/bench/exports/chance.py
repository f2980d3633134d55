"""Numbers that look random and can be had in any order: a mixed one for each seed, name and place."""

from __future__ import annotations

import zlib

MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def base(seed: int, name: str) -> int:
    """Where the numbers of that name begin."""
    return mixed(mixed(seed & MASK, 0) ^ zlib.crc32(name.encode()), 1)


def mixed(start: int, place: int) -> int:
    """64 bits. Of one start, different places give different numbers (SplitMix64's finaliser is a bijection)."""
    number = (start + place * _GOLDEN) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def logical_id(start: int, place: int) -> str:
    """A UUID of version 4. Of one start, different places give different ids."""
    number = mixed(start, place)
    text = f"{number:016x}"
    tail = (number * _GOLDEN ^ start) & 0xFFFFFFFFFFFF
    return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-8{text[15]}{tail & 0xFF:02x}-{tail:012x}"


def spread(start: int, count: int, among: int) -> list[int]:
    """``count`` different places below ``among``, spread evenly and not in order. ``count`` is at most ``among``."""
    step = max(1, int(among * 0.6180339887498949))
    while _common(step, among) > 1:
        step += 1
    first = start % among
    return [(first + turn * step) % among for turn in range(count)]


def _common(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one
