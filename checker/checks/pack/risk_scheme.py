"""Is the scheme by which hazards are scored whole, and does it rise with severity and likelihood?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.hazards import SOURCE, Scheme, fold, scheme_of
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_PLACE = "section safety /scheme"
_SCALES = ("severities", "likelihoods", "levels")


@check("safety.scheme-is-whole", needs=lambda p, settings: [WHOLE, of_section("safety")], source=SOURCE)
def scheme_is_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each pair of a severity and a likelihood has one level of risk, and it is said which levels are acceptable.

    The scales and the matrix are those of the section ``safety``; no size and no words are asked for.

    Good: three severities, three likelihoods and nine cells, in words or numbers. Bad: a pair without a level; a level
    that is not on the scale; no acceptable level, or all of them.
    """
    found = part(ev, "safety", "scheme")
    if isinstance(found, Undecided):
        yield found
        return
    scheme = scheme_of(found.facts)
    pairs = len(scheme.severities) * len(scheme.likelihoods)
    if pairs:
        yield Examined(what="pairs of severity and likelihood", evidence=found.evidence, count=pairs)
    yield from _scales(found)
    yield from _cells(found, scheme)
    if not scheme.acceptable:
        yield found.finding("No level of risk is acceptable, so none can be accepted.", "a level", "none", _PLACE)
    elif len(scheme.acceptable) == len(scheme.levels):
        message = "Every level of risk is acceptable, so nothing has to be controlled."
        yield found.finding(message, "a level that is not acceptable", "all are", f"{_PLACE}/acceptable")
    ranks = sorted(scheme.acceptable)
    if ranks and ranks[-1] != len(ranks) - 1:
        message = "A level is acceptable, and one below it is not."
        yield found.finding(message, scheme.level(ranks[-1] - 1), scheme.level(ranks[-1]), f"{_PLACE}/acceptable")


def _scales(found: Given) -> Iterator[Finding]:
    for name in _SCALES:
        words = [fold(one) for one in found.facts.get(name, [])]
        if len(words) < 2:
            message = "A scale has fewer than two words."
            yield found.finding(message, "two or more, the least first", str(len(words)), f"{_PLACE}/{name}")
        for word, times in Counter(words).items():
            if times > 1:
                yield found.finding("A word stands twice on a scale.", "once", word[:60], f"{_PLACE}/{name}")
    known = {fold(one) for one in found.facts.get("levels", [])}
    for one in found.facts.get("acceptable", []):
        if fold(one) not in known:
            message = "A level that is called acceptable is not on the scale."
            yield found.finding(message, "one of the levels", one[:60], f"{_PLACE}/acceptable")


def _cells(found: Given, scheme: Scheme) -> Iterator[Finding]:
    said: Counter[tuple[int, int]] = Counter()
    for severity, row in found.facts.get("matrix", {}).items():
        for likelihood, level in row.items():
            at = f"{_PLACE}/matrix/{severity[:60]}/{likelihood[:60]}"
            place = (scheme.rank("severities", severity), scheme.rank("likelihoods", likelihood))
            if place[0] is None or place[1] is None:
                message = "The matrix has a cell for a word that is on no scale."
                yield found.finding(
                    message, "a severity and a likelihood of the scales", f"{severity[:40]}, {likelihood[:40]}", at
                )
                continue
            said[(place[0], place[1])] += 1
            if scheme.rank("levels", level) is None:
                yield found.finding("A cell of the matrix holds no level of the scale.", "a level", level[:60], at)
    for severity, first in scheme.severities.items():
        for likelihood, second in scheme.likelihoods.items():
            if said[(first, second)] != 1:
                message = "A pair of severity and likelihood has not one level of risk."
                actual = f"{said[(first, second)]} for {severity[:40]}, {likelihood[:40]}"
                yield found.finding(message, "one level", actual, f"{_PLACE}/matrix")


@check(
    "safety.scheme-rises",
    needs=lambda p, settings: [WHOLE, of_section("safety")],
    source="docs/policy.md#a-risk-matrix-rises-with-severity-and-likelihood",
)
def scheme_rises(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No cell of the matrix has a lower level than one with a lesser severity or a lesser likelihood.

    Good: the same level in neighbouring cells. Bad: "major, high" below "major, medium".
    """
    found = part(ev, "safety", "scheme")
    if isinstance(found, Undecided):
        yield found
        return
    scheme = scheme_of(found.facts)
    severities, likelihoods = list(scheme.severities), list(scheme.likelihoods)
    steps = [((s, a), (s, b)) for s in range(len(severities)) for a, b in pairwise(range(len(likelihoods)))]
    steps += [((a, k), (b, k)) for k in range(len(likelihoods)) for a, b in pairwise(range(len(severities)))]
    looked = [(low, high) for low, high in steps if low in scheme.matrix and high in scheme.matrix]
    if not looked:
        yield found.undecided("the matrix has no two cells that can be compared", Reason.PREREQUISITE)
        return
    yield Examined(what="neighbouring cells of the matrix", evidence=found.evidence, count=len(looked))
    for low, high in looked:
        if scheme.matrix[high] < scheme.matrix[low]:
            at = f"{_PLACE}/matrix/{severities[high[0]]}/{likelihoods[high[1]]}"
            message = "A cell of the matrix is below one with a lesser severity or likelihood."
            expected = f"{scheme.level(scheme.matrix[low])} or above"
            yield found.finding(message, expected, scheme.level(scheme.matrix[high]), at)
    if len(looked) < len(steps):
        yield found.undecided("the matrix has holes", Reason.PREREQUISITE)
