"""Python's search for garbage in cycles, held back while much is made that has none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_AT_LEAST = 100_000
"""Objects that are there on balance before it looks: some ten megabytes."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for cycles seldom.

    Parsed JSON has none and goes by itself, but making it sets the search off again and again, each time over all that
    is held: a tenth of the time of a pass.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(_AT_LEAST, before[0]) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
