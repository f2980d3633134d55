"""The kinds of faults and decoys, by name."""

from __future__ import annotations

from tests.bench.exports.kinds import (  # noqa: F401  they register themselves
    anonymous,
    attachments,
    codes,
    conformance,
    consent,
    damage,
    dates,
    decoys,
    duplicates,
    labels,
    links,
    nhs_numbers,
    quality,
    text,
)
from tests.bench.exports.kinds.kind import KINDS, Kind, standard

__all__ = ["KINDS", "Kind", "standard"]
