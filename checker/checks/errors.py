"""Error answers that explain themselves. Source: http://hl7.org/fhir/R4/http.html#Status-Codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import cut_off, is_xml
from checker.fhir.issues import ISSUE_TYPES, SEVERITIES
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ERRORS = Every(selector=Selector(views=("fhir",), statuses=("4xx", "5xx")), cover=("read",))


_NOT_OF_THE_SERVER = frozenset({407, 429, 502, 503, 504})
"""What a proxy or gateway answers when the server does not: how the server explains errors does not show."""


@check(
    "errors.operation-outcome",
    params=OfType,
    needs=lambda p, settings: [_ERRORS, Need(probe="fhir.unknown-id", params=p)],
    source="http://hl7.org/fhir/R4/http.html#Status-Codes",
)
def operation_outcome(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An error is explained by an OperationOutcome with at least one issue, severity and code.

    Looks at every answer with status 400 to 599 of the FHIR endpoint. HEAD has no body and is
    left out; so are 407, 429, 502, 503 and 504, which something between answers. A read of an unknown
    id is always among them.

    Good: 404 with ``{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}``.
    Bad: 404 with an HTML page or an empty body.
    """
    for exchange in ev.every(_ERRORS):
        if exchange.request.method == "HEAD" or exchange.status in _NOT_OF_THE_SERVER:
            continue
        doubt = cut_off(exchange, f"an answer {exchange.status}")
        if doubt is not None:
            yield doubt
            continue
        if is_xml(exchange):
            message = f"an answer {exchange.status} is in XML, which is not read yet"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
            continue
        body = exchange.json()
        problem = body.problem or _problem(body.value)
        if problem:
            yield Finding(
                message=f"The answer {exchange.status} to a {exchange.http.interaction} is not an OperationOutcome.",
                expected="an OperationOutcome with at least one issue that has severity and code",
                actual=problem[:120],
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        else:
            yield Examined(
                what="Errors are explained by an OperationOutcome.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )


def _problem(value: Any) -> str:
    """What keeps a JSON body from being a usable OperationOutcome; "" if nothing does."""
    if not isinstance(value, dict) or value.get("resourceType") != "OperationOutcome":
        return "JSON that is no OperationOutcome"
    issues = value.get("issue")
    if not isinstance(issues, list) or not issues:
        return "an OperationOutcome without issue"
    if not all(isinstance(issue, dict) and issue.get("severity") and issue.get("code") for issue in issues):
        return "an issue without severity or code"
    return ""


def _sure_errors(p: OfType) -> tuple[Need, ...]:
    """Where an error is answered in any case."""
    return Need(probe="fhir.unknown-id", params=p), Need(probe="fhir.unknown-type", params=p)


@condition("errors.outcome-given", params=OfType, needs=lambda p, settings: _sure_errors(p), claim=False)
def outcome_given(ev: EvidenceView, p: OfType) -> bool | None:
    """The read of an unknown id, or of an unknown type, is answered with an OperationOutcome.

    Unknown when none of the two was answered with an error whose body can be looked at, or one in XML.
    """
    mutants = [mutant for need in _sure_errors(p) for _, mutant in ev.record(need).pairs()]
    errors = [mutant for mutant in mutants if mutant.status >= 400 and cut_off(mutant, "") is None]
    if any(mutant.json().resource_type == "OperationOutcome" for mutant in errors):
        return True
    return None if not errors or any(is_xml(mutant) for mutant in errors) else False


@check(
    "errors.issue-codes",
    params=OfType,
    needs=lambda p, settings: [_ERRORS, *_sure_errors(p)],
    source="http://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.code",
)
def issue_codes(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An OperationOutcome has an issue, and each issue a severity and a code of FHIR's value sets.

    Looks at every OperationOutcome among the answers with status 400 to 599 of the FHIR endpoint. An
    error without one is not looked at here. Both bindings are *required*: fatal, error, warning or
    information; and a code of issue-type, the more exact ones among them. Codes of your own belong in
    ``details``.

    Good: ``"issue": [{"severity": "error", "code": "not-found"}]``.
    Bad: ``"code": "RECORD_NOT_FOUND"``, or ``"severity": "ERROR"``.
    """
    for exchange in ev.every(_ERRORS):
        if exchange.request.method == "HEAD":
            continue
        doubt = cut_off(exchange, f"an answer {exchange.status}")
        if doubt is not None:
            yield doubt
            continue
        if is_xml(exchange):
            message = f"an answer {exchange.status} is in XML, which is not read yet"
            yield Undecided(reason=Reason.NO_DATA, message=message, evidence=(exchange.id,))
            continue
        body = exchange.json()
        if body.resource_type != "OperationOutcome":
            continue
        problems = list(_outside(body.value.get("issue")))
        for place, actual in problems:
            yield Finding(
                message=f"The OperationOutcome of an answer {exchange.status} is not one of FHIR's.",
                expected="at least one issue; severity of issue-severity, code of issue-type (R4)",
                actual=actual,
                place=f"{exchange.request.url}#/issue{place}",
                evidence=(exchange.id,),
            )
        if not problems:
            what = "OperationOutcomes have severities and codes of FHIR's value sets."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)


def _outside(issues: object) -> Iterator[tuple[str, str]]:
    """Place and kind of what is outside the value sets."""
    if not isinstance(issues, list) or not issues:
        yield "", "no issue"
        return
    for index, issue in enumerate(issues):
        for name, allowed in (("severity", SEVERITIES), ("code", ISSUE_TYPES)):
            found = issue.get(name) if isinstance(issue, dict) else None
            if not (isinstance(found, str) and found in allowed):
                yield f"/{index}/{name}", _shown(name, found)


def _shown(name: str, found: object) -> str:
    """A code may stand in a report; whatever else a server says in its place may not."""
    if found is None:
        return f"no {name}"
    short = isinstance(found, str) and found.isascii() and len(found) <= 40 and found.replace("-", "").isalpha()
    return f"{name} {found}" if short else f"a {name} that is no code"
