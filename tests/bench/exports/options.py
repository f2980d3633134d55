"""What is asked of the generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from tests.bench.exports.layout import FEWEST_RESOURCES

Form = Literal["plain", "gzip", "zip"]
FORMS: tuple[Form, ...] = get_args(Form)
MOST_RESOURCES = 1_000_000_000


class OptionsError(ValueError):
    """What is asked for cannot be generated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be written. The same options give the same bytes.

    ``faults``: how many of each kind, by name (``kinds.KINDS``: decoys too). ``recipient``: for whom an anonymised
    release is; two recipients have different pseudonyms for the same people. Raises ``OptionsError``.
    """

    resources: int = 2_000
    seed: int = 1
    form: Form = "plain"
    anonymised: bool = False
    recipient: str = "one"
    faults: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not FEWEST_RESOURCES <= self.resources <= MOST_RESOURCES:
            raise OptionsError(f"An export has {FEWEST_RESOURCES} to {MOST_RESOURCES} resources.")
        if self.form not in FORMS:
            raise OptionsError(f"There is no form {self.form!r}: {', '.join(FORMS)}.")
        if wrong := sorted(name for name, count in self.faults.items() if count < 0):
            raise OptionsError(f"Nobody can have fewer than none of a fault: {', '.join(wrong)}.")
