"""Editions of certificates and forms, and the days on which they count: data beside the profile ``supply-chain``."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple

from checker import resources
from checker.checks.register import day


class Edition(NamedTuple):
    """An edition by name, with the first and the last day on which it counts (None: none is known)."""

    name: str
    first: date | None
    last: date | None


@cache
def editions(of: str) -> tuple[Edition, ...]:
    """The editions of ``dspt``, ``cyber-essentials``, ``dtac`` or ``iso-27001``, oldest first."""
    import yaml

    text = resources.data("profiles").joinpath("supply-chain", "editions.yaml").read_text("utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)[of]["editions"]  # noqa: S506 - every scalar is text
    return tuple(
        Edition(one["name"], day(one.get("first")), day(one.get("last") or one.get("deadline"))) for one in found
    )


def named(of: str, name: str) -> Edition | None:
    """The edition that a text names, spaces and case aside; None for one that the table does not know."""
    plain = "".join(name.casefold().split())
    return next((one for one in editions(of) if one.name.casefold() == plain), None)
