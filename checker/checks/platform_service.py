"""What a service of the NHS API platform answers around its interface: address, health, preflight, time.

Source: the OpenAPI documents and proxies of APIs that NHS England publishes, for example
https://github.com/NHSDigital/personal-demographics-service-api; https://fetch.spec.whatwg.org for preflights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from checker.checks.bodies import answer, cut_off, not_the_supplier
from checker.checks.passive import Alike, own_answers
from checker.checks.refusal import refusal
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SOURCE = "https://digital.nhs.uk/developer/guides-and-documentation/reference-guide"
_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_PLATFORM_HOST = re.compile(r"(?:[a-z0-9-]+\.)?api\.service\.nhs\.uk")
RELEASES = {"1.0": "DSTU2", "3.0": "STU3", "4.0": "R4", "4.3": "R4B", "5.0": "R5"}
"""The first two parts of a FHIR version → how the path of an NHS API names it."""


def release_of(fhir_version: str) -> str:
    """How a path names a FHIR version; "" for one that has no such name.

    >>> release_of("4.0.1")
    'R4'
    """
    return RELEASES.get(".".join(fhir_version.split(".")[:2]), "")


@check("platform.base-path", needs=lambda p, settings: [_METADATA], source=_SOURCE)
def base_path(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The base URL ends in ``/FHIR/`` and the FHIR release, below the name of the service.

    On the platform itself (``api.service.nhs.uk``) the whole is ``https://{env.}api.service.nhs.uk/{service}/FHIR/R4``.
    A base URL is examined only where something answers at it, whatever it answers.

    Good: ``https://int.api.service.nhs.uk/booking-and-referral/FHIR/R4``.
    Bad: ``https://supplier.example/api``: there is no place for the next release.
    """
    exchange = answer(ev.record(_METADATA), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    release = release_of(ev.settings.fhir_version)
    parts = urlsplit(ev.supplier.base_url)
    steps = [step for step in parts.path.split("/") if step]
    if not release:
        message = f"FHIR {ev.settings.fhir_version} has no name in paths"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
        return
    problem = ""
    if [step.upper() for step in steps[-2:]] != ["FHIR", release]:
        problem = f"the path does not end in /FHIR/{release}"
    elif len(steps) < 3 and _PLATFORM_HOST.fullmatch(parts.hostname or ""):
        problem = "the path names no service"
    if problem:
        yield Finding(
            message="The base URL does not name the FHIR release as APIs of NHS England do.",
            expected=f"…/{{service}}/FHIR/{release}",
            actual=problem,
            place=ev.supplier.base_url,
            evidence=(exchange.id,),
        )
    else:
        yield Examined(what=f"The base URL names the FHIR release ({release}).", evidence=(exchange.id,))


_PING = Need(probe="platform.ping", params=NoParams())
_STATUS = Need(probe="platform.status", params=NoParams())
_DEPLOYED = ("version", "revision", "releaseId", "commitId")


def _health(exchange: Exchange, what: str, members: tuple[str, ...]) -> Statement | dict[str, Any]:
    """The JSON of a health answer, or what is in the way of it."""
    doubt = cut_off(exchange, what)
    if doubt is not None:
        return doubt
    value = exchange.json().value
    if not isinstance(value, dict):
        return _wrong(exchange, f"{what} is no JSON object.", "JSON", exchange.json().problem or "other JSON")
    missing = [name for name in members if name not in value]
    if missing:
        return _wrong(exchange, f"{what} does not say what is deployed.", ", ".join(members), f"no {missing[0]}")
    return value


def _wrong(exchange: Exchange, message: str, expected: str, actual: str) -> Finding:
    return Finding(
        message=message, expected=expected, actual=actual[:120], place=exchange.request.url, evidence=(exchange.id,)
    )


@check("platform.ping", needs=lambda p, settings: [_PING], source=_SOURCE)
def ping(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """GET _ping answers everybody with 200 and says what is deployed: version, revision, releaseId, commitId.

    It is asked for without a credential, below the base URL, and where it does not answer below the base of the
    service (without ``/FHIR/R4``).

    Good: ``{"version": "v1.2.3", "revision": "7", "releaseId": "…", "commitId": "…"}``.
    Bad: 401, 404, or HTML.
    """
    asked = ev.record(_PING).exchanges("ping")
    exchange = next((one for one in asked if one.ok), None) or answer(ev.record(_PING), "ping", "GET _ping")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    for one in asked:
        if not exchange.ok and one.status in (429, 502, 503, 504):
            yield not_the_supplier(one, "GET _ping") or ev.record(_PING).undecided("GET _ping")
            return
    if exchange.status != 200:
        yield _wrong(exchange, f"GET _ping was answered with {exchange.status}.", "200 with JSON", str(exchange.status))
        return
    found = _health(exchange, "The answer to GET _ping", _DEPLOYED)
    yield Examined(what="_ping says what is deployed.", evidence=(exchange.id,)) if isinstance(found, dict) else found


@check("platform.status", needs=lambda p, settings: [_STATUS], source=_SOURCE)
def status(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """GET _status answers with 401 without the key of the platform, and with 200 and the health with it.

    The key is that of the identity of kind ``api-key`` whose header is ``apikey``. With it come ``status`` (pass,
    warn or fail), version, revision, releaseId, commitId and ``checks``, as application/json.

    Good: 401 without the key; with it ``{"status": "pass", "version": "…", "checks": {…}}``.
    Bad: 200 without the key: what is behind the interface is told to everybody.
    """
    view = ev.record(_STATUS)
    for exchange in view.exchanges("bare"):
        value = exchange.json().value
        if exchange.ok and isinstance(value, dict) and "status" in value:
            yield _wrong(exchange, "_status is open to everybody.", "401 without the key", str(exchange.status))
    for control, mutant in view.pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="health",
            works=lambda one: isinstance(one.json().value, dict),
            refused=lambda one: one.status == 401,
            what="GET _status without the key",
            expected="401",
        )
        if not control.ok:
            continue
        found = _health(control, "The answer to GET _status", ("status", *_DEPLOYED, "checks"))
        if not isinstance(found, dict):
            yield found
        elif found["status"] not in ("pass", "warn", "fail"):
            yield _wrong(control, "_status has a status that is none.", "pass, warn or fail", "another value")
        elif (control.header("Content-Type") or "").partition(";")[0].strip().lower() != "application/json":
            yield _wrong(control, "_status is not application/json.", "application/json", "another media type")
        else:
            yield Examined(what="_status tells the health of the service.", evidence=(control.id,))


@check(
    "platform.preflight",
    params=OfType,
    needs=lambda p, settings: [Need(probe="platform.preflight", params=p)],
    source="https://fetch.spec.whatwg.org/#http-cors-protocol",
)
def preflight(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A preflight (OPTIONS with Origin and Access-Control-Request-Method) is answered with 2xx.

    It carries no credential: browsers send none. An answer without Access-Control-Allow-Origin decides nothing: the
    server may keep a list of origins, and the origin of this run is nobody's.

    Good: 200 with ``Access-Control-Allow-Origin: *`` and ``Access-Control-Allow-Methods: GET``.
    Bad: 401, 405, or 404: no page of any origin can use the interface.
    """
    exchange = answer(ev.record(Need(probe="platform.preflight", params=p)), "preflight", "the preflight")
    if isinstance(exchange, Undecided):
        yield exchange
    elif exchange.status in (407, 429, 502, 503, 504):
        message = f"the preflight was answered with {exchange.status}"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
    elif not exchange.ok:
        what = f"A preflight was answered with {exchange.status}."
        yield _wrong(exchange, what, "2xx with Access-Control-Allow-Origin", str(exchange.status))
    elif not exchange.header("Access-Control-Allow-Origin"):
        message = "the preflight was answered without Access-Control-Allow-Origin: other origins may be allowed"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    else:
        yield Examined(what=f"A preflight was answered with {exchange.status}.", evidence=(exchange.id,))


_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("read", "search"))


class Within(Params, frozen=True, kw_only=True):
    """So many seconds an answer may take; 30 is what the platform itself waits."""

    seconds: int = 30


@check(
    "platform.answers-in-time",
    params=Within,
    needs=lambda p, settings: [_ANSWERS, Need(probe="fhir.search", params=OfType())],
    source=_SOURCE,
)
def answers_in_time(ev: EvidenceView, p: Within) -> Iterator[Statement]:
    """Every answer of the run came within so many seconds, the way between counted with it.

    A request that got no answer at all is trouble of the network until somebody knows better, and decides nothing.

    Good: all within 5 s, as BaRS asks of a receiver. Bad: a search of 40 s: the platform has given up before.
    """
    slow = Alike(expected=f"within {p.seconds} s", place="time from request to answer")
    for exchange in own_answers(ev, _ANSWERS):
        if exchange.http.elapsed_ms > p.seconds * 1000:
            slow.add("Answers take longer than the platform waits.", f"more than {p.seconds} s", exchange)
        else:
            what = f"Answers come within {p.seconds} s."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from slow.findings()
