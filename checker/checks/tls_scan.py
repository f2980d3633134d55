"""A scan by another tool, beside what was seen here. The verdicts on TLS rest on what was seen here alone.

A scan that could change them would be left out by whom it does not suit; and what was seen here is in the recording,
byte by byte, where anybody can read it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from checker.checks.tls_looked import BASE, SUITES, Looked, looked
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.tls import TLS_1_3, VERSION_NAMES
from checker.model.tls_seen import accepted
from checker.model.tls_suites import SUITES as NAMES
from checker.model.tls_suites import name
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SCAN = Need(probe="tls.scan", params=NoParams())
_KIND = "tls-scan"
_EXTENSIONS = {"secure renegotiation": 0xFF01, "extended master secret": 0x0017}
_WEAKNESSES = ("Heartbleed", "CCS injection", "ROBOT")
_SSLYZE = "https://nabla-c0d3.github.io/sslyze/documentation/json-output.html"


class Recent(Params, frozen=True, kw_only=True):
    """How many days old a scan may be."""

    days: int = 30


@dataclass(frozen=True)
class Scanned:
    """What a scan says of the server of this run."""

    server: dict[str, Any]
    told: str
    """By what, and of when."""
    evidence: str


@condition("tls.scan-handed-over", needs=lambda p, settings: (), claim=True)
def scan_handed_over(ev: EvidenceView, p: NoParams) -> bool | None:
    """An artefact of the kind ``tls-scan`` is submitted: the JSON of a user's own sslyze or testssl.sh."""
    return bool(ev.supplier.artefacts_of(_KIND))


def _scans(ev: EvidenceView, days: int, now: datetime | None) -> Iterator[Scanned | Undecided]:
    """Each scan of this server that is of use; else why not. ``now``: when the server was looked at here."""
    parts = urlsplit(ev.supplier.base_url)
    host, port = (parts.hostname or "").lower(), parts.port or 443
    for item in ev.record(_SCAN).evidence(_KIND):
        payload = item.read()
        facts = payload.facts if isinstance(payload, Artefact) else {}
        fault = facts.get("problem") or facts.get("fault")
        if fault or not isinstance(payload, Artefact):
            message = f"the scan cannot be read: {str(fault)[:160]}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(item.id,))
            continue
        said = f"{facts['tool']} {facts['version']}".strip()
        server = next((one for one in facts["servers"] if host in one["names"] and one["port"] == port), None)
        if server is None:
            others = ", ".join(f"{(one['names'] or ['?'])[0]}:{one['port']}" for one in facts["servers"][:3])
            message = f"the scan by {said} is not of {host}:{port}, but of {others or 'nothing'}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(item.id,))
            continue
        at = datetime.fromisoformat(facts["at"]) if facts["at"] else None
        if at is not None and now is not None and now - at > timedelta(days=days):
            message = f"the scan by {said} is of {at:%Y-%m-%d}, more than {days} days before this run"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(item.id,))
            continue
        when = f"of {at:%Y-%m-%d}" if at is not None else "which does not say of when it is"
        yield Scanned(server, f"{said}, {when}", item.id)


