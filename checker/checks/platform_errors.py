"""Errors as APIs of NHS England explain them: codes of their own beside FHIR's, and 429 when there is too much.

Source: the OpenAPI documents of those APIs, for example
https://github.com/NHSDigital/personal-demographics-service-api/tree/master/specification/components/examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks import breakdowns, error_data
from checker.checks.bodies import cut_off
from checker.checks.passive import Alike, own_answers
from checker.model.asked import OfType, Sample
from checker.model.need import CheckNeed, Every, Need, Selector
from checker.model.registry import check
from checker.model.requirement import Settings
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SOURCE = "https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir"
_ERRORS = Every(selector=Selector(views=("fhir",), statuses=("4xx", "5xx")), cover=("read",))
_THROTTLED = Every(selector=Selector(views=("fhir", "bulk"), statuses=("429",)))
_BETWEEN = frozenset({407, 502, 503, 504})
PUBLISHED_SYSTEMS = frozenset(
    {
        "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode",
        "https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode",
        "https://fhir.nhs.uk/ValueSet/Spine-ErrorOrWarningCode-1",
        "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1",
        "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
        "https://fhir.nhs.uk/Codesystem/http-error-codes",
        "https://fhir.nhs.uk/CodeSystem/http-error-codes",
        "https://fhir.nhs.uk/CodeSystem/EPS-IssueCode",
        "https://fhir.nhs.uk/CodeSystem/NRLF-ErrorOrWarningCode",
        "https://fhir.nhs.uk/CodeSystem/NHSD-API-ErrorOrWarningCode",
        "https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode-1",
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-SpineErrorOrWarningCode",
        "https://fhir.hl7.org.uk/CodeSystem/Spine-ErrorOrWarningCode",
    }
)
"""Systems of error codes in what APIs of NHS England publish. Old ones are among them: an API keeps what it has."""


def _codings(issue: Any) -> list[dict[str, Any]]:
    """The codings of ``issue.details`` that are objects."""
    details = issue.get("details") if isinstance(issue, dict) else None
    found = details.get("coding") if isinstance(details, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _outcomes(ev: EvidenceView) -> Iterator[Exchange | Undecided]:
    """The errors of the endpoint that are OperationOutcomes, and the doubts about others."""
    for exchange in own_answers(ev, _ERRORS):
        if exchange.request.method == "HEAD" or exchange.status in _BETWEEN:
            continue
        doubt = cut_off(exchange, f"an answer {exchange.status}")
        if doubt is not None:
            yield doubt
        elif exchange.json().resource_type == "OperationOutcome":
            yield exchange


def _issues(exchange: Exchange) -> list[Any]:
    found = exchange.json().value.get("issue")
    return found if isinstance(found, list) else []


def _needs(p: OfType, settings: Settings) -> list[CheckNeed]:
    return [_ERRORS, Need(probe="fhir.unknown-id", params=p)]


@check("errors.carry-a-coding", params=OfType, needs=_needs, source=_SOURCE)
def carry_a_coding(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Each issue of an OperationOutcome carries, in ``details.coding``, a code with its system.

    ``issue.code`` is FHIR's, and too coarse to act on: a client tells by the code of the API what to do next. A
    display is good to have, and some APIs of NHS England have none. Looked at are all OperationOutcomes among the
    answers with status 400 to 599; a read of an unknown id is always among them. Which system it is, another
    requirement says.

    Good: ``"details": {"coding": [{"system": "…", "code": "RESOURCE_NOT_FOUND", "display": "Resource not found"}]}``.
    Bad: ``"details": {"text": "not found"}``; a coding without system.
    """
    bare = Alike(expected="details.coding with system and code", place="/issue/details/coding")
    for exchange in _outcomes(ev):
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        problems = [problem for issue in _issues(exchange) if (problem := _bare(issue))]
        if not _issues(exchange):
            problems = ["no issue"]
        for problem in dict.fromkeys(problems):
            bare.add("An OperationOutcome says nothing that a program can act on.", problem, exchange)
        if not problems:
            what = "Errors carry a code of the API."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from bare.findings()


