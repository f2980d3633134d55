"""Pages of the web as files: what a parser can see of their accessibility. A smoke test, never a proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.given import of_file
from checker.model.evidence import Artefact
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

KIND = "web-page"


class Zoom(Params, frozen=True, kw_only=True):
    """How far a page must let itself be made larger: WCAG 1.4.4 says to 200 per cent."""

    least: float = 2.0


def zoom_is_barred(viewport: str, least: float) -> bool:
    """Does the content of a ``viewport`` element bar enlarging?

    >>> zoom_is_barred("width=device-width, user-scalable=no", 2.0), zoom_is_barred("maximum-scale=5", 2.0)
    (True, False)
    """
    parts = viewport.casefold().replace(";", ",").split(",")
    said = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in parts)}
    if said.get("user-scalable") in ("no", "0"):
        return True
    try:
        return 0 <= float(said.get("maximum-scale", "10")) < least
    except ValueError:
        return False


@check(
    "accessibility.pages-have-the-basics",
    params=Zoom,
    needs=lambda p, settings: [of_file(KIND, KIND)],
    source="https://www.w3.org/TR/WCAG22/",
)
def pages_have_the_basics(ev: EvidenceView, p: Zoom) -> Iterator[Statement]:
    """Each page given has a language, a title, one main part, labels and alternatives, and can be made larger.

    Looked at is the markup of files of kind ``web-page``, by a parser that runs no script. An empty ``alt`` is one, for
    decoration. ``checker pack axe --pages`` writes such files from a browser.

    Good: ``<html lang="en-GB">``, ``<img alt="">``. Bad: ``<input>`` without label; ``tabindex="3"``; two ``<main>``.
    """
    if not ev.supplier.artefacts_of(KIND):
        yield Undecided(reason=Reason.NO_DATA, message=f"no file of kind {KIND!r} was submitted")
        return
    view = ev.record(of_file(KIND, KIND))
    items = view.evidence("file")
    if not items:
        yield view.undecided(f"the files of kind {KIND!r}")
    for item in items:
        page = item.read()
        if not isinstance(page, Artefact):
            continue
        given = Given(page.facts, ev.as_of.date(), (item.id,))
        why = page.facts.get("problem") or page.facts.get("unread") or (page.facts.get("not_read") or [""])[0]
        if why:
            yield given.undecided(f"the page {page.artefact!r} was not read: {why}", Reason.PREREQUISITE)
            continue
        found = list(_faults(given, page.artefact.removeprefix("pack:"), p))
        yield from found
        if not found:
            yield Examined(what=f"the page {page.artefact!r}", evidence=given.evidence)


def _faults(page: Given, name: str, p: Zoom) -> Iterator[Finding]:
    facts: dict[str, Any] = page.facts
    if not facts["lang"]:
        yield page.finding("A page does not say its language.", "lang on html", "none", f"{name} html")
    if not facts["title"]:
        yield page.finding("A page has no title.", "a title", "none", f"{name} title")
    if facts["mains"] != 1:
        yield page.finding("A page has not one main part.", "one", str(facts["mains"]), f"{name} main")
    for one in facts["viewports"]:
        if zoom_is_barred(one, p.least):
            expected = f"no user-scalable=no, no maximum-scale below {p.least:g}"
            yield page.finding("A page cannot be made larger.", expected, one[:80], f"{name} meta viewport")
    for key, message, expected in (
        ("images", "A picture has no alternative.", "alt, empty for decoration"),
        ("fields", "A field has no label.", "a label, or aria-label"),
        ("tabindex", "An element jumps the order of focus.", "tabindex 0, -1 or none"),
    ):
        if count := facts[f"{key}_count"]:
            lines = ", ".join(map(str, facts[key]))
            yield page.finding(message, expected, f"lines {lines}", f"{name} line {facts[key][0]}", count)
