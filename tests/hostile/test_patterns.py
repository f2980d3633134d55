"""No regular expression of the product can be kept busy by a text that somebody else wrote."""

from __future__ import annotations

import re
import signal
import sys
import warnings
from typing import Any

import pytest

from tests.hostile.pumping import _EVERYWHERE, Used, attacks, patterns

SIZE = 30_000
TOO_MUCH_S = 0.7
"""Of the processor's time, for what takes less than a hundredth of it where time grows with the text."""


class Slow(Exception):
    pass


def is_slow(used: Used, size: int = SIZE) -> str:
    """The beginning of a text of that many characters that it takes too long over; "" if there is none."""
    methods = {"search" if one in _EVERYWHERE else one for one in used.methods} - {"scanner"} or {"match"}
    for text in attacks(used.pattern, size):
        for method in sorted(methods):
            signal.setitimer(signal.ITIMER_VIRTUAL, TOO_MUCH_S)
            try:
                getattr(used.pattern, method)(text)
            except Slow:
                return f"{method} {text[:40]!r}"
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such alarm there")
@pytest.mark.parametrize("expression", [r"\s+$", "(a+)+b", "<!--.*?-->", r"(x*)*y"])
def test_what_is_slow_would_be_found(expression: str) -> None:
    """Twice as long a text takes four times as long where time grows with its square: too long on any machine."""
    with Alarmed():
        assert is_slow(Used(re.compile(expression, re.DOTALL), "", {"search"}), 2 * SIZE)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such alarm there")
def test_no_pattern_is_slow() -> None:
    with warnings.catch_warnings(), Alarmed():
        warnings.simplefilter("ignore")
        every = patterns()
        assert len(every) > 350
        slow = {used.where: found for used in every if used.where not in OWN and (found := is_slow(used))}
    assert slow == {}


OWN = {
    "checker.catalogue.toml_text._TABLE": "the file of whoever runs it",
    "checker.detectors.texts._TAG": "up to the last end of a comment only, so that each that begins there ends",
    "checker.probes.pack.markup._ASIDE": "up to the last end of a tag only, likewise",
}
"""Patterns that meet text of the product and of whoever runs it alone, or text that is short → which."""


class Alarmed:
    """Raises :class:`Slow` where the alarm goes off."""

    def __enter__(self) -> None:
        def raise_it(*_: Any) -> None:
            raise Slow

        self._before = signal.signal(signal.SIGVTALRM, raise_it)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGVTALRM, self._before)
