"""Licence expressions: what reads as one, what does not, and what would take too long to read."""

from __future__ import annotations

import pytest

from checker.checks.pack.spdx_expression import ways


@pytest.mark.parametrize(
    "text",
    [
        *("MIT", " MIT ", "GPL-2.0+", "LicenseRef-Own", "DocumentRef-a:LicenseRef-b", "mit and apache-2.0"),
        *("(MIT)", "MIT AND (GPL-2.0-only WITH Classpath-exception-2.0 OR BSD-2-Clause)"),
    ],
)
def test_these_are_expressions(text: str) -> None:
    assert ways(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "MIT OR", "OR MIT", "MIT BSD-2-Clause", "(MIT", "MIT)", "()", "MIT AND AND MIT", "WITH", "MIT WITH"),
        *("MIT/X11", "see LICENSE", "MIT, BSD", "Apache 2.0", "\x00", "MIT\u00a0OR\u00a0X\u2028é"),
    ],
)
def test_these_are_none(text: str) -> None:
    assert ways(text) is None


def test_what_is_too_large_or_too_deep_is_given_up() -> None:
    assert ways("(" * 50 + "MIT" + ")" * 50) is None
    assert ways(" AND ".join(["MIT"] * 500)) is None
    assert ways(" AND ".join(["(A OR B)"] * 20)) is None


def test_and_binds_more_than_or() -> None:
    assert ways("A OR B AND C") == (frozenset("A"), frozenset("BC"))
