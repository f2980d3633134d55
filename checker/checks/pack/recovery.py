"""After a loss: recovery times against backups and restores that were tried; and care while the service is down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import span
from checker.checks.pack.given import WHOLE, of_table, part, table
from checker.checks.pack.promises import OF_SERVICE, SERVICE, services
from checker.checks.pack.said import grouped, if_said
from checker.checks.register import day
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

HAZARDS = "hazard-log"
_HAZARD_COLUMNS = ("id", "tags?")
_TAG = "service-unavailable"


_KEPT = (("took", "took", "rto"), ("lost", "lost", "rpo"))


class Months(Params, frozen=True, kw_only=True):
    """How long ago a test may have been."""

    most_months: int = 12


@check(
    "service.recovery-is-tested",
    params=Months,
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#recovery-was-tried",
)
def recovery_is_tested(ev: EvidenceView, p: Months) -> Iterator[Statement]:
    """Each service has recovery objectives, backs up as often as they want, and a restore kept them within 12 months.

    The interval between backups is no longer than the recovery point objective. The last restore test by the day of
    judgement, or each of that day, took no longer than the recovery time objective and lost no more than the recovery
    point objective.

    Good: RPO 15 minutes, backups each 5; a restore last spring in 2 hours for an RTO of 4. Bad: daily backups for an
    RPO of an hour; a test two years ago.
    """
    found, promised, tried = part(ev, SERVICE, "continuity"), services(ev), if_said(ev, SERVICE, "restore-tests", [])
    if isinstance(found, Undecided) or isinstance(promised, Undecided):
        yield promised if isinstance(promised, Undecided) else found  # type: ignore[misc]
        return
    if isinstance(tried, Undecided):
        yield tried
        return
    by_service = grouped(found.facts, "service")
    for name, said in ((one["id"], said) for one in promised.facts for said in by_service.get(one["id"], [{}])):
        faults = [*_objectives(said), *_last_restore(found, said, [one for one in tried if one["service"] == name], p)]
        for expected, actual in faults:
            message = "A service may not come back as it promises."
            yield found.finding(message, expected, actual, f"service continuity of {name}")
        if not faults:
            yield Examined(what=f"how the service {name} comes back", evidence=found.evidence)


def _objectives(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    missing = [key for key in ("rto", "rpo", "backup-interval") if span(said.get(key, "")) is None]
    if missing:
        yield "RTO, RPO and the interval between backups", f"no {', no '.join(missing)}"
        return
    every, most = span(said["backup-interval"]), span(said["rpo"])
    if every is not None and most is not None and every > most:
        yield f"backups at least every {said['rpo']}, the RPO", f"every {said['backup-interval']}"


def _last_restore(found: Given, said: Mapping[str, Any], tried: list[Any], p: Months) -> Iterator[tuple[str, str]]:
    days = [(on, one) for one in tried if (on := day(one["on"])) is not None and on <= found.on]
    if not days:
        yield "a restore that was tried", "none by the day of judgement"
        return
    on = max(when for when, _ in days)
    if months_after(on, p.most_months) < found.on:
        yield f"a restore test within {p.most_months} months", f"the last was on {on}"
    for last, (key, words, limit) in product((one for when, one in days if when == on), _KEPT):
        value, most = span(last.get(key, "")), span(said.get(limit, ""))
        if value is None:
            yield f"a restore test that says what it {words}", f"the test of {on} does not"
        elif most is not None and value > most:
            yield f"{said[limit]} or less, the {limit.upper()}", f"the test of {on} {words} {last[key]}"


@check(
    "service.downtime-is-a-known-hazard",
    params=Months,
    needs=lambda p, settings: [WHOLE, OF_SERVICE, of_table(HAZARDS, *_HAZARD_COLUMNS)],
    source="docs/policy.md#care-goes-on-while-the-service-is-down",
)
def downtime_is_a_known_hazard(ev: EvidenceView, p: Months) -> Iterator[Statement]:
    """There is a tried procedure for when the service is down, records can be read meanwhile, and it is a known hazard.

    ``downtime`` of the section ``service`` names the hazards of the hazard log (an artefact of kind ``hazard-log``, CSV
    with a column ``id``) that are about the service being unavailable; each is in the log. Where that has a column
    ``tags``, one of them has ``service-unavailable`` among its own.

    Good: ``hazards: [HAZ-07]``, and a line HAZ-07. Bad: no test; a hazard that the log does not have.
    """
    found = part(ev, SERVICE, "downtime")
    if isinstance(found, Undecided):
        yield found
        return
    said, place, wrong = found.facts, "service downtime", []
    tested = day(said.get("tested", ""))
    if not said.get("procedure"):
        wrong.append("no procedure is named")
    if said.get("read-only-fallback") != "yes":
        wrong.append("records cannot be read while the service is down")
    if tested is None or tested > found.on or months_after(tested, p.most_months) < found.on:
        wrong.append(f"it was not tried within {p.most_months} months")
    if not said.get("hazards"):
        wrong.append("it is linked to no hazard")
    for one in wrong:
        message = "Care while the service is down is not provided for."
        yield found.finding(message, "a procedure and a fallback that were tried, linked to a hazard", one, place)
    if not wrong:
        yield Examined(what="the procedure for when the service is down", evidence=found.evidence)
    if not said.get("hazards"):
        return
    log = table(ev, HAZARDS, *_HAZARD_COLUMNS)
    if isinstance(log, Undecided):
        yield log
        return
    known = {row["id"].casefold(): row.get("tags") for row in log.facts}
    both = log._replace(evidence=log.evidence + found.evidence)
    named = [name.casefold() for name in said["hazards"]]
    for name in named:
        if name in known:
            yield Examined(what=f"the hazard {name[:80]}", evidence=both.evidence)
        else:
            message = "A hazard that the downtime procedure names is not in the hazard log."
            yield both.finding(message, "an id of the hazard log", name[:80], place)
    tagged = [tags.casefold() for name in named if (tags := known.get(name)) is not None]
    if tagged and not any(_TAG in tags for tags in tagged):
        message = "No hazard that the downtime procedure names is about the service being unavailable."
        yield both.finding(message, f"one with the tag {_TAG}", ", ".join(named)[:200], place)
