"""The success criteria of WCAG 2.2: data beside the profile ``accessibility``."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from checker import resources

_TAG = re.compile(r"wcag([1-4])([1-5])([0-9]{1,2})")
LEVELS = frozenset({"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"})
"""The tags by which axe marks rules of levels A and AA."""


class Criteria(NamedTuple):
    """The criteria by number."""

    levels: dict[str, str]
    """Those of A and AA, in order → their level."""
    triple_a: frozenset[str]
    withdrawn: frozenset[str]
    """Those of older versions that 2.2 has no more."""


@cache
def criteria() -> Criteria:
    """All of WCAG 2.2."""
    import yaml

    text = resources.data("profiles").joinpath("accessibility", "wcag-2.2.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - every scalar is text
    levels = {one["id"]: one["level"] for one in found["criteria"]}
    return Criteria(levels, frozenset(found["triple-a"]), frozenset(found["withdrawn"]))


def of_tags(tags: list[str]) -> frozenset[str]:
    """The criteria that the tags of a rule of axe name.

    >>> sorted(of_tags(["wcag2aa", "wcag143", "wcag1410", "cat.color"]))
    ['1.4.10', '1.4.3']
    """
    return frozenset(".".join(found.groups()) for tag in tags if (found := _TAG.fullmatch(tag)))


def counts(tags: list[str]) -> bool:
    """Is a rule of axe one of level A or AA, neither advice nor AAA?

    >>> counts(["wcag2aa", "wcag143"]), counts(["wcag2aaa", "wcag146"]), counts(["best-practice"])
    (True, False, False)
    """
    return not LEVELS.isdisjoint(tags)
