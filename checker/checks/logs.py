"""Personal data in the logs of servers, and in what a browser recorded of the supplier's pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from checker.checks.release_text import more_than_chance
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, RecordView

_LOGS = Need(probe="logs.personal-data", params=NoParams())
FRONT_END = Need(probe="logs.front-end", params=NoParams())
_BARE = "bare-number"
_SORTS = {
    "nhs-number": "an NHS number",
    _BARE: "an NHS number",
    "nino": "a National Insurance number",
    "birth-date": "a date of birth",
    "postcode": "a whole postcode",
    "name": "a name out of a record",
    "search-criteria": "the name, date of birth or address that a search was made with",
}
_SHOWN = 5


def logs_of(view: RecordView) -> list[Artefact]:
    """The logs that could be read."""
    found = [payload for item in view.evidence("log") if isinstance(payload := item.read(), Artefact)]
    return [log for log in found if not log.facts.get("problem")]


@check(
    "logs.no-personal-data",
    needs=lambda p, settings: [_LOGS],
    source="docs/policy.md#logs-name-no-patient",
)
def no_personal_data(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The logs of servers and applications hold no data of patients.

    The logs are artefacts of kind ``server-log``: text, JSON lines, also gzip; each line is looked at. Looked for are
    NHS numbers with words before them that say so, also in URLs and JSON; National Insurance numbers; dates of birth
    and postcodes with their labels; family names as members of JSON; and searches by name, date of birth, telephone,
    e-mail or address in URLs. Ten digits without a label count only when more of such numbers pass modulus 11 than
    chance lets: request numbers, times and sizes are digits too. Values that are masked (``***``, ``REDACTED``) are
    none. HAR files hold what a browser was shown, and are left to URLs name no patient. No value is kept or shown.

    Good: ``GET /fhir/Patient/7f0c 200``. Bad: ``GET /fhir/Patient?identifier=…nhs-number|9990000018 200``.
    """
    view = ev.record(_LOGS)
    evidence = tuple(item.id for item in view.evidence("log"))
    logs = logs_of(view)
    if not logs:
        yield view.undecided("the server logs")
        return
    for log in logs:
        yield from _of_log(log, evidence)
    lines = sum(int(log.facts.get("lines", 0)) for log in logs)
    if lines:
        yield Examined(what=f"{lines} lines of server logs", evidence=evidence, count=lines)


def _of_log(log: Artefact, evidence: tuple[str, ...]) -> Iterator[Statement]:
    for told in log.facts.get("not_read", ()):
        message = f"{told}, and what is in it was not looked at"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    if log.facts.get("unread"):
        message = f"{log.facts['unread']} HAR files of {log.artefact} could not be read"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    hits: Mapping[str, Any] = log.facts.get("hits", {})
    bare = log.facts.get("bare", {})
    numbers, passing = int(bare.get("numbers", 0)), int(bare.get("passing", 0))
    if passing and not more_than_chance(passing, numbers):
        message = (
            f"{passing} of {numbers} different numbers of ten digits in {log.artefact} have the check digit of an NHS "
            f"number, as many as by chance: a person has to look, beginning at {hits[_BARE]['places'][0]}"
        )
        yield Undecided(reason=Reason.HUMAN, message=message, evidence=evidence)
        hits = {sort: found for sort, found in hits.items() if sort != _BARE}
    yield from _findings(hits, log.artefact, "A server log holds", evidence)


def _findings(hits: Mapping[str, Any], artefact: str, where: str, evidence: tuple[str, ...]) -> Iterator[Finding]:
    for sort, words in _SORTS.items():
        found = hits.get(sort)
        if found:
            places = tuple(str(place) for place in found["places"])[:_SHOWN]
            yield Finding(
                message=f"{where} {words}.",
                expected="nothing that says who a patient is",
                actual=f"{words} (masked)",
                place=f"{artefact} {places[0]}",
                evidence=evidence,
                count=int(found["count"]),
                examples=places,
            )


def urls_of_front_end(ev: EvidenceView) -> Iterator[Statement]:
    """What the URLs in HAR files give away. Nothing when there are none."""
    view = ev.record(FRONT_END)
    evidence = tuple(item.id for item in view.evidence("log"))
    for log in logs_of(view):
        recorded: Mapping[str, Any] = log.facts.get("har", {})
        yield from _findings(recorded.get("hits", {}), log.artefact, "A URL that a page asked for holds", evidence)
        if entries := int(recorded.get("entries", 0)):
            yield Examined(what=f"{entries} requests of the supplier's pages", evidence=evidence, count=entries)


class RecipientParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``recipients``: hosts that may be asked besides those of the supplier file; a host stands for those below it."""

    recipients: tuple[str, ...] = ()


@condition("front-end.was-recorded", needs=lambda p, settings: [FRONT_END], claim=True)
def front_end_was_recorded(ev: EvidenceView, p: NoParams) -> bool | None:
    """A HAR file of the supplier's pages was submitted among the server logs."""
    logs = logs_of(ev.record(FRONT_END))
    if any(log.facts.get("har", {}).get("entries") for log in logs):
        return True
    return None if any(log.facts.get("unread") for log in logs) else False


@check(
    "front-end.known-hosts",
    params=RecipientParams,
    needs=lambda p, settings: [FRONT_END],
    source="docs/policy.md#pages-tell-no-third-party",
)
def known_hosts(ev: EvidenceView, p: RecipientParams) -> Iterator[Statement]:
    """The supplier's pages ask no host that nobody declared.

    Looked at are the requests of the HAR files among the artefacts of kind ``server-log``. Declared are the hosts of
    the endpoint and of the token endpoint, ``authority.hosts`` of the supplier file, and ``recipients`` of a profile
    of one's own; a declared host stands for those below it. Who is asked learns from the request which page is open,
    and on a page about a patient that is health data.

    Good: only ``records.supplier.example``. Bad: ``www.tracker.example`` beside it.
    """
    view = ev.record(FRONT_END)
    evidence = tuple(item.id for item in view.evidence("log"))
    declared = {host for host in (_host(ev.supplier.base_url), _host(ev.supplier.token_url)) if host}
    declared |= {host.lower() for host in (*ev.supplier.authority.hosts, *p.recipients)}
    asked: dict[str, int] = {}
    for log in logs_of(view):
        for host, count in log.facts.get("har", {}).get("hosts", {}).items():
            asked[host] = asked.get(host, 0) + count
    if not asked:
        yield Undecided(reason=Reason.NO_DATA, message="no HAR file of the supplier's pages was submitted")
        return
    unknown = sorted(host for host in asked if not _is_below(host, declared))
    if unknown:
        yield Finding(
            message=f"Pages ask {len(unknown)} hosts that are not declared.",
            expected="hosts of the supplier file, or declared as recipients",
            actual=", ".join(unknown[:_SHOWN]),
            place="requests of the pages (HAR)",
            evidence=evidence,
            count=sum(asked[host] for host in unknown),
            examples=tuple(unknown[:_SHOWN]),
        )
    yield Examined(what="hosts that the pages ask", evidence=evidence, count=len(asked))


def _is_below(host: str, declared: Iterable[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in declared)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