def _bare(issue: Any) -> str:
    codings = _codings(issue)
    if not codings:
        return "no coding"
    whole = any(all(isinstance(one.get(name), str) and one[name] for name in _PARTS) for one in codings)
    if whole:
        return ""
    missing = sorted({name for one in codings for name in _PARTS if not one.get(name)})
    return f"a coding without {' and '.join(missing) or 'text in it'}"


_PARTS = ("system", "code")


@check("errors.coding-is-of-the-api", params=OfType, needs=_needs, source=_SOURCE)
def coding_is_of_the_api(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The system of the codes in errors is the one that the API's own specification names.

    The setting ``error-system`` of the profile names it, letter by letter. Without that setting one of those that
    APIs of NHS England publish is good, and any other is left open: they differ from API to API, and two of them in
    letter case alone. Errors without a coding are for another requirement.

    Good: ``https://fhir.nhs.uk/Codesystem/http-error-codes`` from a receiver of BaRS.
    Bad: the same from an API whose specification names ``https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode``.
    """
    wanted = frozenset(ev.settings.error_system) if ev.settings.error_system else PUBLISHED_SYSTEMS
    expected = " or ".join(ev.settings.error_system) or "a system that an API of NHS England publishes"
    other = Alike(expected=expected, place="/issue/details/coding/system")
    for exchange in _outcomes(ev):
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        per_issue = [[one.get("system") for one in _codings(issue)] for issue in _issues(exchange)]
        told = [systems for systems in per_issue if any(systems)]
        wrong = [systems for systems in told if not any(isinstance(one, str) and one in wanted for one in systems)]
        if wrong and not ev.settings.error_system:
            message = "the codes of errors are of a system that is not known here: set error-system in an overlay"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
            continue
        for systems in wrong:
            name = next((one for one in systems if isinstance(one, str)), "no text")
            other.add("The code of an error is of another system.", _shown(name), exchange)
        if told and not wrong:
            what = "The codes of errors are of the system of the API."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from other.findings()


def _shown(system: str) -> str:
    """A URL may stand in a report; whatever else a server says in its place may not."""
    plain = system.isascii() and system.isprintable() and " " not in system and len(system) <= 120
    return system if plain and system.startswith(("http://", "https://", "urn:")) else "what is no system"


@check(
    "errors.leak-nothing",
    params=OfType,
    needs=lambda p, settings: [
        _ERRORS,
        Every(selector=Selector(views=("fhir",), statuses=("2xx",))),
        Need(probe="fhir.unknown-id", params=p),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        Need(probe="errors.provoked", params=p, optional=True),
    ],
    source=_SOURCE,
)
def leak_nothing(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Errors show nothing of the inside of the server, and nothing of a patient.

    What ``errors.no-internals`` and ``errors.no-patient-data`` say of the same answers, together.

    Good: ``"diagnostics": "No such patient."``.
    Bad: a stack trace; an SQL statement; an internal host; the name of another patient.
    """
    yield from breakdowns.no_internals.judge(ev, p)
    yield from error_data.no_patient_data.judge(ev, p)


@check("errors.throttling-is-told", needs=lambda p, settings: [_THROTTLED], source=_SOURCE)
def throttling_is_told(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Who asks too often is answered with 429, an OperationOutcome and Retry-After.

    Only what came along is looked at: no load is made, so a run that was never throttled decides nothing.

    Good: 429 with ``Retry-After: 5`` and an OperationOutcome (code ``throttled``, coding TOO_MANY_REQUESTS).
    Bad: 429 with an HTML page, or without Retry-After: the client has to guess, and tries at once.
    """
    seen = list(own_answers(ev, _THROTTLED))
    if not seen:
        message = "no answer of this run was 429, and no load is made to see one"
        yield Undecided(reason=Reason.NO_DATA, message=message)
    for exchange in seen:
        problems = []
        if not (exchange.header("Retry-After") or "").strip():
            problems.append("no Retry-After")
        if exchange.json().resource_type != "OperationOutcome":
            problems.append("no OperationOutcome")
        if problems:
            yield Finding(
                message="A client that asks too often is not told when to come back.",
                expected="429 with an OperationOutcome and Retry-After",
                actual=" and ".join(problems),
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what="429 says when to come back.", evidence=(exchange.id,))
