"""The one wrapper for negative tests: "is refused" (law 6).

A refusal is only believed when the control beside it worked, at most 60 s away, over the same
protocol, and the mutant differs from it in exactly one respect. A refused connection, a silent
close, a server error of the gateway or a 429 is not a refusal. A TLS alert is an answer: what it says is for the
check to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checker.model.exchange import differences
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import Exchange

MOST_APART_S = 60.0
"""A control further away than this many seconds proves nothing about the mutant."""

_NOT_AN_ANSWER = {429: "too many requests", 502: "bad gateway", 503: "unavailable", 504: "gateway timeout"}


def refusal(
    control: Exchange,
    mutant: Exchange,
    *,
    differs_in: str,
    refused: Callable[[Exchange], bool],
    gives: str,
    what: str,
    expected: str,
    works: Callable[[Exchange], bool] | None = None,
    unsure: Callable[[Exchange], str] | None = None,
    redirects: bool = False,
) -> Iterator[Statement]:
    """Judge one negative test.

    ``gives`` is the resource type of a control that worked: a login page with status 200 is none. Where a control
    gives no resource (a file of lines, a job that has begun), ``works`` says whether it worked, and ``gives`` is
    the word for what it gave. With ``redirects``, a control that leads elsewhere (3xx) is looked at by ``works``, too.
    ``refused`` says whether an answer is the refusal that the requirement asks for; ``what`` names
    the thing in a sentence, ``expected`` the answer that would be right. ``unsure`` says what is in doubt about a
    refusal that was given ("" for nothing): that it came from somewhere else, or was for something else.
    Raises ``ValueError`` if control and mutant differ in anything but ``differs_in``: a fault of the probe.
    """
    found = differences(control.request, mutant.request)
    if found != (differs_in,):
        raise ValueError(f"control and mutant differ in {found}, not in {differs_in} alone")
    both = (control.id, mutant.id)
    obstacle = _obstacle(control, mutant, gives, works, redirects)
    if obstacle is not None:
        reason, message = obstacle
        yield Undecided(reason=reason, message=f"{what}: {message}", evidence=both)
    elif refused(mutant) and (doubt := unsure(mutant) if unsure is not None else ""):
        yield Undecided(reason=Reason.PREREQUISITE, message=f"{what}: {doubt}", evidence=both)
    elif refused(mutant):
        yield Examined(
            what=f"{what}: {_answered(mutant)}; the control {_answered(control)}.",
            evidence=both,
            interaction=mutant.http.interaction,
        )
    else:
        yield Finding(
            message=f"{what}: {_answered(mutant)}.",
            expected=expected,
            actual=_told(mutant),
            place=mutant.request.url,
            evidence=(mutant.id, control.id),
        )


def of_no_application(mutant: Exchange) -> str:
    """Why a refusal may be that of something in front of the application: it bears the marks of no API at all.

    A challenge (RFC 9110 section 11.6.1), an OperationOutcome, or an error in JSON is the application's own.
    """
    if mutant.header("WWW-Authenticate") or isinstance(mutant.json().value, dict):
        return ""
    return f"{mutant.status} with neither a challenge nor an OperationOutcome, which may be that of a gateway"


def _went_apart(control: Exchange, mutant: Exchange) -> bool:
    """Over another version of HTTP, or of TLS as far as it is known."""
    one, other = control.response, mutant.response
    if one is not None and other is not None and one.wire.http_version != other.wire.http_version:
        return True
    versions = {found.version for found in (control.http.connection, mutant.http.connection) if found is not None}
    return len(versions - {""}) > 1


def _answered(exchange: Exchange) -> str:
    return f"ended by the TLS alert '{exchange.alert}'" if exchange.alert else f"answered with {exchange.status}"


def _told(mutant: Exchange) -> str:
    """What came back instead of the refusal, in a few words."""
    if mutant.alert:
        return f"the TLS alert '{mutant.alert}'"
    parts = [str(mutant.status), (mutant.header("Content-Type") or "without Content-Type")[:80]]
    if mutant.status == 401 and not mutant.header("WWW-Authenticate"):
        parts.append("without WWW-Authenticate")
    if mutant.json().resource_type not in ("", "OperationOutcome"):
        parts.append("with a resource")
    return ", ".join(parts)


def _obstacle(
    control: Exchange, mutant: Exchange, gives: str, works: Callable[[Exchange], bool] | None, redirects: bool
) -> tuple[Reason, str] | None:
    """Why nothing can be said, if so."""
    if control.failure is not None:
        return control.failure.reason, f"the control got no answer ({control.failure.message})"
    if control.alert:
        return Reason.PREREQUISITE, f"the control ended by the TLS alert '{control.alert}', so a refusal proves nothing"
    if not control.ok and not (redirects and 300 <= control.status < 400):
        return Reason.PREREQUISITE, f"the control was answered with {control.status}, so a refusal proves nothing"
    if control.lost:
        return control.evidence.withheld or Reason.NO_DATA, "the body of the control cannot be looked at"
    if not (works(control) if works is not None else control.json().resource_type == gives):
        return Reason.PREREQUISITE, f"the control gave no {gives}, so a refusal proves nothing"
    if mutant.failure is not None and mutant.response is None:
        return mutant.failure.reason, f"no answer ({mutant.failure.message}), which is not a refusal"
    if mutant.response is None and not mutant.alert:
        return Reason.NETWORK, "no answer, which is not a refusal"
    if mutant.status in _NOT_AN_ANSWER:
        return Reason.NETWORK, f"{mutant.status} ({_NOT_AN_ANSWER[mutant.status]}), which is not a refusal"
    apart_s = abs((mutant.at - control.at).total_seconds())
    if apart_s > MOST_APART_S:
        return Reason.PREREQUISITE, f"the control is {apart_s:.0f} s away, more than {MOST_APART_S:.0f} s"
    if _went_apart(control, mutant):
        return Reason.PREREQUISITE, "control and mutant did not go over the same protocol"
    return None
