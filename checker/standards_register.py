"""The register of standards: every standard that a shipped profile cites, with version, publisher, basis and source.

The register is data, ``profiles/standards.yaml``, with the schema ``reports/schemas/standards-register.schema.json``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from checker import resources

FILE = "standards.yaml"
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One standard in one version."""

    id: str
    title: str
    version: str
    publisher: str
    url: str
    in_force_since: str
    """A day, a month or a year as far as it is known, else ""."""
    applies_to: str
    basis: str
    """L, N, S or P: what a row that cites it rests on at most."""
    confirmed: bool
    """Was the version read at its source?"""
    read_at: str
    supersedes: tuple[str, ...] = ()
    """Ids, or names of editions that are not registered."""
    superseded_by: str = ""
    aliases: tuple[str, ...] = ()
    """How else profiles and packs spell it."""

    @property
    def names(self) -> tuple[str, ...]:
        """All texts that mean it."""
        return (self.id, self.title, *self.aliases)


@cache
def standards() -> tuple[Standard, ...]:
    """All of them, in the order of the file."""
    import yaml

    text = resources.data("profiles").joinpath(FILE).read_text("utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - every scalar is text
    return tuple(_standard(one) for one in found["standards"])


def _standard(found: dict[str, Any]) -> Standard:
    return Standard(
        id=found["id"],
        title=found["title"],
        version=found["version"],
        publisher=found["publisher"],
        url=found["url"],
        in_force_since=found.get("in-force-since", ""),
        applies_to=found["applies-to"],
        basis=found["basis"],
        confirmed=found["confirmed"] == "true",
        read_at=found["read-at"],
        supersedes=tuple(found.get("supersedes", ())),
        superseded_by=found.get("superseded-by", ""),
        aliases=tuple(found.get("aliases", ())),
    )


def plain(name: str) -> str:
    """A name without case, spaces and punctuation.

    >>> plain("DCB 0129"), plain("RFC-9110")
    ('dcb0129', 'rfc9110')
    """
    return _NOT_A_LETTER.sub("", name.casefold())


@cache
def _by_name() -> dict[str, Standard]:
    return {plain(name): one for one in standards() for name in one.names}


def resolve(name: str) -> Standard | None:
    """The standard that a text means; None for one that is not registered."""
    return _by_name().get(plain(name))
