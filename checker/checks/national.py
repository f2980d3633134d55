"""What NHS APIs ask of every answer beside FHIR: ids that are given back, errors with codes of their own system.

How an API differs from base FHIR stands in the settings of its profile. Source: docs/obligations.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, cut_off
from checker.checks.passive import Alike, own_answers
from checker.fhir import bounded_regex
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.obliged import ErrorCodes, KeptBack, UrlForm
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("capabilities",))
_ERRORS = Every(selector=Selector(views=("fhir",), statuses=("4xx", "5xx")))
_BETWEEN = frozenset({401, 407, 408, 429, 502, 503, 504})
"""What something between may answer in its own words."""
_IDS = ("X-Request-ID", "X-Correlation-ID")


@check(
    "headers.ids-given-back",
    needs=lambda p, settings: [_ANSWERS, Need(probe="fhir.capabilities", params=NoParams())],
    source="http://hl7.org/fhir/R4/http.html#custom",
)
def ids_given_back(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every answer gives back the X-Request-ID and the X-Correlation-ID of its request, errors too.

    Where the setting ``request-id`` is ``assign``, as in base FHIR, a server may give a request an id of its own, and
    only the X-Correlation-ID is looked at. An id that was not sent is not asked for. Letter case of a UUID is free.

    Good: the answer carries the same two values.
    Bad: it carries none, or others.
    """
    wrong = Alike(expected="the value that was sent", place="response headers")
    wanted = _IDS if ev.settings.request_id == "echo" else _IDS[1:]
    for exchange in own_answers(ev, _ANSWERS):
        sent = {"X-Request-ID": exchange.http.request_id, "X-Correlation-ID": _sent(exchange, "X-Correlation-ID")}
        if exchange.response is None or not any(sent[name] for name in wanted):
            continue
        bad = False
        for name in wanted:
            given = exchange.header(name)
            if sent[name] and (given or "").strip().lower() != sent[name].lower():
                bad = True
                wrong.add(
                    f"Answers do not give back {name}.", "no such header" if given is None else "another", exchange
                )
        if not bad:
            yield Examined(
                what="Answers give back the ids of their requests.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
    yield from wrong.findings()


def _sent(exchange: Exchange, name: str) -> str:
    return exchange.request.header(name) or ""


@check(
    "errors.coded",
    params=ErrorCodes,
    needs=lambda p, settings: [_ERRORS, Need(probe="errors.provoked", params=OfType(type=p.type))],
    source="http://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.details",
)
def coded(ev: EvidenceView, p: ErrorCodes) -> Iterator[Statement]:
    """Each issue of an error carries a code of the API's own system in ``details.coding``.

    Looked at is every OperationOutcome with status 400 to 599, without those that a gateway answers (401, 407, 408, 429
    and 502 to 504). The systems stand in the setting ``error-system``; any one of them will do. Where the API has a
    prefix for its codes, the code begins with it.

    Good: ``"details": {"coding": [{"system": "…/http-error-codes", "code": "REC_NOT_FOUND"}]}``.
    Bad: only ``diagnostics``; a code of another system.
    """
    systems = ev.settings.error_system
    if not systems:
        message = "no code system of errors is set for this profile (error-system)"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)
        return
    expected = f"a coding of {' or '.join(systems)}" + (f" with a code that begins {p.prefix}" if p.prefix else "")
    wrong = Alike(expected=expected, place="OperationOutcome.issue.details.coding")
    for exchange in own_answers(ev, _ERRORS):
        if exchange.status in _BETWEEN or exchange.request.method == "HEAD":
            continue
        doubt = cut_off(exchange, f"an answer {exchange.status}")
        if doubt is not None:
            yield doubt
            continue
        body = exchange.json()
        issues = body.value.get("issue") if body.resource_type == "OperationOutcome" else None
        listed = issues if isinstance(issues, list) and issues else [None]
        told = [_problem(one, systems, p.prefix) for one in listed]
        for problem in dict.fromkeys(one for one in told if one):
            wrong.add("Errors do not carry a code of this API.", problem, exchange)
        if not any(told):
            yield Examined(
                what="Errors carry a code of this API.", evidence=(exchange.id,), interaction=exchange.http.interaction
            )
    yield from wrong.findings()


def _problem(issue: Any, systems: tuple[str, ...], prefix: str) -> str:
    """What is wrong with the codes of an issue, in words; "" if nothing is."""
    if not isinstance(issue, dict):
        return "no OperationOutcome with an issue"
    details = issue.get("details")
    codings = details.get("coding") if isinstance(details, dict) else None
    listed = [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
    if not listed:
        return "no coding"
    own = [one for one in listed if one.get("system") in systems]
    if not own:
        return "another system"
    codes = [one.get("code") for one in own]
    if not any(isinstance(code, str) and code.startswith(prefix) and code for code in codes):
        return f"no code that begins {prefix}" if prefix else "no code"
    return ""


_KEPT_BACK = Every(selector=Selector(views=("fhir",), interactions=("search", "page", "read", "operation", "asked")))


@check(
    "headers.never-kept",
    params=KeptBack,
    needs=lambda p, settings: [_KEPT_BACK, Need(probe="obliged.answer", params=p.answer)],
    source="https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5",
)
def never_kept(ev: EvidenceView, p: KeptBack) -> Iterator[Statement]:
    """Answers about patients carry Cache-Control: no-store, errors too.

    Looked at is every answer to a search, a read or an operation, whatever its status; not /metadata.

    Good: ``Cache-Control: no-store``; ``no-cache, no-store, must-revalidate``.
    Bad: none; ``private``.
    """
    wrong = Alike(expected="Cache-Control with no-store", place="header Cache-Control")
    for exchange in own_answers(ev, _KEPT_BACK):
        if exchange.response is None or exchange.status in _BETWEEN:
            continue
        values = exchange.response.values("Cache-Control")
        names = {part.strip().lower() for value in values for part in value.split(",")}
        if "no-store" in names:
            yield Examined(
                what="Answers may not be kept.", evidence=(exchange.id,), interaction=exchange.http.interaction
            )
        else:
            told = ", ".join(values)[:80] or "no such header"
            wrong.add("Answers about patients may be kept.", told, exchange)
    yield from wrong.findings()


@check(
    "endpoint.base-url-form",
    params=UrlForm,
    needs=lambda p, settings: [Need(probe="fhir.capabilities", params=NoParams())],
    source="https://www.rfc-editor.org/rfc/rfc3986",
)
def base_url_form(ev: EvidenceView, p: UrlForm) -> Iterator[Statement]:
    """The base URL, as the supplier gives it, is of the form that the API asks for, and answers.

    Good: ``https://gp.example/A11111/STU3/1/gpconnect``.
    Bad: ``https://gp.example/fhir``.
    """
    exchange = answer(ev.record(Need(probe="fhir.capabilities", params=NoParams())), "metadata", "GET metadata")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    pattern = bounded_regex.compile(p.pattern)
    if pattern is None:
        raise ValueError(f"the pattern {p.pattern!r} cannot be used")
    if pattern.fullmatch(ev.supplier.base_url):
        yield Examined(
            what="The base URL is of the form that is asked for.", evidence=(exchange.id,), interaction="capabilities"
        )
        return
    yield Finding(
        message="The base URL is not of the form that is asked for.",
        expected=p.told,
        actual="another form",
        place="base-url",
        evidence=(exchange.id,),
    )
