"""How fast a service answers: what is promised, what the monitor log says, and what the run itself saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, part, table
from checker.checks.pack.moments import moment
from checker.checks.pack.outages import MONITOR, MONITOR_COLUMNS, MONITOR_LOG, unreadable_samples
from checker.checks.pack.promises import HUNDRED, OF_SERVICE, SERVICE, services
from checker.checks.pack.said import if_said
from checker.checks.pack.shares import TAIL, at_least, interval, nearest_rank
from checker.checks.passive import own_answers
from checker.model.asked import Sample
from checker.model.need import CheckNeed, Every, Need, Selector
from checker.model.registry import check
from checker.model.requirement import Settings
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANSWERS = Every(
    selector=Selector(views=("fhir",), interactions=("capabilities", "read", "search"), intents=("normal", "control"))
)
_SERVER_ERROR = 500
_KEPT = 5
"""So many exchanges are named as evidence."""
_STATED = {"operation": "an operation", "limit-ms": "a limit", "load": "the load at which it holds"}


class Fewest(Params, frozen=True, kw_only=True):
    """How many samples a percentile needs, and how old the last of the log may be."""

    fewest: int = 20
    most_months: int = 12


@check(
    "service.latency-is-kept",
    params=Fewest,
    needs=lambda p, settings: [WHOLE, OF_SERVICE, MONITOR_LOG],
    source="docs/policy.md#latency-is-a-percentile-that-was-measured",
)
def latency_is_kept(ev: EvidenceView, p: Fewest) -> Iterator[Statement]:
    """Each latency target is a percentile of an operation at a load, and the monitor log keeps it.

    A mean hides who waits. The percentile is worked out from the samples that succeeded, by nearest rank: with n
    figures in order it is the one at place n × percentile / 100, rounded up. A reported figure equals it.
    The last sample is no older than 12 months.

    Good: ``statistic: percentile``, ``percentile: "95"``, ``limit-ms: "400"``. Bad: a mean of 400 ms.
    """
    found = part(ev, SERVICE, "latency")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("no latency is promised")
    complete = []
    for one in found.facts:
        place = f"service latency {one['id']}"
        wrong = [f"does not say {words}" for key, words in _STATED.items() if not one.get(key)]
        if one.get("statistic") != "percentile":
            wrong.append(f"is a {one.get('statistic', 'figure of no kind')}, not a percentile")
        elif not (one.get("percentile") and 0 < decimal(one["percentile"]) < HUNDRED):
            wrong.append("names no percentile between 0 and 100")
        if wrong:
            message = "A promise of latency cannot be held against a measurement."
            yield found.finding(message, "percentile, operation, limit and load", f"It {'; '.join(wrong)}.", place)
        else:
            complete.append(one)
    log = table(ev, MONITOR, *MONITOR_COLUMNS)
    if isinstance(log, Undecided):
        yield log
        return
    if problem := unreadable_samples(log.facts):
        yield log.undecided(problem, Reason.PREREQUISITE)
        return
    last = max((at.date() for row in log.facts if (at := moment(row["at"])) is not None), default=log.on)
    if months_after(last, p.most_months) < log.on:
        yield log.undecided(f"the monitor log ends on {last}, more than {p.most_months} months before the judgement")
        return
    for one in complete:
        yield _from_log(log._replace(evidence=log.evidence + found.evidence), one, p.fewest)


def _from_log(log: Given, one: Mapping[str, Any], fewest: int) -> Statement:
    place, operation = f"service latency {one['id']}", one["operation"].casefold()
    times = sorted(
        int(row["latency-ms"])
        for row in log.facts
        if row.get("latency-ms") and row["ok"].casefold() == "yes" and row.get("operation", "").casefold() == operation
        if one.get("service", row["service"]) == row["service"]
    )
    if len(times) < fewest:
        return log.undecided(f"{place}: the monitor log has {len(times)} samples of it, and {fewest} are needed")
    found = nearest_rank(times, decimal(one["percentile"]))
    said = f"{one['percentile']}th percentile of {len(times)} samples, nearest rank"
    if found > int(one["limit-ms"]):
        message = "A service answers more slowly than it promises."
        return log.finding(message, f"{one['limit-ms']} ms or less, {said}", f"{found} ms", place)
    if "measured-ms" in one and int(one["measured-ms"]) != found:
        message = "The latency that was reported is not what follows from the log."
        return log.finding(message, f"{found} ms, {said}", f"{one['measured-ms']} ms", place)
    return Examined(what=f"{one['id']}: {found} ms, {said}", evidence=log.evidence)


class Sampled(Params, frozen=True, kw_only=True):
    """How many answers a word on a promise needs, and how many bad ones a contradiction."""

    fewest: int = 20
    fewest_bad: int = 2


def _asked(p: Sampled, settings: Settings) -> list[CheckNeed]:
    return [
        WHOLE,
        OF_SERVICE,
        _ANSWERS,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type="Patient")),
    ]


@check(
    "service.sample-does-not-contradict",
    params=Sampled,
    needs=_asked,
    source="docs/policy.md#a-run-does-not-contradict-a-promise",
)
def sample_does_not_contradict(ev: EvidenceView, p: Sampled) -> Iterator[Statement]:
    """The answers of this run do not contradict what is promised of success and of latency.

    Looked at are all answers of the endpoint to reads, searches and the CapabilityStatement; no load is made, and no
    request is sent for the sake of numbers. A share of answers 5xx contradicts a target, and a share of answers over
    the limit contradicts a percentile, where the exact binomial (Clopper-Pearson) interval at 95 per cent lies wholly
    above what is promised; one answer alone never does. A sample so short proves nothing: what does not contradict is
    only that, and fewer than 20 answers do not say even so much. Requests without any answer do not count, since the
    network may be to blame.

    Good: none of 60 answers is an error, interval 0 to 5.96 per cent. Bad: 9 of 60 are, for a target of 99.9.
    """
    promised = services(ev)
    if isinstance(promised, Undecided):
        yield promised
        return
    answers = [one for one in own_answers(ev, _ANSWERS) if one.status]
    found: list[Statement] = []
    for service in promised.facts:
        if "endpoint" in service and "target" in service:
            errors = [one for one in answers if one.status >= _SERVER_ERROR]
            share = 1 - decimal(service["target"]) / HUNDRED
            place = f"service {service['id']}"
            found.append(_held(promised, answers, errors, share, "answers that are errors (5xx)", place, p))
    latency = if_said(ev, SERVICE, "latency", [])
    if isinstance(latency, Undecided):
        found.append(latency)
        latency = []
    for one in latency:
        found += _latency_seen(promised, one, answers, p)
    if not found:
        yield promised.undecided("no service of the section names the endpoint at which it answers")
    for kind in sorted({one.http.interaction for one in answers}):
        ids = tuple(one.id for one in answers if one.http.interaction == kind)
        yield Examined(what=f"answers to {kind}", evidence=ids[:_KEPT], interaction=kind, count=len(ids))
    yield from found


def _latency_seen(given: Given, one: Mapping[str, Any], answers: list[Exchange], p: Sampled) -> Iterator[Statement]:
    if one.get("statistic") != "percentile" or not {"interaction", "percentile", "limit-ms"} <= one.keys():
        return
    alike = [x for x in answers if x.http.interaction == one["interaction"] and x.status < _SERVER_ERROR]
    if len(alike) < p.fewest:
        return  # no word on it: what is looked at is told
    slow = [x for x in alike if x.http.elapsed_ms > int(one["limit-ms"])]
    p95 = nearest_rank(sorted(x.http.elapsed_ms for x in alike), Decimal(95))
    what = f"answers to {one['interaction']} over {one['limit-ms']} ms (95th percentile {p95} ms)"
    share = 1 - decimal(one["percentile"]) / HUNDRED
    yield _held(given, alike, slow, share, what, f"service latency {one['id']}", p)


def _held(
    given: Given, all_of: list[Exchange], bad: list[Exchange], share: Decimal, what: str, place: str, p: Sampled
) -> Statement:
    if not all_of:
        return given.undecided(f"{place}: the run has no answer of the endpoint")
    low, high = (end * HUNDRED for end in interval(len(bad), len(all_of)))
    said = f"{len(bad)} of {len(all_of)} {what}, interval {low} to {high} per cent"
    if len(bad) >= p.fewest_bad and at_least(len(bad), len(all_of), share) < TAIL:
        evidence = given.evidence + tuple(one.id for one in bad[:_KEPT])
        message = "What this run saw contradicts what is promised."
        expected = f"an exact interval at 95 per cent that reaches down to {share * HUNDRED} per cent"
        return given._replace(evidence=evidence).finding(message, expected, said, place, len(bad))
    if len(all_of) < p.fewest:
        return given.undecided(f"{place} is not contradicted, but {p.fewest} answers are needed to say so: {said}")
    evidence = given.evidence + tuple(one.id for one in all_of[:_KEPT])
    return Examined(what=f"{place} is not contradicted: {said}", evidence=evidence)
