"""NHS numbers as people read them: in groups of three, three and four."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.nhs_number import number_fault
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Fold, Look, Seen
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement

_MARKUP = re.compile(r"<[^<>]*>")
_MARK = "\x01"
"""Stands for markup: groups may be set apart by elements instead of spaces."""
_GAP = r"\s\u00a0\u2007\u2009\u202f\u2010\u2011\x01-"
_LABEL = re.compile(r"\bNHS(?:\s|\x01|&nbsp;|&#160;|<[^<>]{0,200}>){0,8}(?:number|num|no)\b", re.IGNORECASE)
_NUMBER = re.compile(rf"([^0-9]{{0,60}}?)(?<![0-9])([0-9](?:[{_GAP}]{{0,6}}[0-9]){{9}})(?![0-9])")
_REACH = 1000
"""So much text behind a label is looked at, markup and all."""
_GROUPED = re.compile(rf"[0-9]{{3}}[{_GAP}]+[0-9]{{3}}[{_GAP}]+[0-9]{{4}}")
_MOST_CHARACTERS = 2_000_000
_UNGROUPED = "ungrouped"
_TEXT = ("text/html", "text/plain", "application/xhtml+xml")


def shown_numbers(text: str) -> Iterator[bool]:
    """For each NHS number near a label in HTML or plain text: is it grouped?

    Counted is what has ten digits, a right check digit, and within 60 characters in front of it the words *NHS number*
    (or no, num).

    >>> list(shown_numbers("<td>NHS number</td><td>999 000 0018</td>")), list(shown_numbers("NHS No: 9990000018"))
    ([True], [False])
    >>> list(shown_numbers("Order 9990000018")), list(shown_numbers("<b>NHS no</b> <i>999</i><i>000</i><i>0018</i>"))
    ([], [True])
    """
    for label in _LABEL.finditer(text, 0, _MOST_CHARACTERS):
        behind = html.unescape(_MARKUP.sub(_MARK, text[label.end() : label.end() + _REACH]))
        found = _NUMBER.match(behind)
        if found is None or _LABEL.search(found[1]):  # the next label is nearer
            continue
        if not number_fault(re.sub(r"[^0-9]", "", found[2])):
            yield _GROUPED.fullmatch(found[2]) is not None


class NumbersGrouped(TalliedScan[NoParams], Fold[NoParams, Tallied]):
    """Wherever text for people shows an NHS number, it is grouped 3-3-4.

    Looked at are narratives (``div``) and attachments and Binaries of text or HTML that hold their data. A number is
    one with a right check digit, near the words *NHS number*: an order number is none. Groups may be set apart by
    spaces of any sort, hyphens, or elements of the markup. Other formats (PDF, images) and screens are not read.

    Good: ``NHS number: 999 000 0018``. Bad: ``NHS number: 9990000018``.
    """

    id: ClassVar[str] = "nhs-number.shown-in-groups"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="div"), Look(element="attachment"), Look(types=("Binary",)))
    source: ClassVar[str] = "https://digital.nhs.uk/data-and-information/information-standards"

    def step(self, state: Tallied, seen: Seen, params: NoParams) -> Tallied:
        """Examine one text."""
        text = seen.node if isinstance(seen.node, str) else _text_of(seen.node)
        if "nhs" not in text.lower():
            return state
        for is_grouped in shown_numbers(text):
            state.count()
            if not is_grouped:
                state.fault(_UNGROUPED, seen.place)
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many were shown, and the finding."""
        if state.examined:
            yield Examined(what="NHS numbers in text for people", count=state.examined)
        yield from findings(
            state,
            {
                _UNGROUPED: Said(
                    "An NHS number is shown without groups", "three groups: 3, 3 and 4 digits", "ten digits in a row"
                )
            },
        )


def _text_of(node: Any) -> str:
    """The text of an attachment or a Binary; "" when it is of another sort, elsewhere, or cannot be read."""
    kind = node.get("contentType") if isinstance(node, dict) else None
    data = node.get("data") if isinstance(node, dict) else None
    if not (isinstance(kind, str) and isinstance(data, str) and kind.partition(";")[0].strip().lower() in _TEXT):
        return ""
    try:
        return base64.b64decode(data[: 2 * _MOST_CHARACTERS]).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


NUMBERS_GROUPED = NumbersGrouped()
