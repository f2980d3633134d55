"""The quality of fields as a picture and in words: one source of numbers for page, console and CSV."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from checker.model.quality import DataQualityNote, Delay, FieldQuality


class Word(NamedTuple):
    """What a field can be in a resource, as it is drawn and named."""

    name: str
    colour: str
    said: str


WORDS: tuple[Word, ...] = (
    Word("valid", "green", "filled, and fits its rule"),
    Word("untested", "blue", "filled, with no rule to hold it against"),
    Word("default", "yellow", "filled with a value that stands for an unknown one"),
    Word("invalid", "red", "filled, and does not fit its rule"),
    Word("missing", "bare", "not filled"),
)
"""From left to right, as the bars show them."""


class Piece(NamedTuple):
    """One part of a bar, in per cent of its width."""

    word: Word
    number: int
    x: str
    width: str


class Share(NamedTuple):
    """A share in words, the limit of the profile, and whether it is kept (None without a limit)."""

    text: str
    limit: str
    kept: bool | None


class FieldLine(NamedTuple):
    """One field as it is shown."""

    field: FieldQuality
    pieces: tuple[Piece, ...]
    limit_at: str
    """Where the limit for filled fields is drawn; "" for nowhere."""
    filled: Share
    valid: Share
    default: Share
    unique: str
    score: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The counts in the order of ``WORDS``."""
        return tuple(getattr(self.field, word.name) for word in WORDS)


class TypeQuality(NamedTuple):
    """All fields of a resource type."""

    type: str
    lines: tuple[FieldLine, ...]

    @property
    def resources(self) -> int:
        """The most resources that one of its fields was counted in."""
        return max(line.field.resources for line in self.lines)

    @property
    def score(self) -> str:
        """The mean of the scores of its fields."""
        return mean_score(line.field for line in self.lines)


def by_type(note: DataQualityNote) -> tuple[TypeQuality, ...]:
    """The fields by resource type."""
    groups = groupby(note.fields, key=lambda field: field.type)
    return tuple(TypeQuality(kind, tuple(map(_line, fields))) for kind, fields in groups)


def mean_score(fields: Iterable[FieldQuality]) -> str:
    """The mean of data item scores, cut to tenths of a per cent.

    >>> mean_score([])
    'none'
    """
    tenths = [field.score_tenths for field in fields]
    return _tenths(sum(tenths) // len(tenths)) if tenths else "none"


def per_cent(part: int, whole: int) -> str:
    """``91.6 %``, cut and never rounded up; ``none`` of nothing.

    >>> per_cent(11, 12), per_cent(0, 0)
    ('91.6 %', 'none')
    """
    return f"{_tenths(part * 1000 // whole)} %" if whole else "none"


def hours(number: int) -> str:
    """Hours up to three days, then days.

    >>> hours(5), hours(1), hours(96)
    ('5 hours', '1 hour', '4 days')
    """
    if number >= 72:
        return f"{number // 24} days"
    return f"{number} hour{'' if number == 1 else 's'}"


def delay_kept(delay: Delay) -> bool | None:
    """Are the limits of a delay kept? None without any."""
    bounds = ((delay.p50_hours, delay.most_p50_hours), (delay.p95_hours, delay.most_p95_hours))
    asked = [found <= most for found, most in bounds if most is not None]
    return all(asked) if asked else None


def _line(field: FieldQuality) -> FieldLine:
    limit = field.least_complete
    return FieldLine(
        field=field,
        pieces=tuple(_pieces(field)),
        limit_at=f"{limit}%" if limit else "",
        filled=_share(field.filled, field.resources, field.least_complete, "at least"),
        valid=_share(field.valid, field.tested, field.least_valid, "at least"),
        default=_share(field.default, field.filled, field.most_default, "at most"),
        unique=_unique(field),
        score=_tenths(field.score_tenths),
    )


def _share(part: int, whole: int, limit: int | None, bound: str) -> Share:
    useless = limit is None or (bound == "at least" and limit == 0) or (bound == "at most" and limit == 100)
    if useless or limit is None or not whole:
        return Share(per_cent(part, whole), "", None)
    kept = part * 100 >= limit * whole if bound == "at least" else part * 100 <= limit * whole
    return Share(per_cent(part, whole), f"{bound} {limit} %", kept)


def _unique(field: FieldQuality) -> str:
    if field.distinct is None:
        return ""
    if field.shared is None:
        return f"{field.distinct} codes"
    return (
        f"{field.distinct} values, {field.shared} resources share one" if field.shared else f"{field.distinct} values"
    )


def _pieces(field: FieldQuality) -> Iterable[Piece]:
    before = 0
    for word in WORDS:
        number = getattr(field, word.name)
        if number:
            yield Piece(word, number, _width(before, field.resources), _width(number, field.resources))
        before += number


def _width(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.3f}".rstrip("0").rstrip(".") + "%"


def _tenths(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"