@check("tls.scan-is-true", params=Recent, needs=lambda p, settings: [*BASE, SUITES, _SCAN], source=_SSLYZE)
def scan_is_true(ev: EvidenceView, p: Recent) -> Iterator[Statement]:
    """A scan by another tool that is handed over says of the server what the server shows.

    Compared are versions, the suites of each, secure renegotiation and the extended master secret, as far as both
    found them out. What was accepted here and is denied there is a finding: the scan is of another server, or of
    another day. What is accepted there and was refused here is left open, since one of the tools is wrong and nothing
    shows which. A scan of another host or port, or that is older than ``days``, says nothing. No verdict of another
    row is changed by any of it.

    Good: sslyze finds TLS 1.2 and 1.3, and so does this tool. Bad: the scan knows of no TLS 1.0, which is accepted.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    for one in _scans(ev, p.days, max(each.at for each in seen.found)):
        yield from (one,) if isinstance(one, Undecided) else _compared(ev, seen, one)


def _compared(ev: EvidenceView, seen: Looked, scan: Scanned) -> Iterator[Statement]:
    evidence = (scan.evidence, *seen.evidence)
    alike: list[str] = []
    known = accepted(ev.record(SUITES), seen.first)
    for version, word in VERSION_NAMES.items():
        there = scan.server["versions"].get(word)
        here = True if version in seen.first else None if _open(seen, version) else False
        if there is None or here is None:
            continue
        if there == here:
            alike.append(f"{word} {'spoken' if here else 'refused'}")
        else:
            yield _apart(word, scan, evidence, seen.place, here=here)
        if here and there and word in scan.server["suites"]:
            yield from _suites(word, known.get(version, ()), scan, evidence, seen.place, alike)
    for word, number in _EXTENSIONS.items():
        there = scan.server["properties"].get(word)
        old = [one for version, one in seen.first.items() if version < TLS_1_3]
        if there is None or not old or any(one.hello.reduced for one in old):
            continue
        here = all(number in one.extensions for one in old)
        if there == here:
            alike.append(f"{word}: {'yes' if here else 'no'}")
        else:
            yield _apart(word, scan, evidence, seen.place, here=here)
    if alike:
        yield Examined(what=f"Alike ({scan.told}): {', '.join(alike)}.", evidence=evidence, count=len(alike))
    else:
        message = f"the scan ({scan.told}) says nothing that was found out here as well"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)


def _open(seen: Looked, version: int) -> bool:
    said = seen.refused(version)
    return said is not None and said.reason is not None


def _suites(
    word: str, numbers: tuple[int, ...], scan: Scanned, evidence: tuple[str, ...], place: str, alike: list[str]
) -> Iterator[Statement]:
    offered = {one.upper().removeprefix("TLS_") for one in NAMES.values()}
    here = {name(one).upper().removeprefix("TLS_") for one in numbers}
    there = {one.upper().removeprefix("TLS_").removeprefix("SSL_") for one in scan.server["suites"][word]} & offered
    if here == there:
        alike.append(f"{word} with {len(here)} suites")
    for one in sorted(here - there):
        yield _apart(f"{word} with {one}", scan, evidence, place, here=True)
    for one in sorted(there - here):
        yield _apart(f"{word} with {one}", scan, evidence, place, here=False)


def _apart(what: str, scan: Scanned, evidence: tuple[str, ...], place: str, *, here: bool) -> Statement:
    if here:
        return Finding(
            message=f"The scan is not true of the server: {what} is accepted.",
            expected=f"what {scan.told}, says: it is not",
            actual="accepted here, see the recording",
            place=place,
            evidence=evidence,
        )
    message = f"{what}: refused here, and accepted in the scan ({scan.told}); look at it by hand"
    return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)


@check("tls.scan-finds-no-weakness", params=Recent, needs=lambda p, settings: [*BASE, _SCAN], source=_SSLYZE)
def scan_finds_no_weakness(ev: EvidenceView, p: Recent) -> Iterator[Statement]:
    """A scan by another tool finds neither Heartbleed, nor CCS injection, nor ROBOT.

    These take more than looking, so this tool does not try them: a scan that tried them is believed. It has to say
    something of each of the three, of this host and port, and not more than ``days`` before.

    Good: sslyze with ``--heartbleed --openssl_ccs --robot`` says no to all. Bad: it says yes to one.
    """
    seen = looked(ev)
    now = None if isinstance(seen, Undecided) else max(each.at for each in seen.found)
    for one in _scans(ev, p.days, now):
        if isinstance(one, Undecided):
            yield one
            continue
        for word in _WEAKNESSES:
            said = one.server["properties"].get(word)
            if said is None:
                message = f"{word}: the scan ({one.told}) does not say"
                yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(one.evidence,))
            elif said:
                yield Finding(
                    message=f"{word} was found.",
                    expected="not vulnerable",
                    actual=f"vulnerable, by {one.told}",
                    place=urlsplit(ev.supplier.base_url).netloc,
                    evidence=(one.evidence,),
                )
            else:
                yield Examined(what=f"{word}: not vulnerable, by {one.told}.", evidence=(one.evidence,))
