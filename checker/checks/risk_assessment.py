"""The assessment of the risk that somebody in a release is named again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checker.checks.register import day
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_FILES = Need(probe="release.files", params=NoParams())
_PLACE = "release-declaration#/assessment"


@check(
    "release.assessment-fits",
    needs=lambda p, settings: [_FILES],
    source="docs/policy.md#the-risk-of-this-very-release-was-assessed",
)
def assessment_fits(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The declared risk assessment is of these very files, and was in force when they were read.

    The release declaration names release model, adversary, k, date, approver, review date and the SHA-256 of each file
    that was assessed; its loader refuses one without them. Here the digests are held against the files of the
    release, and the dates against the day on which they were read. Whether the judgement is right is for people.

    Good: a digest for each file, reviewed next year. Bad: the digest of last year's file; a review that is overdue.
    """
    view = ev.record(_FILES)
    items = view.evidence("release")
    evidence = tuple(item.id for item in items)
    release = ev.supplier.release
    if release is None or release.assessment is None:
        yield Undecided(reason=Reason.NO_DATA, message="no release declaration with a risk assessment was submitted")
        return
    artefacts = [payload for item in items if isinstance(payload := item.read(), Artefact)]
    files = [file for artefact in artefacts for file in artefact.files]
    if not files:
        yield view.undecided("the release")
        return
    assessed = frozenset(release.assessment.files)
    other = sorted(file.path for file in files if file.sha256 not in assessed)
    if other:
        yield Finding(
            message="The risk assessment is not of these files",
            expected="the SHA-256 of every file of the release",
            actual=f"{len(other)} of {len(files)} files are not named",
            place=f"{_PLACE}/files",
            evidence=evidence,
            count=len(other),
        )
    read_on = max(item.captured_at for item in items).date()
    yield from _dates(release.assessment.assessed, release.assessment.review, read_on, evidence)
    yield Examined(what=f"{len(files)} files of the release", evidence=evidence, count=len(files))


@condition("release.is-open", needs=lambda p, settings: (), claim=True)
def release_is_open(ev: EvidenceView, p: NoParams) -> bool | None:
    """The release declaration says that anybody may have the release (``publication: open``); unknown without one."""
    return None if ev.supplier.release is None else ev.supplier.release.publication == "open"


class IntruderParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most_months``: so long ago the test may lie."""

    most_months: int = 24


@check(
    "release.intruder-test",
    params=IntruderParams,
    needs=lambda p, settings: [_FILES],
    source="docs/policy.md#somebody-tried-to-name-people",
)
def intruder_test(ev: EvidenceView, p: IntruderParams) -> Iterator[Statement]:
    """For a release that anybody may have, others tried to name somebody in such data not long before it was read.

    The release declaration holds ``intruder-test`` with the day on which it was made, by whom, how and with what
    findings; its loader refuses one without them. How good the attempt was is for people to say.

    Good: made last spring. Bad: no test; one of three years ago; one of a day to come.
    """
    view = ev.record(_FILES)
    items = view.evidence("release")
    if ev.supplier.release is None or not items:
        yield view.undecided("the release with its declaration")
        return
    evidence = tuple(item.id for item in items)
    read_on = max(item.captured_at for item in items).date()
    yield Examined(what="the motivated-intruder test of the release declaration", evidence=evidence)
    test = ev.supplier.release.intruder_test
    expected = f"a test within {p.most_months} months before {read_on}"
    message, actual = "", ""
    if test is None:
        message, actual = "Nobody tried to name people in data that anybody may have", "none"
    elif (made := day(test.made)) is None:
        message, actual = "The day of the intruder test does not exist", test.made
    elif made > read_on or _months(made, read_on) > p.most_months:
        message, actual = "The intruder test is too old, or of a day to come", test.made
    if message:
        place = "release-declaration#/intruder-test"
        yield Finding(message=message, expected=expected, actual=actual, place=place, evidence=evidence)


def _months(first: date, last: date) -> int:
    """Months that have begun since.

    >>> _months(date(2024, 3, 2), date(2026, 3, 2)), _months(date(2024, 3, 2), date(2026, 3, 3))
    (24, 25)
    """
    return (last.year - first.year) * 12 + last.month - first.month + (last.day > first.day)


def _dates(assessed: str, review: str, read_on: date, evidence: tuple[str, ...]) -> Iterator[Statement]:
    days: dict[str, date] = {}
    for name, text in (("assessed", assessed), ("review", review)):
        try:
            days[name] = date.fromisoformat(text)
        except ValueError:
            yield Finding(
                message="A date of the risk assessment does not exist",
                expected="a day of the calendar",
                actual=text,
                place=f"{_PLACE}/{name}",
                evidence=evidence,
            )
    if "assessed" in days and days["assessed"] > read_on:
        yield Finding(
            message="The risk assessment is of a day to come",
            expected=f"{read_on} or before",
            actual=assessed,
            place=f"{_PLACE}/assessed",
            evidence=evidence,
        )
    if "review" in days and days["review"] < read_on:
        yield Finding(
            message="The review of the risk assessment is overdue",
            expected=f"{read_on} or later",
            actual=review,
            place=f"{_PLACE}/review",
            evidence=evidence,
        )
