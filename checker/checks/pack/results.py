"""Results that another trust can look into: whom to ask, by which figures, and do they say so?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_section, of_table, table
from checker.checks.pack.said import artefacts, differs, lacking, listed
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

KIND = "result-data"
_COLUMNS = ("arm", "n", "total", "result?")
_ARMS = ("baseline", "follow-up")
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_FIGURE = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)


@check(
    "results.others-can-verify",
    needs=lambda p, settings: [WHOLE, of_section("value"), of_table(KIND, *_COLUMNS)],
    source="docs/policy.md#others-can-look-into-a-result",
)
@few_of_a_kind
def others_can_verify(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each result names a site that agrees to be asked, and its figures, by digest, from which it follows.

    The table of kind ``result-data`` has a line for each group of cases: ``arm`` (baseline or follow-up), ``n`` cases
    and the ``total`` of what was measured; ``result`` where it holds several. The mean is the sum of totals over the
    sum of cases.

    Good: 2100 days of 500 patients, then 1400.8 of 412: 4.2 and 3.4. Bad: a site that does not want to be asked.
    """
    found = listed(ev, "value", "results")
    if isinstance(found, Undecided):
        yield found
        return
    named = artefacts(ev)
    if isinstance(named, Undecided):
        yield named
        return
    for one in found.facts:
        place = f"value results {one['id']}"
        yield from lacking(found, one, ("claim", "site", "contact-role", "dataset", "baseline", "follow-up"), place)
        if one.get("site-agrees") != "yes":
            said = one.get("site-agrees", "not said")
            yield found.finding("The site does not agree to be asked.", "yes", said, f"{place} site-agrees")
        entry = named.get(f"artefact {one.get('dataset', '')}")
        if "dataset" in one and (entry is None or entry["kind"] != KIND or entry["declared"] != entry["found"]):
            message = "The figures are not in the pack under the digest that it names."
            yield found.finding(message, f"an artefact of kind {KIND}", one["dataset"], f"{place} dataset")
    rows = table(ev, KIND, *_COLUMNS)
    if isinstance(rows, Undecided):
        yield rows
        return
    for one in found.facts:
        yield from _recomputed(rows, one)


def _recomputed(rows: Given, one: Mapping[str, Any]) -> Iterator[Statement]:
    place = f"value results {one['id']}"
    mine = [row for row in rows.facts if row.get("result", one["id"]) == one["id"]]
    if not mine:
        yield rows.undecided(f"the table of kind {KIND!r} has no line for {one['id']}")
        return
    sums = {arm: (Decimal(0), Decimal(0)) for arm in _ARMS}
    for row in mine:
        read = _read(row)
        if read is None:
            message = "A line of the table is no arm with its figures."
            yield rows.finding(
                message, "baseline or follow-up, n, total", "something else", f"{KIND} line {row['line']}"
            )
            return
        arm, count, total = read
        sums[arm] = (sums[arm][0] + count, sums[arm][1] + total)
    if not all(count for count, _ in sums.values()):
        yield rows.finding("An arm has no case.", "cases before and after", "none in one of them", place)
        return
    means = {arm: total / count for arm, (count, total) in sums.items()}
    yield from _held(rows, one, means, place)
    yield Examined(what=f"lines of {one['id']}", evidence=rows.evidence, count=len(mine))


def _held(rows: Given, one: Mapping[str, Any], means: Mapping[str, Decimal], place: str) -> Iterator[Finding]:
    for arm in _ARMS:
        if arm in one:
            yield from differs(rows, one[arm], means[arm], "The table gives another mean.", f"{place} {arm}")
    if "effect" in one:
        if set(_ARMS) <= one.keys() and decimal(one["effect"]) == decimal(one["follow-up"]) - decimal(one["baseline"]):
            return  # made of the means as they are written
        real = means["follow-up"] - means["baseline"]
        yield from differs(rows, one["effect"], real, "The table gives another effect.", f"{place} effect")


def _read(row: Mapping[str, str]) -> tuple[str, Decimal, Decimal] | None:
    arm = row["arm"].casefold()
    if arm not in _ARMS or not (_COUNT.fullmatch(row["n"]) and _FIGURE.fullmatch(row["total"])):
        return None
    return arm, decimal(row["n"]), decimal(row["total"])
