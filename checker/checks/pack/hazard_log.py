"""Is the hazard log filled in, and are its ratings those of the scheme?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given
from checker.checks.pack.hazards import (
    CONTROLS_NEED,
    LOG_NEED,
    NEEDS,
    SOURCE,
    Scheme,
    bounded,
    by_hazard,
    controls,
    fold,
    key,
    log,
    place,
    rated,
    retired,
    scheme,
    together,
    unreadable,
)
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_RATING = ("severity", "likelihood", "risk")
_SCALES = dict(zip(_RATING, ("severities", "likelihoods", "levels"), strict=True))


class CellParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``cells``: the columns that each hazard must fill in."""

    cells: tuple[str, ...] = ("hazard", "initial-severity", "initial-likelihood", "initial-risk")


@check("safety.log-is-estimated", params=CellParams, needs=lambda p, settings: NEEDS, source=SOURCE)
def log_is_estimated(ev: EvidenceView, p: CellParams) -> Iterator[Statement]:
    """Every hazard of the log has an id of its own and says what it is, its initial rating and its residual one.

    The residual rating may be left out where the initial risk is acceptable (DCB0129 5.1.2), and of a hazard that is
    one no longer. File: kind ``hazard-log``, CSV.

    Good: every cell filled. Bad: a hazard without a likelihood; two hazards HAZ-07.
    """
    found = log(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="hazards of the hazard log", evidence=found.evidence, count=len(found.facts))
    scored = scheme(ev)
    rules = None if isinstance(scored, Undecided) else scored.facts
    yield from bounded(_cells(found, p.cells))
    open_cases = [row for row in found.facts if not all(row.get(f"residual-{one}") for one in _RATING)]
    open_cases = [row for row in open_cases if not retired(row)]
    if rules is None and open_cases:
        yield from unreadable(found, len(open_cases), "they have no residual rating, and the scheme cannot be read")
    elif rules is not None:
        yield from bounded(_residual(found, rules, open_cases))


def _cells(found: Given, cells: tuple[str, ...]) -> Iterator[Finding]:
    seen: set[str] = set()
    for row in found.facts:
        if not row["id"]:
            yield found.finding("A hazard has no id.", "an id", "none", place(row))
        elif key(row["id"]) in seen:
            yield found.finding("Two hazards have one id.", "an id of its own", row["id"][:60], place(row))
        seen.add(key(row["id"]))
        missing = [name for name in cells if not row.get(name)]
        if missing:
            yield found.finding("A hazard is not filled in.", ", ".join(missing), "empty", place(row))


def _residual(found: Given, rules: Scheme, rows: list[dict[str, str]]) -> Iterator[Finding]:
    for row in rows:
        if rules.rank("levels", row.get("initial-risk", "")) not in rules.acceptable:
            message = "A hazard whose initial risk is not acceptable has no residual rating."
            yield found.finding(message, "severity, likelihood and risk after the controls", "empty", place(row))


class ToldParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``hazards`` and ``controls``: columns to fill in; ``types``: what a control may be."""

    hazards: tuple[str, ...] = ("name", "description", "causes", "effect", "harm", "status", "owner")
    controls: tuple[str, ...] = ("type", "owner", "state")
    types: tuple[str, ...] = ("design", "test", "training", "business process")


@check(
    "safety.log-tells-all",
    params=ToldParams,
    needs=lambda p, settings: [LOG_NEED, CONTROLS_NEED],
    source="docs/policy.md#a-hazard-log-tells-what-happens-and-who-looks-after-it",
)
def log_tells_all(ev: EvidenceView, p: ToldParams) -> Iterator[Statement]:
    """Every hazard has name, description, causes, effect, harm, status and owner; every control type, owner and state.

    DCB0129 names no columns; its guidance shows them as a template.

    Good: further columns of one's own. Bad: a hazard that nobody owns; a control of type "misc".
    """
    found, joined = log(ev), controls(ev)
    for one in (found, joined):
        if isinstance(one, Undecided):
            yield one
    if not isinstance(found, Undecided):
        yield Examined(what="hazards of the hazard log", evidence=found.evidence, count=len(found.facts))
        yield from bounded(
            found.finding("A hazard is not told in full.", ", ".join(missing), "empty", place(row))
            for row in found.facts
            if (missing := [name for name in p.hazards if not row.get(name)])
        )
    if isinstance(joined, Undecided):
        return
    if joined.facts:
        yield Examined(what="controls", evidence=joined.evidence, count=len(joined.facts))
    yield from bounded(_of_controls(joined, p))


def _of_controls(joined: Given, p: ToldParams) -> Iterator[Finding]:
    types = {fold(one) for one in p.types}
    for row in joined.facts:
        at = place(row, "hazard-controls")
        if missing := [name for name in p.controls if not row.get(name)]:
            yield joined.finding("A control is not told in full.", ", ".join(missing), "empty", at)
        if (said := fold(row.get("type", ""))) and said not in types:
            yield joined.finding("A control is of no known type.", ", ".join(p.types), said[:60], at)


@check("safety.risk-is-that-of-the-matrix", needs=lambda p, settings: NEEDS, source=SOURCE)
def risk_is_that_of_the_matrix(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The risk of each hazard is the one that the matrix gives for its severity and likelihood, before and after.

    Empty cells are for another row. Case, hyphens and underscores make no other word, and ``also-called`` of the scheme
    names further ones.

    Good: risk 4 where the matrix has 4. Bad: risk 2 there; a severity that is on no scale.
    """
    found, scored = log(ev), scheme(ev)
    if isinstance(found, Undecided) or isinstance(scored, Undecided):
        yield from (one for one in (found, scored) if isinstance(one, Undecided))
        return
    given, looked, holes = together(found, scored), 0, 0
    findings: list[Finding] = []
    for row in found.facts:
        for which in ("initial", "residual"):
            words = {one: row.get(f"{which}-{one}", "") for one in _RATING}
            if not all(words.values()):
                continue
            looked += 1
            ranks = {one: scored.facts.rank(_SCALES[one], word) for one, word in words.items()}
            if unknown := [f"{one} {words[one][:40]!r}" for one, rank in ranks.items() if rank is None]:
                message = f"The {which} rating of a hazard uses a word that is on no scale."
                findings.append(given.finding(message, "a word of the scheme", ", ".join(unknown), place(row)))
                continue
            wanted = scored.facts.matrix.get((ranks["severity"], ranks["likelihood"]))
            if wanted is None:
                holes += 1
            elif wanted != ranks["risk"]:
                message = f"The {which} risk of a hazard is not the one that the matrix gives."
                expected = f"{scored.facts.level(wanted)} for {words['severity'][:40]}, {words['likelihood'][:40]}"
                findings.append(given.finding(message, expected, words["risk"][:60], place(row)))
    if looked:
        yield Examined(what="ratings of the hazard log", evidence=given.evidence, count=looked)
    else:
        yield found.undecided("no hazard has severity, likelihood and risk")
    yield from bounded(findings)
    yield from unreadable(given, holes, "the matrix has no level for their severity and likelihood")


@check(
    "safety.residual-follows-from-controls",
    needs=lambda p, settings: NEEDS,
    source="docs/policy.md#a-residual-risk-follows-from-its-controls",
)
def residual_follows_from_controls(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No residual risk or severity is above the initial one, and a severity falls only with a control of type design.

    Training and testing make harm less likely, not less bad. A likelihood may rise where the severity falls and the
    risk does not rise.

    Good: severity 4 to 3 with a design control. Bad: the same with training alone; a residual risk above the initial.
    """
    found, scored, joined = log(ev), scheme(ev), controls(ev)
    if isinstance(found, Undecided) or isinstance(scored, Undecided):
        yield from (one for one in (found, scored) if isinstance(one, Undecided))
        return
    of_hazard = {} if isinstance(joined, Undecided) else by_hazard(joined.facts, found.facts)
    given = together(found, scored) if isinstance(joined, Undecided) else together(found, scored, joined)
    looked, left, unjoined = 0, 0, 0
    findings: list[Finding] = []
    for row in found.facts:
        if retired(row) or not row.get("residual-severity"):
            continue
        before, after = rated(scored.facts, row, "initial"), rated(scored.facts, row, "residual")
        if before is None or after is None:
            left += 1
            continue
        looked += 1
        if after.risk > before.risk or after.severity > before.severity:
            message = "The residual rating of a hazard is above its initial one."
            expected = f"risk {row['initial-risk'][:40]}, severity {row['initial-severity'][:40]} or below"
            actual = f"risk {row['residual-risk'][:40]}, severity {row['residual-severity'][:40]}"
            findings.append(given.finding(message, expected, actual, place(row)))
        elif after.severity < before.severity:
            if isinstance(joined, Undecided):
                unjoined += 1
            elif not any(fold(one.get("type", "")) == "design" for one in of_hazard[key(row["id"])]):
                message = "The severity of a hazard falls, and none of its controls is of type design."
                actual = f"{row['initial-severity'][:40]} to {row['residual-severity'][:40]}"
                findings.append(given.finding(message, "a control of type design", actual, place(row)))
    if looked:
        yield Examined(what="initial and residual ratings", evidence=given.evidence, count=looked)
    elif not left:
        yield found.undecided("no hazard has a residual rating")
    yield from bounded(findings)
    yield from unreadable(given, left, "their ratings are incomplete, or use words that are on no scale")
    yield from unreadable(given, unjoined, "there is no table of controls")
