"""How well AI functions do, for everybody and for each group: recomputed from the counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from checker.checks.assured import Given
from checker.checks.pack.ai_matrices import NEEDS, Line, Measured, malformed, measured, none_that_classifies, restated
from checker.checks.pack.confusion import METRICS, NOT_STATED, WHOLE, Matrix, area, predictive, together, wilson
from checker.checks.pack.figures import agree, decimal
from checker.checks.pack.said import shown
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_POLICY = "docs/policy.md"


class GroupParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``groupings``: by what performance is looked at; ``smallest``: the fewest people that may count as a group."""

    groupings: tuple[str, ...] = ("age", "sex", "ethnicity", "deprivation", "site")
    smallest: int = 30


@check(
    "ai.groups-recompute",
    params=GroupParams,
    needs=lambda p, settings: NEEDS,
    source="https://www.nice.org.uk/corporate/ecd7/chapter/section-c-evidence-standards-tables",
)
def groups_recompute(ev: EvidenceView, p: GroupParams) -> Iterator[Statement]:
    """Performance by group follows from the counts, the groups make up the whole, and gaps are within the tolerance.

    For each function that classifies and each grouping of ``groupings`` the counts of the groups add up to those of
    everybody (a group *not stated* completes them); a stated figure follows from its counts; the distance of a group
    from the whole is within the declared tolerance, or explained; a group smaller than declared (at least ``smallest``
    people) is explained. The distance is that to everybody together; one that equals the tolerance is within it.

    Good: a sensitivity of 0.86 against 0.89, tolerance 0.05. Bad: 0.78 without a word; no figures by deprivation.
    """
    found = measured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if (why := none_that_classifies(found)) is not None:
        yield why
        return
    for one in found.functions:
        whole = one.whole()
        if (unread := malformed(one, found.given)) is not None:
            yield unread
        elif whole is None:
            message = f"The counts of {one.id} have no one line for everybody at the threshold that is used."
            yield found.given.finding(message, f"one line with group-by {WHOLE}", "none, or several", _place(one))
        else:
            yield Examined(what=f"groups of {one.id}", evidence=found.given.evidence, count=len(one.lines))
            for by in p.groupings:
                yield from _grouping(found.given, one, by, whole, p)
            yield from _stated_groups(found.given, one)


def _place(one: Measured) -> str:
    return f"confusion-matrices {one.id}"


def _grouping(found: Given, one: Measured, by: str, whole: Matrix, p: GroupParams) -> Iterator[Finding]:
    groups, place = one.groups(by), f"{_place(one)} {by}"
    if groups.keys() <= NOT_STATED:
        yield found.finding(f"{one.id} was not looked at by {by}.", "counts for each group", "none", place)
        return
    if sum(line.by == by for line in one.at_threshold()) > len(groups):
        yield found.finding("A group stands twice at the threshold that is used.", "each group once", "twice", place)
        return
    total = together(groups.values())
    if total != whole:
        expected, actual = (f"tp {m.tp}, fp {m.fp}, fn {m.fn}, tn {m.tn}" for m in (whole, total))
        yield found.finding(f"The groups by {by} do not make up the whole.", expected, actual, place)
    explained = {(said["by"], said["group"].casefold()) for said in one.stated.get("explained", [])}
    smallest = max(int(one.stated.get("smallest-group", "0")), p.smallest)
    for group, matrix in groups.items():
        if (by, group) in explained:
            continue
        where = f"{place} {shown(group, 40)}"
        if matrix.n < smallest:
            message = "A group is too small for its figures to mean something, and nobody says what is done about it."
            yield found.finding(message, f"at least {smallest}, or an explanation", str(matrix.n), where)
            continue
        yield from _gaps(found, one, matrix, whole, where)


def _gaps(found: Given, one: Measured, matrix: Matrix, whole: Matrix, where: str) -> Iterator[Finding]:
    tolerated = one.stated.get("tolerance", [])
    if not tolerated:
        yield found.finding(f"{one.id} declares no tolerance for gaps.", "a tolerance", "none", _place(one))
    for said in tolerated:
        here, everybody = matrix.value(said["metric"]), whole.value(said["metric"])
        if here is None or everybody is None:
            message = f"A group has nobody to whom {said['metric']} applies, and that is not explained."
            yield found.finding(message, "an explanation", "none", where)
        elif abs(here - everybody) > decimal(said["points"]):
            low, high = wilson(*matrix.part(said["metric"]))
            message = f"The {said['metric']} of a group is further from that of everybody than declared."
            expected = f"within {said['points']} of {everybody:.4f}, or an explanation"
            yield found.finding(message, expected, f"{here:.4f} ({low:.4f} to {high:.4f})", where)


def _stated_groups(found: Given, one: Measured) -> Iterator[Finding]:
    wilsons = one.stated.get("interval", "wilson") == "wilson"
    stated = one.stated.get("by-group", [])
    groups = {by: one.groups(by) for by in {said["by"] for said in stated}}
    for number, said in enumerate(stated):
        place = f"section ai performance {one.id} by-group/{number}"
        matrix = groups[said["by"]].get(said["group"].casefold())
        if matrix is None:
            yield found.finding("A figure is stated for a group of which there are no counts.", "counts", "none", place)
        else:
            yield from restated(found, matrix, said, place, wilsons)


class CurveParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``thresholds``: so many lines at least make a curve."""

    thresholds: int = 3


@check(
    "ai.metrics-follow",
    params=CurveParams,
    needs=lambda p, settings: NEEDS,
    source=f"{_POLICY}#figures-of-a-model-follow-from-its-counts",
)
def metrics_follow(ev: EvidenceView, p: CurveParams) -> Iterator[Statement]:
    """Sensitivity, specificity and predictive values follow from the counts, also where the function will be used.

    A figure agrees when it is the one found, rounded to the places it is written with. Predictive values are stated at
    the intended prevalence; others may stand beside them with theirs. An area under the curve comes with ``thresholds``
    lines or more, over the same people, monotone, and is that of the trapezoids.

    Good: 0.91 for 0.9149. Bad: 0.92; a PPV at the prevalence of the test set alone; an area from one matrix.
    """
    found = measured(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if (why := none_that_classifies(found)) is not None:
        yield why
        return
    for one in found.functions:
        for line in one.unread:
            message = "A line of counts has something else than whole numbers."
            yield found.given.finding(message, "tp, fp, fn, tn in digits", "other text", f"{_place(one)} line {line}")
        whole = one.whole()
        if whole is None:
            message = f"there is no one line for everybody of {one.id} at the threshold that is used"
            yield found.given.undecided(message)
            continue
        yield Examined(what=f"figures of {one.id}", evidence=found.given.evidence, count=len(METRICS))
        yield from _overall(found.given, one, whole)
        yield from _where_used(found.given, one, whole)
        if one.stated.get("auc"):
            yield from _curve(found.given, one, p.thresholds)


def _overall(found: Given, one: Measured, whole: Matrix) -> Iterator[Finding]:
    stated = one.stated.get("overall", [])
    place = f"section ai performance {one.id}"
    if missing := [name for name in METRICS if name not in {said["metric"] for said in stated}]:
        message = f"Figures of {one.id} are not stated."
        yield found.finding(message, ", ".join(missing), "missing", f"{place} overall", len(missing))
    wilsons = one.stated.get("interval", "wilson") == "wilson"
    for said in stated:
        yield from restated(found, whole, said, f"{place} overall {said['metric']}", wilsons)


def _where_used(found: Given, one: Measured, whole: Matrix) -> Iterator[Finding]:
    place = f"section ai performance {one.id} at-prevalence"
    meant, stated = one.function.get("prevalence"), one.stated.get("at-prevalence", [])
    there = [said for said in stated if meant and decimal(said["prevalence"]) == decimal(meant) and said.get("ppv")]
    if not there:
        expected = f"a PPV at {meant} %" if meant else "the prevalence for which it is meant, and a PPV there"
        yield found.finding(f"How often {one.id} will be right in use is not stated.", expected, "none", place)
    for said in stated:
        values = predictive(whole, decimal(said["prevalence"]) / 100)
        for name, value in zip(("ppv", "npv"), values, strict=True):
            if said.get(name) and (value is None or not agree(said[name], value)):
                message = f"The {name.upper()} does not follow from sensitivity, specificity and the prevalence."
                expected = f"{value:.4f} at {said['prevalence']} %" if value is not None else "no figure"
                yield found.finding(message, expected, said[name], place)


def _curve(found: Given, one: Measured, fewest: int) -> Iterator[Finding]:
    place = f"{_place(one)} thresholds"
    lines = sorted(
        ((line.threshold, line) for line in one.lines if line.by == WHOLE and line.threshold is not None),
        key=lambda pair: pair[0],
    )
    matrices = [line.matrix for _, line in lines]
    if len(lines) < fewest:
        message = "An area under the curve is stated without the thresholds that it comes from."
        yield found.finding(message, f"{fewest} thresholds or more", str(len(lines)), place)
        return
    if len({threshold for threshold, _ in lines}) < len(lines):
        yield found.finding("A threshold stands twice.", "each threshold once", "one of them twice", place)
        return
    if len({(m.tp + m.fn, m.fp + m.tn) for m in matrices}) > 1:
        message = "The thresholds were not tried on the same people."
        yield found.finding(message, "as many with and without in each line", "they differ", place)
        return
    yield from _monotone(found, [line for _, line in lines], place)
    value = area(matrices)
    if value is None or not agree(one.stated["auc"], value):
        message = "The area under the curve is not that of the thresholds."
        yield found.finding(message, f"{value:.4f}" if value is not None else "none", one.stated["auc"], place)


def _monotone(found: Given, lines: list[Line], place: str) -> Iterator[Finding]:
    for earlier, later in pairwise(lines):
        if later.matrix.tp > earlier.matrix.tp or later.matrix.fp > earlier.matrix.fp:
            message = "A higher threshold flags more people than a lower one."
            shown_at: Decimal | None = later.threshold
            yield found.finding(message, "as many or fewer", "more", f"{place} {shown_at}")
