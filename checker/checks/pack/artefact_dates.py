"""Do the files of an evidence pack hold on the day that is judged, and no longer than their scheme allows?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from checker.checks.assured import Given, months_after
from checker.checks.pack.given import WHOLE, root, shortened
from checker.checks.register import day
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_YEAR_ENDS = (6, 30)
"""The day by which each edition of the Data Security and Protection Toolkit is due."""


@check(
    "pack.artefacts-are-in-date",
    needs=lambda p, settings: [WHOLE],
    source="docs/policy.md#what-a-pack-shows-is-in-date",
)
def artefacts_are_in_date(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each artefact was issued before the pack was put together, and holds on the day that is judged.

    ``expires`` is the last day on which it holds. The day of the pack itself, ``assessed-on``, is not later than the
    day that is judged (``--as-of``).

    Good: issued 2026-09-01, expires 2027-08-31, judged on 2026-11-22. Bad: expires 2026-11-21; issued 2027-01-10;
    expires before it was issued.
    """
    found, of_pack = root(ev, "artefacts"), root(ev, "assessed-on")
    together = None if isinstance(of_pack, Undecided) else day(of_pack.facts)
    if not isinstance(of_pack, Undecided) and together is not None and together > of_pack.on:
        message = "The pack says that it was put together on a day that is still to come."
        yield of_pack.finding(message, f"not after {of_pack.on}", f"{together}", "pack.yaml /assessed-on")
    if isinstance(found, Undecided):
        yield found
        return
    dated = [one for one in found.facts if one.get("issued") or one.get("expires")]
    for one in dated:
        wrong = [*_of_one(found, one, together or found.on)]
        yield from wrong
        if not wrong:
            yield Examined(what="artefacts with days that hold", evidence=found.evidence)
    if not dated:
        yield found.undecided("no artefact of the pack names the day on which it was issued or expires")


def _of_one(found: Given, one: Mapping[str, Any], together: date) -> Iterator[Finding]:
    issued, expires = day(one.get("issued")), day(one.get("expires"))
    place = f"pack.yaml artefact {one['id']}"
    if issued is not None and issued > found.on:
        yield found.finding(
            "It was issued on a day that is still to come.", f"not after {found.on}", f"{issued}", place
        )
    elif issued is not None and issued > together:
        message = "It was issued after the day for which the pack was put together."
        yield found.finding(message, f"not after {together}", f"{issued}", place)
    if issued is not None and expires is not None and expires < issued:
        yield found.finding("It expires before it was issued.", f"after {issued}", f"{expires}", place)
    elif expires is not None and expires < found.on:
        yield found.finding("It has expired.", f"{found.on} or later", f"{expires}", place)


class MaxAge(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: how long what is issued under a scheme holds at most."""

    months: dict[str, int] = msgspec.field(
        default_factory=lambda: {
            "cyber-essentials": 12,
            "cyber-essentials-plus": 12,
            "penetration-test": 12,
            "ico-fee": 12,
            "iso-27001": 36,
        }
    )


@check(
    "pack.validity-is-that-of-the-scheme",
    params=MaxAge,
    needs=lambda p, settings: [WHOLE],
    source="docs/policy.md#no-certificate-holds-longer-than-its-scheme-allows",
)
def validity_is_that_of_the_scheme(ev: EvidenceView, p: MaxAge) -> Iterator[Statement]:
    """What was issued under a scheme holds no longer than the scheme allows, whatever the pack says.

    Looked at are artefacts with a ``scheme``: Cyber Essentials, penetration tests and the data protection fee for 12
    months, ISO/IEC 27001 for 36, and of the Data Security and Protection Toolkit the edition that is being assessed or
    the one before, each of which is due on 30 June. Without ``expires`` the age on the day that is judged counts.

    Good: Cyber Essentials issued 2026-05-04, expires 2027-05-04. Bad: the same, expires 2028-05-04; a penetration
    test of two years ago.
    """
    found = root(ev, "artefacts")
    if isinstance(found, Undecided):
        yield found
        return
    given = [one for one in found.facts if one.get("scheme")]
    for one in given:
        issued, expires = day(one.get("issued")), day(one.get("expires"))
        place = f"pack.yaml artefact {one['id']}"
        if issued is None:
            yield found.undecided(f"{shortened(one['id'])}: the day on which it was issued is not told")
            continue
        if one["scheme"] == "dspt":
            wrong = _of_toolkit(found, issued, expires, place)
        elif one["scheme"] in p.months:
            wrong = _of_months(found, issued, expires, p.months[one["scheme"]], place)
        else:
            yield found.undecided(f"{shortened(one['id'])}: how long that scheme allows is not known here")
            continue
        yield wrong or Examined(what=f"days of {one['scheme']}", evidence=found.evidence)
    if not given:
        yield found.undecided("no artefact of the pack names a scheme under which it was issued")


def _of_months(found: Given, issued: date, expires: date | None, months: int, place: str) -> Finding | None:
    last = months_after(issued, months)
    if last.day < issued.day:
        last += timedelta(days=1)  # there is no such day in that month: the next one is as good an end
    expected = f"{last} at the latest, {months} months after {issued}"
    if expires is not None and expires > last:
        return found.finding("It is said to hold for longer than its scheme allows.", expected, f"{expires}", place)
    if expires is None and found.on > last:
        return found.finding("It is older than its scheme allows.", expected, f"judged on {found.on}", place)
    return None


def _of_toolkit(found: Given, issued: date, expires: date | None, place: str) -> Finding | None:
    """An edition runs from 1 July to 30 June; the one before the one that is assessed still counts."""
    due = date(found.on.year + (found.on > date(found.on.year, *_YEAR_ENDS)), *_YEAR_ENDS)
    oldest = date(due.year - 2, 7, 1)
    if issued < oldest:
        message = "It is of an edition of the toolkit before the last."
        return found.finding(message, f"published on {oldest} or later", f"{issued}", place)
    ends = date(issued.year + (issued > date(issued.year, *_YEAR_ENDS)) + 1, *_YEAR_ENDS)
    if expires is not None and expires > ends:
        message = "It is said to hold for longer than its scheme allows."
        return found.finding(message, f"{ends} at the latest, when the edition after it is due", f"{expires}", place)
    return None
